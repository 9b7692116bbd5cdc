"""What the tests are given."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Iterator

import pytest

from harness.browser import Browser
from harness.certificates import Certificates
from harness.examples import Bench, EchoServer, StartServer
from harness.meeting import Meetings, Setting
from harness.pyclient import assert_long_echoes
from harness.samples import MULTI_OCTET
from harness.settled import Settled


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--examples", type=Path, required=True, help="folder of the built examples"
    )
    parser.addoption(
        "--settled",
        type=Path,
        help="file that notes the tests that passed, which are not run again",
    )


def pytest_configure(config: pytest.Config) -> None:
    file = config.getoption("--settled")
    if file:
        config.pluginmanager.register(Settled(file))


@pytest.fixture
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    """Starts the programs of one test; their output is shown when it fails."""
    bench = Bench(request.config.getoption("--examples"))
    yield bench
    bench.end()


@pytest.fixture
def meetings(
    request: pytest.FixtureRequest, setting: Setting, bench: Bench, tmp_path: Path
) -> Iterator[Meetings]:
    """Brings a peer and the examples together, as the test's `setting` says."""

    def find_browser() -> Browser:
        browser: Browser = request.getfixturevalue("browser")
        return browser

    meetings = Meetings(setting, bench, tmp_path, find_browser)
    yield meetings
    meetings.end()


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def trusting(certificates: Certificates) -> ssl.SSLContext:
    """For a client in Python that trusts the root of the tests."""
    return certificates.root.client_context()


@pytest.fixture
def tls_server(bench: Bench, certificates: Certificates) -> Iterator[StartServer]:
    """Starts servers with TLS; whatever the test does, they serve who comes after it."""
    servers = []

    def start(*arguments: str) -> EchoServer:
        file = str(certificates.good.for_server)
        servers.append(bench.echo_server("--tls", file, *arguments))
        return servers[-1]

    yield start
    for server in servers:
        trusting = certificates.root.client_context()
        assert_long_echoes(server.url, MULTI_OCTET, bytes(70000), ssl=trusting)


@pytest.fixture(scope="module")
def chromium_flags() -> tuple[str, ...]:
    """What Chromium is started with; for a module to say."""
    return ()


@pytest.fixture(scope="module")
def chromium(chromium_flags: tuple[str, ...]) -> Iterator[Browser]:
    """One browser for all tests of a module; each of them opens tabs of its own."""
    browser = Browser(*chromium_flags)
    browser.expect("ready")
    yield browser
    browser.kill()


@pytest.fixture
def browser(chromium: Browser) -> Iterator[Browser]:
    """The browser; what it said is shown when the test fails, its tabs are closed."""
    yield chromium
    print(chromium.report())
    chromium.close_tabs()
