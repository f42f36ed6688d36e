"""How a plugin is told: the fields of its configuration, and what it cannot be put on."""

from collections.abc import Mapping

from fountaingen.kong.schema import typedefs
from fountaingen.kong.schema.fields import Check, Field, Record, Rule, SetOf, Shorthand, Specialisation


def plugin(
    config: Mapping[str, Field],
    *checks: Check,
    never_on: tuple[str, ...] = (),
    protocols: SetOf | None = None,
    record: Record | None = None,
) -> Specialisation:
    """Return a kind of plugin; ``checks`` see the whole entry, ``record`` is the configuration where it has checks."""
    fields: dict[str, Field] = {name: typedefs.forbidden() for name in never_on}
    fields["protocols"] = protocols or typedefs.protocols()
    fields["config"] = record or configured(config)
    return Specialisation(fields=fields, checks=checks)


def configured(
    config: Mapping[str, Field],
    *checks: Check,
    rules: tuple[Rule, ...] = (),
    shorthands: Mapping[str, Shorthand] | None = None,
) -> Record:
    """Return a configuration with checks of its own, rules about the whole of it, or other ways to write it."""
    return Record(required=True, fields=config, checks=checks, rules=rules, shorthands=shorthands or {})
