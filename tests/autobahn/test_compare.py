"""That the comparison notices what it is there for."""

import contextlib
import io
import json
import tempfile
import unittest
from pathlib import Path

import compare

OK = ("OK", "OK")


class Expectation(unittest.TestCase):
    def setUp(self):
        self.expected = compare.read_expected()

    def test_it_is_as_good_as_wanted(self):
        for role in compare.ROLES:
            self.assertEqual(len(self.expected[role]), 517)
            compare.check_totals(role, self.expected[role])

    def assert_refused(self, cases, words):
        with self.assertRaisesRegex(compare.Different, words):
            compare.check_totals("server", cases)

    def test_it_cannot_be_made_weaker(self):
        for verdict in ("NON-STRICT", "FAILED", "INFORMATIONAL", "UNIMPLEMENTED"):
            self.assert_refused({**self.expected["server"], "6.4.3": (verdict, "OK")}, verdict)
        for close in ("FAILED", "WRONG CODE", "UNCLEAN", "FAILED BY CLIENT"):
            self.assert_refused({**self.expected["server"], "7.7.1": ("OK", close)}, f"7.7.1: .* {close}")

    def test_it_cannot_be_made_smaller_or_other(self):
        cases = dict(self.expected["server"])
        del cases["1.1.1"]
        self.assert_refused(cases, "513")
        self.assert_refused({**cases, "11.1.1": OK}, "11.1.1: .* unknown section")
        self.assert_refused({**self.expected["server"], "1.1.9": OK}, "515")


class Comparison(unittest.TestCase):
    expected = {"1.1.1": OK, "1.1.2": OK, "7.1.6": ("INFORMATIONAL", "OK"), "9.1.1": OK}
    good = {case: verdict for case, verdict in expected.items() if case != "9.1.1"}

    def assert_different(self, found, lines):
        with self.assertRaises(compare.Different) as caught:
            compare.compare("client", ["1.*", "7.*"], self.expected, found)
        self.assertEqual(str(caught.exception).splitlines(), lines)

    def test_the_same(self):
        compare.compare("client", ["1.*", "7.*"], self.expected, self.good)

    def test_worse_and_better(self):
        self.assert_different(
            {**self.good, "1.1.2": ("FAILED", "OK"), "7.1.6": OK},
            [
                "client 1.1.2: behaviour FAILED, close OK; expected: behaviour OK, close OK",
                "client 7.1.6: behaviour OK, close OK; expected: behaviour INFORMATIONAL, close OK",
            ],
        )

    def test_the_close(self):
        self.assert_different(
            {**self.good, "1.1.1": ("OK", "UNCLEAN")},
            ["client 1.1.1: behaviour OK, close UNCLEAN; expected: behaviour OK, close OK"],
        )

    def test_other_cases(self):
        found = {**self.good, "9.1.1": OK}
        del found["1.1.1"]
        self.assert_different(
            found,
            [
                "client 1.1.1: not run; expected: behaviour OK, close OK",
                "client 9.1.1: behaviour OK, close OK; expected: not run",
            ],
        )


class Program(unittest.TestCase):
    """The whole of it, on a report as the suite writes it."""

    def run_on(self, change=lambda cases: None, patterns="1.*,10.*"):
        cases = {
            case: {"behavior": verdict[0], "behaviorClose": verdict[1], "duration": 3}
            for case, verdict in compare.read_expected()["server"].items()
            if compare.section(case) in ("1", "10")
        }
        change(cases)
        errors = io.StringIO()
        with tempfile.TemporaryDirectory() as folder:
            report = Path(folder, "index.json")
            report.write_text(json.dumps({"echo_server": cases}))
            with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(errors):
                code = compare.main(patterns, "server", str(report))
        return code, errors.getvalue()

    def test_a_good_report(self):
        self.assertEqual(self.run_on(), (0, ""))

    def test_a_verdict_that_differs(self):
        code, errors = self.run_on(lambda cases: cases["10.1.1"].update(behavior="NON-STRICT"))
        self.assertEqual(code, 1)
        self.assertIn("server 10.1.1: behaviour NON-STRICT", errors)

    def test_a_case_that_was_not_run(self):
        code, errors = self.run_on(lambda cases: cases.pop("1.2.8"))
        self.assertEqual(code, 1)
        self.assertIn("server 1.2.8: not run", errors)

    def test_no_cases_at_all(self):
        self.assertEqual(self.run_on(dict.clear)[0], 1)

    def test_a_pattern_within_a_section(self):
        def drop(cases):
            for case in [case for case in cases if not case.startswith("1.1.")]:
                del cases[case]

        self.assertEqual(self.run_on(drop, patterns="1.1.*"), (0, ""))
        self.assertEqual(self.run_on(drop, patterns="1.*.1")[0], 1)

    def test_cases_that_nobody_knows(self):
        self.assertEqual(self.run_on(patterns="8.*")[0], 2)
        with contextlib.redirect_stderr(io.StringIO()):
            self.assertEqual(compare.main("8.*"), 2)
        self.assertEqual(compare.main("12.*.11"), 0)

    def test_no_report(self):
        with contextlib.redirect_stderr(io.StringIO()):
            self.assertEqual(compare.main("1.*", "server", "/nowhere"), 2)


if __name__ == "__main__":
    unittest.main()
