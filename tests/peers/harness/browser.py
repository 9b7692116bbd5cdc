"""Headless Chromium and its tabs."""

from __future__ import annotations

from typing import Any

from .node import node
from .program import find_program
from .scripted import Scripted


class Browser(Scripted):
    """One browser, started with these flags; each tab has a profile of its own."""

    def __init__(self, *flags: str) -> None:
        super().__init__(*node("browser.mjs"), find_program("chromium"), *flags)
        self._opened = 0
        self._tabs: list[Tab] = []

    def order(self, do: str, **fields: Any) -> Any:
        """Gives a command and waits until it is carried out."""
        self.tell(do, **fields)
        return self.expect("done")["value"]

    def open(self, url: str) -> Tab:
        self._opened += 1
        tab = Tab(self, f"tab {self._opened}")
        self._tabs.append(tab)
        tab.order("open", url=url)
        return tab

    def forget(self, tab: Tab) -> None:
        self._tabs.remove(tab)

    def close_tabs(self) -> None:
        for tab in list(self._tabs):
            tab.close()


class Tab:
    """One page, used as a person uses it."""

    def __init__(self, browser: Browser, name: str) -> None:
        self._browser = browser
        self._name = name

    def order(self, do: str, **fields: Any) -> Any:
        return self._browser.order(do, tab=self._name, **fields)

    def fill(self, selector: str, text: str) -> None:
        self.order("fill", selector=selector, text=text)

    def click(self, selector: str) -> None:
        self.order("click", selector=selector)

    def wait(self, selector: str, text: str) -> None:
        """Waits until an element that the selector finds has exactly this text."""
        self.order("wait", selector=selector, text=text)

    def read(self, selector: str) -> str:
        return str(self.order("read", selector=selector))

    def evaluate(self, script: str) -> Any:
        return self.order("evaluate", script=script)

    def complaints(self) -> list[str]:
        """Errors and warnings of the page, on its console and uncaught."""
        return list(self.order("complaints"))

    def close(self) -> None:
        self._browser.forget(self)
        self.order("close")
