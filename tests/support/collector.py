"""What stands for an OpenTelemetry collector in tests: it takes spans by HTTP and remembers them."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


@dataclass(frozen=True)
class Seen:
    """A span as it arrived; ids are hexadecimal, ``kind`` is server, client or internal."""

    service: str
    name: str
    kind: str
    trace: str
    span: str
    parent: str
    failed: bool
    attributes: dict[str, Any]
    exceptions: Sequence[str]


@dataclass
class Collector:
    """The spans that arrived so far at ``url``."""

    url: str
    spans: list[Seen] = field(default_factory=list)
    arrived: threading.Condition = field(default_factory=threading.Condition)

    def wait(self, *names: str) -> list[Seen]:
        """Return the spans when those called ``names`` are among them; fails after half a minute."""
        with self.arrived:
            complete = self.arrived.wait_for(lambda: set(names) <= {span.name for span in self.spans}, 30)
            assert complete, f"{names} are not all among {[span.name for span in self.spans]}"
            return list(self.spans)

    def one(self, name: str) -> Seen:
        """Return the only span called ``name``, when it has arrived."""
        (found,) = [span for span in self.wait(name) if span.name == name]
        return found

    def take(self, body: bytes) -> None:
        """Remember what a request brings."""
        with self.arrived:
            self.spans += _spans(ExportTraceServiceRequest.FromString(body))
            self.arrived.notify_all()


@contextmanager
def collecting() -> Iterator[Collector]:
    """Run a collector on a free port."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.path == "/v1/traces" and self.headers["Content-Type"] == "application/x-protobuf":
                collector.take(body)
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Write nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        collector = Collector(f"http://127.0.0.1:{server.server_address[1]}")
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield collector
        finally:
            server.shutdown()
            thread.join()


def _spans(request: ExportTraceServiceRequest) -> Iterator[Seen]:
    for resource in request.resource_spans:
        service = _values(resource.resource.attributes)["service.name"]
        for scope in resource.scope_spans:
            for span in scope.spans:
                yield Seen(
                    service,
                    span.name,
                    {1: "internal", 2: "server", 3: "client"}[span.kind],
                    span.trace_id.hex(),
                    span.span_id.hex(),
                    span.parent_span_id.hex(),
                    span.status.code == 2,
                    _values(span.attributes),
                    [_values(event.attributes)["exception.type"] for event in span.events],
                )


def _values(attributes: Any) -> dict[str, Any]:
    return {each.key: getattr(each.value, each.value.WhichOneof("value")) for each in attributes}
