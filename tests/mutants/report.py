"""Sums up what scripts/mutants found.

report.py RESULTS            counts for each folder, what was missed; fails where too much was, or without a reason
report.py RESULTS --missed   the patch of each mutant that was missed without a reason
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Iterator

FOLDERS = ("codec", "handshake", "session")
# Of a hundred mutants that compile and are not known to change nothing.
WANTED = 95
DOCUMENT = Path(__file__).parents[2] / "docs" / "testing.md"
# | `file: what was done` | how often | why that cannot be seen |
ROW = re.compile(r"^\| `(src/[^`]+)` \| (\d+) \| .+ \|$", re.MULTILINE)


@dataclass(frozen=True)
class Mutant:
    """One change and what became of it."""

    # Without line and column, which move.
    name: str
    folder: str
    verdict: str
    patch: Path


def was_caught_later(patch: Path) -> bool:
    """By a test that was added, or by a C program."""
    later = (patch.with_name(f"{patch.name}.{how}") for how in ("again", "with-c"))
    return any(found.exists() and found.read_text().strip() == "caught" for found in later)


def read_shard(folder: str, output: Path) -> Iterator[Mutant]:
    for outcome in json.loads((output / "outcomes.json").read_text())["outcomes"]:
        if outcome["scenario"] == "Baseline":
            continue
        patch = output / outcome["diff_path"]
        verdict = outcome["summary"]
        if verdict == "MissedMutant" and was_caught_later(patch):
            verdict = "CaughtMutant"
        name = re.sub(r":\d+:\d+:", ":", outcome["scenario"]["Mutant"]["name"])
        yield Mutant(name, folder, verdict, patch)


def read(results: Path) -> list[Mutant]:
    mutants = []
    for folder in FOLDERS:
        shards = sorted((results / folder).glob("*-of-*"))
        done = [shard for shard in shards if (shard / "done").exists()]
        parts = {shard.name.split("-of-")[1] for shard in done}
        if len(parts) != 1 or len(done) != int(*parts):
            of = ", ".join(sorted(parts)) or "none"
            print(f"{folder}: shards are missing: {len(done)} of {of}", file=sys.stderr)
        for shard in done:
            mutants += read_shard(folder, shard / "mutants.out")
    return mutants


def equivalents() -> Counter[str]:
    """What docs/testing.md says cannot be noticed, and how often."""
    rows = ROW.findall(DOCUMENT.read_text())
    # In a table a bar is written with a backslash.
    return Counter({name.replace("\\|", "|"): int(often) for name, often in rows})


def percent_caught(folder: str, mutants: list[Mutant], equivalent: int) -> float:
    verdicts = Counter(mutant.verdict for mutant in mutants)
    # A loop without an end is noticed.
    caught = verdicts["CaughtMutant"] + verdicts["Timeout"]
    viable = caught + verdicts["MissedMutant"] - equivalent
    percent = 100 * caught / viable if viable else 0.0
    print(
        f"{folder}: {len(mutants)} mutants, {verdicts['CaughtMutant']} caught, {verdicts['Timeout']} without an end, "
        f"{verdicts['MissedMutant']} missed ({equivalent} of them equivalent), {verdicts['Unviable']} did not compile: "
        f"{percent:.1f} %"
    )
    return percent


def report(mutants: list[Mutant]) -> bool:
    missed = [mutant for mutant in mutants if mutant.verdict == "MissedMutant"]
    reasons = equivalents()
    is_good = True
    for folder in FOLDERS:
        excused = Counter(mutant.name for mutant in missed if mutant.folder == folder)
        here = [mutant for mutant in mutants if mutant.folder == folder]
        percent = percent_caught(folder, here, (excused & reasons).total())
        is_good = is_good and percent >= WANTED
    unexplained = Counter(mutant.name for mutant in missed) - reasons
    for name, often in sorted(unexplained.items()):
        print(f"missed, and not in docs/testing.md: {name} ({often})")
    return is_good and not unexplained


def main(arguments: list[str]) -> int:
    mutants = read(Path(arguments[0]))
    if arguments[1:] == ["--missed"]:
        reasons = equivalents()
        for mutant in mutants:
            if mutant.verdict == "MissedMutant" and mutant.name not in reasons:
                print(mutant.patch)
        return 0
    return 0 if report(mutants) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
