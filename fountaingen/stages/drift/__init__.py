"""Drift: how the output folder stands to what a build would write."""

from fountaingen.stages.drift.disk import Disk, Entry, File, Link, Special, Unread, read, read_manifest
from fountaingen.stages.drift.survey import Survey, survey, unchanged
from fountaingen.stages.drift.table import compare, judge
from fountaingen.stages.drift.text import diff

__all__ = [
    "Disk",
    "Entry",
    "File",
    "Link",
    "Special",
    "Survey",
    "Unread",
    "compare",
    "diff",
    "judge",
    "read",
    "read_manifest",
    "survey",
    "unchanged",
]
