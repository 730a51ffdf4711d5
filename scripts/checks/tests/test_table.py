"""The table of checks: it is complete, and each tier fits into its budget."""

import re
import unittest
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

from checks.table import FOLDER, ROOT, TIERS, TableError, read_check, read_table, runs, settings

TABLE = read_table()
# Checks that run for minutes or hours have a short version in the tier `change`.
LONG = {"real", "rows", "faults", "soak", "analysts"}


class TheTable(unittest.TestCase):
    def test_the_tier_change_fits_into_its_budget(self):
        seconds = {part.name: TABLE.part_seconds(part) for part in TABLE.parts.values()}
        self.assertLessEqual(TABLE.change_seconds(), TABLE.budget["change"], seconds)

    def test_the_tier_nightly_fits_into_its_budget(self):
        self.assertLessEqual(TABLE.tier_seconds("nightly"), TABLE.budget["nightly"])

    def test_the_nightly_workflow_runs_every_nightly_check_once(self):
        workflow = (ROOT / ".github/workflows/nightly.yml").read_text()
        (jobs,) = re.findall(r"^ *checks:\n((?: *- .*\n)+)", workflow, re.MULTILINE)
        expected = Counter(name for name, check in TABLE.checks.items() if "nightly" in check.runs)
        self.assertEqual(Counter(jobs.replace("- ", " ").split()), expected)

    def test_every_check_of_the_tier_change_is_in_one_lane(self):
        lanes = Counter(name for part in TABLE.parts.values() for lane in part.lanes for name in lane)
        expected = Counter(name for name, check in TABLE.checks.items() if "change" in check.runs)
        self.assertEqual(lanes, expected)

    def test_long_checks_have_a_short_version_for_every_change(self):
        for name in LONG:
            tiers = TABLE.check(name).runs
            self.assertLessEqual(tiers["change"].seconds, 60, name)
            self.assertGreater(max(run.seconds for run in tiers.values()), 60, name)

    def test_programs_and_requirements_exist(self):
        for name, check in TABLE.checks.items():
            self.assertTrue(check.path.is_file(), f"{name}: {check.path}")
            for venv in check.venvs:
                self.assertTrue((FOLDER / f"requirements/{venv}.txt").is_file(), f"{name}: {venv}")
            for folder in check.needs.get("node", []):
                self.assertTrue((ROOT / folder / "package-lock.json").is_file(), f"{name}: {folder}")
            self.assertIn("program=", settings(check), name)

    def test_the_parts_are_those_of_scripts_test(self):
        script = (ROOT / "scripts/test").read_text()
        for name in TABLE.parts:
            self.assertIn(f"\ntest_{name}() {{", script)

    def test_an_unknown_name_is_one_clear_sentence(self):
        with self.assertRaisesRegex(TableError, "there is no check named 'nothing'; scripts/check lists them"):
            TABLE.check("nothing")

    def test_a_check_without_a_tier_is_rejected(self):
        entry = {"about": "", "program": "a.py", "usage": "", "python": "system"}
        with self.assertRaisesRegex(TableError, f"declares no tier: {', '.join(TIERS)}"):
            read_check("a", entry)

    def test_a_pattern_is_replaced_by_its_files(self):
        with TemporaryDirectory() as folder:
            archive = Path(folder) / "store/archives/density/30d/a.pmtiles"
            archive.parent.mkdir(parents=True)
            archive.touch()
            self.assertEqual(runs(TABLE, "change", folder, ["readers"]), [f"readers {archive}"])


if __name__ == "__main__":
    unittest.main()
