"""Reads timeline archives and tables: a second reader of the packed columns, and what they say about a range of days.

It follows docs/formats.md and shares no code with tilegen or the page. Days are ordinals (`date.toordinal`).
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from pmtiles.reader import MmapSource, Reader
from pmtiles.tile import zxy_to_tileid

from checks.lib.archive import ArchiveError, fields

CELL_LEVELS = 5
KEYS = {
    "timeline-orders": ("cell", "line", "day"),
    "timeline-orders-totals": ("cell", "line"),
    "timeline-users": ("cell", "day", "since"),
    "timeline-users-totals": ("cell", "before"),
    "timeline-line-users": ("cell", "line", "day", "since"),
    "timeline-line-users-totals": ("cell", "line", "before"),
    "timeline-hours": ("cell", "line", "day", "hour"),
    "timeline-hours-totals": ("cell", "line", "weekday", "hour"),
}
ORDER_COUNTS = ("orders", "organic", "unknown")

Row = dict[str, int]


def numbers(text: str) -> list[int]:
    """The numbers of a column. A character of U+8000 to U+BFFF has 14 bits of a number that goes on."""
    found, number, shift = [], 0, 0
    for character in text:
        code = ord(character)
        if code >= 0x8000:
            number |= (code & 0x3FFF) << shift
            shift += 14
            continue
        found.append(number | code << shift)
        number, shift = 0, 0
    if shift:
        raise ArchiveError("a column ends inside a number")
    return found


def rows_of(layer: str, columns: dict[str, str]) -> dict[int, list[Row]]:
    """The rows of packed columns, by cell."""
    keys = KEYS[layer]
    steps = [iter(numbers(columns[key])) for key in keys]
    lengths = [iter(numbers(columns.get(f"{key}_count", ""))) for key in keys]
    names = ["users"] if "users" in layer else list(ORDER_COUNTS)
    counts = {name: numbers(columns[name]) for name in names if name in columns}
    rows: list[Row] = []

    def read(level: int, row: Row) -> None:
        if level == len(keys):
            place = len(rows)
            found = {name: column[place] for name, column in counts.items()}
            found[names[0]] += 1
            rows.append(row | found)
            return
        key = -1
        for _ in range(next(lengths[level]) + 1):
            key += next(steps[level]) + 1
            read(level + 1, row | {keys[level]: key})

    by_cell: dict[int, list[Row]] = {}
    cell = -1
    for step in steps[0]:
        cell += step + 1
        start = len(rows)
        read(1, {})
        by_cell[cell] = rows[start:]
    for name, column in counts.items():
        if len(column) != len(rows):
            raise ArchiveError(f"{layer} has {len(rows)} rows, but {len(column)} numbers in {name}")
    if any(list(rest) for rest in (*steps, *lengths)):
        raise ArchiveError(f"{layer} has a column that is too long")
    return by_cell


def tile_columns(tile: bytes, layer: str) -> dict[str, str]:
    """The text attributes of the only feature of a tile."""
    layers = [body for field, body in fields(tile) if field == 3]
    if len(layers) != 1:
        raise ArchiveError(f"{len(layers)} layers instead of one")
    parts: dict[int, list[Any]] = {}
    for field, body in fields(layers[0]):
        parts.setdefault(field, []).append(body)
    name = bytes(parts[1][0]).decode()
    if name != layer or parts[15] != [2] or len(parts[2]) != 1:
        raise ArchiveError(f"a tile of {layer} has the layer {name} with {len(parts.get(2, []))} features")
    names = [bytes(body).decode() for body in parts[3]]
    values = [dict(fields(body)) for body in parts[4]]
    tags = list(varints(dict(fields(parts[2][0]))[2]))
    pairs = zip(tags[::2], tags[1::2])
    return {names[key]: bytes(values[value][1]).decode() for key, value in pairs if 1 in values[value]}


def varints(data: memoryview) -> Iterator[int]:
    """Every varint of packed tags."""
    number, shift = 0, 0
    for byte in bytes(data):
        number |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            yield number
            number, shift = 0, 0


@dataclass
class Month:
    """A calendar month of the map, as ordinals of its days."""

    slot: str
    first: int
    last: int

    @staticmethod
    def of(slot: str) -> Month:
        first = date.fromisoformat(f"{slot}-01")
        following = (first + timedelta(31)).replace(day=1)
        return Month(slot, first.toordinal(), following.toordinal() - 1)


@dataclass(frozen=True)
class Cell:
    """A cell of a zoom of the archives."""

    zoom: int
    column: int
    row: int

    @property
    def level(self) -> int:
        return self.zoom + CELL_LEVELS

    @cached_property
    def number(self) -> int:
        """Its position on the Hilbert curve of its tile."""
        position = zxy_to_tileid(self.level, self.column, self.row) - zxy_to_tileid(self.level, 0, 0)
        return position & ((1 << 2 * CELL_LEVELS) - 1)


@dataclass(frozen=True)
class Place:
    """A place of a table: 0 is the whole city, and the areas follow."""

    city: str
    number: int


class Timeline:
    """The timeline of the newest map in a store."""

    def __init__(self, store: str | Path) -> None:
        self.store = Path(store)
        manifest = json.loads(max((self.store / "manifests").glob("*.json")).read_text())
        self.archives = {
            (entry["layer"], entry["slot"]): entry for entry in manifest["layers"] if entry["layer"] in KEYS
        }
        self.tables = {
            (entry["name"].split("/")[1], entry["slot"]): entry
            for entry in manifest["tables"]
            if entry["name"].startswith("timeline-areas/")
        }
        if not self.archives:
            raise ArchiveError(f"the map in {store} has no timeline")
        for entry in (*self.archives.values(), *self.tables.values()):
            if entry["visibility"] != "internal":
                raise ArchiveError(f"{entry} is not internal")
        self.months = [Month.of(slot) for slot in sorted({slot for _, slot in self.archives})]
        self.readers: dict[tuple[str, str], Reader] = {}
        self.tiles: dict[Any, dict[int, list[Row]]] = {}
        self.documents: dict[tuple[str, str], Any] = {}

    def reader(self, layer: str, slot: str) -> Reader:
        """The PMTiles reader of an archive."""
        key = (layer, slot)
        if key not in self.readers:
            path = self.store / f"archives/{layer}/{slot}/{self.archives[key]['digest']}.pmtiles"
            self.readers[key] = Reader(MmapSource(open(path, "rb")))  # noqa: SIM115  the map needs it open
        return self.readers[key]

    def table(self, city: str, slot: str) -> Any:
        """The table of a city and a month."""
        key = (city, slot)
        if key not in self.documents:
            digest = self.tables[key]["digest"]
            path = self.store / f"tables/timeline-areas/{city}/{slot}/{digest}.json.gz"
            self.documents[key] = json.loads(gzip.decompress(path.read_bytes()))
        return self.documents[key]

    def place_id(self, place: Place) -> int:
        """The id of an area, or -1 for the whole city."""
        slots = [slot for city, slot in self.tables if city == place.city]
        found: int = self.table(place.city, slots[0])["places"][place.number].get("id", -1)
        return found

    def rows(self, layer: str, slot: str, where: Cell | Place) -> tuple[list[Row], list[str]]:
        """The rows of a place in a month, and the lines that their numbers name."""
        if isinstance(where, Place):
            if (where.city, slot) not in self.tables:
                return [], []
            table = self.table(where.city, slot)
            key: Any = (layer, slot, where.city)
            if key not in self.tiles:
                self.tiles[key] = rows_of(layer, table["layers"][layer]) if layer in table["layers"] else {}
            return self.tiles[key].get(where.number, []), table["lines"]
        if (layer, slot) not in self.archives:
            return [], []
        reader = self.reader(layer, slot)
        tile = (where.zoom, where.column >> CELL_LEVELS, where.row >> CELL_LEVELS)
        key = (layer, slot, tile)
        if key not in self.tiles:
            data = reader.get(*tile)
            self.tiles[key] = rows_of(layer, tile_columns(gzip.decompress(data), layer)) if data else {}
        return self.tiles[key].get(where.number, []), reader.metadata().get("lines", [])

    def parts(self, first: int, last: int) -> Iterator[tuple[Month, bool]]:
        """The months of a range, and whether the range contains all their days."""
        for month in self.months:
            if month.first <= last and month.last >= first:
                yield month, first <= month.first and month.last <= last

    def orders(self, where: Cell | Place, first: int, last: int, lines: set[str] | None) -> list[int]:
        """Orders, organic orders and orders of unknown origin of some lines in a range."""
        sums = [0, 0, 0]
        for month, is_whole in self.parts(first, last):
            rows, names = self.rows("timeline-orders-totals" if is_whole else "timeline-orders", month.slot, where)
            for row in rows:
                inside = is_whole or first <= month.first + row["day"] <= last
                if inside and (lines is None or names[row["line"]] in lines):
                    sums = [total + row.get(name, 0) for total, name in zip(sums, ORDER_COUNTS)]
        return sums

    def hours(
        self, where: Cell, first: int, last: int, lines: set[str] | None, hours: set[int], weekdays: set[int]
    ) -> list[int]:
        """The same, of some hours and weekdays (Monday = 0)."""
        sums = [0, 0, 0]
        for month, is_whole in self.parts(first, last):
            rows, names = self.rows("timeline-hours-totals" if is_whole else "timeline-hours", month.slot, where)
            for row in rows:
                if is_whole:
                    weekday, inside = row["weekday"], True
                else:
                    day = month.first + row["day"]
                    weekday, inside = date.fromordinal(day).weekday(), first <= day <= last
                chosen = row["hour"] in hours and weekday in weekdays
                if inside and chosen and (lines is None or names[row["line"]] in lines):
                    sums = [total + row.get(name, 0) for total, name in zip(sums, ORDER_COUNTS)]
        return sums

    def events(
        self, where: Cell | Place, first: int, last: int, line: str | None, counts: Callable[[int | None], bool]
    ) -> int:
        """Users whose first day in a range has a previous day (or none) for which `counts` is true."""
        layer = "timeline-users" if line is None else "timeline-line-users"
        total = 0
        for month, is_whole in self.parts(first, last):
            rows, names = self.rows(f"{layer}-totals" if is_whole else layer, month.slot, where)
            for row in rows:
                if line is not None and names[row["line"]] != line:
                    continue
                if is_whole:
                    day, back = month.first, row["before"]
                else:
                    day, back = month.first + row["day"], row["since"]
                    if not first <= day <= last:
                        continue
                previous = day - back if back else None
                if (previous is None or previous < first) and counts(previous):
                    total += row["users"]
        return total

    def users(self, where: Cell | Place, first: int, last: int, line: str | None) -> int:
        """Distinct users of all lines or of one."""
        return self.events(where, first, last, line, lambda _: True)

    def retention(self, where: Cell | Place, days: tuple[int, int, int], line: str | None) -> list[int]:
        """Retained, lost and gained users of two adjacent ranges, and those without an earlier day."""
        first, second, last = days
        retained = self.events(where, second, last, line, lambda day: day is not None and day >= first)
        before = self.users(where, first, second - 1, line)
        after = self.users(where, second, last, line)
        new = self.events(where, second, last, line, lambda day: day is None)
        return [retained, before - retained, after - retained, new]
