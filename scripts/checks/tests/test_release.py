"""scripts/release changes every version, and finds one that it does not agree with."""

import importlib
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "scripts/operations"))
release = importlib.import_module("release")


class Releases(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        for pattern in ("docs/CHANGELOG.md", *(pattern for pattern, _ in release.PLACES)):
            for file in ROOT.glob(pattern):
                (self.root / file.relative_to(ROOT)).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(file, self.root / file.relative_to(ROOT))

    def release(self, *arguments):
        command = [sys.executable, ROOT / "scripts/operations/release.py", "--root", self.root, *arguments]
        return subprocess.run(command, capture_output=True, text=True)

    def test_every_version_of_the_tree_agrees(self):
        done = self.release("--check")
        self.assertEqual(done.returncode, 0, done.stdout)

    def test_a_release_changes_every_version_and_dates_the_changelog(self):
        old = release.newest(self.root)
        done = self.release("v9.8.7")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.release("--check", "v9.8.7").stdout, "every version is 9.8.7\n")
        for place in ("deployment/kubernetes/prod.yaml", "deployment/helm/foodmap/Chart.yaml", "public/package.json"):
            self.assertNotIn(f'"{old}"', (self.root / place).read_text(), place)
        changelog = (self.root / "docs/CHANGELOG.md").read_text()
        self.assertRegex(changelog, r"## \[Unreleased\]\n\n## \[9\.8\.7\] - \d{4}-\d\d-\d\d\n\n### ")
        self.assertEqual(self.release("9.8.7").returncode, 1)

    def test_a_version_that_is_another_one_is_named(self):
        chart = self.root / "deployment/helm/foodmap/Chart.yaml"
        chart.write_text(chart.read_text().replace(f'"{release.newest(self.root)}"', '"0.0.1"'))
        done = self.release("--check")
        self.assertEqual(done.returncode, 1)
        self.assertIn("Chart.yaml has the version 0.0.1", done.stdout)
        self.assertIn("has no section 7.0.0", self.release("--check", "v7.0.0").stdout)
        self.assertEqual(self.release("seven").returncode, 1)


if __name__ == "__main__":
    unittest.main()
