"""Asks the service on this machine whether it is well: ``python -S -P probe.py [PATH]``, by default ``/health``.

The exit code is 0 where it is and 1 where it is not. It imports next to nothing, because containers are asked every few
seconds, on machines that have little time left too.
"""

import socket
import sys

_PORT = 8000
_PATIENCE = 8.0
"""Seconds for each step, less than those after which whoever runs this gives up."""


def fault(path: str = "/health", port: int = _PORT, patience: float = _PATIENCE) -> str:
    """Return what is wrong with the service at ``port``, empty where it answers ``path`` well.

    A contract may have such a path of its own, which asks for credentials or is not implemented yet: whatever is not
    an answer of a broken server will do.
    """
    try:
        with socket.create_connection(("127.0.0.1", port), patience) as connection:
            connection.sendall(f"GET {path} HTTP/1.0\r\nHost: localhost\r\n\r\n".encode("ascii"))
            answer = connection.makefile("rb").readline(100).split()
    except OSError as error:
        return str(error)
    if len(answer) < 2 or not answer[0].startswith(b"HTTP/") or not answer[1].isdigit():
        return "the answer is not HTTP"
    status = int(answer[1])
    return f"{path} answers {status}" if status >= 500 and status != 501 else ""


if __name__ == "__main__":
    sys.exit(fault("".join(sys.argv[1:2]) or "/health") or 0)
