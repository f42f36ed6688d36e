"""What holds for all tests."""

import os

from hypothesis import settings
from support.databases import postgresql, postgresql_server
from support.plugin import pytest_addoption, pytest_collection_finish, pytest_configure
from support.scheduling import pytest_xdist_make_scheduler

__all__ = [
    "postgresql",
    "postgresql_server",
    "pytest_addoption",
    "pytest_collection_finish",
    "pytest_configure",
    "pytest_xdist_make_scheduler",
]

# A shared machine makes any deadline a matter of luck. In CI the same examples are tried each time, so that a change is
# judged by what it changes; elsewhere new ones are looked for.
settings.register_profile("here", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "here")
