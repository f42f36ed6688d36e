"""The lock of remote documents is read as if a stranger had written it."""

import json
import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fountaingen.model.pins import MOST, Pin, to_bytes
from fountaingen.model.problems import Rejected
from fountaingen.model.settings import Settings, SettingsFile, parse_settings
from fountaingen.primitives.urls import LONGEST
from fountaingen.project import Project, discover
from fountaingen.stages.copies import read_pins

_URL = "https://docs.example/a.yaml"
_PIN = {"sha256": "0" * 64, "size": 3}
_BASE = "https://docs.example/v2/a.yaml"


def _read(path: Path, text: str | bytes) -> list[str]:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(Rejected) as caught:
        read_pins(path, "fountaingen.lock")
    return [f"{each.place} {each.code} {each.message}" for each in caught.value.problems]


def test_what_was_written_is_read(tmp_path: Path) -> None:
    pins = {_URL: Pin("0" * 64, 3, _BASE), _BASE: Pin("1" * 64, 0, _BASE)}
    path = tmp_path / "fountaingen.lock"
    path.write_bytes(to_bytes(pins))
    assert read_pins(path, "fountaingen.lock") == pins
    assert to_bytes(dict(reversed(pins.items()))) == to_bytes(pins)
    assert read_pins(tmp_path / "none", "none") == {}


@pytest.mark.parametrize(
    ("url", "pin", "why"),
    [
        ("https://docs.example:443/a", _PIN, "a URL is not written as 'https://docs.example/a'"),
        ("https://Docs.example/a", _PIN, "a URL is not written as 'https://docs.example/a'"),
        ("https://docs.example/a#b", _PIN, "a URL is not written as 'https://docs.example/a'"),
        ("file:///etc/passwd", _PIN, "a URL is no https URL"),
        ("../../etc/passwd", _PIN, "a URL is no https URL"),
        ("https://10.0.0.1/", _PIN, "a URL names a host by its number"),
        (_URL, None, "a URL needs 'sha256' and 'size'"),
        (_URL, {"sha256": "0" * 64}, "a URL needs 'sha256' and 'size'"),
        (_URL, _PIN | {"path": "../x"}, "a URL needs 'sha256' and 'size'"),
        (_URL, _PIN | {"sha256": "../" + "0" * 61}, "'sha256' is not 64 digits in hex"),
        (_URL, _PIN | {"sha256": "A" * 64}, "'sha256' is not 64 digits in hex"),
        (_URL, _PIN | {"sha256": "0" * 64 + "\n"}, "'sha256' is not 64 digits in hex"),
        (_URL, _PIN | {"size": -1}, "'size' is no number of bytes"),
        (_URL, _PIN | {"size": True}, "'size' is no number of bytes"),
        (_URL, _PIN | {"size": 1 << 40}, "'size' is no number of bytes"),
        (_URL, _PIN | {"base": "file:///etc/"}, "a URL is no https URL"),
        (_URL, _PIN | {"base": 1}, "'base' is no URL"),
    ],
)
def test_what_no_lock_would_hold_is_told(tmp_path: Path, url: str, pin: object, why: str) -> None:
    text = json.dumps({"documents": {url: pin}}, indent=2)
    told = _read(tmp_path / "lock", text)
    assert told[0].startswith(("fountaingen.lock:3:5 FG031 ", "fountaingen.lock:2:3 FG031 "))
    assert any(why in each for each in told)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "fountaingen.lock:1:1 FG003"),
        ("[]", "fountaingen.lock:1:1 FG031"),
        ('{"documents": {}, "more": 1}', "fountaingen.lock:1:1 FG031"),
        ('{"documents": {}, "documents": {}}', "fountaingen.lock:1:19 FG004"),
        ('{"documents": {}}x', "fountaingen.lock:1:18 FG003"),
        ("[" * 10_000, "fountaingen.lock:1:202 FG007"),
        (b"\xff", "fountaingen.lock:1:1 FG002"),
    ],
)
def test_what_is_no_lock_is_told(tmp_path: Path, text: str | bytes, told: str) -> None:
    assert _read(tmp_path / "lock", text)[0].startswith(told)


_JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(), st.sampled_from([_URL, _BASE, "0" * 64])),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from([_URL, "sha256", "size", "base", "x"]), inner),
    max_leaves=10,
)


@given(_JSON)
def test_any_json_is_a_lock_or_is_told(data: object) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "fountaingen.lock"
        path.write_text(json.dumps({"documents": data}), encoding="utf-8")
        try:
            pins = read_pins(path, "fountaingen.lock")
        except Rejected as rejected:
            assert {each.code for each in rejected.problems} <= {"FG031", "FG009"}
        else:
            path.write_bytes(to_bytes(pins))
            assert read_pins(path, "fountaingen.lock") == pins


def test_too_many_pins_and_too_large_ones_are_told(tmp_path: Path) -> None:
    many = {f"https://docs.example/{number}": _PIN for number in range(201)}
    assert "it pins more than 200 documents" in _read(tmp_path / "lock", json.dumps({"documents": many}))[0]
    large = {f"https://docs.example/{number}": _PIN | {"size": 60 << 20} for number in range(5)}
    assert "it pins more than 256 MiB" in _read(tmp_path / "lock", json.dumps({"documents": large}))[0]


def test_the_largest_lock_there_can_be_is_read_and_a_larger_one_told(tmp_path: Path) -> None:
    urls = [f"https://docs.example/{number}/".ljust(LONGEST, "a") for number in range(MOST)]
    path = tmp_path / "fountaingen.lock"
    path.write_bytes(to_bytes({url: Pin("0" * 64, 1, url[:-1]) for url in urls}))
    assert len(read_pins(path, "fountaingen.lock")) == MOST
    assert _read(path, b" " * ((4 << 20) + 1)) == [
        "fountaingen.lock FG031 'fountaingen.lock' cannot be used: larger than 4 MiB"
    ]


@pytest.mark.parametrize("kind", ["folder", "device", "pipe"])
def test_what_is_no_file_is_told(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "fountaingen.lock"
    if kind == "folder":
        path.mkdir()
    elif kind == "device":
        path.symlink_to("/dev/zero")
    else:
        os.mkfifo(path)
    (tmp_path / "specs").mkdir()
    (tmp_path / "specs/a.yaml").write_text("openapi: 3.1.1\n")
    with pytest.raises(Rejected) as caught:
        discover(Project(tmp_path, Settings()), ())
    assert [each.place.path for each in caught.value.problems] == ["fountaingen.lock"]


def test_origins_of_other_ports_are_settings() -> None:
    file = SettingsFile("fountaingen.toml", '[remote]\norigins = ["https://docs.example:8443"]\n')
    settings = parse_settings({"remote": {"origins": ["https://docs.example:8443"]}}, file)
    assert settings.remote.origins == ("https://docs.example:8443",)
    with pytest.raises(Rejected) as caught:
        parse_settings({"remote": {"origins": ["https://docs.example:8443/", "http://docs.example"]}}, file)
    assert [f"{each.place} {each.message}" for each in caught.value.problems] == [
        "fountaingen.toml:2:1 'remote.origins' holds 'http://docs.example', which is no https URL",
        "fountaingen.toml:2:1 'remote.origins' holds 'https://docs.example:8443/', "
        "which must be written 'https://docs.example:8443'",
    ]
