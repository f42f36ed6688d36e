"""Pages by cursor, patches of either kind and optional security, asked of a running service."""

import subprocess
import sys
from pathlib import Path

import pytest

SPECS = Path(__file__).parents[1] / "golden" / "pages" / "specs"

PLAYED = """
import asyncio
import os

import httpx

os.environ |= {"DATABASE_URL": "sqlite://", "API_KEYS": "known", "LOG_LEVEL": "ERROR"}
from app.main import app


async def play():
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        for name in "dbace":
            made = await client.post("/items", json={"name": name, "tag": []})
            assert made.status_code == 201, made.text
        seen, cursor = [], None
        for _ in range(9):
            page = await client.get("/items", params={"cursor": cursor} if cursor else {})
            assert page.status_code == 200, page.text
            seen += [item["name"] for item in page.json()["items"]]
            cursor = page.json().get("nextCursor")
            if cursor is None:
                break
        assert "nextCursor" not in page.json()
        assert seen == list("abcde"), seen
        for media_type, content, expected in (
            ("application/json-patch+json", '[{"op": "add", "path": "/tag/-", "value": "y"}]', ("d", ["y"])),
            ("application/merge-patch+json", '{"name": "z"}', ("z", ["y"])),
        ):
            answer = await client.patch("/items/1", content=content, headers={"Content-Type": media_type})
            assert (answer.json()["name"], answer.json()["tag"]) == expected, answer.text
        answer = await client.request("DELETE", "/items/1")
        assert answer.json()["name"] == "z", answer.text


asyncio.run(play())
print("played")
"""


@pytest.mark.supports("request-body/application/json-patch+json")
def test_pages_and_patches(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "fountaingen", "build", str(SPECS / "patchy.yaml"), "-o", str(tmp_path / "out")]
    built = subprocess.run(build, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stdout + built.stderr
    play = [sys.executable, "-c", PLAYED]
    played = subprocess.run(play, cwd=tmp_path / "out" / "patchy", capture_output=True, text=True, check=False)
    assert played.stdout == "played\n", played.stdout + played.stderr
