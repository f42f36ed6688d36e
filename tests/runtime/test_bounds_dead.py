"""Callers who gave up before they were let in: what they asked for is not worked on."""

import asyncio
import socket
from typing import Any

import pytest
from answering import answering, document, service
from uvicorn import Config, Server

JSON = "application/json"
REQUEST = b"GET /x HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.mark.skipif(not hasattr(socket, "TCP_INFO"), reason="only Linux tells the state of a connection")
@pytest.mark.parametrize("requests", [1, 3])
def test_who_left_while_others_were_served_is_not_served(requests: int) -> None:
    asked: list[str] = []

    async def endpoint(call: Any) -> Any:
        asked.append(call.request_id)
        return {}

    async def work() -> None:
        listening = socket.create_server(("127.0.0.1", 0))
        app = service(document({"/x": {"get": answering({JSON: {"type": "object"}})}}), {"GET /x": endpoint})
        server = Server(Config(app, log_config=None))
        # They wait in the system's queue, and are gone when the service begins.
        for _ in range(5):
            with socket.create_connection(listening.getsockname()) as caller:
                caller.sendall(REQUEST * requests)
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        reader, writer = await asyncio.open_connection(*listening.getsockname())
        writer.write(REQUEST)
        assert (await reader.readline()).startswith(b"HTTP/1.1 200")
        writer.close()
        server.should_exit = True
        await serving

    asyncio.run(asyncio.wait_for(work(), 20))
    assert len(asked) == 1
