"""Sets the version of the programs, page, chart and images in one step, or checks that all of them agree."""

import argparse
import re
import sys
from datetime import UTC, date, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VERSION = r"\d+\.\d+\.\d+"
# Where a version is written: the file, and an expression with the version as its only group.
PLACES = (
    ("Cargo.toml", rf'(?m)^version = "({VERSION})"'),
    ("Cargo.lock", rf'name = "tile(?:-benches|core|gen|serve)"\nversion = "({VERSION})"'),
    ("public/package.json", rf'\A\{{\n  "name": "foodmap-page",\n  "version": "({VERSION})"'),
    ("public/package-lock.json", rf'"name": "foodmap-page",\n +"version": "({VERSION})"'),
    ("deployment/helm/foodmap/Chart.yaml", rf'(?m)^(?:version: |appVersion: ")({VERSION})'),
    ("deployment/compose/compose.yaml", rf"FOODMAP_TAG:-({VERSION})\}}"),
    ("deployment/kubernetes/*.yaml", rf'(?:helm\.sh/chart: foodmap-|app\.kubernetes\.io/version: ")({VERSION})'),
    ("deployment/kubernetes/*.yaml", rf"registry\.example/foodmap/\w+:({VERSION})"),
    ("docs/deployment.md", rf"registry\.example/foodmap/\w+:({VERSION})"),
    ("docs/deployment.md", rf"--build-arg VERSION=({VERSION})"),
)
UNRELEASED = "## [Unreleased]\n"


def main():
    parser = argparse.ArgumentParser(prog="scripts/release", description=__doc__)
    parser.add_argument("version", nargs="?", help="the new version, such as 0.3.0; v0.3.0 is the same")
    parser.add_argument("--check", action="store_true", help="change nothing; fail if a version is another one")
    parser.add_argument("--root", type=Path, default=ROOT, help=argparse.SUPPRESS)
    args = parser.parse_args()
    version = args.version.removeprefix("v") if args.version else None
    if version and not re.fullmatch(VERSION, version):
        sys.exit(f"error: {args.version} is not a version such as 0.3.0")
    if args.check:
        faults = [*disagreements(args.root, version)]
        print("\n".join(faults) or f"every version is {version or newest(args.root)}")
        return 1 if faults else 0
    if not version:
        parser.error("the new version is missing")
    set_version(args.root, version)
    date_changelog(args.root, version, datetime.now(UTC).date())
    print(f"the version is {version}; commit this, and tag the commit v{version}")
    return 0


def files(root):
    """Every file with its expression."""
    for pattern, expression in PLACES:
        found = sorted(root.glob(pattern))
        if not found:
            sys.exit(f"error: there is no {pattern}")
        for file in found:
            yield file, expression


def newest(root):
    """The version in Cargo.toml."""
    return re.findall(PLACES[0][1], (root / "Cargo.toml").read_text())[0]


def disagreements(root, version):
    """The places with another version than Cargo.toml and the argument."""
    wanted = version or newest(root)
    for file, expression in files(root):
        found = re.findall(expression, file.read_text())
        if not found:
            yield f"{file.relative_to(root)} has no version"
        for other in sorted(set(found) - {wanted}):
            yield f"{file.relative_to(root)} has the version {other}, not {wanted}"
    if version and not re.search(rf"(?m)^## \[{re.escape(version)}\]", (root / "docs/CHANGELOG.md").read_text()):
        yield f"docs/CHANGELOG.md has no section {version}"


def set_version(root, version):
    for file, expression in files(root):
        text = file.read_text()
        file.write_text(re.sub(expression, lambda found: found[0].replace(found[1], version), text))


def date_changelog(root, version, today: date):
    """What is listed as unreleased becomes the section of the version."""
    file = root / "docs/CHANGELOG.md"
    text = file.read_text()
    if f"## [{version}]" in text:
        sys.exit(f"error: docs/CHANGELOG.md has a section {version} already")
    _, _, after = text.partition(UNRELEASED)
    if after.lstrip().startswith("## ["):
        sys.exit("error: docs/CHANGELOG.md lists nothing as unreleased")
    file.write_text(text.replace(UNRELEASED, f"{UNRELEASED}\n## [{version}] - {today}\n", 1))


if __name__ == "__main__":
    sys.exit(main())
