"""What a public server hands out of one density archive: every cell and line, as an attacker tabulates it.

`tileserve` serves public archives as they are stored, so the stored file is what a client can keep.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from checks.lib.archive import Archive
from checks.privacy.places import MAX_LINES, MAX_ZOOM, MIN_ZOOM, WHOLE, cells, find, with_line

COUNTS = ("orders", "organic", "unknown")
ENOUGH_TO_SEE_A_STEP = 20  # published user counts; fewer may have a common divisor by chance


class AttackError(Exception):
    """The attack cannot be trusted: a published number is not the true one, or the format is unknown."""


@dataclass(frozen=True)
class Table:
    """The published places of one zoom, ascending, with orders, organic and unknown, and with users."""

    places: np.ndarray
    counts: np.ndarray
    users: np.ndarray

    def at(self, wanted: np.ndarray) -> np.ndarray:
        """The counts of places; zeros where nothing is published."""
        index = find(self.places, wanted)
        return np.where(index[:, None] >= 0, self.counts[index], 0) if len(self.places) else nothing(len(wanted))

    def users_at(self, wanted: np.ndarray) -> np.ndarray:
        """The users of places, all of which are published."""
        return self.users[find(self.places, wanted)]


@dataclass(frozen=True)
class Published:
    """One public archive."""

    label: str
    first: date
    last: date
    lines: list[str]
    has_floor_by_line: bool
    zooms: dict[int, Table]  # from the whole archive (MIN_ZOOM − 1) down
    totals: dict[int, np.ndarray]  # counts by zoom, as the metadata of the archive say
    named: frozenset[int]  # lines that the archive names
    min_users: int = 5  # the floor that it was built with
    users_step: int = 1  # users are rounded down to multiples of it

    @property
    def has_users(self) -> bool:
        """Whether the archive publishes users at all."""
        return any(table.users.any() for table in self.zooms.values())

    def overlaps(self, other: Published) -> bool:
        """Whether the windows share a day."""
        return self.first <= other.last and other.first <= self.last

    def users_range(self, users: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The least and the most users that a published number may mean."""
        return users, users + self.users_step - 1


def nothing(rows: int) -> np.ndarray:
    """Counts of nothing."""
    return np.zeros((rows, len(COUNTS)), np.int64)


def read(path: Path, entry: dict[str, Any], label: str, names: list[str]) -> Published:
    """Read an archive that a catalog lists. `names` collects the lines of all archives, in order of appearance."""
    archive = Archive(path)
    metadata = archive.metadata
    numbers = []
    for name in metadata["lines"]:
        if name is not None and name not in names:
            names.append(name)
        numbers.append(-1 if name is None else names.index(name))
    if len(names) > MAX_LINES:
        raise AttackError(f"{len(names)} business lines; a place has room for {MAX_LINES}")
    zooms = {MIN_ZOOM - 1: whole(entry, metadata)}
    empty = Table(np.zeros(0, np.int64), nothing(0), np.zeros(0, np.int64))
    tables = {zoom: tabulate(found.keys, found.counts, numbers) for zoom, found in archive.zooms().items()}
    zooms |= {zoom: tables.get(zoom, empty) for zoom in range(MIN_ZOOM, MAX_ZOOM + 1)}
    users = np.concatenate([table.users for zoom, table in zooms.items() if zoom >= MIN_ZOOM])
    return Published(
        label,
        date.fromisoformat(metadata["from"]),
        date.fromisoformat(metadata["to"]),
        names,
        bool(metadata.get("floor_lines")),
        zooms,
        {zoom: totals_of(metadata, zoom) for zoom in range(MIN_ZOOM, MAX_ZOOM + 1)},
        frozenset(number for number in numbers if number >= 0),
        int(metadata.get("min_users", 1)),
        int(metadata.get("users_step", 0)) or step_of(users),
    )


def step_of(users: np.ndarray) -> int:
    """The step that published numbers of users show, if the archive does not say it."""
    return int(np.gcd.reduce(users)) if len(users) >= ENOUGH_TO_SEE_A_STEP else 1


def whole(entry: dict[str, Any], metadata: dict[str, Any]) -> Table:
    """The totals: orders as in the catalog, the others as in the metadata of the archive."""
    counts = [entry["orders"], *totals_of(metadata, MIN_ZOOM)[1:]]
    return Table(np.array([WHOLE]), np.array([counts], np.int64), np.zeros(1, np.int64))


def totals_of(metadata: dict[str, Any], zoom: int) -> np.ndarray:
    """The totals of a zoom."""
    totals = metadata["totals"].get(str(zoom), {})
    return np.array([totals.get(name, 0) for name in COUNTS], np.int64)


def tabulate(keys: np.ndarray, counts: dict[str, np.ndarray], numbers: list[int]) -> Table:
    """The cells of a zoom, and their lines by number."""
    zero = np.zeros(len(keys), np.int64)
    columns = [(cells(keys), [counts.get(name, zero) for name in (*COUNTS, "users")])]
    for index, number in enumerate(numbers):
        line = [counts.get(f"{letter}{index}", zero) for letter in "loxu"]
        if line[0].any() and number < 0:
            raise AttackError(f"the archive has counts of line {index}, which it does not name")
        columns.append((with_line(cells(keys), number), line))
    places = np.concatenate([places[values[0] > 0] for places, values in columns])
    table = np.concatenate([np.stack(values, axis=1)[values[0] > 0] for _, values in columns])
    order = np.argsort(places)
    return Table(places[order], table[order, :3], table[order, 3])
