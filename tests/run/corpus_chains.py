"""Chains through the default behaviour: what is created can be read, listed, changed and deleted, and then is gone."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from corpus_wire import Unwritable, request_of

if TYPE_CHECKING:
    from corpus_player import Player

Row = dict[str, Any]
_ORDER = ("Create", "Read", "ListRows", "Update", "Delete")


async def chain(player: "Player", operations: Sequence[Mapping[str, Any]]) -> int:
    """Play every stored operation once on a row that was created before; returns how many steps succeeded."""
    rows: dict[str, Row] = {}
    steps = 0
    stored = [each for each in operations if each["behaviour"] and not each["gap"]]
    for operation in sorted(stored, key=_turn):
        steps += await _step(player, operation, rows)
    for operation in stored:
        # Deleted rows were forgotten; what reads them must say so.
        if operation["behaviour"]["kind"] == "Read":
            await _step(player, operation, rows)
    return steps


def _turn(operation: Mapping[str, Any]) -> tuple[int, int, str]:
    kind = "Create" if operation["behaviour"]["creates"] else operation["behaviour"]["kind"]
    depth = operation["path"].count("/")
    return _ORDER.index(kind), -depth if kind == "Delete" else depth, operation["path"]


async def _step(player: "Player", operation: Mapping[str, Any], rows: dict[str, Row]) -> int:
    behaviour = operation["behaviour"]
    values = _values(operation, rows)
    if values is None:
        player.note(operation, f"{behaviour['kind']} was not reached: no row of {behaviour['entity']} is known")
        return 0
    if operation["bodies"] and not any(body["samples"] for body in operation["bodies"]):
        player.note(operation, "no body was found that it accepts")
        return 0
    bodies = [(body["media_type"], sample) for body in operation["bodies"] for sample in body["samples"][:1]]
    try:
        body = _keyed(_tied(bodies[0], operation, values), operation, rows) if bodies else None
        request = request_of(operation, values, body, f"chain: {behaviour['kind']}")
    except Unwritable:
        return 0
    response = await player.send(operation, request)
    if response is None:
        return 0
    gone = rows.get(behaviour["entity"], {}).get("gone")
    if response.is_success and not gone:
        _learn(operation, rows, values, body, _json(response))
        return 1
    if response.status_code == 501:
        player.note(operation, f"default cannot satisfy the contract: {response.text[:300]}")
    elif response.status_code != 404 or not gone:
        player.fault(operation, request, f"answers {response.status_code} in a chain: {response.text[:300]}")
    return 0


def _values(operation: Mapping[str, Any], rows: Mapping[str, Row]) -> Row | None:
    """Return the values of the required parameters: those of known rows, else samples; None where a row is lacking."""
    behaviour = operation["behaviour"]
    values = {
        each["argument"]: each["samples"][0] for each in operation["parameters"] if each["required"] and each["samples"]
    }
    paths = {each["argument"] for each in operation["parameters"] if each["in"] == "path"}
    row = rows.get(behaviour["entity"], {})
    for column, argument in behaviour["where"].items():
        if argument in paths and not behaviour["creates"]:
            if column not in row and behaviour["kind"] != "ListRows":
                return None
            values[argument] = row.get(column, values.get(argument))
    for require in behaviour["requires"]:
        for column, argument in require["where"].items():
            if column not in rows.get(require["entity"], {}):
                return None
            values[argument] = rows[require["entity"]][column]
    return values


def _tied(body: tuple[str, Any], operation: Mapping[str, Any], values: Row) -> tuple[str, Any]:
    """Let the body say of the columns that the path fills what the path says."""
    media_type, value = body
    behaviour = operation["behaviour"]
    if not isinstance(value, dict):
        return body
    filled = {column: values[argument] for column, argument in behaviour["where"].items() if argument in values}
    tied = {name: filled.get(behaviour["columns"].get(name, ""), each) for name, each in value.items()}
    return media_type, tied


def _keyed(body: tuple[str, Any], operation: Mapping[str, Any], rows: Mapping[str, Row]) -> tuple[str, Any]:
    """Let the body name a row that is known, where it is the body that does."""
    media_type, value = body
    behaviour = operation["behaviour"]
    row = rows.get(behaviour["entity"], {})
    if behaviour["keyed"] is None or not isinstance(value, dict) or behaviour["keyed"][0] not in row:
        return body
    column, member = behaviour["keyed"]
    return media_type, value | {member: row[column]}


def _learn(
    operation: Mapping[str, Any], rows: dict[str, Row], values: Row, body: tuple[str, Any] | None, answer: Any
) -> None:
    behaviour = operation["behaviour"]
    entity = behaviour["entity"]
    match behaviour["kind"]:
        case "Create" | "Update":
            known = dict(rows.get(entity, {}))
            known |= {column: values[argument] for column, argument in behaviour["where"].items()}
            shown = answer.get(behaviour["wrap"]) if isinstance(answer, dict) and behaviour["wrap"] else answer
            sent = body[1] if body else None
            sent = sent.get(behaviour["within"], sent) if isinstance(sent, dict) else sent
            for source in (sent, shown):
                if isinstance(source, dict):
                    columns = behaviour["columns"]
                    known |= {columns[name]: value for name, value in source.items() if name in columns}
            rows[entity] = known
        case "Delete":
            rows[entity]["gone"] = True


def _json(response: Any) -> Any:
    media_type = response.headers.get("content-type", "").partition(";")[0]
    return response.json() if media_type.endswith("json") and response.content else None
