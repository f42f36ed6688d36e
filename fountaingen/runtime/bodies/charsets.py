"""Text of a request in the charset that it names."""

from ..errors import UnsupportedMediaType
from ..media_types import MediaType
from .incoming import malformed

# What people send; Python's other codecs are either aliases of these or no charsets at all.
_SENT = (
    "utf-8 utf8 us-ascii ascii iso-8859-1 latin-1 latin1 iso-8859-15 windows-1250 windows-1251 windows-1252 koi8-r "
    "utf-16 utf-16be utf-16le utf-32 shift_jis euc-jp iso-2022-jp gb2312 gbk gb18030 big5 euc-kr"
)
_PLAIN = frozenset(_SENT.split())
_UTF8 = frozenset({"", "utf-8", "utf8", "us-ascii", "ascii"})


def require_utf8(media_type: MediaType) -> None:
    """Raise UnsupportedMediaType where another charset is named than the one that JSON and forms are written in."""
    if (charset := media_type.parameter("charset")) not in _UTF8:
        raise UnsupportedMediaType(f"charset {charset!r} is not supported for {media_type.essence}")


def charset_of(media_type: MediaType) -> str:
    """Return the charset that is named, empty where none is; raises UnsupportedMediaType for an unknown one."""
    charset = media_type.parameter("charset")
    if charset and charset not in _PLAIN:
        raise UnsupportedMediaType(f"charset {charset!r} is not supported")
    return charset


def decoded(raw: bytes, media_type: MediaType, path: tuple[str | int, ...] = ()) -> str:
    """Return ``raw`` as text, UTF-8 where no charset is named; raises Invalid where the bytes are none in it."""
    try:
        return raw.decode(charset_of(media_type) or "utf-8")
    except UnicodeError:
        raise malformed("the text is not in its charset", path) from None
