"""The privacy floor by line in its most obvious form: sets of users, family by family, from the lowest zoom down.

A second implementation in addition to tilegen's, written from the rules alone. It is simple and slow.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import numpy as np
from pmtiles.tile import zxy_to_tileid

from checks.lib.orders import CELL_LEVEL

Lines = set[tuple[int, str]]  # (packed key of a cell, line name)
HIDDEN = None  # the row of the hidden children
OTHERS = None  # the column of the lines that the parent withholds


@dataclass
class Group:
    """Orders of one line in one cell: their users, without unknown ones, and their number."""

    users: set[int] = field(default_factory=set)
    orders: int = 0


@dataclass
class Child:
    """A cell below a parent: its orders as a range, and by line."""

    key: int
    range: range
    lines: dict[str, Group]


class LineFloor:
    """Decides which lines each shown cell publishes."""

    def __init__(self, db: Any, shown: dict[int, np.ndarray], k: int, min_zoom: int, max_zoom: int) -> None:
        self.k, self.min_zoom, self.max_zoom = k, min_zoom, max_zoom
        self.shown = {zoom: set(keys.tolist()) for zoom, keys in shown.items()}
        self.published: dict[int, dict[int, set[str]]] = {zoom: {} for zoom in shown}
        self.families: dict[tuple[int, int], list[Child]] = {}
        table = db.execute("""SELECT col, "row", line,
            CASE WHEN "user" IS NULL THEN -1 ELSE dense_rank() OVER (ORDER BY "user") END AS who
            FROM orders""").fetchnumpy()
        columns, rows = table["col"].astype(np.int64), table["row"].astype(np.int64)
        order = np.argsort(interleaved(columns, rows), kind="stable")
        self.columns, self.rows = columns[order].tolist(), rows[order].tolist()
        self.lines = np.asarray(table["line"], object)[order].tolist()
        self.users = table["who"][order].tolist()

    def decide_all(self) -> dict[int, Lines]:
        """The published lines of every zoom."""
        whole = self.children(range(len(self.lines)), self.min_zoom)
        for child in whole:
            if child.key not in self.shown[self.min_zoom]:
                continue
            barred: Lines = set()
            while True:
                own = {line for _, line in self.choose(self.min_zoom, [child], None, barred)}
                line = self.decide(self.min_zoom, child, own)
                if line is None:
                    break
                barred.add((child.key, line))
        return {
            zoom: {(key, line) for key, lines in cells.items() for line in lines}
            for zoom, cells in self.published.items()
        }

    def decide(self, zoom: int, cell: Child, lines: set[str]) -> str | None:
        """Decide about everything inside a shown cell; the line that it must not show, if there is one."""
        self.published[zoom][cell.key] = lines
        if zoom == self.max_zoom:
            return None
        children = self.family(zoom, cell)
        shown = [child for child in children if child.key in self.shown[zoom + 1]]
        barred: Lines = set()
        decided: dict[int, set[str]] = {}
        while len(decided) < len(shown):
            chosen = self.choose(zoom + 1, children, lines, barred)
            line = Withheld(children, chosen, lines, self.shown[zoom + 1]).to_withhold(self.k)
            if line is not None:
                return line
            of_child = {child.key: {line for key, line in chosen if key == child.key} for child in shown}
            decided = {key: own for key, own in decided.items() if own == of_child[key]}
            for child in shown:
                if child.key in decided:
                    continue
                line = self.decide(zoom + 1, child, of_child[child.key])
                if line is not None:
                    barred.add((child.key, line))
                    break
                decided[child.key] = of_child[child.key]
        return None

    def family(self, zoom: int, cell: Child) -> list[Child]:
        """The children of a cell, counted once."""
        at = (zoom, cell.key)
        if at not in self.families:
            self.families[at] = self.children(cell.range, zoom + 1)
        return self.families[at]

    def children(self, inside: range, zoom: int) -> list[Child]:
        """The cells of a zoom in a range of orders, along the Hilbert curve."""
        shift = CELL_LEVEL - (zoom + 6)
        found: dict[int, Child] = {}
        for at in inside:
            key = (self.columns[at] >> shift) << 32 | (self.rows[at] >> shift)
            child = found.get(key)
            if child is None:
                child = found[key] = Child(key, range(at, at), {})
            child.range = range(child.range.start, at + 1)
            group = child.lines.setdefault(self.lines[at], Group())
            group.orders += 1
            if self.users[at] >= 0:
                group.users.add(self.users[at])
        return sorted(found.values(), key=lambda child: hilbert(zoom + 6, child.key))

    def choose(self, zoom: int, children: list[Child], parent_lines: set[str] | None, barred: Lines) -> Lines:
        """What the children show by the two rules of sums. `parent_lines` is None where no parent shows a line."""
        groups = {(child.key, line): group.users for child in children for line, group in child.lines.items()}
        shown = [child for child in children if child.key in self.shown[zoom]]
        chosen = {
            (child.key, line)
            for child in shown
            for line, group in child.lines.items()
            if (parent_lines is None or line in parent_lines)
            and (child.key, line) not in barred
            and len(group.users) >= self.k
        }
        before = None
        while before != len(chosen):
            before = len(chosen)
            for line in sorted(parent_lines or ()):
                family = [(child.key, line) for child in children if line in child.lines]
                chosen -= one_more(family, chosen, groups, self.k)
            for child in shown:
                chosen -= one_more([(child.key, line) for line in sorted(child.lines)], chosen, groups, self.k)
        return chosen


def one_more(family: list[tuple[int, str]], chosen: Lines, groups: dict[tuple[int, str], set[int]], k: int) -> Lines:
    """The smallest chosen pair of a family, if the withheld pairs together have fewer than k users."""
    left = [groups[pair] for pair in family if pair not in chosen]
    others = [pair for pair in family if pair in chosen]
    if not left or not others or len(set().union(*left)) >= k:
        return set()
    return {min(others, key=lambda pair: len(groups[pair]))}


class Withheld:
    """The withheld orders of a family, as a reader arranges them: shown children (and the hidden ones together) by
    lines that the parent shows (and all others together).
    """

    def __init__(self, children: list[Child], chosen: Lines, parent_lines: set[str], shown: set[int]) -> None:
        self.chosen = chosen
        self.entries: dict[tuple[int | None, str | None], Group] = {}
        for child in children:
            for line, group in child.lines.items():
                if (child.key, line) in chosen:
                    continue
                row = child.key if child.key in shown else HIDDEN
                column = line if line in parent_lines else OTHERS
                entry = self.entries.setdefault((row, column), Group())
                entry.orders += group.orders
                entry.users |= group.users

    def to_withhold(self, k: int) -> str | None:
        """The line of the parent with the fewest withheld orders, if a reader can attribute some to fewer than k."""
        totals: dict[str | None, int] = {}
        for (_, column), entry in self.entries.items():
            totals[column] = totals.get(column, 0) + entry.orders
        names = [column for column in totals if column is not OTHERS]
        if not names or not any(self.is_revealed(rows, totals, k) for rows in self.rows()):
            return None
        return min(names, key=lambda name: (totals[name], name))

    def rows(self) -> Iterator[set[int | None]]:
        """Every set of rows that have withheld orders."""
        rows = {row for row, _ in self.entries}
        for size in range(1, len(rows) + 1):
            yield from (set(some) for some in combinations(rows, size))

    def is_revealed(self, rows: set[int | None], totals: dict[str | None, int], k: int) -> bool:
        """Whether some columns must have an order in these rows, of fewer than k users.

        They must, if these rows have more orders than fit into the other columns that are possible there.
        """
        inside = {column: Group() for column in totals if any(self.is_possible(row, column) for row in rows)}
        number = 0
        for (row, column), entry in self.entries.items():
            if row in rows:
                number += entry.orders
                inside[column].users |= entry.users
        spare = sum(totals[column] for column in inside) - number
        few = [column for column, group in inside.items() if len(group.users) < k]
        return self.finds(few, inside, totals, spare, k)

    def finds(
        self, few: list[str | None], inside: dict[str | None, Group], totals: dict[str | None, int], spare: int, k: int
    ) -> bool:
        """Whether some of the columns have more orders than `spare`, of fewer than k users together."""
        if sum(totals[column] for column in few) <= spare:
            return False
        for size in range(1, len(few) + 1):
            for some in combinations(few, size):
                if sum(totals[column] for column in some) <= spare:
                    continue
                if len(set().union(*(inside[column].users for column in some))) < k:
                    return True
        return False

    def is_possible(self, row: int | None, column: str | None) -> bool:
        """Whether a reader has to expect withheld orders there: not if the child shows the line."""
        return row is HIDDEN or column is OTHERS or (row, column) not in self.chosen


def interleaved(columns: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """A key that has the cells of every zoom next to each other."""
    keys = np.zeros(len(columns), np.int64)
    for bit in range(CELL_LEVEL):
        keys |= ((columns >> bit) & 1) << (2 * bit) | ((rows >> bit) & 1) << (2 * bit + 1)
    return keys


def hilbert(level: int, key: int) -> int:
    """The place of a cell on the Hilbert curve."""
    place: int = zxy_to_tileid(level, key >> 32, key & 0xFFFFFFFF)
    return place
