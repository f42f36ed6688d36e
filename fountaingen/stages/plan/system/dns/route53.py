"""Change batches of Route 53, for ``aws route53 change-resource-record-sets --change-batch``."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from fountaingen.model.plan import FromData, PlannedFile
from fountaingen.model.targets import is_documentation
from fountaingen.stages.plan.system.dns.records import AliasSet, RecordSet, ValueSet, Zone

# A request holds at most 1,000 records of 32,000 characters of values together; in an UPSERT each counts twice
# (Route 53 API reference, ChangeResourceRecordSets).
_MOST_RECORDS = 500
_MOST_CHARACTERS = 16_000
_LONGEST_COMMENT = 256


def batches(zone: Zone) -> Iterator[PlannedFile]:
    """Yield the batches of a hosted zone: ``<zone>.route53.json``, and where it is full ``<zone>.2.route53.json``."""
    parts = list(_parts(zone.sets))
    for number, sets in enumerate(parts, start=1):
        more = f", {number} of {len(parts)}" if len(parts) > 1 else ""
        comment = f"The hosts of the contracts{more}, in {zone.name}{_caveat(sets)}"[:_LONGEST_COMMENT]
        changes = [{"Action": "UPSERT", "ResourceRecordSet": _values(each)} for each in sets]
        numbered = f".{number}" if number > 1 else ""
        yield FromData(f"dns/{zone.name}{numbered}.route53.json", {"Comment": comment, "Changes": changes})


def _caveat(sets: Sequence[RecordSet]) -> str:
    """What is served by an example's address is nowhere, so who applies the batch is told."""
    values = {value for each in sets if isinstance(each, ValueSet) and each.type != "CNAME" for value in each.values}
    found = sorted(value for value in values if is_documentation(value))
    return f"; {found[0]} is an address for examples: set dns.addresses" if found else ""


def _values(record: RecordSet) -> Mapping[str, Any]:
    match record:
        case ValueSet(name, kind, ttl, values):
            return {"Name": name, "Type": kind, "TTL": ttl, "ResourceRecords": [{"Value": value} for value in values]}
        case AliasSet(name, kind):
            return {"Name": name, "Type": kind, "AliasTarget": alias_target(record)}


def alias_target(record: AliasSet) -> Mapping[str, Any]:
    """Return the AliasTarget of a record set."""
    target = record.target
    return {
        "HostedZoneId": target.zone_id,
        "DNSName": f"{target.name}.",
        "EvaluateTargetHealth": target.evaluate_health,
    }


def _parts(sets: Sequence[RecordSet]) -> Iterator[list[RecordSet]]:
    part: list[RecordSet] = []
    records = characters = 0
    for each in sets:
        number, length = _weight(each)
        if part and (records + number > _MOST_RECORDS or characters + length > _MOST_CHARACTERS):
            yield part
            part, records, characters = [], 0, 0
        part.append(each)
        records, characters = records + number, characters + length
    if part:
        yield part


def _weight(record: RecordSet) -> tuple[int, int]:
    match record:
        case ValueSet(values=values):
            return len(values), sum(map(len, values))
        case AliasSet():
            return 1, 0
