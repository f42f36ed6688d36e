"""What a whole run has: ``--write-support``, a folder that its processes share, and a quiet garbage collector.

``pytest --write-support`` writes ``fountaingen/support.json`` where every marked test of the run has passed.
"""

import gc
import os
from tempfile import TemporaryDirectory

import pytest

from . import compiling, marks, table


class Writer:
    """Hears how the marked tests go; it writes at the end, or says why it does not."""

    def __init__(self) -> None:
        self._passed: set[str] = set()
        self._failed: set[str] = set()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note an outcome; with xdist it is the controller that hears all of them."""
        if report.failed:
            self._failed.add(report.nodeid)
        elif report.when == "call" and report.passed:
            # xdist adds the group of a test to its id.
            self._passed.add(report.nodeid.partition("@")[0])

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Write the table."""
        found = marks.marks()
        unseen = sorted({mark.test for mark in found if not self._has_passed(mark.test)})
        if self._failed or unseen:
            told = [*(f"failed: {each}" for each in sorted(self._failed)), *(f"not passed: {each}" for each in unseen)]
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
            self._tell(session, "support.json is not written:\n  " + "\n  ".join(told[:30]))
            return
        table.FILE.write_text(table.written(table.table(found)), encoding="ascii")
        self._tell(session, f"{table.FILE.name} is written")

    def _has_passed(self, test: str) -> bool:
        return any(each.partition("[")[0] == test or each.startswith(f"{test}::") for each in self._passed)

    @staticmethod
    def _tell(session: pytest.Session, text: str) -> None:
        reporter = session.config.pluginmanager.get_plugin("terminalreporter")
        if reporter is not None:
            reporter.write_line(f"\n{text}")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option."""
    parser.addoption("--write-support", action="store_true", help="write fountaingen/support.json from the marks")


def pytest_configure(config: pytest.Config) -> None:
    """Make the folder that the workers of xdist inherit, and listen where the option is given: they write no table."""
    if hasattr(config, "workerinput"):
        return
    shared = TemporaryDirectory(prefix="fountaingen-tests-")
    config.add_cleanup(shared.cleanup)
    os.environ[compiling.SHARED] = shared.name
    if config.getoption("--write-support"):
        config.pluginmanager.register(Writer(), "write-support")


def pytest_collection_finish() -> None:
    """Let the collector pass over what is there to stay: thousands of tests and all that they import."""
    gc.collect()
    gc.freeze()
