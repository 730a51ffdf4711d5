"""What an attacker concludes about withheld lines without computing them exactly.

The withheld orders of a parent are a table: its shown children (and the hidden ones together) by its lines (and the
lines that the parent withholds, together). The archive gives the sum of each row and of each column. No entry is
negative, so some rows and columns hold at least Σ rows − Σ other columns orders. If that is at least 1, the attacker
knows that someone there ordered from that line. It is a leak if these orders belong to fewer than k users.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, combinations

import numpy as np

from checks.privacy.places import describe, is_line, parent_of
from checks.privacy.published import AttackError, Published, Table
from checks.privacy.subtractions import ZOOMS
from checks.privacy.tally import Tally, people, plural
from checks.privacy.truth import NO_USER, Truth

ATTRIBUTED = "withheld lines of a cell: at least one order is there"
HIDDEN, OTHER = -1, -1  # the row of the hidden children, the column of the lines that the parent withholds


def attack(archive: Published, number: int, tally: Tally) -> None:
    """Every family of every zoom of an archive with a floor by line."""
    for zoom in ZOOMS[1:]:
        table = archive.zooms[zoom]
        parents = archive.zooms[zoom - 1].places
        parents = parents[~is_line(parents)]
        withheld = withheld_users(tally.truth, number, zoom, table.places, parents)
        children = table.places[~is_line(table.places)]
        above = parent_of(children, zoom)
        for parent in parents.tolist():
            if parent in withheld:
                family(archive, zoom, parent, children[above == parent].tolist(), withheld[parent], tally)


Entries = dict[tuple[int, int], tuple[set[int], int]]  # (child, line) → its users and orders


def withheld_users(truth: Truth, number: int, zoom: int, places: np.ndarray, parents: np.ndarray) -> dict[int, Entries]:
    """For each parent the true users and orders of each withheld (cell, line)."""
    rows = truth.members[number]
    index, up = truth.indexes[zoom], truth.indexes[zoom - 1]
    own, above = index.places[index.cell[rows]], up.places[up.cell[rows]]
    hidden = (index.positions(places)[index.line[rows]] < 0) & (up.positions(parents)[up.cell[rows]] >= 0)
    found: dict[int, Entries] = {}
    columns = (above[hidden], own[hidden], truth.line[rows][hidden], truth.user[rows][hidden])
    for parent, cell, line, user in zip(*(column.tolist() for column in columns)):
        users, orders = found.setdefault(parent, {}).get((cell, line), (set(), 0))
        found[parent][cell, line] = (users | ({user} - {NO_USER}), orders + 1)
    return found


@dataclass(frozen=True)
class Margins:
    """What is withheld of one parent: sums of rows and of columns that are not 0, and the entries that are possible."""

    rows: dict[int, int]
    columns: dict[int, int]
    possible: set[tuple[int, int]]

    def conclusions(self) -> Iterator[tuple[tuple[int, ...], tuple[int, ...], int]]:
        """(rows, columns, the least orders that they have together); whole rows are subtractions of their own."""
        for rows in subsets(self.rows):
            available = [column for column in self.columns if any((row, column) in self.possible for row in rows)]
            total = sum(self.rows[row] for row in rows)
            for columns in subsets(available):
                if len(columns) < len(available):
                    others = sum(self.columns[column] for column in available if column not in columns)
                    yield rows, columns, total - others


def margins(archive: Published, zoom: int, parent: int, children: list[int]) -> Margins:
    """The table of one parent."""
    table, above = archive.zooms[zoom], archive.zooms[zoom - 1]
    of_parent = orders(above, [parent | line + 1 for line in range(len(archive.lines))])
    lines = [line for line, number in enumerate(of_parent) if number]
    by_child = dict(zip(children, orders(table, children)))
    entries = {child: dict(zip(lines, orders(table, [child | line + 1 for line in lines]))) for child in children}
    whole = orders(above, [parent])[0]
    rows = {child: by_child[child] - sum(entries[child].values()) for child in children}
    rows[HIDDEN] = whole - sum(by_child.values())
    columns = {line: of_parent[line] - sum(entry[line] for entry in entries.values()) for line in lines}
    columns[OTHER] = whole - sum(of_parent)
    possible = {(row, column) for row in rows for column in columns}
    possible -= {(child, line) for child, entry in entries.items() for line, number in entry.items() if number}
    return Margins(
        {row: left for row, left in rows.items() if left},
        {column: left for column, left in columns.items() if left},
        possible,
    )


def orders(table: Table, places: list[int]) -> list[int]:
    """The published orders of places, 0 if there are none."""
    found: list[int] = table.at(np.array(places, np.int64))[:, 0].tolist() if places else []
    return found


def family(archive: Published, zoom: int, parent: int, children: list[int], withheld: Entries, tally: Tally) -> None:
    """Every conclusion about one parent; of those that leak, the one about the fewest people."""
    table = margins(archive, zoom, parent, children)
    lines = {line for line in range(len(archive.lines)) if orders(archive.zooms[zoom - 1], [parent | line + 1])[0]}
    tried = 0
    leaks = []
    for rows, columns, least in table.conclusions():
        tried += 1
        if least < 1:
            continue
        who, number = true_group(withheld, rows, columns, set(children), lines)
        if number < least:
            raise AttackError(f"{archive.label}: {number} orders are withheld, at least {least} were concluded")
        if len(who) < tally.k:
            text = f"{archive.label}: {explain(archive, zoom, rows, columns, least)}"
            text += f". In truth {plural(number, 'order')} of {people(len(who))}"
            leaks.append((len(who), who, (int(not who), len(who), -zoom, number), text))
    tally.note(ATTRIBUTED, tried, [min(leaks, key=lambda leak: leak[2])] if leaks else [])


def explain(archive: Published, zoom: int, rows: tuple[int, ...], columns: tuple[int, ...], least: int) -> str:
    """A conclusion in words."""
    where = " and ".join("the hidden children" if row == HIDDEN else describe(row, zoom, archive.lines) for row in rows)
    what = " or ".join("another line" if line == OTHER else archive.lines[line] for line in columns)
    return f"{where}: at least {least} withheld of {what}"


def true_group(
    withheld: Entries, rows: tuple[int, ...], columns: tuple[int, ...], children: set[int], lines: set[int]
) -> tuple[set[int], int]:
    """The users and the number of orders of the withheld entries in some rows and columns."""
    who: set[int] = set()
    number = 0
    for (cell, line), (users, count) in withheld.items():
        if (cell if cell in children else HIDDEN) in rows and (line if line in lines else OTHER) in columns:
            who |= users
            number += count
    return who, number


def subsets(items: Iterable[int]) -> Iterator[tuple[int, ...]]:
    """Every subset that has an element."""
    some = list(items)
    return chain.from_iterable(combinations(some, size) for size in range(1, len(some) + 1))
