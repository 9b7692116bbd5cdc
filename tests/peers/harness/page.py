"""The page that echo_server gives, used as a person uses it."""

from __future__ import annotations

from .browser import Browser, Tab
from .examples import EchoServer


def open_connected(browser: Browser, server: EchoServer) -> Tab:
    """A tab whose page is connected."""
    tab = browser.open(server.page)
    tab.click("#connect")
    tab.wait("#state", "connected")
    return tab


def send_text(tab: Tab, text: str) -> None:
    tab.fill("#text", text)
    tab.click("#send-text")
    tab.wait("#log li", f"text “{text}”, as sent")


def close(tab: Tab, code: int, reason: str) -> None:
    tab.fill("#code", str(code))
    tab.fill("#reason", reason)
    tab.click("#close")
    tab.wait("#log li", f"closed: {code} “{reason}”")
    tab.wait("#state", "closed")
