"""Text in a regular expression that both Rust's regex and PCRE read, as Kong's paths and the plugins' do."""

_META = frozenset("\\.+*?()|[]{}^$")


def text(plain: str) -> str:
    """Return the expression that takes ``plain`` and nothing else."""
    return "".join(map(_character, plain))


def _character(character: str) -> str:
    if character in _META:
        return f"\\{character}"
    if character in "<>" or ord(character) < 0x20 or ord(character) == 0x7F:
        # An escaped angle bracket is the edge of a word to one engine; '?<' becomes '?P<' on the way to it.
        return f"\\x{ord(character):02X}"
    return character
