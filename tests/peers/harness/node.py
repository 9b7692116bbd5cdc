"""The scripts of the folder js."""

from __future__ import annotations

import shutil
from pathlib import Path

SCRIPTS = Path(__file__).parent.parent / "js"


def node(script: str) -> list[str | Path]:
    """The beginning of a command that runs a script."""
    program = shutil.which("node")
    assert program is not None, "there is no node; install it with: scripts/setup test"
    return [program, SCRIPTS / script]
