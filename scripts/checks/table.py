"""Reads checks.toml for `scripts/check` and `scripts/test`.

table.py list                     every check with its tiers and one sentence
table.py help NAME                what a check needs and which arguments it takes
table.py settings NAME            the same as bash assignments
table.py lanes PART               the lanes of a part of scripts/test, one a line
table.py runs TIER MAP [NAME…]    the commands of a tier, one a line: NAME ARGUMENT…
table.py packages TIER            everything to install for a tier: Debian packages as `command=package` pairs
table.py venvs TIER               the same: Python venvs
table.py node TIER                the same: folders of Node packages
table.py tracks                   the parts that run side by side, one track a line
table.py budget TIER              the seconds that a tier may take
"""

from __future__ import annotations

import glob
import os
import platform
import shlex
import sys
import textwrap
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent
ROOT = FOLDER.parents[1]
TIERS = ("change", "nightly", "by-hand")
OPTIONAL = {
    "arguments",
    "venvs",
    "commands",
    "files",
    "binaries",
    "page",
    "node",
    "containers",
    "real_data",
}


class TableError(Exception):
    """A mistake in checks.toml, or in a name that was looked up in it."""


@dataclass(frozen=True)
class Run:
    """One tier of a check: the arguments of its run, and its measured seconds."""

    arguments: list[str]
    seconds: float


@dataclass(frozen=True)
class Check:
    """One entry of the table."""

    name: str
    about: str
    program: str
    usage: str
    python: str
    needs: dict[str, Any]
    runs: dict[str, Run]

    @property
    def path(self) -> Path:
        """The file of the program."""
        return ROOT / self.program if self.program.startswith("benches/") else FOLDER / self.program

    @property
    def venvs(self) -> list[str]:
        """Every venv that the check uses, the program's own first."""
        own = [] if self.python == "system" else [self.python]
        return [*own, *self.needs.get("venvs", [])]

    @property
    def packages(self) -> list[str]:
        """Debian packages, as `command=package` and `/a/file=package` pairs."""
        pairs = {**self.needs.get("commands", {}), **self.needs.get("files", {})}
        return [f"{what.format(machine=platform.machine())}={package}" for what, package in pairs.items()]


@dataclass(frozen=True)
class Part:
    """A part of scripts/test: its own seconds, and lanes of checks that run side by side."""

    name: str
    seconds: float
    lanes: list[list[str]]


@dataclass(frozen=True)
class Table:
    """The whole file."""

    budget: dict[str, float]
    checks: dict[str, Check]
    parts: dict[str, Part]
    tracks: list[list[str]]

    def check(self, name: str) -> Check:
        """A check by its name."""
        if name not in self.checks:
            raise TableError(f"there is no check named {name!r}; scripts/check lists them")
        return self.checks[name]

    def part_seconds(self, part: Part) -> float:
        """The seconds of a part: its own, and those of its longest lane."""
        lanes = [sum(self.check(name).runs["change"].seconds for name in lane) for lane in part.lanes]
        return part.seconds + max(lanes, default=0)

    def tier_seconds(self, tier: str) -> float:
        """The seconds of a tier: of scripts/test, or of its checks one after the other."""
        if tier == "change":
            return self.change_seconds()
        return sum(check.runs[tier].seconds for check in self.checks.values() if tier in check.runs)

    def change_seconds(self) -> float:
        """The seconds of scripts/test: parts that run alone, and the longest track."""
        seconds = {name: self.part_seconds(part) for name, part in self.parts.items()}
        tracks = [sum(seconds.pop(name) for name in track) for track in self.tracks]
        return sum(seconds.values()) + max(tracks, default=0)


def read_table(path: Path = FOLDER / "checks.toml") -> Table:
    """Read and validate the table."""
    raw = tomllib.loads(path.read_text())
    checks = {name: read_check(name, dict(entry)) for name, entry in raw["checks"].items()}
    parts = {name: Part(name, entry.get("seconds", 0), entry.get("lanes", [])) for name, entry in raw["parts"].items()}
    return Table(raw["budget"], checks, parts, raw["tracks"]["change"])


def read_check(name: str, entry: dict[str, Any]) -> Check:
    """Read one entry; a key that has no meaning is an error."""
    runs = {tier: Run(entry[tier].get("arguments", []), entry[tier]["seconds"]) for tier in TIERS if tier in entry}
    if not runs:
        raise TableError(f"check {name!r} declares no tier: {', '.join(TIERS)}")
    needs = {key: value for key, value in entry.items() if key in OPTIONAL}
    unknown = set(entry) - OPTIONAL - set(TIERS) - {"about", "program", "usage", "python"}
    if unknown:
        raise TableError(f"check {name!r} has unknown keys: {', '.join(sorted(unknown))}")
    return Check(name, entry["about"], entry["program"], entry["usage"], entry["python"], needs, runs)


def listing(table: Table) -> str:
    """Every check with its tiers and its sentence."""
    width = max(map(len, table.checks))
    lines = [f"  {check.name:<{width}}  {', '.join(check.runs):<16}  {check.about}" for check in table.checks.values()]
    lines = ["usage: scripts/check NAME [ARGUMENT…]   (scripts/check NAME --help)", "", *lines]
    return "\n".join(lines)


def help_text(check: Check) -> str:
    """What a check proves, needs and takes."""
    lines = [f"usage: scripts/check {check.name} {check.usage}".rstrip(), "", *textwrap.wrap(check.about, 100), ""]
    for tier, run in check.runs.items():
        lines.append(f"tier {tier}: {run.seconds:,} s: scripts/check {check.name} {shlex.join(run.arguments)}".rstrip())
    needs = {
        "binaries": check.needs.get("binaries", []),
        "Python packages": [f"requirements/{venv}.txt" for venv in check.venvs],
        "Debian packages": sorted({pair.rpartition("=")[2] for pair in check.packages}),
        "Node packages": check.needs.get("node", []),
        "built": [what for what in ("page", "containers", "real_data") if check.needs.get(what)],
    }
    lines += [f"{what}: {', '.join(found)}" for what, found in needs.items() if found]
    return "\n".join(lines)


def settings(check: Check) -> str:
    """The entry as bash assignments."""
    if check.path.suffix == ".py" and check.path.is_relative_to(FOLDER):
        module = ".".join(["checks", *check.path.relative_to(FOLDER).with_suffix("").parts])
    else:
        module = ""
    single = {"program": str(check.path), "module": module, "python": check.python}
    single |= {key: "yes" if check.needs.get(key) else "" for key in ("page", "containers", "real_data")}
    several = {
        "venvs": check.venvs,
        "packages": check.packages,
        "binaries": check.needs.get("binaries", []),
        "node": check.needs.get("node", []),
        "fixed": [filled(argument) for argument in check.needs.get("arguments", [])],
    }
    lines = [f"{key}={shlex.quote(value)}" for key, value in single.items()]
    return "\n".join([*lines, *(f"{key}=({shlex.join(values)})" for key, values in several.items())])


def filled(argument: str) -> str:
    """An argument with the folders of this machine."""
    target = os.environ.get("CARGO_TARGET_DIR", str(ROOT / "target"))
    return argument.format(root=ROOT, tools=ROOT / ".tools", bin=f"{target}/release")


def runs(table: Table, tier: str, folder: str, names: list[str]) -> list[str]:
    """The commands of a tier; a pattern is replaced by the files that it matches."""
    if tier not in TIERS:
        raise TableError(f"there is no tier {tier!r}; the tiers are {', '.join(TIERS)}")
    lines = []
    for check in [table.check(name) for name in names] or table.checks.values():
        if tier not in check.runs:
            continue
        arguments: list[str] = []
        for argument in check.runs[tier].arguments:
            path = argument.replace("{map}", folder)
            found = sorted(glob.glob(path)) if "*" in path else [path]
            if not found:
                raise TableError(f"check {check.name!r}: no file matches {path}")
            arguments += found
        lines.append(shlex.join([check.name, *arguments]))
    return lines


def everything(table: Table, tier: str, what: Callable[[Check], list[str]]) -> str:
    """What the checks of a tier need, each once, one a line."""
    found = [item for check in table.checks.values() if tier in check.runs for item in what(check)]
    return "\n".join(dict.fromkeys(found))


def main() -> int:
    """Answer one question about the table."""
    table = read_table()
    match sys.argv[1:]:
        case ["list"]:
            print(listing(table))
        case ["help", name]:
            print(help_text(table.check(name)))
        case ["settings", name]:
            print(settings(table.check(name)))
        case ["lanes", name]:
            print("\n".join(" ".join(lane) for lane in table.parts[name].lanes))
        case ["runs", tier, folder, *names]:
            print("\n".join(runs(table, tier, folder, names)))
        case ["packages", tier]:
            print(everything(table, tier, lambda check: check.packages))
        case ["venvs", tier]:
            print(everything(table, tier, lambda check: check.venvs))
        case ["node", tier]:
            print(everything(table, tier, lambda check: check.needs.get("node", [])))
        case ["tracks"]:
            print("\n".join(" ".join(track) for track in table.tracks))
        case ["budget", tier]:
            print(table.budget[tier])
        case _:
            print(__doc__, file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except TableError as error:
        sys.exit(f"error: {error}")
