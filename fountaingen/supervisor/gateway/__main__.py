"""``python -m fountaingen.supervisor.gateway``: the gateway by itself, for a configuration that is complete."""

import argparse
import sys
from pathlib import Path

from fountaingen.stages import files
from fountaingen.supervisor.gateway.server import listening, loaded, run
from fountaingen.supervisor.gateway.upstream import Address

_ABOUT = "Serve a declarative configuration of Kong over plain HTTP. For development: it is no gateway for production."


def main() -> int:
    """Read the arguments, serve until told to stop, and return the exit code."""
    arguments = _arguments()
    config: Path = arguments.config
    try:
        gateway = loaded(files.read(config).decode("utf-8"))
        listener = listening(*arguments.listen)
    except OSError as error:
        print(f"error: {error.filename or 'cannot listen'}: {error.strerror}", file=sys.stderr)
        return 1
    except (ValueError, files.Unreadable) as error:
        print(f"error: {config}: {error}", file=sys.stderr)
        return 1
    for line in gateway.shortfalls:
        print(line, file=sys.stderr, flush=True)
    host, port = listener.getsockname()[:2]
    print(f"listening on {host}:{port}; for development only, no gateway for production", file=sys.stderr, flush=True)
    run(gateway, dict(arguments.resolve), listener)
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m fountaingen.supervisor.gateway", description=_ABOUT)
    parser.add_argument("--config", type=Path, required=True, metavar="FILE", help="what deploy/render.py wrote")
    parser.add_argument("--listen", type=_address, required=True, metavar="HOST:PORT")
    parser.add_argument(
        "--resolve",
        type=_resolution,
        action="append",
        default=[],
        metavar="TARGET=HOST:PORT",
        help="where a target of the configuration (host:port, or its host) is; DNS knows the others",
    )
    return parser.parse_args()


def _address(text: str) -> Address:
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit() or int(port) > 65535:
        raise argparse.ArgumentTypeError(f"'{text}' is not HOST:PORT")
    return host.removeprefix("[").removesuffix("]"), int(port)


def _resolution(text: str) -> tuple[str, Address]:
    target, equals, address = text.partition("=")
    if not equals or not target:
        raise argparse.ArgumentTypeError(f"'{text}' is not TARGET=HOST:PORT")
    return target, _address(address)


if __name__ == "__main__":
    sys.exit(main())
