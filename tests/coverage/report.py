"""Sums up which lines of the library were run.

report.py LCOV   percent for each folder, the lines that were not run; fails below 95 %, or without a reason
"""

from __future__ import annotations

import re
import sys
from collections import defaultdict
from pathlib import Path

FOLDERS = ("codec", "handshake", "session", "ffi")
WANTED = 95
ROOT = Path(__file__).parents[2]
# What cmake/SourcePaths.cmake has the library for the C programs call it.
RENAMED = Path("/usr/src/websocket")
DOCUMENT = ROOT / "docs" / "testing.md"
# | `file` `function` | why its line is not run |
ROW = re.compile(r"^\| `(src/[^`]+)` `([^`]+)` \| .+ \|$", re.MULTILINE)
FUNCTION = re.compile(r"\bfn (\w+)")
# The tests stand at the end of a file.
TESTS = re.compile(r"^#\[cfg\(test\)\]\n(?:pub )?mod \w+ \{", re.MULTILINE)

# For each file of src/ how often each line was run.
Lines = dict[Path, dict[int, int]]


def read(lcov: Path) -> Lines:
    lines: Lines = defaultdict(dict)
    file = Path()
    for record in lcov.read_text().splitlines():
        key, _, value = record.partition(":")
        if key == "SF":
            file = Path(value)
            if file.is_relative_to(RENAMED):
                file = ROOT / file.relative_to(RENAMED)
        elif key == "DA" and file.is_relative_to(ROOT / "src"):
            number, count = (int(part) for part in value.split(",")[:2])
            path = file.relative_to(ROOT)
            lines[path][number] = lines[path].get(number, 0) + count
    return {path: without_tests(path, counts) for path, counts in lines.items()}


def without_tests(path: Path, counts: dict[int, int]) -> dict[int, int]:
    text = (ROOT / path).read_text()
    tests = TESTS.search(text)
    end = text.count("\n", 0, tests.start()) if tests else text.count("\n")
    return {number: count for number, count in counts.items() if number <= end}


def function_of(path: Path, number: int) -> str:
    """The function that the line is in: the last one to begin above it."""
    for line in reversed((ROOT / path).read_text().splitlines()[:number]):
        if found := FUNCTION.search(line.split("//")[0]):
            return found[1]
    return "-"


def percent_run(folder: str, lines: Lines) -> float:
    counts = [
        count
        for path, here in lines.items()
        if path.is_relative_to(Path("src", folder))
        for count in here.values()
    ]
    run = sum(count > 0 for count in counts)
    percent = 100 * run / len(counts) if counts else 0.0
    print(f"{folder}: {run} of {len(counts)} lines, {percent:.1f} %")
    return percent


def not_run(lines: Lines) -> dict[tuple[str, str], list[int]]:
    found: dict[tuple[str, str], list[int]] = defaultdict(list)
    for path, counts in sorted(lines.items()):
        for number, count in sorted(counts.items()):
            if count == 0:
                found[str(path), function_of(path, number)].append(number)
    return found


def main(arguments: list[str]) -> int:
    lcov = Path(arguments[0])
    if f"SF:{RENAMED}/src/ffi/" not in lcov.read_text():
        sys.exit("coverage: the library of the C programs has counted nothing")
    lines = read(lcov)
    is_good = min([percent_run(folder, lines) for folder in FOLDERS]) >= WANTED
    reasons = set(ROW.findall(DOCUMENT.read_text()))
    found = not_run(lines)
    for (path, function), numbers in found.items():
        reason = (
            ""
            if (path, function) in reasons
            else ", and docs/testing.md does not say why"
        )
        print(f"not run: {path} {function}: {', '.join(map(str, numbers))}{reason}")
    for path, function in sorted(reasons - found.keys()):
        print(f"run, but docs/testing.md says why it is not: {path} {function}")
    return 0 if is_good and reasons == found.keys() else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
