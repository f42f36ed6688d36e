"""References to what is not there: URLs, of which only those are followed that were fetched and pinned before."""

from collections.abc import Container

from fountaingen.model.problems import Problem
from fountaingen.primitives.urls import is_remote, shown
from fountaingen.stages.resolve.discover import Site
from fountaingen.stages.resolve.refs import Elsewhere, Target

_SAVE = "save the document beside the contract and refer to the file"


def external(site: Site, pinned: Container[str]) -> Problem | None:
    """Return the problem (FG021) of a reference to a URL that is never fetched or not ``pinned``, None for others."""
    place, text = site.document.place(site.reference.at), shown(site.reference.text)
    match site.destination:
        case Elsewhere(fault=fault):
            return Problem("FG021", f"{text!r} is never fetched: it {fault}", place, _SAVE)
        case Target(document=name) if is_remote(name) and name not in pinned:
            remedy = f"{_SAVE}, or fetch and pin it with 'fountaingen build --allow-remote'"
            return Problem("FG021", f"{text!r} is a URL: nothing is fetched", place, remedy)
        case _:
            return None
