"""Units of work of hooks: a Session on the unit's connection."""

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.orm import Session

from ..call import Unit

T = TypeVar("T")


def in_session(unit: Unit, work: Callable[[Session], T]) -> T:
    """Run ``work`` in a Session inside the unit of work; its commits are the unit's savepoints."""
    with Session(unit.connection, join_transaction_mode="create_savepoint", expire_on_commit=False) as session:
        result = work(session)
        session.commit()
        return result


def is_repeatable(work: object) -> bool:
    """Whether a unit of work that was undone may be run again without its author knowing.

    What people write may have given its objects to the Session that is gone, and would store nothing the second time.
    """
    return work is not in_session
