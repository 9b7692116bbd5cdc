"""The scripts of the folder js."""

from __future__ import annotations

from pathlib import Path

from .program import find_program

SCRIPTS = Path(__file__).parent.parent / "js"


def node(script: str) -> list[str | Path]:
    """The beginning of a command that runs a script."""
    return [find_program("node"), SCRIPTS / script]
