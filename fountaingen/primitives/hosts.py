"""Host names in the one form that DNS, certificates and gateways compare: ASCII, lower case, no dot at the end."""

import re

_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?")
_LONGEST_LABEL = 63
_LONGEST_NAME = 253


def ascii_host(text: str) -> str:
    """Return a host name as it stands in DNS: labels of other alphabets as A-labels (RFC 5890), the rest in lower case.

    ``*`` may be the first label. Underscores pass, for DNS takes them (RFC 2181 section 11).

    Raises:
        ValueError: ``text`` is no host name; the message goes on after "the host '…' ".
    """
    name = text.removesuffix(".")
    if is_address(name):
        raise ValueError("is an address, not a name")
    labels = [_ascii(label) for label in name.split(".")]
    wildcard, rest = (labels[:1], labels[1:]) if labels[0] == "*" and len(labels) > 1 else ([], labels)
    for label in rest:
        if fault := _fault(label):
            raise ValueError(fault)
    host = ".".join((*wildcard, *rest))
    if len(host) > _LONGEST_NAME:
        raise ValueError(f"has {len(host)} characters, more than the {_LONGEST_NAME} of a name in DNS")
    return host


def is_address(host: str) -> bool:
    """Tell whether ``host`` is an address or would be taken for one: it has a colon, or ends in a number."""
    return ":" in host or host.rstrip(".").rpartition(".")[2].isdigit()


def _ascii(label: str) -> str:
    if label.isascii() and not label.lower().startswith("xn--"):
        return label.lower()
    import idna  # its tables cost every start of the command line, and few contracts need them

    try:
        return idna.encode(label, uts46=True).decode("ascii")
    except idna.IDNAError as error:
        raise ValueError(f"has a label that no registry takes, {label!r}: {error}") from error


def _fault(label: str) -> str:
    if not label:
        return "has an empty label"
    if label == "*" or "*" in label:
        return "has a '*' that is not its whole first label"
    if len(label) > _LONGEST_LABEL:
        return f"has a label of {len(label)} characters, more than the {_LONGEST_LABEL} that one may have"
    return "" if _LABEL.fullmatch(label) else f"has a label that DNS does not take, {label!r}"
