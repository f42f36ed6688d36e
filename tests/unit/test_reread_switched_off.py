"""With any encoder switched off, a build of a hostile contract is refused by what reads it back, and writes nothing."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from fountaingen.commands.app import app
from fountaingen.primitives import code, dockerfile, environment, markdown, names, shell
from fountaingen.primitives.code import Code
from fountaingen.primitives.origin import Sink

HOSTILE = 'a\' + pwn(\'b\') + \' " + pwn() + " """\npwn()\n<b>`|$(pwn)\\'


def contract() -> dict[str, Any]:
    """Return a contract that has the text wherever it may have one."""
    item = {
        "type": "object",
        "required": ["name"],
        "properties": {
            "id": {"type": "integer", "readOnly": True},
            "name": {"type": "string", "description": HOSTILE},
            HOSTILE: {"type": "string", "enum": [HOSTILE, "other"]},
        },
    }
    answer = {
        "description": HOSTILE,
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Item"}}},
    }
    body = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Item"}}}}
    query = {"name": HOSTILE, "in": "query", "description": HOSTILE, "schema": {"type": "string"}}
    return {
        "openapi": "3.1.0",
        "info": {"title": HOSTILE, "version": HOSTILE, "description": HOSTILE},
        "paths": {
            "/items": {
                "post": {
                    "operationId": f"make {HOSTILE}",
                    "summary": HOSTILE,
                    "tags": [HOSTILE],
                    "parameters": [query],
                    "requestBody": body,
                    "responses": {"201": answer},
                }
            }
        },
        "components": {"schemas": {"Item": item}},
    }


@pytest.fixture
def build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], tuple[int, str, bool]]:
    """Return what builds the contract, and gives the exit code, what is said, and whether anything was written."""
    (tmp_path / "specs").mkdir()
    (tmp_path / "specs" / "hostile.yaml").write_text(yaml.safe_dump(contract()), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("fountaingen.stages.render.laid_out", lambda source, tree: source)

    def run() -> tuple[int, str, bool]:
        done = CliRunner().invoke(app, ["build", "specs", "-o", "out"])
        return done.exit_code, done.output, any(path.is_file() for path in tmp_path.glob("out/**/*"))

    return run


def switch(monkeypatch: pytest.MonkeyPatch, off: Callable[..., Any], instead: Callable[..., Any]) -> None:
    """Put another function into the place of an encoder, wherever it is known by whatever name."""
    for module in [module for name, module in sys.modules.items() if name.startswith("fountaingen.")]:
        for name in [name for name, value in vars(module).items() if value is off]:
            monkeypatch.setattr(module, name, instead)


def marked(pattern: str, sink: Sink) -> Callable[..., Code]:
    return lambda text, *_: Code.encoded(pattern.replace("{}", text), sink, text)


def unmarked(pattern: str) -> Callable[..., Code]:
    return lambda text, *_: Code(pattern.replace("{}", str(text)))


SWITCHED_OFF: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
    "literal": (code._text, marked("'{}'", Sink.LITERAL)),
    "literal, all of it": (code.literal, unmarked("'{}'")),
    "docstring": (code.docstring, marked('"""{}"""', Sink.DOCSTRING)),
    "docstring, all of it": (code.docstring, unmarked('"""{}"""')),
    "comment": (code.comment, marked("{}", Sink.COMMENT)),
    "names": (names.snake, lambda text, *_: text),
    "markdown": (markdown.markdown, unmarked("{}")),
    "code spans": (markdown.code_span, unmarked("`{}`")),
    "Dockerfile": (dockerfile.quoted, unmarked('"{}"')),
    "shell": (shell.quoted, unmarked("{} $(pwn)")),
    "environment": (environment.text, unmarked("{}\npwn")),
}


def test_with_every_encoder_on_the_contract_is_built(build: Callable[[], tuple[int, str, bool]]) -> None:
    exit_code, said, is_written = build()
    assert (exit_code, is_written) == (0, True), said


@pytest.mark.parametrize("which", SWITCHED_OFF)
def test_nothing_is_written(
    which: str, build: Callable[[], tuple[int, str, bool]], monkeypatch: pytest.MonkeyPatch
) -> None:
    off, instead = SWITCHED_OFF[which]
    if which == "names":
        switch(monkeypatch, code.identifier, marked("{}", Sink.IDENTIFIER))
    if which == "comment":
        Path("specs/hostile.yaml").rename("specs/a\npwn()\n.yaml")
    switch(monkeypatch, off, instead)
    exit_code, said, is_written = build()
    assert "FG30" in said
    assert (exit_code, is_written) == (1, False)
