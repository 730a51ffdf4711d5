"""What an attacker concludes about withheld lines without computing them exactly.

The withheld orders of a parent are a table: its shown children (and the hidden ones together) by its lines (and the
lines that the parent withholds, together). The archive gives the sum of each row and of each column. No entry is
negative, so some rows and columns hold at least Σ rows − Σ other columns orders. If that is at least 1, the attacker
knows that someone there ordered from that line. It is a leak if these orders belong to fewer than k users.
"""

from __future__ import annotations

from itertools import chain, combinations

import numpy as np

from checks.privacy.places import describe, find, is_line, parent_of
from checks.privacy.published import Published
from checks.privacy.subtractions import ZOOMS
from checks.privacy.tally import Tally, people
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


def family(archive: Published, zoom: int, parent: int, children: list[int], withheld: Entries, tally: Tally) -> None:
    """Every combination of rows and of columns of one parent's table."""
    table, above = archive.zooms[zoom], archive.zooms[zoom - 1]
    shown = np.array([parent | line + 1 for line in range(len(archive.lines))])
    columns = [line for line in range(len(archive.lines)) if find(above.places, shown[line : line + 1])[0] >= 0]
    orders = {place: int(table.at(np.array([place]))[0, 0]) for place in children}
    entries = {
        (child, line): int(table.at(np.array([child | line + 1]))[0, 0]) for child in children for line in columns
    }
    whole = int(above.at(np.array([parent]))[0, 0])
    by_line = {line: int(above.at(shown[line : line + 1])[0, 0]) for line in columns}
    row_left = {child: orders[child] - sum(entries[child, line] for line in columns) for child in children}
    row_left[HIDDEN] = whole - sum(orders.values())
    column_left = {line: by_line[line] - sum(entries[child, line] for child in children) for line in columns}
    column_left[OTHER] = whole - sum(by_line.values())
    rows = [row for row, left in row_left.items() if left]
    columns = [column for column, left in column_left.items() if left]

    def open_entry(row: int, column: int) -> bool:
        return row == HIDDEN or column == OTHER or entries[row, column] == 0

    leaks = []
    tried = 0
    for some in subsets(rows):
        available = [column for column in columns if any(open_entry(row, column) for row in some)]
        for chosen in subsets(available):
            if len(chosen) == len(available):
                continue  # the whole rows, which are subtractions of their own
            tried += 1
            least = sum(row_left[row] for row in some)
            least -= sum(column_left[column] for column in available if column not in chosen)
            if least < 1:
                continue
            who, number, inside = true_group(withheld, some, chosen, children, set(by_line))
            if number and len(who) < tally.k:
                leaks.append((len(who), who, number, least, chosen, some, inside))
    smallest = min(leaks, key=lambda leak: (leak[0], leak[2]), default=None)
    tally.note(ATTRIBUTED, tried, [])
    if smallest:
        users, who, number, least, chosen, some, _ = smallest
        names = " or ".join("another line" if line == OTHER else archive.lines[line] for line in chosen)
        where = " and ".join(
            "the hidden children" if row == HIDDEN else describe(row, zoom, archive.lines) for row in some
        )
        text = (
            f"{archive.label}: {where} withheld at least {least} of {names}. In truth {number} orders of "
            f"{people(users)}"
        )
        tally.note(ATTRIBUTED, 0, [(users, who, (users == 0, users, -zoom, number), text)])


def true_group(
    withheld: Entries, rows: tuple[int, ...], columns: tuple[int, ...], children: list[int], by_line: set[int]
) -> tuple[set[int], int, int]:
    """The users and orders of the withheld entries in some rows and columns."""
    who: set[int] = set()
    number = found = 0
    for (cell, line), (users, orders) in withheld.items():
        row = cell if cell in children else HIDDEN
        column = line if line in by_line else OTHER
        if row in rows and column in columns:
            who |= users
            number += orders
            found += 1
    return who, number, found


def subsets(items: list[int]) -> chain[tuple[int, ...]]:
    """Every subset that has an element."""
    return chain.from_iterable(combinations(items, size) for size in range(1, len(items) + 1))
