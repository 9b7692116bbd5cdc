"""Headless Chromium on the page that echo_server gives over https, with a WebSocket over wss."""

from __future__ import annotations

import json

import pytest

from harness.browser import Browser
from harness.certificates import Certificates
from harness.examples import Bench, StartServer
from harness.page import close, open_connected, send_text
from harness.samples import MIB, TINY


@pytest.fixture(scope="module")
def chromium_flags(certificates: Certificates) -> tuple[str, ...]:
    """It trusts the key of the good certificate, and no other."""
    return (f"--ignore-certificate-errors-spki-list={certificates.good.key_hash}",)


def test_messages_and_close_by_the_page(
    tls_server: StartServer, browser: Browser
) -> None:
    server = tls_server()
    tab = open_connected(browser, server)
    assert tab.evaluate("socket.url").startswith("wss://127.0.0.1:")
    send_text(tab, "a ä € 漢字 😀")
    tab.click("#send-binary")
    tab.wait("#log li", "binary, 256 octets, as sent")
    tab.click("#send-mebibyte")
    tab.wait("#log li", f"binary, {MIB} octets, as sent")
    close(tab, 4999, "füge")
    server.wait_for_close(4999, "füge")
    assert tab.complaints() == []


def test_close_by_the_server(tls_server: StartServer, browser: Browser) -> None:
    server = tls_server("--close-after", "2")
    tab = open_connected(browser, server)
    send_text(tab, "one")
    send_text(tab, "two")
    tab.wait("#log li", "closed: 1000 “enough”")
    server.wait_for_close(1000, "enough")


def test_the_check_of_the_page(tls_server: StartServer, browser: Browser) -> None:
    server = tls_server(*TINY)
    tab = browser.open(server.page + "?check&code=4000&reason=why")
    tab.wait("#log li", "the check is good")
    result = json.loads(tab.read("#result"))
    assert result["close"] == {"code": 4000, "reason": "why", "clean": True}
    assert result["steps"] == {"text": True, "binary": True, "mebibyte": True}


def test_tab_that_is_closed(tls_server: StartServer, browser: Browser) -> None:
    server = tls_server()
    tab = open_connected(browser, server)
    send_text(tab, "before")
    tab.close()
    server.wait_for_line("^#\\d+ (close received: 1001 |lost: )")


def test_end_of_the_server(
    bench: Bench, certificates: Certificates, browser: Browser
) -> None:
    server = bench.echo_server("--tls", str(certificates.good.for_server))
    tab = open_connected(browser, server)
    server.process.terminate()
    tab.wait("#log li", "closed: 1001 “the server ends”")
    server.expect_exit()


def test_certificate_that_is_not_trusted(
    bench: Bench, certificates: Certificates, browser: Browser
) -> None:
    server = bench.echo_server("--tls", str(certificates.stranger.for_server))
    with pytest.raises(AssertionError, match="ERR_CERT_AUTHORITY_INVALID"):
        browser.open(server.page)
    server.wait_for_line("^#\\d+ lost: TLS: .*alert certificate unknown$")
