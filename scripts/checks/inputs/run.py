"""Gives tilegen more than 200 generated sets of inputs and compares exit code, sentence and published map.

Each set is a small good one with one change. A case says what must happen: either the map is published and contains
exactly the right orders, people, areas and vendors, or it is refused with a sentence that names the place, the value
and the remedy. Before a set that must be refused a good map is built into the store, and must remain the last one.
Prints one line for each case: the case, the exit code, the sentence, and what the map then contains.
"""

from __future__ import annotations

import argparse
import fnmatch
import os
import re
import shutil
import sys
import tempfile
import time
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from checks.inputs import (
    area_cases,
    config_cases,
    grade_cases,
    identity_cases,
    memory_cases,
    message_cases,
    number_cases,
    order_file_cases,
    parquet_cases,
    path_cases,
    target_cases,
    time_cases,
    vendor_cases,
)
from checks.inputs.case import Case, Difference, Either, Published, Refused
from checks.inputs.files import Inputs, write_good
from checks.inputs.job import Outcome, command, run
from checks.inputs.published import Map

MODULES = (
    time_cases,
    identity_cases,
    order_file_cases,
    path_cases,
    parquet_cases,
    vendor_cases,
    grade_cases,
    target_cases,
    area_cases,
    number_cases,
    memory_cases,
    message_cases,
    config_cases,
)
# Text that no user should read: anywhere, and in the sentence of a refusal.
NEVER = {
    "a panic": r"panicked at|stack overflow|memory allocation of|RUST_BACKTRACE|internal error",
    "a type of the program": r"untagged enum|\b[A-Z][a-z]+File\b",
}
NEVER_IN_SENTENCE = {
    "a type of the program": r"\bSome\(|\bErr\(|\b(?:Large)?Utf8\b|\bDictionary\(",
    "empty brackets or quotes": r"\(\)|``|:\s{2,}\(",
    "an empty place": r"\b(?:at|in|read|list|of)  +\S|\b(?:at|in|read)\s*$",
}


def main() -> int:
    """Run the chosen cases and report the differences."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--bin", required=True, type=Path, help="folder with the binary tilegen")
    parser.add_argument("--only", metavar="GLOB", help="cases whose kind or `kind: name` matches")
    parser.add_argument("--quick", action="store_true", help="leave out cases that need gigabytes or many seconds")
    parser.add_argument("--list", action="store_true", help="list the cases without running them")
    parser.add_argument("--jobs", type=int, default=2, help="cases that run side by side")
    parser.add_argument("--keep", type=Path, help="keep inputs and stores in this folder")
    args = parser.parse_args()
    cases = [case for case in chosen(args.only) if not (args.quick and case.slow)]
    if args.list:
        for case in cases:
            print(case.label)
        print(f"{len(cases)} cases: {kinds(cases)}")
        return 0
    with tempfile.TemporaryDirectory(prefix="inputs-") as temporary:
        folder = args.keep or Path(temporary)
        shutil.rmtree(folder / "cases", ignore_errors=True)
        return run_all(Lab(args.bin / "tilegen", folder), cases, args.jobs)


def chosen(only: str | None) -> list[Case]:
    """Every case, or those that a pattern matches; two cases never have one name."""
    cases = [case for module in MODULES for case in module.cases()]
    twice = [label for label, count in Counter(case.label for case in cases).items() if count > 1]
    if twice:
        raise SystemExit(f"error: cases with the same name: {', '.join(twice)}")
    matches = [case for case in cases if not only or only == case.kind or fnmatch.fnmatch(case.label, only)]
    if not matches:
        raise SystemExit(f"error: no case matches {only!r}; --list lists them")
    return matches


def kinds(cases: Iterable[Case]) -> str:
    """How many cases each kind has."""
    return ", ".join(f"{count} {kind}" for kind, count in Counter(case.kind for case in cases).items())


def run_all(lab: Lab, cases: list[Case], jobs: int) -> int:
    """Run the cases, a few at a time, and print the table."""
    started = time.monotonic()
    for job in {case.job for case in cases}:
        lab.build_good(job)
    failed = []
    with ThreadPoolExecutor(jobs) as pool:
        for case, result in zip(cases, pool.map(lab.check, cases)):
            print(line(case, result), flush=True)
            for difference in result.differences:
                print(f"          {difference}")
            if result.differences:
                failed.append(case)
    if failed:
        print(f"\nfailed: {kinds(failed)}")
    seconds = time.monotonic() - started
    print(f"\n{len(cases) - len(failed)} passed, {len(failed)} failed ({seconds:.0f} s)")
    return 1 if failed else 0


@dataclass
class Result:
    """What a case did."""

    outcome: Outcome
    holds: str
    differences: list[Difference] = field(default_factory=list)


def line(case: Case, result: Result) -> str:
    """One row of the table."""
    mark = "FAILED" if result.differences else "ok"
    said = result.outcome.sentence if result.outcome.code else ""
    run_ = f"{result.outcome.code:>3} {result.outcome.seconds:5.1f} s"
    return f"{mark:<7} {case.label:<72.72} {run_}  {said:<90.90}  {result.holds}"


class Lab:
    """The binary, and a folder for inputs and stores."""

    def __init__(self, tilegen: Path, folder: Path) -> None:
        self.tilegen = tilegen.resolve()
        self.folder = folder.resolve()

    def build_good(self, job: str) -> None:
        """Build a good map of a job; cases that must be refused start with a copy of it."""
        root = self.folder / "good" / job
        shutil.rmtree(root, ignore_errors=True)
        root.mkdir(parents=True)
        write_good(Inputs(root), job)
        outcome = run(command(self.tilegen, job, root, root / "store", {}), root, 60)
        if outcome.code:
            raise SystemExit(f"error: the good inputs of {job} are refused: {outcome.output}")

    def check(self, case: Case) -> Result:
        """Run a case; a mistake of the check itself is a difference too."""
        # Without a word of the label, which a pattern might find in a path.
        root = self.folder / "cases" / f"{zlib.crc32(case.label.encode()):08x}"
        root.mkdir(parents=True)
        try:
            return self.run_case(case, root)
        except Exception as error:  # the other cases still run
            outcome = Outcome(-1, "", "", 0, 0, False)
            return Result(outcome, "", [f"the check itself failed: {type(error).__name__}: {error}"])
        finally:
            if "inputs-" in str(self.folder):
                shutil.rmtree(root, ignore_errors=True)

    def run_case(self, case: Case, root: Path) -> Result:
        """Prepare the inputs, run the job, and compare."""
        store = Path(str(case.flags.get("store", "{root}/store")).replace("{root}", str(root)))
        must_publish = isinstance(case.expected, Published)
        if not must_publish:
            shutil.copytree(self.folder / "good" / case.job / "store", store)
        before = Map(store).number
        outcome = self.build(case, case.prepare, root, store)
        found = Map(store, root / "report.json")
        differences = common_differences(case, outcome)
        match case.expected:
            case Published() as published:
                differences += publication_differences(published, case, outcome, found, before)
            case Refused() as refusal:
                differences += refusal_differences(refusal, outcome, found, before)
            case Either(published, refusal):
                if outcome.code == 0:
                    differences += publication_differences(published, case, outcome, found, before)
                else:
                    differences += refusal_differences(refusal, outcome, found, before)
        if case.same_as and not outcome.code:
            differences += self.twin_differences(case, root, found)
        return Result(outcome, contents(found, before), differences)

    def build(self, case: Case, prepare: Any, root: Path, store: Path) -> Outcome:
        """Write the inputs and run the job."""
        write_good(Inputs(root), case.job)
        prepare(Inputs(root))
        return run(command(self.tilegen, case.job, root, store, case.flags), root, case.seconds)

    def twin_differences(self, case: Case, root: Path, found: Map) -> list[Difference]:
        """Build the second set; its archives must be the same."""
        twin = root / "twin"
        twin.mkdir()
        outcome = self.build(case, case.same_as, twin, twin / "store")
        if outcome.code:
            return [f"the second set of inputs is refused: {outcome.sentence}"]
        other = Map(twin / "store").digests()
        return [
            f"{name}: digest {digest} of the first set, {other.get(name)} of the second"
            for name, digest in found.digests().items()
            if other.get(name) != digest
        ]


def common_differences(case: Case, outcome: Outcome) -> list[Difference]:
    """What is wrong whatever the case expects."""
    differences = []
    if outcome.timed_out:
        differences.append(f"stopped after {case.seconds} s")
    elif outcome.code < 0 or outcome.code > 100:
        differences.append(f"the process died: exit code {outcome.code}")
    if outcome.peak_memory > case.memory:
        differences.append(f"held {outcome.peak_memory / 1e6:.0f} MB, allowed are {case.memory / 1e6:.0f} MB")
    unfit = [*NEVER.items(), *(NEVER_IN_SENTENCE.items() if outcome.code else ())]
    differences += [
        f"the output contains {what}: {shown(outcome.output, found)}"
        for what, pattern in unfit
        if (found := re.search(pattern, outcome.output, re.MULTILINE))
    ]
    return differences


def shown(text: str, found: re.Match[str]) -> str:
    """A match and what is around it."""
    return repr(text[max(found.start() - 30, 0) : found.end() + 30])


def refusal_differences(refusal: Refused, outcome: Outcome, found: Map, before: int) -> list[Difference]:
    """Compare a run that must change nothing."""
    if outcome.code == 0:
        return [f"exit code 0 and map {found.number}; the inputs must be refused with {', '.join(refusal.sentence)}"]
    differences = []
    if found.number != before:
        differences.append(f"map {found.number} is published, {before} must stay the last")
    differences += [f"the sentence does not match /{want}/" for want in refusal.sentence if not matches(want, outcome)]
    # The parser of arguments begins its sentence with `error: `.
    if (sentences := len(re.findall(r"^(?:tilegen|error): ", outcome.output, re.MULTILINE))) != 1:
        differences.append(f"it says {sentences} sentences, not one: {outcome.output[:300]!r}")
    differences += [f"the sentence matches /{never}/" for never in refusal.never if matches(never, outcome)]
    if differences:
        differences.append(f"it says: {outcome.sentence or '(no word)'}")
    return differences


def matches(pattern: str, outcome: Outcome) -> bool:
    """Whether the sentence contains a pattern, in any case of letters."""
    return re.search(pattern, " ".join(outcome.output.split()), re.IGNORECASE) is not None


def publication_differences(want: Published, case: Case, outcome: Outcome, found: Map, before: int) -> list[Difference]:
    """Compare a run that must publish a map."""
    if outcome.code or found.number != before + 1:
        number = found.number if found.number else "no map"
        return [f"exit code {outcome.code} and {number}; it says: {outcome.sentence or '(no word)'}"]
    pairs: dict[str, tuple[Any, Any]] = {}
    if case.job == "density":
        pairs |= density_pairs(want, found)
    if want.layer in ("areas", "population") and want.data_at:
        pairs["data_at"] = (want.data_at, found.layer(want.layer, "now")["data_at"])
    if want.vendors is not None:
        pairs["vendors"] = (want.vendors, found.table("vendors/tehran")["count"])
    if want.grades is not None:
        grades = found.grades()
        pairs |= {f"grade of {code}": (grade, grades.get(code)) for code, grade in want.grades.items()}
    pairs |= {f"report {path}": (value, at_path(found.report, path)) for path, value in want.report.items()}
    if want.rejects is not None:
        pairs["rejects"] = (dict(want.rejects), rejects(found))
    if want.outside is not None:
        pairs["rows outside the window"] = (want.outside, found.report.get("outside_window"))
    if want.without_user is not None:
        pairs["orders without a user"] = (want.without_user, found.report.get("orders_without_user"))
    differences = [f"{what}: {is_} instead of {must}" for what, (must, is_) in pairs.items() if must != is_]
    said = " ".join(outcome.output.split()) + found.report_text
    differences += [
        f"neither report nor output mentions /{pattern}/"
        for pattern in want.mentions
        if not re.search(pattern, said, re.IGNORECASE)
    ]
    return differences + (want.holds(found) if want.holds else [])


def density_pairs(want: Published, found: Map) -> dict[str, tuple[Any, Any]]:
    """Wanted and found figures of an order layer, from the manifest and from its decoded tiles."""
    entry = found.layer(want.layer, want.slot)
    decoded = found.density(want.layer, want.slot)
    pairs: dict[str, tuple[Any, Any]] = {}
    if want.orders is not None:
        pairs["orders in the manifest"] = (want.orders, entry["orders"])
        pairs["orders in the tiles"] = (want.orders, decoded["orders"])
    if want.users is not None:
        pairs["users in the tiles"] = (want.users, decoded["users"])
    if want.days is not None:
        pairs["days"] = (want.days, (entry["from"], entry["to"]))
    if want.data_at is not None:
        pairs["data_at"] = (want.data_at, entry["data_at"])
    return pairs


def at_path(document: Mapping[str, Any], path: str) -> Any:
    """The value at a path such as `grades.ungraded`."""
    value: Any = document
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value


def rejects(found: Map) -> dict[str, int]:
    """Rows rejected by reason, without zeros."""
    return {reason: rows for reason, rows in found.report.get("rejects", {}).items() if rows}


def contents(found: Map, before: int) -> str:
    """What the newest map contains, in one phrase."""
    if found.number == 0:
        return "no map"
    state = "unchanged" if found.number == before else "new"
    layers = []
    for entry in found.manifest["layers"]:
        days = f" {entry['from']} to {entry['to']}" if entry["layer"].startswith("density") else ""
        layers.append(f"{entry['layer']}/{entry['slot']} {entry['orders']} orders{days}")
    tables = [f"{table['name']} {table['rows']} rows" for table in found.manifest.get("tables", [])]
    return f"map {found.number} ({state}): {'; '.join(layers + tables)}"


if __name__ == "__main__":
    os.umask(0o022)
    sys.exit(main())
