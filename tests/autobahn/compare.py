"""Compares a report of Autobahn|Testsuite with what is expected of the examples.

compare.py ROLE SECTIONS INDEX.json
ROLE: server or client; SECTIONS: such as 1,2,10; INDEX.json: the summary that the suite wrote
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path
from typing import Mapping

EXPECTED = Path(__file__).with_name("expected.json")
ROLES = ("server", "client")

# Behaviour and behaviour at the close, as the suite names them.
Verdict = tuple[str, str]

# What expected.json has to have for each role, so that it cannot be made weaker unnoticed.
SECTIONS = ("1", "2", "3", "4", "5", "6", "7", "9", "10")
TOTALS = {"OK": 298, "INFORMATIONAL": 3}


class Different(Exception):
    """What differs, a line each."""


def section(case: str) -> str:
    return case.split(".")[0]


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
    sections: list[str],
    expected: Mapping[str, Verdict],
    found: Mapping[str, Verdict],
) -> None:
    """Demands the same cases with the same verdicts, no better and no worse."""
    wanted = {
        case: verdict for case, verdict in expected.items() if section(case) in sections
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


def main(role: str, sections: str, index: str) -> int:
    names = sections.split(",")
    unknown = set(names) - set(SECTIONS)
    if role not in ROLES or unknown:
        print(f"compare: no expectation for {role}, {sections}", file=sys.stderr)
        return 2
    try:
        expected = read_expected()[role]
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
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
