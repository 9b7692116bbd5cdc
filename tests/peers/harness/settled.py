"""For runs that may be broken off: which tests have passed, so that the next run goes on behind them."""

from __future__ import annotations

from pathlib import Path

import pytest


class Settled:
    """Notes each test that passes, and leaves out those that a run before has noted."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.before = set(file.read_text().splitlines()) if file.exists() else set()
        self.failed: set[str] = set()

    def pytest_collection_modifyitems(
        self, config: pytest.Config, items: list[pytest.Item]
    ) -> None:
        settled = [item for item in items if item.nodeid in self.before]
        config.hook.pytest_deselected(items=settled)
        items[:] = [item for item in items if item.nodeid not in self.before]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed.add(report.nodeid)
        elif report.when == "teardown" and report.nodeid not in self.failed:
            with self.file.open("a") as file:
                file.write(f"{report.nodeid}\n")

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        # It was broken off behind the last one.
        if self.before and session.exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED:
            session.exitstatus = pytest.ExitCode.OK
