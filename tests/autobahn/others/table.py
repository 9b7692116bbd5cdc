"""Counts what reports of Autobahn|Testsuite say, as a table, and names the cases that are not OK.

table.py INDEX.json...
Each is the summary that the suite wrote of one program, in REPORTS/NAME-ROLE. The folder above has to be in
PYTHONPATH.
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import Iterable, Mapping

from compare import Verdict, in_order, read_report

VERDICTS = ("OK", "NON-STRICT", "INFORMATIONAL", "FAILED", "UNIMPLEMENTED")

# RFC 6455 and RFC 7692, the compression.
PARTS = (("1 to 10", range(1, 11)), ("12 and 13", range(12, 14)))


def read_in_order(path: Path) -> dict[str, Verdict]:
    """The verdict of each case, in the order of the suite."""
    report = read_report(path)
    return {case: report[case] for case in sorted(report, key=in_order)}


def counts(verdicts: Iterable[str]) -> dict[str, int]:
    """Of each verdict; of those that the suite seldom gives, only if there are some."""
    found = Counter(verdicts)
    return {name: found.pop(name, 0) for name in VERDICTS} | dict(sorted(found.items()))


def row(name: str, part: str, cases: Mapping[str, Verdict]) -> str:
    """A line in Markdown."""
    behaviours = counts(behaviour for behaviour, _ in cases.values())
    cells = [str(behaviours.pop(verdict)) for verdict in VERDICTS]
    # What has no column of its own must not get lost.
    cells[VERDICTS.index("FAILED")] += "".join(
        f", {count} {verdict}" for verdict, count in behaviours.items()
    )
    closes = counts(close for _, close in cases.values())
    close = ", ".join(f"{count} {verdict}" for verdict, count in closes.items() if count)
    return "| " + " | ".join([name, part, str(len(cases)), *cells, close]) + " |"


def ranges(cases: list[str], order: list[str]) -> str:
    """Neighbours in the order of the suite are joined: 12.1.1 to 12.1.9."""
    runs: list[list[str]] = []
    for case in cases:
        if runs and order.index(case) == order.index(runs[-1][-1]) + 1:
            runs[-1].append(case)
        else:
            runs.append([case])
    return ", ".join(
        f"{run[0]} to {run[-1]}" if len(run) > 2 else ", ".join(run) for run in runs
    )


def exceptions(cases: Mapping[str, Verdict]) -> list[str]:
    """The cases that are not OK, a line for each verdict."""
    lines = []
    for which, at in ((0, ""), (1, " at the close")):
        for verdict in sorted({verdicts[which] for verdicts in cases.values()} - {"OK"}):
            these = [case for case in cases if cases[case][which] == verdict]
            lines.append(f"{verdict}{at}: {ranges(these, list(cases))}")
    return lines


def main(paths: list[Path]) -> int:
    reports = {path.resolve().parent.name: read_in_order(path) for path in paths}
    print("| program | sections | cases |", " | ".join(VERDICTS), "| at the close |")
    print("|" + "---|" * (len(VERDICTS) + 4))
    for name, cases in reports.items():
        for part, sections in PARTS:
            those = {case: cases[case] for case in cases if in_order(case)[0] in sections}
            if those:
                print(row(name, part, those))
    for name, cases in reports.items():
        print(f"\n{name}")
        for line in exceptions(cases):
            print(f"  {line}")
    return 0


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sys.exit(main([Path(path) for path in sys.argv[1:]]))
