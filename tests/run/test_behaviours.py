"""What a service does by convention where its contract is less plain than a table, over its own ASGI interface."""

import asyncio
import re
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import httpx
import pytest
from support.compiling import compiled

_CASE = Path(__file__).parents[1] / "golden" / "behaviours"
_MERGE_PATCH = "application/merge-patch+json"


def _of_app(name: str) -> bool:
    return name == "app" or name.startswith("app.")


class Kennel:
    """The service in this process, on one event loop and one database for all tests of this module."""

    def __init__(self, app: Any) -> None:
        self.runner = asyncio.Runner()
        self._lifespan = app.router.lifespan_context(app)
        self.runner.run(self._lifespan.__aenter__())
        self._client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://kennel")

    def __call__(self, method: str, path: str, status: int, **options: Any) -> Any:
        """Send a request, hold its answer to ``status`` and return the JSON of it, None where there is none."""
        answer = self.answer(method, path, status, **options)
        return answer.json() if answer.content else None

    def answer(self, method: str, path: str, status: int, **options: Any) -> httpx.Response:
        """Send a request and return its answer, held to ``status``."""
        answer = self.runner.run(self._client.request(method, path, **options))
        assert answer.status_code == status, answer.text
        return answer

    def patch(self, path: str, status: int, body: Any) -> Any:
        """Send a merge patch."""
        return self("PATCH", path, status, json=body, headers={"Content-Type": _MERGE_PATCH})

    def close(self) -> None:
        """Stop the service."""
        self.runner.run(self._client.aclose())
        self.runner.run(self._lifespan.__aexit__(None, None, None))
        self.runner.close()


@pytest.fixture(scope="module")
def kennel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kennel]:
    """The service of the golden case, generated and started."""
    whole = tmp_path_factory.mktemp("behaviours")
    for path, content in compiled(_CASE).tree.files.items():
        (whole / path).parent.mkdir(parents=True, exist_ok=True)
        (whole / path).write_bytes(content)
    with pytest.MonkeyPatch.context() as patched:
        for name in [name for name in sys.modules if _of_app(name)]:
            patched.delitem(sys.modules, name)
        patched.setenv("DATABASE_URL", f"sqlite:///{whole}/data/kennel.db")
        patched.syspath_prepend(str(whole / "kennel"))
        service = Kennel(import_module("app.main").app)
        yield service
        service.close()
        for name in [name for name in sys.modules if _of_app(name)]:
            del sys.modules[name]


@pytest.mark.supports("operation/PUT/creates")
def test_a_put_says_whether_it_created(kennel: Kennel) -> None:
    assert kennel("PUT", "/labels/red", 201, json={"name": "red", "note": "n"}) == {"name": "red", "note": "n"}
    assert kennel("PUT", "/labels/red", 200, json={"name": "red"}) == {"name": "red"}


@pytest.mark.supports("operation/PUT/creates")
def test_a_child_made_by_put_knows_its_parent_and_no_content_follows(kennel: Kennel) -> None:
    pet = kennel("POST", "/pets", 201, json={"kind": "Dog", "name": "rex", "bark": "wuff"})["petId"]
    made = {"tagName": "good", "petId": pet}
    assert kennel("PUT", f"/pets/{pet}/tags/good", 201, json={"tagName": "good"}) == made
    assert kennel("PUT", f"/pets/{pet}/tags/good", 204, json={"tagName": "good", "colour": "red"}) is None
    assert kennel("GET", f"/pets/{pet}/tags/good", 200) == made | {"colour": "red"}
    kennel("PUT", "/pets/123456/tags/good", 404, json={"tagName": "good"})


@pytest.mark.supports("schema/nullable/absent-is-not-null")
@pytest.mark.parametrize(
    "pet",
    [
        {"kind": "Cat", "name": "a", "lives": 9},
        {"kind": "Cat", "name": "b", "lives": 10**30, "nickname": None, "weight": None},
        {"kind": "Cat", "name": "c", "lives": 1, "nickname": "", "weight": 0},
        {"kind": "Dog", "name": "d", "bark": "wuff", "chipped": None},
        {"kind": "Dog", "name": "e", "bark": "wuff", "chipped": False, "nickname": "null"},
    ],
)
def test_alternatives_come_back_as_they_were_sent(kennel: Kennel, pet: dict[str, Any]) -> None:
    made = kennel("POST", "/pets", 201, json=pet)
    assert made == pet | {"petId": made["petId"]}
    assert kennel("GET", f"/pets/{made['petId']}", 200) == made
    assert made in _all_pets(kennel)


def _all_pets(kennel: Kennel, **query: Any) -> list[Any]:
    found: list[Any] = []
    cursor: dict[str, str] = {}
    for _ in range(100):
        page = kennel("GET", "/pets", 200, params={"limit": 2, **query, **cursor})
        assert page["object"] == "list"
        found += page["data"]
        if page["nextCursor"] is None:
            break
        cursor = {"cursor": page["nextCursor"]}
    return found


@pytest.mark.supports("schema/nullable/filtered-and-sorted")
def test_members_that_may_be_null_filter_and_sort(kennel: Kennel) -> None:
    dog = {"kind": "Dog", "name": "sorted", "bark": "wuff"}
    for nickname in ({"nickname": "zoe"}, {"nickname": None}, {}, {"nickname": "amy"}):
        kennel("POST", "/pets", 201, json=dog | nickname)
    assert [each["nickname"] for each in _all_pets(kennel, nickname="zoe")] == ["zoe"]
    for sort in ("nickname", "-nickname"):
        every = _all_pets(kennel, sort=sort)
        assert len({each["petId"] for each in every}) == len(every) == len(_all_pets(kennel))
        named = [each["nickname"] for each in every if each.get("nickname") is not None]
        assert named == sorted(named, reverse=sort.startswith("-"))


@pytest.mark.supports("schema/oneOf/stored")
def test_a_change_takes_another_alternative_or_none(kennel: Kennel) -> None:
    dog = {"kind": "Dog", "name": "rex", "bark": "wuff", "nickname": "r"}
    pet = kennel("POST", "/pets", 201, json=dog)["petId"]
    cat = {"kind": "Cat", "name": "rex", "lives": 3}
    without = {name: value for name, value in dog.items() if name != "nickname"}
    assert kennel.patch(f"/pets/{pet}", 200, {"nickname": None}) == without | {"petId": pet}
    kennel.patch(f"/pets/{pet}", 409, {"bark": None})
    assert kennel("GET", f"/pets/{pet}", 200)["bark"] == "wuff"
    assert kennel("PUT", f"/pets/{pet}", 200, json=cat) == cat | {"petId": pet}
    assert kennel("DELETE", f"/pets/{pet}", 200) == {"petId": pet, "deleted": True}
    kennel("GET", f"/pets/{pet}", 404)


@pytest.mark.supports("schema/additionalProperties/stored")
def test_members_that_no_schema_names_are_kept(kennel: Kennel) -> None:
    made = kennel("POST", "/documents", 201, json={"title": "a", "x": {"y": [1, None]}, "n": None})
    key = made["id"]
    assert made == {"id": key, "title": "a", "x": {"y": [1, None]}, "n": None}
    assert re.fullmatch("[0-7][0-9A-HJKMNP-TV-Z]{25}", key)
    assert kennel.patch(f"/documents/{key}", 200, {"x": {"z": 2}, "n": None, "w": 1}) == {
        **{"id": key, "title": "a", "x": {"y": [1, None], "z": 2}, "w": 1}
    }
    assert kennel("PUT", "/documents", 200, json={"id": key, "title": "b", "v": 1}) == {"id": key, "title": "b", "v": 1}
    assert kennel("GET", f"/documents/{key}", 200) == {"id": key, "title": "b", "v": 1}


def test_a_put_to_the_collection_names_its_row(kennel: Kennel) -> None:
    kennel("PUT", "/documents", 404, json={"id": "nobody", "title": "b"})
    kennel("PUT", "/documents", 404, json={"title": "b"})


@pytest.mark.supports("request-body/enveloped")
def test_rows_travel_in_envelopes(kennel: Kennel) -> None:
    made = kennel("POST", "/contacts", 201, json={"contact": {"email": "a@b"}})["contact"]
    assert re.fullmatch("con_[a-z0-9]{12,24}", made["id"])
    assert made == {"id": made["id"], "object": "contact", "email": "a@b", "created": made["created"]}
    changed = kennel("PATCH", f"/contacts/{made['id']}", 200, json={"contact": {"email": "a@b", "phone": "1"}})
    assert changed == {"contact": made | {"phone": "1"}}
    assert kennel("GET", f"/contacts/{made['id']}", 200) == changed


@pytest.mark.supports("request-body/application/x-www-form-urlencoded/stored")
def test_forms_make_and_change_rows(kennel: Kennel) -> None:
    made = kennel("POST", "/Keys.json", 201, data={"FriendlyName": "one"})
    assert re.fullmatch("SK[0-9a-f]{32}", made["sid"])
    assert made["friendly_name"] == "one"
    assert made["date_created"].endswith(" +0000")
    kennel("POST", "/Keys.json", 201)
    renamed = kennel("POST", f"/Keys/{made['sid']}.json", 200, data={"FriendlyName": "two"})
    assert renamed == made | {"friendly_name": "two"}
    assert len(kennel("GET", "/Keys.json", 200)) == 2


@pytest.mark.supports("response/headers/Location")
def test_a_new_row_is_told_where_it_is(kennel: Kennel) -> None:
    answer = kennel.answer("POST", "/visits", 201, json={"vet": "ann", "room": 1, "note": None})
    made = answer.json()
    assert answer.headers["location"] == f"/visits/{made['id']}"
    assert answer.headers["x-request-id"]
    # What may be null in the request and not in an answer is not shown.
    assert made == {"id": made["id"], "vet": "ann"}
    assert kennel("GET", answer.headers["location"], 200) == made | {"room": 1}


def test_a_row_that_no_list_could_show_is_not_made(kennel: Kennel) -> None:
    before = kennel("GET", "/visits", 200)
    assert "createVisit needs a hook" in kennel.answer("POST", "/visits", 501, json={"vet": "bob"}).text
    assert kennel("GET", "/visits", 200) == before


def test_a_body_that_may_be_left_out_and_is_needed(kennel: Kennel) -> None:
    kennel("POST", "/visits", 400)


@pytest.mark.supports("parameter/query/sort")
def test_what_a_list_cannot_refuse_it_does_not_use(kennel: Kennel) -> None:
    for room in (3, 2, 3):
        kennel("POST", "/visits", 201, json={"vet": "eve", "room": room})
    plain = kennel("GET", "/visits", 200)
    assert kennel("GET", "/visits", 200, params={"sort": "popularity"}) == plain
    assert kennel("GET", "/visits", 200, params={"sort": "-room"}) != plain
    assert kennel("GET", "/visits", 200, params={"cursor": "nobody gave this out"}) == {"visits": [], "next": None}
    first = kennel("GET", "/visits", 200, params={"sort": "room", "limit": 2})
    rest = kennel("GET", "/visits", 200, params={"sort": "room", "cursor": first["next"]})
    rooms = [each["room"] for each in (*first["visits"], *rest["visits"])]
    assert rooms == sorted(each["room"] for each in plain["visits"])
    assert kennel("GET", "/visits", 200, params={"cursor": first["next"]}) == {"visits": [], "next": None}
