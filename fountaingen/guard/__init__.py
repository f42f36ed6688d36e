"""The guard: whatever runs what a contract says, runs in a process that may fail.

Patterns that backtrack, recursion without end and data that swells cost that process its life, not the command: the
one that started it goes on, and tells what was done at the end and why it ended.
"""

from fountaingen.guard.job import Failed, Job, Stopped
from fountaingen.guard.pool import guarded
from fountaingen.guard.telling import Subject, alone, told

__all__ = ["Failed", "Job", "Stopped", "Subject", "alone", "guarded", "told"]
