"""A database of vulnerabilities without a network: what is in ``advisories.toml``, told as osv.dev tells it."""

import json
import threading
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from packaging.version import Version

_FILE = Path(__file__).with_name("advisories.toml")
_QUERY = "/v1/query"


@dataclass(frozen=True)
class Advisory:
    """A hole of a package: in versions from ``since`` up to, not including, ``fixed``."""

    package: str
    since: Version
    fixed: Version
    ids: tuple[str, ...]
    what: str

    def concerns(self, package: str, version: Version) -> bool:
        """Return whether a version of a package has the hole."""
        return package == self.package and self.since <= version < self.fixed

    def osv(self) -> dict[str, Any]:
        """Return the advisory in the Open Source Vulnerability format, version 1."""
        events = [{"introduced": str(self.since)}, {"fixed": str(self.fixed)}]
        package = {"name": self.package, "ecosystem": "PyPI"}
        affected = [{"package": package, "ranges": [{"type": "ECOSYSTEM", "events": events}]}]
        return {"id": self.ids[0], "aliases": list(self.ids[1:]), "summary": self.what, "affected": affected}


def advisories() -> tuple[Advisory, ...]:
    """Return what is known."""
    return tuple(
        Advisory(row["package"], Version(row["since"]), Version(row["fixed"]), tuple(row["ids"]), row["what"])
        for row in tomllib.loads(_FILE.read_text(encoding="ascii"))["advisories"]
    )


@dataclass
class Database:
    """A running database: its URL, and which packages it was asked about."""

    url: str
    asked: set[tuple[str, str]] = field(default_factory=set)


@contextmanager
def database() -> Iterator[Database]:
    """Run a server that answers as osv.dev does (https://google.github.io/osv.dev/post-v1-query)."""
    known = advisories()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            query = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            package, version = query["package"]["name"], query["version"]
            found.asked.add((package, version))
            vulnerable = [each.osv() for each in known if each.concerns(package, Version(version))]
            body = json.dumps({"vulns": vulnerable} if vulnerable else {}).encode()
            self.send_response(200 if self.path == _QUERY else 404)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing: pytest shows what a test says."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        found = Database(f"http://127.0.0.1:{server.server_port}{_QUERY}")
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield found
        finally:
            server.shutdown()
            thread.join()
