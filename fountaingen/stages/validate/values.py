"""Values beside schemas: defaults and examples fit them (FG111)."""

from collections.abc import Iterator
from functools import cached_property
from typing import Any, NamedTuple
from urllib.parse import quote

import jsonschema_rs

from fountaingen.model.document import Document
from fountaingen.model.grammar import Kind
from fountaingen.model.problems import Problem, Severity
from fountaingen.model.version import Version
from fountaingen.primitives import pointer as pointers
from fountaingen.stages import whereabouts
from fountaingen.stages.normalize import normalize
from fountaingen.stages.validate.breaches import Breach, breaches
from fountaingen.stages.validate.contract import Contract
from fountaingen.stages.validate.wording import message

_CONTRACT = "urn:fountaingen:contract"


class _Value(NamedTuple):
    what: str
    pointer: str
    value: Any
    schema: str
    """The pointer of the schema that the value should fit."""


def check(contract: Contract) -> Iterator[Problem]:
    """Yield the defaults and examples that do not fit the schema beside them; each is a warning."""
    judges = _Judges(contract)
    for value in _values(contract):
        whereabouts.at(f"the {value.what}", value.pointer)
        breach = judges.first_breach(value)
        if breach is not None:
            text = f"the {value.what} does not fit its schema: {message(breach, 'it')}"
            place = contract.place(value.pointer + breach.pointer)
            yield Problem("FG111", text, place, "", Severity.WARNING)


class _Judges:
    """Validators of the contract's schemas, each made once."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._made: dict[str, jsonschema_rs.Validator | None] = {}

    @cached_property
    def _data(self) -> Any:
        bundle = self._contract.bundle
        entry = bundle.discovery.entry
        return normalize(Document(entry.path, bundle.data, entry.source, entry.positions)).data

    @cached_property
    def _registry(self) -> jsonschema_rs.Registry:
        return jsonschema_rs.Registry([(_CONTRACT, self._data)], draft=jsonschema_rs.Draft202012)

    @cached_property
    def _one_way(self) -> frozenset[str]:
        """The properties that only one direction carries: an example of the other may lack them, though required."""
        return frozenset(
            name
            for node in self._contract.of(Kind.SCHEMA)
            for name, held in _properties(node.value)
            if _is_one_way(self._contract.follow("", held)[1])
        )

    def first_breach(self, value: _Value) -> Breach | None:
        """Return the first way in which a value does not fit its schema, or None."""
        judge = self._judge(value.schema)
        if judge is None or judge.is_valid(value.value):
            return None
        for breach in breaches(judge.iter_errors(value.value)):
            if breach.keyword != "required" or not self._one_way.issuperset(breach.asked):
                return breach
        return None

    def _judge(self, pointer: str) -> jsonschema_rs.Validator | None:
        schema = self._contract.get(*pointers.split(pointer))
        ref = str(schema["$ref"]) if isinstance(schema, dict) and schema.keys() == {"$ref"} else ""
        pointer = ref[1:] if ref.startswith("#/") else quote(pointer, safe="/~")
        if pointer not in self._made:
            self._made[pointer] = self._make(pointer)
        return self._made[pointer]

    def _make(self, pointer: str) -> jsonschema_rs.Validator | None:
        try:
            schema = {"$ref": f"{_CONTRACT}#{pointer}"}
            return jsonschema_rs.validator_for(schema, registry=self._registry, validate_formats=True, offline=True)
        except (ValueError, jsonschema_rs.ReferencingError):
            # A schema that is broken in itself is reported as such by another rule.
            return None


def _properties(schema: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    held = schema.get("properties")
    yield from held.items() if isinstance(held, dict) else ()


def _is_one_way(schema: Any) -> bool:
    return isinstance(schema, dict) and (schema.get("readOnly") is True or schema.get("writeOnly") is True)


def _values(contract: Contract) -> Iterator[_Value]:
    for node in contract.of(Kind.SCHEMA, Kind.PARAMETER, Kind.HEADER, Kind.MEDIA_TYPE):
        if node.kind is Kind.SCHEMA:
            yield from _of_schema(contract, node.pointer, node.value)
        elif "schema" in node.value and (node.kind is not Kind.MEDIA_TYPE or _is_json(node.pointer)):
            yield from _beside(contract, node.pointer, node.value)


def _is_json(pointer: str) -> bool:
    return "json" in pointers.split(pointer)[-1].lower()


def _of_schema(contract: Contract, pointer: str, schema: dict[str, Any]) -> Iterator[_Value]:
    if "default" in schema:
        yield _Value("default", f"{pointer}/default", schema["default"], pointer)
    if contract.version is Version.V3_0 and "example" in schema:
        yield _Value("example", f"{pointer}/example", schema["example"], pointer)
    examples = schema.get("examples")
    if contract.version is not Version.V3_0 and isinstance(examples, list):
        for index, example in enumerate(examples):
            yield _Value("example", pointers.join(pointer, "examples", index), example, pointer)


def _beside(contract: Contract, pointer: str, holder: dict[str, Any]) -> Iterator[_Value]:
    schema = f"{pointer}/schema"
    if "example" in holder:
        yield _Value("example", f"{pointer}/example", holder["example"], schema)
    examples = holder.get("examples")
    for name, held in examples.items() if isinstance(examples, dict) else ():
        place, example = contract.follow(pointers.join(pointer, "examples", name), held)
        if isinstance(example, dict) and "value" in example:
            yield _Value(f"example {name!r}", f"{place}/value", example["value"], schema)
