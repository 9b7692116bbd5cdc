"""That the table loses no case and no verdict."""

import json
import tempfile
import unittest
from pathlib import Path

import table

OK = ("OK", "OK")


class Row(unittest.TestCase):
    def test_it_counts_each_verdict(self):
        cases = {"1.1.1": OK, "2.5": ("NON-STRICT", "OK"), "2.6": ("FAILED", "UNCLEAN")}
        self.assertEqual(
            table.row("some-server", "1 to 10", cases),
            "| some-server | 1 to 10 | 3 | 1 | 1 | 0 | 1 | 0 | 2 OK, 1 UNCLEAN |",
        )

    def test_it_keeps_a_verdict_without_a_column(self):
        cases = {"1.1.1": ("STRANGE", "OK"), "1.1.2": ("FAILED", "OK")}
        self.assertIn("| 0 | 0 | 0 | 1, 1 STRANGE | 0 | 2 OK |", table.row("x", "1", cases))


class Exceptions(unittest.TestCase):
    def test_neighbours_are_joined(self):
        cases = {f"1.1.{number}": ("FAILED", "OK") for number in range(1, 12)}
        cases["1.1.5"] = OK
        self.assertEqual(
            table.exceptions(cases), ["FAILED: 1.1.1 to 1.1.4, 1.1.6 to 1.1.11"]
        )

    def test_the_close_is_apart(self):
        cases = {"7.1.6": ("INFORMATIONAL", "OK"), "7.7.1": ("OK", "WRONG CODE")}
        self.assertEqual(
            table.exceptions(cases),
            ["INFORMATIONAL: 7.1.6", "WRONG CODE at the close: 7.7.1"],
        )


class Report(unittest.TestCase):
    def test_cases_are_in_the_order_of_the_suite(self):
        results = {
            case: {"behavior": "OK", "behaviorClose": "UNCLEAN"}
            for case in ("1.1.1", "1.1.10", "1.1.2", "10.1.1", "2.1")
        }
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "index.json"
            path.write_text(json.dumps({"agent": results}))
            self.assertEqual(
                list(table.read_in_order(path).items()),
                [
                    (case, ("OK", "UNCLEAN"))
                    for case in ("1.1.1", "1.1.2", "1.1.10", "2.1", "10.1.1")
                ],
            )


if __name__ == "__main__":
    unittest.main()
