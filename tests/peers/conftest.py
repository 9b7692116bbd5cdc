"""What the tests are given."""

from __future__ import annotations

from pathlib import Path
from typing import Iterator

import pytest

from harness.examples import Bench


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--examples", type=Path, required=True, help="folder of the built examples"
    )


@pytest.fixture
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    """Starts the programs of one test; their output is shown when it fails."""
    bench = Bench(request.config.getoption("--examples"))
    yield bench
    bench.end()
