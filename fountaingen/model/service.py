"""The service as it will be generated: its operations, tables and default behaviour, every name given."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from fountaingen.model.behaviour import Behaviour
from fountaingen.model.document import Spec
from fountaingen.model.entity import Entity
from fountaingen.model.types import PythonType, Stream

ParameterLocation = Literal["path", "query", "querystring", "header", "cookie"]


@dataclass(frozen=True)
class Parameter:
    """A parameter of an operation. ``argument`` is its Python name; ``has_default`` says that it is never absent."""

    name: str
    argument: str
    location: ParameterLocation
    required: bool
    type: PythonType
    data: Mapping[str, Any] = field(repr=False)
    pointer: str
    has_default: bool = False

    @property
    def always_present(self) -> bool:
        return self.required or self.has_default


@dataclass(frozen=True)
class Header:
    """A response header as the contract declares it; ``pointer`` is that of its schema.

    ``media_type`` is that of its ``content``, None where it is written in style ``simple``.
    """

    name: str
    required: bool
    schema: Any = field(repr=False)
    pointer: str = ""
    explode: bool = False
    media_type: str | None = None


@dataclass(frozen=True)
class Encoding:
    """How a member of a form is written; ``style`` is None where neither it nor ``explode`` is given.

    ``content_types`` and ``headers`` are those that a part may have, any where they are empty.
    """

    content_types: tuple[str, ...] = ()
    style: str | None = None
    explode: bool = True
    headers: tuple[Header, ...] = ()


@dataclass(frozen=True)
class Body:
    """A request body: ``content`` maps media types to schemas as written; ``type`` is what a hook is given.

    ``encodings`` are those of the members of forms, by media type; ``limit`` is the most bytes that may come, None
    where the settings of the running service say it.
    """

    required: bool
    content: Mapping[str, Any] = field(repr=False)
    type: PythonType
    pointer: str
    encodings: Mapping[str, Mapping[str, Encoding]] = field(default_factory=dict, repr=False)
    limit: int | None = None


@dataclass(frozen=True)
class Items:
    """Pointers of the schemas of a stream: ``item`` of one item or event, ``data`` of what an event's data say."""

    item: str | None = None
    data: str | None = None


@dataclass(frozen=True)
class Response:
    """One declared response: ``status`` is ``200``, ``4XX`` or ``default``; ``content`` maps media types to schemas.

    ``items`` are the schemas of what sequential media types hold, by media type.
    """

    status: str
    content: Mapping[str, Any] = field(repr=False)
    headers: tuple[Header, ...]
    pointer: str
    items: Mapping[str, Items] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Server:
    """One URL that a Server Object comes to, its variables filled; ``pointer`` leads to the object.

    ``host`` is in lower case and without port, ``port`` is None where the scheme says it, ``base_path`` has no slash at
    its end. A relative URL has neither scheme nor host.
    """

    scheme: str
    host: str
    port: int | None
    base_path: str
    pointer: str

    @property
    def is_local(self) -> bool:
        """Whether no host is named, or the machine that the service runs on."""
        return self.host in ("", "localhost", "::1") or self.host.startswith("127.")

    @property
    def is_public(self) -> bool:
        """Whether the host is a name that could stand in DNS, not one of this machine nor an address."""
        labels = self.host.split(".")
        return len(labels) > 1 and not labels[-1].isdigit() and ":" not in self.host and labels[-1] != "localhost"


@dataclass(frozen=True)
class Operation:
    """One operation of the contract.

    ``operation_id`` is the contract's own, or made of method and path where it has none. ``name`` is its function,
    ``class_name`` the stem of its classes. ``success`` is the status of a plain answer and ``result`` its type;
    ``stream`` is what a hook may answer piece by piece, instead of a plain answer where there is a ``result`` too.
    ``extension`` is its ``x-fountaingen-operation``; ``servers`` are its own, else its path's, else the contract's.
    """

    operation_id: str
    name: str
    class_name: str
    method: str
    path: str
    summary: str
    group: str
    parameters: tuple[Parameter, ...]
    body: Body | None
    responses: tuple[Response, ...]
    success: int
    result: PythonType | None
    security: tuple[Mapping[str, Any], ...]
    behaviour: Behaviour
    pointer: str
    extension: Mapping[str, Any] = field(default_factory=dict)
    stream: Stream | None = None
    servers: tuple[Server, ...] = ()

    def response(self, status: int) -> Response | None:
        """Return the declared response that ``status`` falls under: exact, then range, then ``default``."""
        by_status = {response.status.upper(): response for response in self.responses}
        for key in (str(status), f"{status // 100}XX", "DEFAULT"):
            if key in by_status:
                return by_status[key]
        return None


@dataclass(frozen=True)
class Outgoing:
    """A request that the service makes by itself; ``key`` tells it from every other, ``call`` is what is sent where.

    The ``path`` of the call of a callback is the expression that gives its URL, that of a webhook its name.
    """

    key: str
    call: Operation


@dataclass(frozen=True)
class Callbacks:
    """The callbacks of one operation; ``owner`` is its ``operation_id``, ``class_name`` the class that holds them."""

    owner: str
    class_name: str
    calls: tuple[Outgoing, ...]


@dataclass(frozen=True)
class Views:
    """The classes of ``app/schemas.py``: ``schemas`` by class name, their references being ``#/$defs/<class name>``.

    ``requests`` and ``responses`` name the classes that messages of either direction are made of.
    """

    schemas: Mapping[str, Any] = field(repr=False)
    requests: frozenset[str]
    responses: frozenset[str]


@dataclass(frozen=True)
class Service:
    """A service: what the renderer prints, and all that ``explain`` shows."""

    name: str
    title: str
    version: str
    description: str
    host: str | None
    port: int | None
    base_paths: tuple[str, ...]
    uses: tuple[str, ...]
    operations: tuple[Operation, ...]
    entities: tuple[Entity, ...]
    security_schemes: Mapping[str, Any] = field(repr=False)
    views: Views = field(repr=False)
    spec: Spec = field(repr=False)
    callbacks: tuple[Callbacks, ...] = ()
    webhooks: tuple[Outgoing, ...] = ()
    servers: tuple[Server, ...] = ()

    @property
    def hosts(self) -> tuple[str, ...]:
        """The public host names that the service answers to, that of ``x-fountaingen-service`` first."""
        named = (server.host for server in self.servers if server.is_public)
        return tuple(dict.fromkeys((*([self.host] if self.host else []), *named)))

    @property
    def outgoing(self) -> tuple[Outgoing, ...]:
        """Every request that the service makes by itself."""
        return (*(call for each in self.callbacks for call in each.calls), *self.webhooks)
