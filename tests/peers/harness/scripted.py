"""Programs that take commands and tell events, each a line of JSON."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from typing import Any

from .program import Program

Event = dict[str, Any]


class Teller(ABC):
    """Whoever takes commands and tells events."""

    @abstractmethod
    def tell(self, do: str, **fields: Any) -> None:
        """Gives a command."""

    @abstractmethod
    def next_event(self) -> Event:
        """Waits for the next event."""

    @abstractmethod
    def report(self) -> str:
        """What it has told so far."""

    def expect(self, event: str, **fields: Any) -> Event:
        """Demands that the next event is this one, with these fields."""
        got = self.next_event()
        wanted = {"event": event, **fields}
        assert got == {**got, **wanted}, f"{got} instead of {wanted}\n{self.report()}"
        return got


class Scripted(Program, Teller):
    """A program that is driven over its standard input."""

    def __init__(self, *argv: Any) -> None:
        super().__init__(argv, accepts_input=True)
        self._taken = 0

    def tell(self, do: str, **fields: Any) -> None:
        self.write_line(json.dumps({"do": do, **fields}))

    def next_event(self) -> Event:
        """The next line of output; one that is no JSON is an error of the program."""

        def found() -> str | None:
            return self.lines[self._taken] if len(self.lines) > self._taken else None

        line = self.wait_until(found, "a further event")
        self._taken += 1
        try:
            event = json.loads(line)
        except json.JSONDecodeError:
            raise AssertionError(f"not an event: {line}\n{self.report()}") from None
        assert isinstance(event, dict)
        return event
