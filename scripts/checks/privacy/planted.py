"""Planted leaks: small archives made by hand, each of which gives people away in one way. The attack must find all.

A case lists orders at cells of zoom 14, and what is withheld there. Everything else is published.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np

from checks.privacy import attribution, subtractions, user_counts
from checks.privacy.attack import NAMED, attack
from checks.privacy.places import LINE_BITS, LINE_MASK, MAX_ZOOM, MIN_ZOOM, WHOLE, is_line
from checks.privacy.published import AttackError, Published, Table
from checks.privacy.quarter import Quarter
from checks.privacy.tally import Tally
from checks.privacy.truth import NO_USER, Truth

K = 5
LINES = ["Restaurant", "Cafe", "Pastry", "Bakery"]
RESTAURANT, CAFE, PASTRY, BAKERY = range(4)
BASE = 673_000 >> 10 << 10, 412_000 >> 10 << 10  # a corner of cells at every zoom
START = date(2026, 5, 1)

Order = tuple[int, int, int, int]  # column and row from BASE at zoom 14, line, user
Hidden = tuple[int, int, int | None]  # column and row from BASE at zoom 14, line or the whole cell


def orders(column: int, row: int, line: int, users: Iterable[int]) -> list[Order]:
    """One order of each user."""
    return [(column, row, line, user) for user in users]


@dataclass(frozen=True)
class Made:
    """An archive made by hand: its orders, and what it withholds at zoom 14 (or, `everywhere`, at every zoom)."""

    orders: list[Order]
    hidden: list[Hidden] = field(default_factory=list)
    everywhere: list[Hidden] = field(default_factory=list)
    days: tuple[int, int] = (0, 29)
    by_line: bool = False
    has_true_totals: bool = False  # the totals by zoom count what is withheld too


CROWD = orders(0, 0, RESTAURANT, range(20))
OF_CAFE = orders(0, 0, CAFE, range(20, 26))
FAMILY = [*CROWD, *orders(1, 0, RESTAURANT, range(30, 36)), *orders(1, 1, RESTAURANT, range(40, 47))]
SMALL_HOME = orders(0, 1, RESTAURANT, (50, 51))
BY_LINE = [*CROWD, *orders(0, 0, CAFE, range(30, 36)), *orders(0, 0, PASTRY, (50, 51))]
LATE = orders(0, 0, RESTAURANT, [60])
WITHHELD_PASTRY = [*CROWD, *orders(0, 0, PASTRY, range(30, 36)), *orders(1, 0, PASTRY, range(36, 44))]


def cases() -> dict[str, tuple[str, list[Made]]]:
    """Name → the kind that must be found, and the archives."""
    of_home = [*FAMILY, *SMALL_HOME]
    attributed = [
        *CROWD,
        *orders(0, 0, PASTRY, (50, 51, 51)),
        *orders(0, 0, CAFE, (30, 31, 32, 33, 34, 34, 34)),
        *orders(1, 0, RESTAURANT, range(20, 30)),
        *orders(1, 0, PASTRY, range(40, 46)),
    ]
    left_over = [*attributed, *orders(1, 0, CAFE, range(60, 66))]
    halves = [orders(0, 0, RESTAURANT, range(first, first + 8)) for first in (0, 10)]
    hidden_halves = [[*CROWD, *orders(1, 0, RESTAURANT, range(first, first + 6))] for first in (30, 40)]
    four_lines = [*BY_LINE, *orders(0, 0, BAKERY, range(40, 47))]
    return {
        "a cell of two users": (subtractions.CELL, [Made([*CROWD, *SMALL_HOME])]),
        "a withheld cell whose neighbours are shown": (
            subtractions.REST,
            [Made([*CROWD, *SMALL_HOME], [(0, 1, None)])],
        ),
        "a city of two users that the totals count": (
            subtractions.WHOLE_REST,
            [Made([*CROWD, (5000, 5000, RESTAURANT, 50), (5000, 5000, RESTAURANT, 51)], [], [(5000, 5000, None)])],
        ),
        "totals that count a withheld cell": (
            subtractions.TOTAL_REST,
            [Made([*CROWD, *SMALL_HOME], [(0, 1, None)], has_true_totals=True)],
        ),
        "a name of a line that no cell shows": (
            NAMED,
            [Made([*CROWD, (0, 0, PASTRY, 0)], [], [(0, 0, PASTRY)])],
        ),
        "a line of one user": (subtractions.LINE, [Made([*CROWD, (0, 0, PASTRY, 0)])]),
        "a line that is the rest of another": (subtractions.BUT_ONE, [Made([*CROWD, (0, 0, PASTRY, 0)])]),
        "a withheld line of one user": (
            subtractions.OTHER_LINES,
            [Made([*CROWD, (0, 0, PASTRY, 0)], [], [(0, 0, PASTRY)])],
        ),
        "a line that only one child withholds": (
            subtractions.LINE_REST,
            [
                Made(
                    [*CROWD, *OF_CAFE, (0, 0, PASTRY, 50), *orders(1, 0, PASTRY, range(30, 37))],
                    [(0, 0, PASTRY), (0, 0, CAFE)],
                )
            ],
        ),
        "one user in two cells": (
            user_counts.BOTH,
            [Made([*orders(0, 0, RESTAURANT, range(10)), *orders(1, 0, RESTAURANT, range(9, 20))])],
        ),
        "one user of two lines": (
            user_counts.BOTH_LINES,
            [Made([*orders(0, 0, RESTAURANT, range(10)), *orders(0, 0, CAFE, range(9, 20))])],
        ),
        "one user who is not in the larger child": (
            user_counts.ONLY,
            [Made([*CROWD, *orders(1, 0, RESTAURANT, range(15, 21))])],
        ),
        "one user who is not of the larger line": (
            user_counts.NOT_LINE,
            [Made([*CROWD, *orders(0, 0, CAFE, range(15, 21))])],
        ),
        "withheld lines that the sums of rows and columns attribute": (
            attribution.ATTRIBUTED,
            [Made(attributed, [(0, 0, PASTRY), (0, 0, CAFE), (1, 0, PASTRY)], by_line=True)],
        ),
        "withheld lines that two sums leave": (
            attribution.ATTRIBUTED,
            [Made(left_over, [(0, 0, PASTRY), (0, 0, CAFE), (1, 0, PASTRY)], by_line=True)],
        ),
        "a late order": (subtractions.TWO_CELLS, [Made(CROWD), Made([*CROWD, *LATE])]),
        "an erased user": (subtractions.TWO_CELLS, [Made([*CROWD, *LATE]), Made(CROWD)]),
        "a late order of a line": (
            subtractions.TWO_LINES,
            [Made([*CROWD, *OF_CAFE]), Made([*CROWD, *OF_CAFE, (0, 0, CAFE, 60)])],
        ),
        "a late order in a withheld cell": (
            subtractions.TWO_RESTS,
            [Made([*FAMILY, *more], [(1, 0, None)]) for more in ([], orders(1, 0, RESTAURANT, [60]))],
        ),
        "a late order of a withheld line": (
            subtractions.TWO_OTHER_LINES,
            [Made([*CROWD, *OF_CAFE, *more], [], [(0, 0, CAFE)]) for more in ([], orders(0, 0, CAFE, [60]))],
        ),
        "a late order of a line that only a parent shows": (
            subtractions.TWO_LINE_RESTS,
            [Made([*WITHHELD_PASTRY, *more], [(0, 0, PASTRY)]) for more in ([], orders(0, 0, PASTRY, [60]))],
        ),
        "a home at which only one user came or went between two windows": (
            subtractions.TWO_CELLS,
            [Made([*CROWD, (0, 0, RESTAURANT, 60)], days=(0, 29)), Made(CROWD, days=(7, 36))],
        ),
        "another k, so that other cells are withheld": (
            subtractions.TWO_SHOWN,
            [Made(of_home, [(0, 1, None), (1, 0, None)]), Made(of_home, [(0, 1, None), (1, 1, None)])],
        ),
        "another k, so that other lines are withheld": (
            subtractions.TWO_SHOWN_LINES,
            [
                Made(BY_LINE, [], [(0, 0, PASTRY), (0, 0, CAFE)]),
                Made(BY_LINE, [], [(0, 0, PASTRY), (0, 0, RESTAURANT)]),
            ],
        ),
        "two halves and the whole with a late order": (
            subtractions.THREE,
            [
                Made(halves[0], days=(0, 13)),
                Made(halves[1], days=(14, 27)),
                Made([*halves[0], *halves[1], *LATE], days=(0, 27)),
            ],
        ),
        "two halves and the whole with a late order in a withheld cell": (
            subtractions.THREE_RESTS,
            [
                Made(hidden_halves[0], [(1, 0, None)], days=(0, 13)),
                Made(hidden_halves[1], [(1, 0, None)], days=(14, 27)),
                Made(
                    [*hidden_halves[0], *hidden_halves[1], *orders(1, 0, RESTAURANT, [60])],
                    [(1, 0, None)],
                    days=(0, 27),
                ),
            ],
        ),
        "three choices of what is withheld": (
            subtractions.THREE_SHOWN,
            [
                Made(of_home, [(0, 1, None), (1, 0, None), (1, 1, None)]),
                Made(of_home, [(0, 1, None), (0, 0, None), (1, 1, None)]),
                Made(of_home, [(0, 1, None), (0, 0, None), (1, 0, None)]),
            ],
        ),
        "three choices of withheld lines": (
            subtractions.THREE_SHOWN_LINES,
            [
                Made(four_lines, [], [(0, 0, PASTRY), *((0, 0, line) for line in hidden)])
                for hidden in ((CAFE, BAKERY), (RESTAURANT, BAKERY), (RESTAURANT, CAFE))
            ],
        ),
    }


def safe() -> list[Made]:
    """Archives that give no one away: two windows that share no day, each under the floor."""
    users = range(100, 120)
    return [
        Made([*CROWD, *orders(1, 0, RESTAURANT, range(30, 36)), *orders(0, 1, CAFE, range(40, 50))], days=(0, 27)),
        Made([*orders(0, 0, RESTAURANT, users), *orders(1, 0, CAFE, range(130, 140))], days=(28, 55)),
    ]


def publish(made: list[Made]) -> tuple[list[Published], Truth]:
    """The archives and the truth. Equal orders of several archives are the same order."""
    numbers: dict[tuple[Order, int], int] = {}
    members = []
    for archive in made:
        seen: dict[Order, int] = {}
        for order in archive.orders:
            seen[order] = seen.get(order, 0) + 1
        keys = [(order, copy) for order, copies in seen.items() for copy in range(copies)]
        members.append(np.array(sorted(numbers.setdefault(key, len(numbers)) for key in keys)))
    column, row, line, user = np.array([order for order, _ in numbers], np.int64).T
    truth = Truth(user, line, np.zeros(len(user), np.int64), column + BASE[0], row + BASE[1], members)
    return [publish_one(number, archive, truth) for number, archive in enumerate(made)], truth


def publish_one(number: int, made: Made, truth: Truth) -> Published:
    """Every cell and line of an archive that is not withheld."""
    rows = truth.members[number]
    zooms = {
        MIN_ZOOM - 1: Table(np.array([WHOLE]), np.array([[len(rows), 0, 0]], np.int64), np.zeros(1, np.int64)),
    }
    for zoom in range(MIN_ZOOM, MAX_ZOOM + 1):
        index = truth.indexes[zoom]
        places = np.concatenate([index.cell[rows], index.line[rows]])
        users = np.concatenate([truth.user[rows]] * 2)
        known = users != NO_USER
        found, count = np.unique(places, return_counts=True)
        visits = np.unique(places[known] << 32 | users[known]) >> 32
        counts = np.zeros((len(found), 3), np.int64)
        counts[:, 0] = count
        table = Table(
            index.places[found], counts, np.searchsorted(visits, found, "right") - np.searchsorted(visits, found)
        )
        hidden = made.everywhere if zoom < MAX_ZOOM else [*made.everywhere, *made.hidden]
        keep = ~withheld(table.places, zoom, hidden)
        zooms[zoom] = Table(table.places[keep], table.counts[keep], table.users[keep])
    first, last = (START + timedelta(day) for day in made.days)
    sums = {zoom: table.counts[~is_line(table.places)].sum(axis=0) for zoom, table in zooms.items()}
    totals = {zoom: np.array([len(rows), 0, 0]) if made.has_true_totals else total for zoom, total in sums.items()}
    named = frozenset(np.unique(truth.line[rows]).tolist())
    return Published(f"archive {number + 1}", first, last, LINES, made.by_line, zooms, totals, named)


def withheld(places: np.ndarray, zoom: int, hidden: list[Hidden]) -> np.ndarray:
    """Which places are withheld."""
    result = np.zeros(len(places), bool)
    shift = MAX_ZOOM - zoom
    for column, row, line in hidden:
        key = (column + BASE[0] >> shift) << 32 | (row + BASE[1] >> shift)
        of_cell = places >> LINE_BITS == key
        result |= of_cell if line is None else of_cell & ((places & LINE_MASK) == line + 1)
    return result


def check(say: Callable[[str], None]) -> None:
    """Attack every case; stop if a planted leak is not found, or if something is found where there is nothing."""
    found = {name: (kind, run(made)) for name, (kind, made) in cases().items()}
    missed = [name for name, (kind, tally) in found.items() if not tally.kind(kind).leaks]
    if missed:
        raise AttackError(f"planted leaks that the attack does not find: {', '.join(missed)}")
    false = run(safe())
    orders_only = {name: kind.leaks for name, kind in false.kinds.items() if kind.leaks}
    if orders_only:
        raise AttackError(f"the attack finds leaks where there are none: {orders_only}")
    say(f"{len(found)} planted leaks found, none found in archives without a leak")


def check_archive(quarter: Quarter, k: int, say: Callable[[str], None]) -> None:
    """Attack an archive of tilegen with a floor of two users; stop if no cell of fewer than k is found."""
    archives, truth = quarter.with_floor_of(2)
    kinds = attack(archives, truth, k).kinds
    found = kinds[subtractions.CELL].leaks if kinds else 0
    if not found:
        raise AttackError("the attack finds no small cell in an archive with a floor of two users")
    say(f"{found:,} small cells found in an archive with a floor of two users")


def run(made: list[Made]) -> Tally:
    """Attack archives made by hand."""
    archives, truth = publish(made)
    return attack(archives, truth, K)
