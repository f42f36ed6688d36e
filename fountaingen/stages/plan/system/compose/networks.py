"""The networks: one that only services and the gateway are in, and the few ways out of it."""

from collections.abc import Iterable, Mapping
from typing import Any

INSIDE = "inside"
"""Joins the containers; nothing in it reaches the outside, nor is reached from there."""
EDGE = "edge"
"""The gateway's: its ports are published through it."""
OUTWARD = "outward"
"""For services that call what is not of this system: callbacks, webhooks, keys of issuers of tokens."""
DESK = "desk"
"""For the dashboards, published on this machine alone."""


def declared(containers: Iterable[Mapping[str, Any]]) -> Mapping[str, Any]:
    """Return the networks that ``containers`` are in."""
    used = {name for each in containers for name in each["networks"]}
    return {
        name: {"internal": True} if name == INSIDE else None for name in (INSIDE, EDGE, OUTWARD, DESK) if name in used
    }
