"""A quarter of daily runs of tilegen, with everything that happens to inputs and operators in a quarter.

After each run the public archives that the newest manifest lists are kept, as a patient client would.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from checks.privacy.places import DEEPEST_LEVEL
from checks.privacy.published import AttackError, Published, read
from checks.privacy.town import LINES, NEW_LINE, ZONE, Columns, Files, Town, chosen, local_days
from checks.privacy.truth import Truth

SOURCE_LAYER = "density"
PUBLIC = "density-public"
ACCEPT = re.compile(r"--accept ([^\s;,]+)")
MOST_ACCEPTED = 8  # guards that stop one run
HELD_BACK = 5  # days that a guard may hold back at the end


@dataclass(frozen=True)
class Plan:
    """What happens on which run, counted from 0. The defaults are a quarter."""

    first_run: date = date(2026, 8, 1)
    runs: int = 92
    history: int = 60  # days of orders before the first run
    late: dict[int, int] = field(  # run → orders of an earlier day that arrive then
        default_factory=lambda: {4: 1, 9: 2, 16: 1, 23: 6, 32: 1, 39: 3, 45: 1, 58: 25, 67: 1, 74: 2, 81: 1, 88: 4}
    )
    repeats: dict[int, int] = field(  # run → orders of an earlier day that come again with the day's orders
        default_factory=lambda: {11: 1, 26: 40, 47: 5, 62: 1, 77: 12}
    )
    erasures: dict[int, int] = field(default_factory=lambda: {18: 1, 40: 3, 63: 1, 84: 2})  # run → people
    # Runs whose day lacks its evening until two runs later. The next run publishes a window that has this day.
    partial_days: tuple[int, ...] = (13, 48, 76)
    new_line: int = 35
    other_k: dict[int, int] = field(default_factory=lambda: {51: 10, 52: 10})  # run → --min-users
    rollbacks: dict[int, int] = field(default_factory=lambda: {60: 6})  # run → runs back
    as_of: dict[int, int] = field(default_factory=lambda: {70: 9})  # run → days back

    def events(self) -> list[str]:
        """How often each event happens, in words."""
        count = {
            "late files": len(self.late),
            "days with repeated orders": len(self.repeats),
            "erasures": len(self.erasures),
            "partial days": len(self.partial_days),
            "new line": int(self.new_line < self.runs),
            "runs with another k": len(self.other_k),
            "rollbacks": len(self.rollbacks),
            "runs with --as-of": len(self.as_of),
        }
        return [f"{number} {name}" for name, number in count.items()]


QUICK = Plan(
    first_run=date(2026, 8, 14),  # a window is due on the 12th run
    runs=16,
    history=60,
    late={2: 1, 9: 3},
    repeats={4: 2},
    erasures={6: 1},
    partial_days=(6,),
    new_line=3,
    other_k={11: 10},
    rollbacks={12: 1},
    as_of={14: 9},
)


@dataclass
class Kept:
    """A public archive that a client kept: its entry, the first run that listed it, and its possible rows."""

    path: Path
    entry: dict[str, Any]
    run: int
    rows: list[np.ndarray]


class Quarter:
    """The simulation: files, runs, and what a client keeps."""

    def __init__(
        self, tilegen: str, folder: Path, plan: Plan, orders_a_day: int, seed: int, options: list[str]
    ) -> None:
        self.tilegen, self.folder, self.plan, self.options = tilegen, folder, plan, options
        self.town = Town(np.random.default_rng(seed), orders_a_day)
        self.files = Files(folder / "orders")
        self.store = folder / "store"
        self.cache: dict[Path, tuple[int, Columns]] = {}
        self.kept: dict[str, Kept] = {}
        self.outcomes: Counter[str] = Counter()
        self.maps: dict[int, int] = {}  # run → the newest manifest after it
        self.to_come: dict[int, list[Callable[[], None]]] = {}
        self.rows: dict[int, Columns] = {}  # by the number of the first row

    def simulate(self) -> None:
        """All runs, one a day."""
        for back in range(self.plan.history, 0, -1):
            self.arrive(self.plan.first_run - timedelta(back + 1), None)
        for run in range(self.plan.runs):
            self.one_day(run)

    def one_day(self, run: int) -> None:
        """The files of yesterday arrive, other events happen, tilegen runs."""
        today = self.plan.first_run + timedelta(run)
        self.arrive(today - timedelta(1), run)
        for event in self.to_come.pop(run, []):
            event()
        if run in self.plan.erasures:
            active = np.unique(self.town.rng.choice(len(self.town.home), 400, p=self.town.activity))
            self.files.erase(self.town.rng.choice(active, self.plan.erasures[run], replace=False))
        options = list(self.options)
        if run in self.plan.other_k:
            options += ["--min-users", str(self.plan.other_k[run])]
        if run in self.plan.as_of:
            options += ["--as-of", str(today - timedelta(self.plan.as_of[run]))]
        read_to = today - timedelta(self.plan.as_of.get(run, 1))
        self.run_tilegen(today, options)
        if run in self.plan.rollbacks:
            self.keep(run, read_to)
            self.roll_back(run)
        self.keep(run, read_to)

    def arrive(self, day: date, run: int | None) -> None:
        """The file of a day; some of its orders are late, repeats of others, or missing until later."""
        columns = self.town.day(day, run is not None and run >= self.plan.new_line)
        rng = self.town.rng
        for due, number in self.plan.late.items():
            if run is not None and due == run + 3:
                late = rng.choice(len(columns["row_id"]), number, replace=False)
                self.later(due, day, "late", chosen(columns, late))
                columns = chosen(columns, np.setdiff1d(np.arange(len(columns["row_id"])), late))
        if run is not None and run in self.plan.repeats:
            columns = self.with_repeats(columns, day, self.plan.repeats[run])
        if run is not None and run in self.plan.partial_days:
            is_evening = np.arange(len(columns["row_id"])) > 0.6 * len(columns["row_id"])
            self.later(run + 2, day, "evening", chosen(columns, is_evening))
            columns = chosen(columns, ~is_evening)
        self.files.write(day, "part-0", columns)

    def later(self, run: int, day: date, name: str, columns: Columns) -> None:
        """A file that arrives before a later run."""
        self.to_come.setdefault(run, []).append(lambda: self.files.write(day, name, columns))

    def with_repeats(self, columns: Columns, day: date, number: int) -> Columns:
        """The orders of a day, and some older orders again, as if they had been made on this day."""
        old = self.files.read(self.files.path(day - timedelta(12), "part-0"))
        again = chosen(old, self.town.rng.choice(len(old["row_id"]), number, replace=False))
        again["row_id"] = self.town.take_rows(number)
        again["time"] = again["time"] + 12 * 86_400_000_000
        return {name: np.concatenate([columns[name], again[name]]) for name in columns}

    def run_tilegen(self, today: date, options: list[str]) -> None:
        """One run, at six in the morning. If a guard stops it, the operator accepts what the message names."""
        now = datetime.combine(today, time(6), ZONE).isoformat()
        words = ["density", "--orders", self.files.folder, "--store", self.store, "--layer", PUBLIC, "--now", now]
        accepted: list[str] = []
        while len(accepted) < 2 * MOST_ACCEPTED:
            message = self.command(*words, *options, *accepted)
            named = [one for one in ACCEPT.findall(message) if one not in accepted]
            if not named:
                break
            accepted += [word for one in named for word in ("--accept", one)]

    def roll_back(self, run: int) -> None:
        """Put back what the orders job had published some runs ago; the next run publishes again."""
        target = self.maps[run - self.plan.rollbacks[run]]
        self.command(
            "catalog",
            "rollback",
            "--store",
            self.store,
            "--job",
            "orders",
            "--to",
            target,
            "--no-hold",
            "--reason",
            "a simulated mistake",
        )

    def command(self, *words: object) -> str:
        """Run tilegen; why it failed, or nothing. A refusal is an outcome: it publishes nothing."""
        done = subprocess.run(
            ["nice", "-n", "5", self.tilegen, *map(str, words)], capture_output=True, text=True, check=False
        )
        last = done.stderr.strip().splitlines()[-1:] or [""]
        if done.returncode == 0:
            self.outcomes["done"] += 1
            return ""
        # Numbers differ from run to run; the same refusal is one line of the report.
        self.outcomes[f"exit status {done.returncode}: {re.sub('[0-9]+', 'N', last[0])}"] += 1
        return last[0]

    def keep(self, run: int, read_to: date) -> None:
        """Copy each public archive of orders that the newest manifest lists and the client does not have."""
        manifests = sorted((self.store / "manifests").glob("*.json"))
        if not manifests:
            return
        manifest = json.loads(manifests[-1].read_text())
        self.maps[run] = int(manifest["number"])
        for entry in manifest["layers"]:
            digest = entry["digest"]
            if entry["visibility"] != "public" or not entry["layer"].startswith(SOURCE_LAYER) or digest in self.kept:
                continue
            stored = self.store / "archives" / entry["layer"] / entry["slot"] / f"{digest}.pmtiles"
            copy = self.folder / "kept" / f"{digest}.pmtiles"
            copy.parent.mkdir(exist_ok=True)
            shutil.copy(stored, copy)
            first, last = date.fromisoformat(entry["from"]), date.fromisoformat(entry["to"])
            # An order that comes again on a later day does not count, if tilegen reads that day: a guard may hold back
            # the newest days, and a window may be read as of its own last day.
            read_until = [*(read_to - timedelta(back) for back in range(HELD_BACK)), last]
            rows = [self.rows_of(first, last, day) for day in dict.fromkeys(max(day, last) for day in read_until)]
            self.kept[digest] = Kept(copy, entry, run, rows)

    def rows_of(self, first: date, last: date, read_to: date) -> np.ndarray:
        """The rows that an archive counts: of equal order ids the one of the newest day that is read."""
        columns = self.everything()
        day = local_days(columns["time"])
        is_read = (day >= first.toordinal()) & (day <= read_to.toordinal())
        columns, day = chosen(columns, is_read), day[is_read]
        order = np.lexsort((columns["row_id"], -day, columns["order_id"]))
        ids = columns["order_id"][order]
        newest = order[np.concatenate([[True], ids[1:] != ids[:-1]])] if len(ids) else order
        counted: np.ndarray = np.sort(columns["row_id"][newest[day[newest] <= last.toordinal()]])
        return counted

    def everything(self) -> Columns:
        """All rows of all files that exist now."""
        for path in self.files.all():
            changed = path.stat().st_mtime_ns
            if self.cache.get(path, (0,))[0] != changed:
                columns = self.files.read(path)
                self.cache[path] = (changed, columns)
                self.rows.setdefault(int(columns["row_id"].min()), columns)
        tables = [columns for path, (_, columns) in self.cache.items()]
        return {name: np.concatenate([columns[name] for columns in tables]) for name in tables[0]}

    def with_floor_of(self, users: int) -> tuple[list[Published], Truth]:
        """The public archive that tilegen builds from the files of the last run with another floor, and its truth."""
        own = (self.store, self.kept, self.outcomes)
        self.store, self.kept, self.outcomes = self.folder / "planted", {}, Counter()
        last = self.plan.first_run + timedelta(self.plan.runs - 1)
        self.run_tilegen(last, [*self.options, "--min-users", str(users)])
        self.keep(self.plan.runs - 1, last - timedelta(1))
        if not self.kept:
            raise AttackError(f"tilegen publishes nothing with --min-users {users}: {', '.join(self.outcomes)}")
        result = self.result()
        self.store, self.kept, self.outcomes = own
        return result

    def result(self) -> tuple[list[Published], Truth]:
        """The kept archives as an attacker tabulates them, and the truth behind them."""
        names = [*LINES, NEW_LINE]
        archives = []
        for kept in self.kept.values():
            seen = self.plan.first_run + timedelta(kept.run)
            label = f"{kept.entry['from']} to {kept.entry['to']}, first seen on {seen}"
            archives.append(read(kept.path, kept.entry, label, names))
        if names != [*LINES, NEW_LINE]:
            raise AttackError(f"unknown business lines: {names}")
        truth = truth_of(self.town.next_row, list(self.rows.values()))
        for archive, kept in zip(archives, self.kept.values()):
            truth.members.append(next((rows for rows in kept.rows if truth.fits(archive, rows)), kept.rows[0]))
        return archives, truth


def truth_of(size: int, tables: list[Columns]) -> Truth:
    """The truth about rows that were read from files."""
    whole = {name: np.concatenate([table[name] for table in tables]) for name in tables[0]}
    placed = {name: np.zeros(size, column.dtype) for name, column in whole.items()}
    for name, column in whole.items():
        placed[name][whole["row_id"]] = column
    side = 1 << DEEPEST_LEVEL
    latitude = np.radians(placed["lat"])
    column = np.floor((placed["lng"] + 180) / 360 * side).astype(np.int64)
    row = np.floor((1 - np.log(np.tan(latitude) + 1 / np.cos(latitude)) / np.pi) / 2 * side).astype(np.int64)
    return Truth(placed["user_id"], placed["line"], placed["organic"], column, row)
