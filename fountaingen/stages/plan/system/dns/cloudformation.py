"""The records of all hosted zones as one CloudFormation template."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from fountaingen.model.plan import FromData, PlannedFile
from fountaingen.stages.plan.system.dns.records import AliasSet, RecordSet, ValueSet, Zone
from fountaingen.stages.plan.system.dns.route53 import alias_target

_MOST_SETS = 500


def template(zones: Sequence[Zone]) -> PlannedFile:
    """Return ``dns/cloudformation.yaml``; its parameter is ``HostedZoneId``, or one a zone where there are several."""
    parameters: dict[str, Any] = {}
    resources: dict[str, Any] = {}
    for zone, word in zip(zones, _words([zone.name for zone in zones]), strict=True):
        parameter = f"HostedZoneId{word}" if len(zones) > 1 else "HostedZoneId"
        parameters[parameter] = _parameter(zone)
        for number, sets in enumerate(_parts(zone.sets), start=1):
            resources[f"{word}{f'Part{number}' if number > 1 else ''}"] = _group(zone, parameter, sets)
    data = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "Where the hosts of the contracts lead.",
        "Parameters": parameters,
        "Resources": resources,
    }
    return FromData("dns/cloudformation.yaml", data)


def _parameter(zone: Zone) -> Mapping[str, str]:
    known = {"Default": zone.id} if zone.id else {}
    return {"Type": "AWS::Route53::HostedZone::Id", "Description": f"The hosted zone {zone.name}", **known}


def _group(zone: Zone, parameter: str, sets: Sequence[RecordSet]) -> Mapping[str, Any]:
    properties = {
        "Comment": f"The hosts of the contracts in {zone.name}"[:256],
        "HostedZoneId": {"Ref": parameter},
        "RecordSets": [_values(each) for each in sets],
    }
    return {"Type": "AWS::Route53::RecordSetGroup", "Properties": properties}


def _values(record: RecordSet) -> Mapping[str, Any]:
    match record:
        case ValueSet(name, kind, ttl, values):
            return {"Name": name, "Type": kind, "TTL": str(ttl), "ResourceRecords": list(values)}
        case AliasSet(name, kind):
            return {"Name": name, "Type": kind, "AliasTarget": alias_target(record)}


def _parts(sets: Sequence[RecordSet]) -> Iterator[Sequence[RecordSet]]:
    return (sets[start : start + _MOST_SETS] for start in range(0, len(sets), _MOST_SETS))


def _words(names: Sequence[str]) -> Iterator[str]:
    """Yield a logical name for each zone, of letters and digits alone: ``fountain.coach`` is ``FountainCoach``."""
    given: set[str] = set()
    for name in names:
        base = word = "".join(part.capitalize() for part in re.split("[^a-z0-9]+", name))
        number = 2
        while word in given:
            word = f"{base}Zone{number}"
            number += 1
        given.add(word)
        yield word
