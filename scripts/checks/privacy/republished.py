"""Publishes a window again with `tilegen erase --republish-public`, and attacks both archives.

One person must be refused: the two archives that a build without the person would give do leak. A large group in one
building is accepted, and then nothing may leak.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from pathlib import Path

import numpy as np

from checks.privacy.attack import attack
from checks.privacy.published import AttackError, Published, read
from checks.privacy.quarter import PUBLIC, truth_of
from checks.privacy.tally import Tally
from checks.privacy.town import LINES, NEW_LINE, ZONE, Columns, Files, Town, chosen, local_days

DAYS = 36
TODAY = date(2026, 8, 26)  # a window is due
GROUP = 40  # people
ORDERS_A_DAY = 700
REFUSED = 3  # exit status


class Republished:
    """Fetched days, a map of them, and what a client keeps."""

    def __init__(self, tilegen: str, folder: Path, min_users: int, seed: int) -> None:
        self.tilegen, self.folder, self.k = tilegen, folder, min_users
        self.town = Town(np.random.default_rng(seed), ORDERS_A_DAY)
        self.files, self.store = Files(folder / "inputs" / "orders"), folder / "store"
        self.tables = [self.of_day(TODAY - timedelta(back)) for back in range(DAYS, 0, -1)]

    def of_day(self, day: date) -> Columns:
        """The orders of a day. On one day of the window, each person of the group orders in the busiest building."""
        columns = self.town.day(day, has_new_line=False)
        if day != TODAY - timedelta(15):
            return columns
        group = {name: np.repeat(column[:1], GROUP) for name, column in columns.items()}
        busiest = self.town.buildings[np.bincount(self.town.home).argmax()]
        own = {"row_id": self.town.take_rows(GROUP), "user_id": self.group(), "line": np.zeros(GROUP, np.int64)}
        own |= {"order_id": self.town.next_order + np.arange(GROUP)}
        own |= {"lng": np.full(GROUP, busiest[0]), "lat": np.full(GROUP, busiest[1])}
        self.town.next_order += GROUP
        group |= own
        return {name: np.concatenate([columns[name], group[name]]) for name in columns}

    def group(self) -> np.ndarray:
        """The people of the group."""
        return len(self.town.home) + np.arange(GROUP)

    def write(self) -> None:
        """Write the days as `tilegen fetch orders` does."""
        for back, columns in zip(range(DAYS, 0, -1), self.tables, strict=True):
            day = TODAY - timedelta(back)
            self.files.write(day, "new", columns)
            new = self.files.path(day, "new")
            body = new.read_bytes()
            name = f"part-{hashlib.md5(body).hexdigest()}"
            new.rename(self.files.path(day, name))
            manifest = {
                "format": 1,
                "date": day.isoformat(),
                "file": f"{name}.parquet",
                "rows": len(columns["row_id"]),
                "bytes": len(body),
                "source_rows": None,
                "columns": [],
                "source": "checks",
                "fetched_at": f"{TODAY}T00:00:00Z",
            }
            (new.parent / "_day.json").write_text(json.dumps(manifest))

    def build(self, orders: Path, store: Path) -> Published:
        """Build the public layer, and keep its archive."""
        now = datetime.combine(TODAY, time(6), ZONE).isoformat()
        words = ["density", "--orders", orders, "--store", store, "--layer", PUBLIC, "--now", now]
        self.run(0, *words, "--min-users", self.k)
        return self.keep(store)

    def keep(self, store: Path) -> Published:
        """The archive that the newest map lists."""
        manifest = json.loads(max((store / "manifests").glob("*.json")).read_text())
        entry = next(entry for entry in manifest["layers"] if entry["layer"] == PUBLIC)
        stored = store / "archives" / PUBLIC / entry["slot"] / f"{entry['digest']}.pmtiles"
        copy = self.folder / f"{entry['digest']}.pmtiles"
        shutil.copy(stored, copy)
        return read(copy, entry, f"{entry['from']} to {entry['to']}, {entry['digest'][:6]}", [*LINES, NEW_LINE])

    def erase(self, people: np.ndarray, status: int) -> str:
        """Erase people and publish the window again; the messages."""
        users = self.folder / "users.txt"
        users.write_text("\n".join(str(person + 1) for person in people.tolist()))
        words = ["erase", "--users", users, "--inputs", self.folder / "inputs", "--store", self.store]
        return self.run(status, *words, "--republish-public")

    def run(self, status: int, *words: object) -> str:
        """Run tilegen, which must exit with a status; its messages."""
        done = subprocess.run([self.tilegen, *map(str, words)], capture_output=True, text=True)
        if done.returncode != status:
            raise AttackError(f"tilegen {words[0]} exits with {done.returncode} instead of {status}: {done.stderr}")
        return done.stderr

    def attack(self, archives: list[Published], without: list[np.ndarray]) -> Tally:
        """Attack archives of the window, each without the orders of some people."""
        truth = truth_of(self.town.next_row, self.tables)
        first, last = archives[0].first.toordinal(), archives[0].last.toordinal()
        everything = {name: np.concatenate([table[name] for table in self.tables]) for name in self.tables[0]}
        day = local_days(everything["time"])
        window = chosen(everything, (day >= first) & (day <= last))
        for people in without:
            rows = window["row_id"][~np.isin(window["user_id"], people)]
            truth.members.append(np.sort(rows))
        return attack(archives, truth, self.k)


def check(tilegen: str, folder: Path, min_users: int, seed: int, say: Callable[[str], None]) -> None:
    """One person is refused, a group is accepted; stop if the archives of the group leak."""
    case = Republished(tilegen, folder, min_users, seed)
    case.write()
    before = case.build(case.files.folder, case.store)
    no_one = np.array([], np.int64)
    person = np.array([case.town.activity.argmax()])
    files = case.files.all()
    message = case.erase(person, REFUSED).strip().splitlines()[-1]
    if case.files.all() != files or case.keep(case.store).label != before.label:
        raise AttackError("a refused erasure has changed something")
    needed = case.attack([before, alone(case, person)], [no_one, person]).leaks
    if not needed:
        raise AttackError(f"the attack finds nothing in the archives of a refused erasure: {message}")
    case.erase(case.group(), 0)
    after = case.keep(case.store)
    if after.label == before.label:
        raise AttackError("the window was not published again")
    tally = case.attack([before, after], [no_one, case.group()])
    if tally.leaks:
        raise AttackError(f"a window that was published again leaks:\n{tally.table()}")
    tried = sum(kind.tried for kind in tally.kinds.values())
    say(
        f"a window without {GROUP} people is published again: no leak in {tried:,} subtractions of both archives; "
        f"without one person it is refused, and would have {needed:,} leaks"
    )


def alone(case: Republished, person: np.ndarray) -> Published:
    """The archive that a build without one person gives."""
    other = Files(case.folder / "without" / "orders")
    for path in case.files.all():
        columns = case.files.read(path)
        day = date.fromisoformat(path.parent.name.removeprefix("date="))
        other.write(day, path.stem, chosen(columns, ~np.isin(columns["user_id"], person)))
    return case.build(other.folder, case.folder / "other-store")
