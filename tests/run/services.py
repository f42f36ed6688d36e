"""The five services as their callers see them, wherever they run."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

import httpx

KEY = "key-of-the-tests"
SEQUENCE = "central_sequence_service"
CHARACTERS = "character_management_api"
SCRIPTS = "core_script_management_api"
SESSIONS = "session_context_management_api"
STORIES = "story_factory_api"
SERVICES = (SEQUENCE, CHARACTERS, SCRIPTS, SESSIONS, STORIES)


class Services(ABC):
    """The five services, asked with the key of the tests."""

    def __init__(self) -> None:
        self._client = httpx.Client(headers={"X-API-KEY": KEY}, timeout=30, trust_env=False)

    @abstractmethod
    def url(self, service: str) -> str:
        """Return the base URL of a service."""

    def headers(self, service: str) -> Mapping[str, str]:
        """Return what a request needs in its header to reach a service at its URL."""
        return {}

    def ask(self, service: str, method: str, path: str, body: Any = None, **query: Any) -> httpx.Response:
        """Send a request with the key and return the answer."""
        url, headers = self.url(service) + path, dict(self.headers(service))
        return self._client.request(method, url, params=query, json=body, headers=headers)

    def get(self, service: str, path: str, **query: Any) -> Any:
        """Return what a GET answers, which must be a 200."""
        return _body(self.ask(service, "GET", path, **query), 200)

    def create(self, service: str, path: str, body: Mapping[str, Any]) -> Any:
        """Return what a POST answers, which must be a 201."""
        return _body(self.ask(service, "POST", path, body), 201)

    def change(self, service: str, method: str, path: str, body: Mapping[str, Any]) -> Any:
        """Return what a request that changes something answers, which must be a 200."""
        return _body(self.ask(service, method, path, body), 200)

    def kept(self) -> dict[str, Any]:
        """Return all that the services show of what they keep."""
        scripts = self.get(SCRIPTS, "/scripts")
        lists = {path: self.get(CHARACTERS, path) for path in ("/characters", "/actions", "/spokenWords")}
        keys = {"/characters": "characterId", "/actions": "actionId", "/spokenWords": "dialogueId"}
        return {
            "/scripts": scripts,
            **{path: self.get(SCRIPTS, path) for path in (f"/scripts/{each['scriptId']}/sections" for each in scripts)},
            **lists,
            **{
                path: self.get(CHARACTERS, path)
                for collection, rows in lists.items()
                for path in (f"{collection}/{row[keys[collection]]}/paraphrases" for row in rows)
            },
            "/sessions": self.get(SESSIONS, "/sessions"),
        }


def _body(answer: httpx.Response, status: int) -> Any:
    assert answer.status_code == status, f"{answer.request.method} {answer.request.url}: {answer.text}"
    return answer.json()
