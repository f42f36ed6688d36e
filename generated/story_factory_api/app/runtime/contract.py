"""The contract of a service as the runtime uses it: operations with compiled judges, loaded from data files."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .bodies.defaults import Defaults, Filled
from .bodies.members import Member, members
from .judge import Judge, Judges
from .parameters.shapes import Shape, shape
from .responses.withheld import Withheld
from .secrecy import is_secret
from .values import JsonValue
from .xml.schema import Document, xml_document

_PATCHES = ("application/merge-patch+json", "application/json-patch+json")


class ContractError(Exception):
    """The contract's data files cannot be used; the service does not start."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter; ``place`` is path, query, header or cookie; ``media_type`` is its ``content``'s.

    ``default`` is the value of an absent one, ``fill`` adds the defaults inside of a value; a ``secret`` one is told
    nowhere.
    """

    name: str
    place: str
    required: bool
    style: str
    explode: bool
    allow_empty: bool
    shape: Shape
    judge: Judge
    media_type: str | None
    default: JsonValue
    fill: Filled | None = None
    secret: bool = False


@dataclass(frozen=True, slots=True)
class Media:
    """The schema of one media type; ``shape`` types the text of forms where the contract gives one.

    ``members`` are those of a form; ``xml`` says how a value is written as XML. ``binary`` says that the schema means
    binary content, of ``least`` to ``most`` bytes.
    ``fill`` adds defaults to a value that was accepted, where the contract wants that; ``withheld`` takes out of an
    answer what never leaves.
    Where it is sequential, ``item`` judges one item (of an event stream: its fields) and ``data`` the data of an event.
    """

    judge: Judge
    shape: Shape | None = None
    item: Judge | None = None
    data: Judge | None = None
    members: Mapping[str, Member] | None = None
    xml: Document | None = None
    binary: bool = False
    least: int = 0
    most: int | None = None
    fill: Filled | None = None
    withheld: Withheld | None = None


@dataclass(frozen=True, slots=True)
class Body:
    """What a request may carry, by media type (ranges such as ``text/*`` too); ``limit`` goes before the settings."""

    required: bool
    content: Mapping[str, Media]
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class Header:
    """A response header in style ``simple``, or as ``content`` of ``media_type``; ``shape`` types text given for it."""

    required: bool
    judge: Judge
    explode: bool = False
    media_type: str | None = None
    shape: Shape | None = None


@dataclass(frozen=True, slots=True)
class Response:
    """What may leave under one status; no ``content`` means that the contract says nothing of a body."""

    content: Mapping[str, Media]
    headers: Mapping[str, Header]


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation; the keys of ``responses`` are statuses, ranges such as ``4XX``, and ``default``.

    ``location`` leads through the answer to what the path of a row that was created ends in; empty where none is told.
    """

    id: str
    method: str
    path: str
    success: int
    parameters: tuple[Parameter, ...]
    body: Body | None
    responses: Mapping[str, Response]
    security: tuple[Mapping[str, tuple[str, ...]], ...]
    hook: str
    location: tuple[str, ...] = ()

    def response_key(self, status: int) -> str | None:
        """Return the key of the response that covers ``status``: the exact one, its range, ``default``, or None."""
        for key in (str(status), f"{status // 100}XX", "default"):
            if key in self.responses:
                return key
        return None

    def shown(self, path: str) -> str:
        """Return the path of a request as it may be told: the template where a secret stands in it."""
        return self.path if any(each.secret and each.place == "path" for each in self.parameters) else path


@dataclass(frozen=True, slots=True)
class Contract:
    """A service's contract, every schema of it compiled.

    ``outgoing`` are the requests that the service makes by itself: its callbacks, whose ``path`` is the expression that
    gives the URL, and its webhooks; ``owners`` names the operation of each callback. ``base_paths`` are those of the
    servers' URLs. ``name`` is what the service is called beside its title.
    """

    title: str
    version: str
    operations: Mapping[str, Operation]
    schemes: Mapping[str, Mapping[str, Any]]
    json: bytes
    yaml: bytes
    requests: Judges
    responses: Judges
    outgoing: Mapping[str, Operation] = field(default_factory=dict)
    owners: Mapping[str, str] = field(default_factory=dict)
    base_paths: tuple[str, ...] = ()
    name: str = ""

    @staticmethod
    def load(folder: Path) -> "Contract":
        """Read ``openapi.json``, ``schemas.json`` and ``operations.json`` from ``folder``; compile every validator.

        ``openapi.yaml`` stands two folders up. Raises ContractError naming what does not compile.
        """
        data = json.loads((folder / "operations.json").read_bytes())
        schemas = json.loads((folder / "schemas.json").read_bytes())
        yaml = folder.parent.parent / "openapi.yaml"
        reader = _reader(Judges(schemas["request"]), Judges(schemas["response"]))
        # What a callback sends leaves the service as a response does, what it is answered comes in as a request does.
        outgoing = _reader(reader.responses, reader.requests)
        contract = Contract(
            title=data["title"],
            name=data.get("name") or data["title"],
            version=data["version"],
            operations={name: reader.operation(name, value) for name, value in data["operations"].items()},
            schemes=data.get("securitySchemes", {}),
            json=(folder / "openapi.json").read_bytes(),
            yaml=yaml.read_bytes() if yaml.is_file() else b"",
            requests=reader.requests,
            responses=reader.responses,
            outgoing={name: outgoing.operation(name, value) for name, value in data.get("outgoing", {}).items()},
            base_paths=tuple(data.get("basePaths", ())),
            owners={name: value["owner"] for name, value in data.get("outgoing", {}).items() if "owner" in value},
        )
        try:
            reader.requests.settle()
            reader.responses.settle()
        except ValueError as error:
            raise ContractError(f"the schemas of the contract cannot be used: {error}") from error
        return contract


@dataclass(frozen=True, slots=True)
class _Reader:
    requests: Judges
    responses: Judges
    defaults: Defaults

    def operation(self, name: str, data: Mapping[str, Any]) -> Operation:
        try:
            return Operation(
                id=name,
                method=data["method"],
                path=data["path"],
                success=data["success"],
                parameters=tuple(self.parameter(value) for value in data.get("parameters", ())),
                body=self.body(data.get("body")),
                responses=read_responses(data["responses"], self.responses),
                security=tuple(
                    {scheme: tuple(scopes) for scheme, scopes in each.items()} for each in data.get("security", ())
                ),
                hook=data.get("hook", name),
                location=tuple(data.get("location", ())),
            )
        except (ValueError, KeyError, TypeError) as error:
            raise ContractError(f"operation {name!r} of the contract cannot be used: {error}") from error

    def parameter(self, data: Mapping[str, Any]) -> Parameter:
        place = data["in"]
        style = data.get("style", "simple" if place in ("path", "header") else "form")
        return Parameter(
            name=data["name"],
            place=place,
            required=data.get("required", False),
            style=style,
            explode=data.get("explode", style in ("form", "cookie")),
            allow_empty=data.get("allowEmptyValue", False),
            shape=shape(data.get("shape")),
            judge=self.requests.judge(data.get("schema", True)),
            media_type=data.get("content"),
            default=data.get("default"),
            fill=self.defaults.filler(data["schema"]) if isinstance(data.get("schema"), dict) else None,
            secret=is_secret(data.get("schema"), self.requests.named),
        )

    def body(self, data: Mapping[str, Any] | None) -> Body | None:
        if data is None:
            return None
        defaults = self.defaults if data.get("defaults") else None
        content = _media(self.requests, data["content"], defaults)
        return Body(data.get("required", False), content, data.get("limit"))


def request_body(judges: Judges, data: Mapping[str, Any] | None) -> Body | None:
    """Read the ``body`` of one operation; ``judges`` are those of its direction."""
    return _reader(judges, judges).body(data)


def _reader(requests: Judges, responses: Judges) -> _Reader:
    return _Reader(requests, responses, Defaults(requests))


def read_responses(data: Mapping[str, Any], judges: Judges) -> dict[str, Response]:
    """Read the ``responses`` of one operation; ``judges`` are those of their direction."""
    return {key.upper() if key != "default" else key: _response(judges, value) for key, value in data.items()}


def _response(judges: Judges, data: Mapping[str, Any]) -> Response:
    headers = {
        name: Header(
            required=value.get("required", False),
            judge=judges.judge(value.get("schema", True)),
            explode=value.get("explode", False),
            media_type=value.get("content"),
            shape=shape(value["shape"]) if "shape" in value else None,
        )
        for name, value in data.get("headers", {}).items()
    }
    # Named as the contract writes them: so they are sent.
    content = {media_type: _answer_media(judges, value) for media_type, value in data.get("content", {}).items()}
    return Response(content, headers)


def _answer_media(judges: Judges, data: Mapping[str, Any]) -> Media:
    return Media(
        judge=judges.judge(data.get("schema", True)),
        shape=shape(data["shape"]) if "shape" in data else None,
        item=judges.judge(data["item"]) if "item" in data else None,
        data=judges.judge(data["data"]) if "data" in data else None,
        xml=xml_document(data.get("xml")),
        withheld=Withheld(judges, data.get("schema", True)),
    )


def _media(judges: Judges, content: Mapping[str, Any], defaults: Defaults | None) -> dict[str, Media]:
    return {
        media_type.lower(): Media(
            judge=judges.judge(value.get("schema", True)),
            shape=shape(value["shape"]) if "shape" in value else None,
            members=members(value.get("members"), judges),
            xml=xml_document(value.get("xml")),
            binary=value.get("binary", False),
            least=value.get("minLength", 0),
            most=value.get("maxLength"),
            fill=_filled(media_type.lower(), value.get("schema", True), defaults),
        )
        for media_type, value in content.items()
    }


def _filled(media_type: str, schema: Any, defaults: Defaults | None) -> Filled | None:
    # What a patch leaves out stays as it is. Uploads are not copied, so a form that holds some is filled in place.
    if defaults is None or media_type.partition(";")[0].strip() in _PATCHES:
        return None
    return defaults.filler(schema, in_place=media_type.startswith("multipart/"))
