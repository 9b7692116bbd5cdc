"""Compares a report of Autobahn|Testsuite with what is expected of the examples.

compare.py PATTERNS ROLE INDEX.json
compare.py PATTERNS                    only whether there is such a case
PATTERNS: of cases, such as 1.*,12.*.1; ROLE: server or client; INDEX.json: the summary that the suite wrote
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Mapping

EXPECTED = Path(__file__).with_name("expected.json")
ROLES = ("server", "client")

# Behaviour and behaviour at the close, as the suite names them.
Verdict = tuple[str, str]

# What expected.json has to have for each role, so that it cannot be made weaker unnoticed.
SECTIONS = ("1", "2", "3", "4", "5", "6", "7", "9", "10", "12", "13")
TOTALS = {"OK": 514, "INFORMATIONAL": 3}


class Different(Exception):
    """What differs, a line each."""


def section(case: str) -> str:
    return case.split(".")[0]


def is_asked_for(case: str, patterns: list[str]) -> bool:
    return any(fnmatchcase(case, pattern) for pattern in patterns)


def in_order(case: str) -> list[int]:
    return [int(number) for number in case.split(".")]


def read_expected(path: Path = EXPECTED) -> dict[str, dict[str, Verdict]]:
    """The verdict of each role and case."""
    cases = json.loads(path.read_text())
    return {
        role: {case: tuple(row[role]) for case, row in cases.items()} for role in ROLES
    }


def read_report(path: Path) -> dict[str, Verdict]:
    """The verdict of each case; a report is of one agent here."""
    (agent,) = json.loads(path.read_text()).values()
    return {
        case: (result["behavior"], result["behaviorClose"])
        for case, result in agent.items()
    }


def check_totals(role: str, expected: Mapping[str, Verdict]) -> None:
    """Demands of the expectation that it is as good as it ever was."""
    problems = []
    behaviours = Counter(behaviour for behaviour, _ in expected.values())
    if behaviours != TOTALS:
        problems.append(f"{role}: expected.json has {dict(behaviours)}, not {TOTALS}")
    for case, (_, close) in expected.items():
        if close not in TOTALS:
            problems.append(f"{role} {case}: expected.json has {close} at the close")
        if section(case) not in SECTIONS:
            problems.append(f"{role} {case}: expected.json has an unknown section")
    if problems:
        raise Different("\n".join(problems))


def compare(
    role: str,
    patterns: list[str],
    expected: Mapping[str, Verdict],
    found: Mapping[str, Verdict],
) -> None:
    """Demands the same cases with the same verdicts, no better and no worse."""
    wanted = {
        case: verdict
        for case, verdict in expected.items()
        if is_asked_for(case, patterns)
    }
    problems = []
    for case in sorted({*wanted, *found}, key=in_order):
        want, got = (
            "behaviour {}, close {}".format(*verdicts[case])
            if case in verdicts
            else "not run"
            for verdicts in (wanted, found)
        )
        if want != got:
            problems.append(f"{role} {case}: {got}; expected: {want}")
    if problems:
        raise Different("\n".join(problems))


def summary(found: Mapping[str, Verdict]) -> str:
    def counts(which: int) -> str:
        names = Counter(verdict[which] for verdict in found.values())
        return ", ".join(f"{count} {name}" for name, count in names.most_common())

    return f"{len(found)} cases: {counts(0)}; close: {counts(1)}"


def main(patterns: str, role: str = ROLES[0], index: str | None = None) -> int:
    names = patterns.split(",")
    try:
        expected = read_expected()[role]
        if not any(is_asked_for(case, names) for case in expected):
            print(f"compare: there is no case {patterns}", file=sys.stderr)
            return 2
        if index is None:
            return 0
        check_totals(role, expected)
        found = read_report(Path(index))
        print(f"{role}: {summary(found)}")
        compare(role, names, expected, found)
    except Different as difference:
        print(difference, file=sys.stderr)
        return 1
    except (OSError, ValueError, KeyError) as error:
        print(f"compare: {index} cannot be read: {error!r}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    if len(sys.argv) not in (2, 4):
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
