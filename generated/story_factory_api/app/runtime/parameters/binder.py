"""An operation's parameters: found in a request, decoded, judged, and handed over in the order of the contract."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from starlette.types import Scope

from ..bodies.defaults import Filled
from ..contract import Operation, Parameter
from ..errors import Invalid, Violation
from ..values import JsonValue
from .coerce import Text, integer, scalar_only
from .styles import (
    COMMA,
    PIPE,
    SPACE,
    Decode,
    DeepObject,
    Delimited,
    Exploded,
    Label,
    Matrix,
    Pairs,
    Simple,
    literal,
    percent,
    percent_plus,
)
from .values import absent, decoder_of, invalid, judged, parse_query, reader_of

__all__ = ["Binder", "Sources", "parse_cookies", "parse_query"]

_NOT_UTF8 = Violation("request", (), "a parameter is not UTF-8", "encoding")
_DELIMITERS = {"form": COMMA, "cookie": COMMA, "spaceDelimited": SPACE, "pipeDelimited": PIPE}


class Sources:
    """Where the parameters of one request stand; each place is read once, when it is first asked for."""

    __slots__ = ("_cookies", "_headers", "_query", "path", "scope")

    def __init__(self, scope: Scope, path: Mapping[str, str]) -> None:
        self.scope = scope
        self.path = path
        self._query: Pairs | None = None
        self._headers: dict[str, str] | None = None
        self._cookies: Pairs | None = None

    @property
    def query(self) -> Pairs:
        """The query by decoded name, its values as they were sent."""
        if self._query is None:
            self._query = parse_query(self.scope["query_string"])
        return self._query

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers by lower-case name; repeated ones are joined (RFC 9110 section 5.3)."""
        if self._headers is None:
            headers: dict[str, str] = {}
            for name, value in self.scope["headers"]:
                key, text = name.decode("latin-1").lower(), value.decode("latin-1")
                joint = "; " if key == "cookie" else ", "
                headers[key] = f"{headers[key]}{joint}{text}" if key in headers else text
            self._headers = headers
        return self._headers

    @property
    def cookies(self) -> Pairs:
        """The cookies by name, their values as they were sent."""
        if self._cookies is None:
            self._cookies = parse_cookies(self.headers.get("cookie", ""))
        return self._cookies

    @property
    def form_cookies(self) -> Pairs:
        """The cookies, those too that stand in one with & between, as style ``form`` writes them (OAS 3.1 4.8.12.4)."""
        return parse_cookies(self.headers.get("cookie", "").replace("&", ";"))


def parse_cookies(header: str) -> Pairs:
    """Split a Cookie header into pairs (RFC 6265 section 4.2)."""
    pairs: dict[str, list[str]] = {}
    for part in header.split(";"):
        name, equals, value = part.partition("=")
        if equals:
            pairs.setdefault(name.strip(), []).append(value.strip().removeprefix('"').removesuffix('"'))
    return pairs


Find = Callable[[Sources], Iterator[Text] | None]
Bind = Callable[[Sources], JsonValue]


class Binder:
    """Turns the parameters of a request into the arguments of an endpoint, in the order of the contract."""

    __slots__ = ("_binds",)

    def __init__(self, operation: Operation) -> None:
        taken = frozenset(each.name for each in operation.parameters if each.place in ("query", "cookie"))
        self._binds = tuple(_bind(parameter, taken) for parameter in operation.parameters)

    def bind(self, scope: Scope, path: Mapping[str, str]) -> list[Any]:
        """Return the arguments; raises Invalid with everything that is wrong."""
        if not self._binds:
            return []
        sources = Sources(scope, path)
        try:
            return [bind(sources) for bind in self._binds]
        except Invalid:
            raise Invalid(tuple(self._faults(sources))) from None
        except UnicodeDecodeError:
            raise Invalid((_NOT_UTF8,), malformed=True) from None

    def _faults(self, sources: Sources) -> Iterator[Violation]:
        for bind in self._binds:
            try:
                bind(sources)
            except Invalid as invalid:
                yield from invalid.violations
            except UnicodeDecodeError:
                yield _NOT_UTF8


def _bind(parameter: Parameter, taken: frozenset[str]) -> Bind:
    if _is_plain(parameter):
        return _PlainBind(parameter, percent if parameter.place == "path" else percent_plus)
    bind: Bind = _StyledBind(parameter, _finder(parameter, taken))
    if parameter.media_type is not None:
        bind = _ContentBind(parameter)
    return bind if parameter.fill is None else _FilledBind(bind, parameter.fill)


def _is_plain(parameter: Parameter) -> bool:
    """Whether one text is one value, the case to be fast in."""
    plain = parameter.style == ("simple" if parameter.place == "path" else "form") and parameter.place in (
        "path",
        "query",
    )
    return plain and scalar_only(parameter.shape) and parameter.media_type is None and not parameter.allow_empty


class _PlainBind:
    """A scalar of a path or a query."""

    __slots__ = ("_accepts", "_decode", "_integers", "_name", "_parameter", "_path")

    def __init__(self, parameter: Parameter, decode: Decode) -> None:
        self._parameter = parameter
        self._name = parameter.name
        self._path = parameter.place == "path"
        self._decode = decode
        self._accepts = parameter.judge.accepts
        self._integers = parameter.shape.types == ("integer",)

    def __call__(self, sources: Sources) -> JsonValue:
        if self._path:
            raw = sources.path[self._name]
        else:
            values = sources.query.get(self._name)
            if values is None:
                return absent(self._parameter)
            if len(values) > 1:
                raise invalid(self._parameter, "is sent more than once", "repeated")
            raw = values[0]
        if self._integers and (value := integer(raw)) is not None and self._accepts(value):
            return value
        return judged(self._parameter, iter((self._decode(raw),)))


class _StyledBind:
    """Any other parameter."""

    __slots__ = ("_find", "_parameter")

    def __init__(self, parameter: Parameter, find: Find) -> None:
        self._parameter = parameter
        self._find = find

    def __call__(self, sources: Sources) -> JsonValue:
        parameter = self._parameter
        texts = self._find(sources)
        if texts is None:
            return absent(parameter)
        if parameter.allow_empty and parameter.place == "query" and sources.query.get(parameter.name) == [""]:
            return "" if "string" in parameter.shape.types else None
        return judged(parameter, texts)


class _ContentBind:
    """A parameter that ``content`` describes."""

    __slots__ = ("_decode", "_parameter", "_raw", "_read")

    def __init__(self, parameter: Parameter) -> None:
        self._parameter = parameter
        self._read = reader_of(parameter.media_type or "")
        self._decode = decoder_of(parameter)
        self._raw = _raw_of(parameter)

    def __call__(self, sources: Sources) -> JsonValue:
        values = self._raw(sources)
        if not values:
            return absent(self._parameter)
        if len(values) > 1:
            raise invalid(self._parameter, "is sent more than once", "repeated")
        return self._read(self._parameter, self._decode(values[0]))


def _raw_of(parameter: Parameter) -> Callable[[Sources], Sequence[str]]:
    """Return what finds the texts of a parameter as they were sent."""
    name = parameter.name
    match parameter.place:
        case "path":
            return lambda sources: [sources.path[name]]
        case "query":
            return lambda sources: sources.query.get(name, ())
        case "cookie":
            return lambda sources: sources.cookies.get(name, ())
        case "querystring":
            return lambda sources: [*filter(None, [sources.scope["query_string"].decode()])]
        case _:
            return lambda sources: [sources.headers[name.lower()]] if name.lower() in sources.headers else []


class _FilledBind:
    """A parameter whose value has parts with defaults."""

    __slots__ = ("_bind", "_fill")

    def __init__(self, bind: Bind, fill: Filled) -> None:
        self._bind = bind
        self._fill = fill

    def __call__(self, sources: Sources) -> JsonValue:
        return self._fill(self._bind(sources))


def _finder(parameter: Parameter, taken: frozenset[str]) -> Find:
    match parameter.place:
        case "path":
            return _path_finder(parameter)
        case "header":
            return _header_finder(parameter)
        case place:
            return _pair_finder(parameter, place == "cookie", taken - {parameter.name})


def _path_finder(parameter: Parameter) -> Find:
    style: Simple | Label | Matrix = Simple(parameter.explode, percent)
    if parameter.style == "label":
        style = Label(parameter.explode)
    elif parameter.style == "matrix":
        style = Matrix(parameter.name, parameter.explode)
    name, shape = parameter.name, parameter.shape
    return lambda sources: style.split(sources.path[name], shape)


def _header_finder(parameter: Parameter) -> Find:
    style, shape, name = Simple(parameter.explode, literal), parameter.shape, parameter.name.lower()

    def find(sources: Sources) -> Iterator[Text] | None:
        raw = sources.headers.get(name)
        if raw is None:
            return None
        if scalar_only(shape):
            return iter((raw,))
        # Members may stand apart by a space (RFC 9110 section 5.6.1).
        return style.split(",".join(part.strip() for part in raw.split(",")), shape)

    return find


def _pair_finder(parameter: Parameter, cookie: bool, taken: frozenset[str]) -> Find:
    decode = (literal if parameter.style == "cookie" else percent) if cookie else percent_plus
    style: Delimited | Exploded | DeepObject
    if parameter.style == "deepObject":
        style = DeepObject(parameter.name)
    elif not parameter.explode:
        style = Delimited(parameter.name, _DELIMITERS.get(parameter.style, COMMA), decode)
    else:
        style = Exploded(parameter.name, decode, taken)
    shape = parameter.shape
    if cookie and parameter.style == "form" and parameter.explode and not scalar_only(shape):
        return lambda sources: style.find(sources.form_cookies, shape)
    return lambda sources: style.find(sources.cookies if cookie else sources.query, shape)
