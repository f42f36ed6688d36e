"""Clients that write all they can until their service is killed, and take down what they were told."""

import random
from collections.abc import Callable, Iterable
from typing import Any

from kill_books import Books, Row, State
from kill_services import Broken, Caller

MERGE = "application/merge-patch+json"
_NOTES = (None, "", "a note", "'; DROP TABLE entries; --", "Σίσυφος 🎭", "x" * 3000)


class Refused(Exception):
    """The service answered that it cannot do it now."""


class Client:
    """One connection and the rows that only it writes to; ``count`` is called for every write that is acknowledged."""

    def __init__(self, name: str, port: int, books: Books, count: Callable[[], None], rows: Iterable[int] = ()) -> None:
        self._name = name
        self._caller = Caller(port)
        self._books = books
        self._count = count
        self._random = random.Random(name)
        self._mine = list(rows)
        self._made = 0

    async def run(self, going_on: Callable[[], bool]) -> None:
        """Write for as long as ``going_on()``."""
        while going_on():
            try:
                await self._step()
            except Broken:
                self._books.unanswered += 1
            except Refused:
                continue
            else:
                self._books.acknowledged += 1
                self._count()
        self._caller.close()

    async def _step(self) -> None:
        raise NotImplementedError

    async def _told(self, expected: int, method: str, path: str, body: Any = None, media: str = "") -> Any:
        status, answer = await self._caller.ask(method, path, body, media or "application/json")
        if status in (503, 507):
            raise Refused
        if status != expected:
            self._books.faults.append(f"{method} {path} was answered {status}: {answer}")
            raise Refused
        return answer


class LedgerClient(Client):
    """Creates, replaces, changes and deletes entries."""

    async def _step(self) -> None:
        alive = [each for each in self._mine if self._books.rows[each].told is not None]
        if len(alive) < 3:
            await self._create()
            return
        entry = self._random.choice(alive)
        row = self._books.rows[entry]
        work = self._random.choice(
            (self._create, self._replace, self._replace, self._change, self._change, self._delete)
        )
        if work == self._create or len(row.possible) > 1:
            # What nobody knows is not written over, so that it is looked at when the service is back.
            await self._create()
        else:
            await work(entry, row)

    def _draft(self) -> State:
        self._made += 1
        return f"{self._name}-{self._made}", self._random.randrange(10**6), self._random.choice(_NOTES)

    async def _create(self, *_: Any) -> None:
        state = self._draft()
        self._books.drafts[state[0]] = state
        answer = await self._told(201, "POST", "/entries", _body(state))
        self._books.created(answer["entryId"], state)
        self._mine.append(answer["entryId"])

    async def _replace(self, entry: int, row: Row) -> None:
        state = self._draft()
        row.maybe.add(state)
        answer = await self._told(200, "PUT", f"/entries/{entry}", _body(state))
        self._books.changed(entry, state_of(answer), {state})

    async def _change(self, entry: int, row: Row) -> None:
        assert row.told is not None
        token, amount, _ = row.told
        note = self._random.choice(_NOTES)
        row.maybe.add((token, amount + 1, note))
        answer = await self._told(200, "PATCH", f"/entries/{entry}", {"note": note, "amount": amount + 1}, MERGE)
        self._books.changed(entry, state_of(answer), {(token, amount + 1, note)})

    async def _delete(self, entry: int, row: Row) -> None:
        row.maybe.add(None)
        await self._told(204, "DELETE", f"/entries/{entry}")
        self._books.changed(entry, None, {None})


class SequenceClient(Client):
    """Asks for numbers of new elements, and again for old ones, and stores versions."""

    async def _step(self) -> None:
        books = self._books
        kind = self._random.choice(("script", "section"))
        old = [element for element in list(books.numbers)[-20:] if element[0] == kind]
        element = self._random.choice(old) if old and self._random.random() < 0.4 else (kind, self._element())
        body = {"elementType": element[0], "elementId": element[1]}
        books.wanted.add(element)
        if self._random.random() < 0.3:
            data = self._draft()
            books.unsettled.add(data)
            answer = await self._told(201, "POST", "/sequence/version", {**body, "newVersionData": {"text": data}})
            books.versioned(element, answer["versionNumber"], data)
        else:
            answer = await self._told(201, "POST", "/sequence", body)
            books.numbered(element, answer["sequenceNumber"])

    def _element(self) -> int:
        self._made += 1
        return self._random.randrange(1, 2**40)

    def _draft(self) -> str:
        self._made += 1
        return f"{self._name}-{self._made}"


def _body(state: State) -> dict[str, Any]:
    token, amount, note = state
    return {"token": token, "amount": amount} | ({} if note is None else {"note": note})


def state_of(entry: dict[str, Any]) -> State:
    """Return an entry as it is answered as a state."""
    return entry["token"], entry["amount"], entry.get("note")
