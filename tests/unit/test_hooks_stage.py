"""Hooks are read without being imported, and held against the operations they are for."""

from pathlib import Path

import pytest
from building import NUMBER, THING, operation, service

from fountaingen.model.hookset import HookSet
from fountaingen.model.problems import Problem, Rejected
from fountaingen.stages import hooks

_SERVICE = service(
    {
        "/things": {"post": operation(THING, body=THING, status=201, operationId="createThing")},
        "/things/{thingId}/print": {"post": operation(operationId="printThing", query={"copies": NUMBER})},
    }
)


def _read(folder: Path, source: str) -> HookSet:
    (folder / "test.py").write_text(source)
    return hooks.read("test", folder, "hooks")


def _problems(folder: Path, source: str) -> tuple[Problem, ...]:
    return hooks.check(_read(folder, source), _SERVICE)


def test_no_module_no_hooks(tmp_path: Path) -> None:
    assert hooks.read("test", tmp_path, "hooks") == HookSet("test")


def test_a_hook_is_not_run(tmp_path: Path) -> None:
    found = _read(tmp_path, "raise SystemExit\nasync def create_thing(ctx, body): ...\n")
    assert found.hooks["create_thing"].parameters == ("ctx", "body")
    assert str(found.hooks["create_thing"].place) == "hooks/test.py:2:1"


def test_helpers_are_no_hooks(tmp_path: Path) -> None:
    source = (
        "def _private(ctx): ...\ndef helper(value): ...\nclass Public: ...\nasync def create_thing(ctx, body): ...\n"
    )
    assert list(_read(tmp_path, source).hooks) == ["create_thing"]


def test_helpers_beside_are_copied(tmp_path: Path) -> None:
    (tmp_path / "test" / "deep").mkdir(parents=True)
    (tmp_path / "test" / "prices.py").write_text("A = 1\n")
    (tmp_path / "test" / "deep" / "more.py").write_text("B = 1\n")
    assert list(_read(tmp_path, "").files) == ["test.py", "test/deep/more.py", "test/prices.py"]


@pytest.mark.parametrize(
    ("source", "code", "told", "remedy"),
    [
        (
            "async def create_thin(ctx, body): ...",
            "FG210",
            "hook 'create_thin' is for no operation; did you mean 'create_thing'?",
            "rename it",
        ),
        ("def create_thing(ctx, body): ...", "FG211", "hook 'create_thing' is not async", "async def create_thing"),
        (
            "async def create_thing(ctx): ...",
            "FG212",
            "hook 'create_thing' takes (ctx), its operation gives (ctx, body)",
            "write 'async def create_thing(ctx, body)'",
        ),
        (
            "async def print_thing(ctx, copies, thing_id): ...",
            "FG212",
            "takes (ctx, copies, thing_id), its operation gives (ctx, thing_id, copies)",
            "print_thing(ctx, thing_id, copies)",
        ),
        (
            "async def authenticate(token): ...",
            "FG212",
            "hook 'authenticate' takes (token), its operation gives (credentials)",
            "authenticate(credentials)",
        ),
        ("def authenticate(credentials): ...", "FG211", "hook 'authenticate' is not async", "async def authenticate"),
    ],
)
def test_what_no_longer_fits(tmp_path: Path, source: str, code: str, told: str, remedy: str) -> None:
    (found,) = (problem for problem in _problems(tmp_path, f"\n  \n{source}\n") if problem.code != "FG220")
    assert found.code == code
    assert told in found.message
    assert remedy in found.remedy
    assert str(found.place) == "hooks/test.py:3:1"
    assert found.is_error


def test_an_operation_that_needs_a_hook_is_a_warning(tmp_path: Path) -> None:
    (found,) = _problems(tmp_path, "")
    assert (found.code, found.is_error) == ("FG220", False)
    assert "'printThing' needs a hook" in found.message
    assert "async def print_thing(ctx, thing_id, copies)' in hooks/test.py" in found.remedy


def test_an_optional_body_that_the_default_needs_is_a_warning(tmp_path: Path) -> None:
    post = operation(THING, body=THING, status=201, operationId="createThing")
    post["requestBody"]["required"] = False
    optional = service({"/things": {"post": post}})
    (found,) = hooks.check(_read(tmp_path, ""), optional)
    assert (found.code, found.is_error) == ("FG221", False)
    assert "takes 'name': requests without are refused with 400" in found.message
    assert "'required: true'" in found.remedy
    assert hooks.check(_read(tmp_path, "async def create_thing(ctx, body): ..."), optional) == ()


def test_hooks_that_fit(tmp_path: Path) -> None:
    source = "async def print_thing(ctx, thing_id, copies): ...\nasync def authenticate(credentials): ...\n"
    assert _problems(tmp_path, source) == ()


@pytest.mark.parametrize(
    ("source", "place"),
    [("x = (\n", "hooks/test.py:1:5"), ("def f():\nx\n", "hooks/test.py:2:1"), ("\0", "hooks/test.py")],
)
def test_what_is_no_python(tmp_path: Path, source: str, place: str) -> None:
    with pytest.raises(Rejected) as caught:
        _read(tmp_path, source)
    (problem,) = caught.value.problems
    assert problem.code == "FG202"
    assert str(problem.place).startswith(place)


def test_a_helper_that_is_no_python(tmp_path: Path) -> None:
    (tmp_path / "test").mkdir()
    (tmp_path / "test" / "prices.py").write_text("def\n")
    with pytest.raises(Rejected) as caught:
        _read(tmp_path, "")
    assert str(caught.value.problems[0].place) == "hooks/test/prices.py:1:4"


def test_a_module_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "test").mkdir()
    (tmp_path / "test" / "prices.py").mkdir()
    with pytest.raises(Rejected) as caught:
        _read(tmp_path, "")
    assert caught.value.problems[0].code == "FG201"


def test_a_package_beside_the_module_of_the_same_name_is_refused(tmp_path: Path) -> None:
    (tmp_path / "test").mkdir()
    (tmp_path / "test" / "__init__.py").write_text("LOST = 1\n")
    with pytest.raises(Rejected) as caught:
        _read(tmp_path, "")
    (problem,) = caught.value.problems
    assert (problem.code, problem.place.path) == ("FG203", "hooks/test/__init__.py")
