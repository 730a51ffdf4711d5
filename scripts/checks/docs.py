"""Checks the docs against the tree, and every text against the word list.

Links lead to a file, named tests and paths exist, every feature F1 to F132 has its row, and docs/configuration.md
contains what both programs read. No file contains a phrase of words.toml.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

from checks.words import WordList, read_words

ROOT = Path(__file__).resolve().parents[2]
PAGES = ("README.md", "docs/*.md", "docs/*/*.md", "deployment/*.md", "deployment/*/*.md")
LINK = re.compile(r"\]\(([^)]+)\)")
FEATURES = range(1, 133)
CITING = (
    "docs/features.md",
    "docs/decisions/*.md",
    "docs/architecture.md",
    "docs/handover.md",
    "docs/coming-from.md",
    "docs/extending.md",
)
# What an operations team expects: docs/handover.md says what serves each, and what proves it.
EXPECTED = (
    "scheduler",
    "cache",
    "queue",
    "database",
    "monitoring",
    "alerting",
    "logging",
    "tracing",
    "backup",
    "scaling",
    "TLS",
    "secrets",
    "CI/CD",
    "load tests",
    "memory tests",
    "training",
)
# Words like names of alerts in that table.
KINDS = {"ConfigMap", "PrometheusRule"}
RUST_TEST = re.compile(r"`([a-z0-9]+(?:_[a-z0-9]+){3,})`")
TITLES = re.compile(r"\.test\.(?:mjs|ts)`: ((?:`[^`]+`(?:, )?)+)")
PATH = re.compile(r"`((?:tilegen|tileserve|public|styles|scripts|benches|deployment|data|docs)/[\w./-]+)`")
SHOWN = 200


def link_faults() -> list[str]:
    """Links to files that do not exist."""
    faults = []
    for pattern in PAGES:
        for page in sorted(ROOT.glob(pattern)):
            for target in LINK.findall(page.read_text()):
                path = target.split("#")[0]
                if path and not re.match(r"(https?|mailto):", path) and not (page.parent / path).exists():
                    faults.append(f"{page.relative_to(ROOT)}: the link to {path} leads to no file")
    return faults


def feature_faults() -> list[str]:
    """Features without a row."""
    text = (ROOT / "docs/features.md").read_text()
    missing = [number for number in FEATURES if not re.search(rf"^\| F{number} \|", text, re.MULTILINE)]
    return [f"docs/features.md has no row for F{number}" for number in missing]


def handover_faults() -> list[str]:
    """Rows of the table of docs/handover.md that are missing or have an empty cell."""
    text = (ROOT / "docs/handover.md").read_text().split("## What runs, and when")[0]
    rows = {
        row[0]: row for row in ([cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines()) if row
    }
    return [
        f"docs/handover.md has no complete row for {what}"
        for what in EXPECTED
        if len(rows.get(what, [])) != 3 or not all(rows[what])
    ]


def alert_faults() -> list[str]:
    """Alerts without a case that expects them, and what the table of demands names and does not exist."""
    monitoring = ROOT / "deployment/monitoring"
    tests = "\n".join(path.read_text() for path in sorted(monitoring.glob("*.test.yml")))
    expected = set(re.findall(r"alertname: (\w+)\n +exp_alerts:\n", tests))
    alerts = set(re.findall(r"- alert: (\w+)", (monitoring / "rules/foodmap.yml").read_text()))
    cases = {name.strip("'").replace("''", "'") for name in re.findall(r"(?m)^  - name: (.+)$", tests)}
    checks = set(re.findall(r"(?m)^\[checks\.([\w-]+)\]", (ROOT / "scripts/checks/checks.toml").read_text()))
    page = (ROOT / "docs/handover.md").read_text()
    faults = [f"no case of deployment/monitoring/*.test.yml expects {alert}" for alert in sorted(alerts - expected)]
    faults += [
        f"docs/handover.md names scripts/check {name}, which does not exist"
        for name in sorted(set(re.findall(r"`scripts/check ([\w-]+)", page)) - checks)
    ]
    rows = [line.split("|")[1:-1] for line in page.split("## What an alert must do")[1].split("\n## ")[0].splitlines()]
    for demand, serves, proof in (row for row in rows if len(row) == 3):
        proofs = [name for name in re.findall("`([^`]+)`", proof) if not name.startswith(("scripts/", "tileserve/"))]
        unknown = set(re.findall(r"\b[A-Z][a-z]+(?:[A-Z][a-z]+)+\b", serves)) - alerts - KINDS
        unknown |= {name for name in proofs if name not in cases}
        if unknown or not all(cell.strip() for cell in (demand, serves, proof)):
            faults.append(f"docs/handover.md: the row {demand.strip()!r} has an empty cell, or names {sorted(unknown)}")
    return faults


def sources(*patterns: str) -> str:
    """The text of all files of some kinds, without those that were installed or built."""
    done = subprocess.run(["git", "ls-files", *patterns], cwd=ROOT, capture_output=True, text=True, check=True)
    return "\n".join((ROOT / name).read_text() for name in done.stdout.splitlines() if (ROOT / name).exists())


def citation_faults() -> list[str]:
    """Tests and paths that a page names and the tree does not have. `…` in the title of a test is any text."""
    code = sources("*.rs", "scripts/*.py", "*.toml")
    titles = sources("*.test.ts", "*.test.mjs").replace("\\'", "'")
    faults = []
    for pattern in CITING:
        for page in sorted(ROOT.glob(pattern)):
            text, name = page.read_text(), page.relative_to(ROOT)
            tests = sorted(set(RUST_TEST.findall(text)))
            unknown = [test for test in tests if not re.search(rf"\b{test}\b", code)]
            faults += [f"{name} names `{test}`, which no source file contains" for test in unknown]
            for title in (title for titled in TITLES.findall(text) for title in re.findall("`([^`]+)`", titled)):
                wanted = ".*".join(re.escape(part) for part in title.split("…"))
                if " " in title and not title.startswith("scripts/") and not re.search(wanted, titles):
                    faults.append(f"{name} names the test `{title}`, which no test file contains")
            paths = sorted(set(PATH.findall(text)))
            faults += [f"{name} names {path}, which does not exist" for path in paths if not (ROOT / path).exists()]
    return faults


def configuration_faults() -> list[str]:
    """Whether docs/configuration.md is current."""
    done = subprocess.run(
        [ROOT / "scripts/write-configuration", "--check"], capture_output=True, text=True, check=False
    )
    return [] if done.returncode == 0 else [done.stderr.strip().removeprefix("error: ")]


def word_faults(words: WordList) -> list[str]:
    """Phrases of the word list, as `file:line: …` sentences."""
    faults = []
    for path in words.files(ROOT):
        for line, found, instead in words.faults(path.read_text()):
            faults.append(f"{path.relative_to(ROOT)}:{line}: {found!r}: write {instead}")
    return faults


def by_folder(faults: list[str]) -> str:
    """The number of phrases in each folder."""
    folders = Counter("/".join(fault.split(":")[0].split("/")[:-1][:2]) or "." for fault in faults)
    return "\n".join(f"{count:6}  {folder}" for folder, count in sorted(folders.items()))


def main() -> int:
    """Check everything, or only the words."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--words-only", action="store_true", help="check only the word list; print counts per folder")
    parser.add_argument("--all", action="store_true", help=f"print every fault, not only the first {SHOWN}")
    args = parser.parse_args()
    words = word_faults(read_words())
    faults = (
        words
        if args.words_only
        else [
            *link_faults(),
            *citation_faults(),
            *feature_faults(),
            *handover_faults(),
            *alert_faults(),
            *configuration_faults(),
            *words,
        ]
    )
    for fault in faults if args.all else faults[:SHOWN]:
        print(fault, file=sys.stderr)
    if len(faults) > SHOWN and not args.all:
        print(f"… and {len(faults) - SHOWN} more: --all prints them", file=sys.stderr)
    if args.words_only and words:
        print(by_folder(words))
    if not faults:
        print("links, features, configuration and words are in order")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
