"""Header fields as they pass through: in their order, with those of one connection kept out (RFC 9110, 7.6.1)."""

from collections.abc import Iterable, Iterator

Field = tuple[bytes, bytes]

_HOP_BY_HOP = frozenset(
    (b"connection", b"keep-alive", b"proxy-connection", b"te", b"trailer", b"transfer-encoding", b"upgrade")
)
_NO_CONTROLS = dict.fromkeys((*range(9), *range(10, 32), 127))


class Headers:
    """Header fields whose names are lower case; values are text, each byte a character of ISO 8859-1."""

    def __init__(self, fields: Iterable[Field] = ()) -> None:
        self._fields = [(name.lower(), value) for name, value in fields]

    def __iter__(self) -> Iterator[Field]:
        return iter(self._fields)

    def all(self, name: str) -> list[str]:
        """Return every value of the field ``name``."""
        wanted = name.lower().encode()
        return [value.decode("latin-1") for each, value in self._fields if each == wanted]

    def get(self, name: str) -> str | None:
        """Return the first value of the field ``name``, None where there is none."""
        return next(iter(self.all(name)), None)

    def add(self, name: str, value: str) -> None:
        """Append a field; control characters of ``value`` are left out."""
        self._fields.append((name.lower().encode(), _encoded(value)))

    def set(self, name: str, value: str) -> None:
        """Make ``value`` the only one of the field ``name``."""
        self.remove(name)
        self.add(name, value)

    def remove(self, name: str) -> None:
        """Drop every field ``name``."""
        unwanted = name.lower().encode()
        self._fields = [field for field in self._fields if field[0] != unwanted]


def end_to_end(fields: Iterable[Field]) -> list[Field]:
    """Return the fields that are meant for more than the connection they came on."""
    fields = list(fields)
    named = {
        name.strip().lower() for each, value in fields if each.lower() == b"connection" for name in value.split(b",")
    }
    unwanted = _HOP_BY_HOP | (named - _KEPT)
    return [(name, value) for name, value in fields if name.lower() not in unwanted]


# A client must not be able to take these away from us by naming them in Connection.
_KEPT = frozenset((b"host", b"content-length", b"content-type"))


def _encoded(value: str) -> bytes:
    clean = value.translate(_NO_CONTROLS).strip()
    try:
        return clean.encode("latin-1")
    except UnicodeEncodeError:
        return clean.encode()
