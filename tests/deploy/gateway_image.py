"""A stand-in for Kong's image, which is in no registry that can be reached: the gateway that development uses.

It reads the same rendered configuration and routes by the same model of Kong that ``gateway test`` checks. These tests
say that it stands in for Kong wherever they tell what they did. It speaks no TLS.
"""

import shutil
from importlib.metadata import version
from pathlib import Path

from deploy.engine import Engine

_DISTRIBUTIONS = ("h11", "httptools", "pyjwt", "cryptography", "pyyaml", "uvicorn", "uvloop")
_DOCKERFILE = """
FROM {base}
RUN python -m venv --without-pip /opt/venv && python -m pip --python /opt/venv/bin/python --no-cache-dir install {pins}
COPY kong /usr/local/bin/kong
COPY fountaingen /opt/fountaingen/fountaingen
ENV PYTHONPATH=/opt/fountaingen PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
USER 1000:1000
EXPOSE 8000 8443
STOPSIGNAL SIGQUIT
CMD ["kong", "docker-start"]
"""
# What Compose and people call Kong for: to start, and to ask whether it is well.
_KONG = """#!/bin/sh
set -eu
case $1 in
docker-start)
    exec /opt/venv/bin/python -c '
import runpy, signal, sys
signal.signal(signal.SIGQUIT, lambda *_: signal.raise_signal(signal.SIGTERM))
runpy.run_module("fountaingen.supervisor.gateway", run_name="__main__", alter_sys=True)
' --config "$KONG_DECLARATIVE_CONFIG" --listen 0.0.0.0:8000 ;;
health)
    exec /opt/venv/bin/python -S -c 'import socket; socket.create_connection(("127.0.0.1", 8000), 5).close()' ;;
*)
    echo "this is a stand-in for Kong: it knows no $1" >&2
    exit 64 ;;
esac
"""


def make(engine: Engine, name: str, base: str, folder: Path) -> None:
    """Give the engine an image called ``name`` on top of ``base``; ``folder`` is for what it is made from."""
    folder.mkdir()
    pins = " ".join(f"{each}=={version(each)}" for each in _DISTRIBUTIONS)
    (folder / "Dockerfile").write_text(_DOCKERFILE.format(base=base, pins=pins))
    (folder / "kong").write_text(_KONG)
    (folder / "kong").chmod(0o755)
    package = Path(__file__).parents[2] / "fountaingen"
    shutil.copytree(package, folder / "fountaingen", ignore=shutil.ignore_patterns("__pycache__", "runtime", "testkit"))
    engine.docker("build", "--quiet", "--network", "host", "--tag", name, folder)
