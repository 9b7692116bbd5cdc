"""Headless Chromium on the page that echo_server gives."""

from __future__ import annotations

import json
from typing import Any

import pytest

from harness.browser import Browser, Tab
from harness.examples import Bench
from harness.page import close, open_connected, send_text
from harness.samples import MIB, TINY


def converse(tab: Tab, url: str, protocols: list[str], message: str) -> dict[str, Any]:
    """What a script in the page sees of one connection of its own."""
    script = """new Promise((resolve, reject) => {
      const socket = new WebSocket(URL, PROTOCOLS);
      const seen = {};
      socket.onopen = () => socket.send(MESSAGE);
      socket.onmessage = ({ data }) => {
        Object.assign(seen, { protocol: socket.protocol, extensions: socket.extensions });
        seen.same = data === MESSAGE;
        socket.close();
      };
      socket.onclose = ({ code, wasClean }) => resolve({ ...seen, code, wasClean });
    })"""
    values = {"URL": url, "PROTOCOLS": protocols, "MESSAGE": message}
    for name, value in values.items():
        script = script.replace(name, json.dumps(value))
    seen = tab.evaluate(script)
    assert isinstance(seen, dict)
    return seen


def test_page_loads_without_a_complaint(bench: Bench, browser: Browser) -> None:
    server = bench.echo_server()
    tab = browser.open(server.page)
    assert tab.read("h1") == "WebSocket echo"
    assert tab.read("#state") == "not connected"
    assert tab.complaints() == []
    server.wait_for_log('page: "/"')


@pytest.mark.parametrize("text", ["Hello", "a ä € 漢字 😀", ""])
def test_text(bench: Bench, browser: Browser, text: str) -> None:
    server = bench.echo_server()
    tab = open_connected(browser, server)
    send_text(tab, text)
    server.wait_for_log(f"text message, {len(text.encode())} octets")
    assert tab.complaints() == []


def test_binary(bench: Bench, browser: Browser) -> None:
    server = bench.echo_server()
    tab = open_connected(browser, server)
    tab.click("#send-binary")
    tab.wait("#log li", "binary, 256 octets, as sent")
    server.wait_for_log("binary message, 256 octets")


@pytest.mark.parametrize("buffers", [(), TINY], ids=len)
def test_one_mebibyte(bench: Bench, browser: Browser, buffers: tuple[str, ...]) -> None:
    server = bench.echo_server(*buffers)
    tab = open_connected(browser, server)
    tab.click("#send-mebibyte")
    tab.wait("#log li", f"binary, {MIB} octets, as sent")
    server.wait_for_log(f"binary message, {MIB} octets")
    send_text(tab, "and on it goes")


def test_one_mebibyte_of_text(bench: Bench, browser: Browser) -> None:
    server = bench.echo_server()
    tab = browser.open(server.page)
    seen = converse(tab, server.url, [], "€" * (MIB // 3))
    assert seen.get("same") is True, seen
    server.wait_for_log(f"text message, {MIB // 3 * 3} octets")


@pytest.mark.parametrize("code, reason", [(1000, ""), (1000, "done"), (4999, "füge")])
def test_close_by_the_page(
    bench: Bench, browser: Browser, code: int, reason: str
) -> None:
    server = bench.echo_server()
    tab = open_connected(browser, server)
    send_text(tab, "before")
    close(tab, code, reason)
    server.wait_for_close(code, reason)
    assert tab.complaints() == []


def test_close_by_the_server(bench: Bench, browser: Browser) -> None:
    server = bench.echo_server("--close-after", "2")
    tab = open_connected(browser, server)
    send_text(tab, "one")
    send_text(tab, "two")
    tab.wait("#log li", "closed: 1000 “enough”")
    tab.wait("#state", "closed")
    server.wait_for_close(1000, "enough")


def test_end_of_the_server(bench: Bench, browser: Browser) -> None:
    server = bench.echo_server()
    tab = open_connected(browser, server)
    server.process.terminate()
    tab.wait("#log li", "closed: 1001 “the server ends”")
    server.expect_exit()


def test_connecting_again(bench: Bench, browser: Browser) -> None:
    server = bench.echo_server()
    tab = open_connected(browser, server)
    close(tab, 1000, "done")
    tab.click("#connect")
    tab.wait("#state", "connected")
    send_text(tab, "again")


def test_tab_that_is_closed(bench: Bench, browser: Browser) -> None:
    server = bench.echo_server()
    tab = open_connected(browser, server)
    send_text(tab, "before")
    tab.close()
    server.wait_for_line("^#\\d+ (close received: 1001 |lost: )")


def test_two_tabs_at_once(bench: Bench, browser: Browser) -> None:
    server = bench.echo_server()
    one, two = open_connected(browser, server), open_connected(browser, server)
    send_text(one, "from the first")
    send_text(two, "from the second")
    close(one, 4001, "first")
    send_text(two, "still here")
    close(two, 4002, "second")
    server.wait_for_close(4001, "first")
    server.wait_for_close(4002, "second")
    assert "second" not in one.read("#log")
    assert "first" not in two.read("#log")


def test_subprotocol_and_no_deflate(bench: Bench, browser: Browser) -> None:
    """Chromium always offers permessage-deflate."""
    server = bench.echo_server("--subprotocol", "chat.v2")
    tab = browser.open(server.page)
    seen = converse(tab, server.url, ["chat.v1", "chat.v2"], "agreed " * 1000)
    assert (seen["protocol"], seen["extensions"]) == ("chat.v2", "")
    assert seen.get("same") is True, seen
    assert (seen["code"], seen["wasClean"]) == (1005, True)
    server.wait_for_log("subprotocol: chat.v2")
    server.wait_for_log("close received: without a status")


def test_the_check_of_the_page(bench: Bench, browser: Browser) -> None:
    server = bench.echo_server()
    tab = browser.open(server.page + "?check&code=4000&reason=why")
    tab.wait("#log li", "the check is good")
    result = json.loads(tab.read("#result"))
    assert result["close"] == {"code": 4000, "reason": "why", "clean": True}
    assert result["steps"] == {"text": True, "binary": True, "mebibyte": True}
    server.wait_for_close(4000, "why")
