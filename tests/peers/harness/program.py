"""A program under test: its output line by line, its end, and what it has said so far."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import threading
from pathlib import Path
from typing import Callable, Sequence, TypeVar

# Seconds until a wait fails. Far above what anything here takes.
DEADLINE = 30.0

Found = TypeVar("Found")


def find_program(name: str) -> str:
    """Where a program is; also those that are only in the folder of an administrator's programs."""
    program = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin")
    assert (
        program is not None
    ), f"there is no {name}; install it with: scripts/setup test"
    return program


class Program:
    """A child process whose output is read while it runs, so that it never blocks on it."""

    def __init__(
        self,
        argv: Sequence[str | Path],
        *,
        accepts_input: bool = False,
        folder: Path | None = None,
    ) -> None:
        self.argv = [str(word) for word in argv]
        self.lines: list[str] = []
        self._ended = False
        self._changed = threading.Condition()
        self.process = subprocess.Popen(
            self.argv,
            cwd=folder,
            stdin=subprocess.PIPE if accepts_input else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            with self._changed:
                self.lines.append(line.rstrip("\n"))
                self._changed.notify_all()
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def write_line(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def wait_until(self, found: Callable[[], Found | None], what: str) -> Found:
        """Waits until `found`, asked after each line of output, gives something."""
        result: Found | None = None

        def ready() -> bool:
            nonlocal result
            result = found()
            return result is not None or self._ended

        with self._changed:
            in_time = self._changed.wait_for(ready, DEADLINE)
        if result is None:
            problem = "ended" if in_time else f"went on for {DEADLINE:.0f} s"
            raise AssertionError(
                f"{self.name} {problem} without {what}\n{self.report()}"
            )
        return result

    def wait_for_line(self, pattern: str) -> re.Match[str]:
        """Waits for a line that the pattern is found in."""
        expression = re.compile(pattern)

        def found() -> re.Match[str] | None:
            return next(filter(None, map(expression.search, self.lines)), None)

        return self.wait_until(found, f"a line like {pattern!r}")

    def wait_for_count(self, pattern: str, count: int) -> None:
        """Waits until `count` lines have the pattern in them."""
        expression = re.compile(pattern)

        def found() -> bool | None:
            return (
                True
                if sum(map(bool, map(expression.search, self.lines))) >= count
                else None
            )

        self.wait_until(found, f"{count} lines like {pattern!r}")

    def wait_for_exit(self) -> int:
        """Waits for the end of the program; gives its exit code."""
        try:
            code = self.process.wait(DEADLINE)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"{self.name} does not end\n{self.report()}") from None
        self._reader.join(DEADLINE)
        return code

    def is_running(self) -> bool:
        return self.process.poll() is None

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        self._reader.join(DEADLINE)
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                stream.close()

    @property
    def name(self) -> str:
        return Path(self.argv[0]).name

    @property
    def output(self) -> str:
        return "\n".join(self.lines)

    def report(self) -> str:
        code = self.process.poll()
        state = "running" if code is None else f"exit code {code}"
        command = " ".join(self.argv)
        return f"--- {command} ({state})\n{self.output}\n---"
