"""The five services through the port that their gateway publishes, told apart by the host alone."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import yaml
from services import SERVICES, Services

URL = "http://127.0.0.1"
_MINUTE = 60.0


class Published(Services):
    """The services of a system whose files lie in ``folder``."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.hosts = {name: _host(folder / name / "openapi.yaml") for name in SERVICES}

    def url(self, service: str) -> str:
        """Return the one URL that all of them are at."""
        return URL

    def headers(self, service: str) -> Mapping[str, str]:
        """Return the host that a service has in its contract."""
        return {"Host": self.hosts[service]}

    def ask(self, service: str, method: str, path: str, body: Any = None, **query: Any) -> httpx.Response:
        """Send a request with the key; where the minute's requests are used up, wait for the next one."""
        answer = super().ask(service, method, path, body, **query)
        if answer.status_code == 429:
            time.sleep(min(float(answer.headers["Retry-After"]), _MINUTE) + 0.1)
            answer = super().ask(service, method, path, body, **query)
        return answer

    def anonymous(self, host: str, path: str, headers: Mapping[str, str]) -> httpx.Response:
        """Send a request without the key."""
        return httpx.get(URL + path, headers={"Host": host, **headers}, timeout=30, trust_env=False)


def _host(contract: Path) -> str:
    urls = [urlsplit(server["url"]).hostname or "" for server in yaml.safe_load(contract.read_text("utf-8"))["servers"]]
    return next(url for url in urls if url != "localhost")
