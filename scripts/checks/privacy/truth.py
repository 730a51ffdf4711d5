"""The true orders behind what is published: whose orders a derived number consists of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby

import numpy as np

from checks.privacy.places import (
    ALL,
    LINES,
    MAX_ZOOM,
    MIN_ZOOM,
    PARENT,
    cells,
    find,
    is_line,
    keys_at,
    parent_of,
    with_line,
)
from checks.privacy.published import AttackError, Published, nothing

NO_USER = -1


@dataclass(frozen=True)
class Term:
    """The orders of one archive, times a coefficient; `only` and `without` are places that limit them."""

    archive: int
    coefficient: int
    only: np.ndarray | None = None
    without: np.ndarray | None = None


@dataclass(frozen=True)
class Derived:
    """One kind of subtraction at one zoom: for each place, the numbers that an attacker derives."""

    kind: str
    zoom: int
    family: str
    places: np.ndarray  # sorted
    values: np.ndarray  # orders, organic, unknown of each place
    terms: Sequence[Term]
    tried: int  # subtractions, including those whose result is 0
    but_line: int | None = None  # leave out this line

    def of(self, keep: np.ndarray) -> Derived:
        """The same for some of the places."""
        return Derived(
            self.kind,
            self.zoom,
            self.family,
            self.places[keep],
            self.values[keep],
            self.terms,
            self.tried,
            self.but_line,
        )


@dataclass
class Group:
    """For each derived place: its users, its orders (each counted once), and who they are."""

    users: np.ndarray
    orders: np.ndarray
    sums: np.ndarray  # what the published numbers must give
    index: np.ndarray  # of the place, for each order in it
    row: np.ndarray  # the order


@dataclass
class Truth:
    """All orders of the simulation, and which of them each archive contains."""

    user: np.ndarray  # from 0; NO_USER if unknown
    line: np.ndarray
    organic: np.ndarray  # 1, 0; −1 if unknown
    column: np.ndarray  # cell of the deepest level
    row: np.ndarray
    members: list[np.ndarray] = field(default_factory=list)  # for each archive, the orders in it

    def __post_init__(self) -> None:
        self.people = np.int64(self.user.max(initial=0) + 1)
        deepest = cells(keys_at(MAX_ZOOM, self.column, self.row))
        self.indexes = {MAX_ZOOM: Index.of(deepest, self.line)}
        for zoom in range(MAX_ZOOM, MIN_ZOOM - 1, -1):
            self.indexes[zoom - 1] = self.indexes[zoom].of_parents(zoom, self.line)

    def coefficients(self, terms: Sequence[Term]) -> np.ndarray:
        """The coefficient of each order in a sum of archives."""
        total = np.zeros(len(self.user), np.int8)
        for term in terms:
            total[self.members[term.archive]] += np.int8(term.coefficient)
        return total

    def group(self, derived: Derived) -> Group:
        """The orders whose coefficient is not 0, by place."""
        parts = []
        ordered = sorted(derived.terms, key=lambda term: (id(term.only), id(term.without)))
        by_limits = [list(terms) for _, terms in groupby(ordered, lambda term: (id(term.only), id(term.without)))]
        for terms in by_limits:
            parts += self.part(derived, terms)
        index, row, weight = (np.concatenate(columns) for columns in zip(*parts, strict=True))
        if len(by_limits) > 1:
            index, row, weight = self.cancelled(index, row, weight)
        size = len(derived.places)
        sums = nothing(size)
        for number, chosen in enumerate((slice(None), self.organic[row] == 1, self.organic[row] == -1)):
            sums[:, number] = np.bincount(index[chosen], weights=weight[chosen], minlength=size)
        known = self.user[row] != NO_USER
        visits = np.unique(index[known] * self.people + self.user[row[known]])
        users = np.bincount(visits // self.people, minlength=size)
        return Group(users, np.bincount(index, minlength=size), sums, index, row)

    def part(self, derived: Derived, terms: list[Term]) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """(index of the place, order, coefficient) of the orders that terms with the same limits share."""
        coefficients = self.coefficients(terms)
        rows = np.flatnonzero(coefficients)
        own = self.indexes[derived.zoom]
        group = self.indexes[derived.zoom - 1] if derived.family == PARENT else own
        target = group.positions(derived.places)
        allowed = own.allowed(terms[0].only, terms[0].without)
        if derived.but_line is not None:
            rows = rows[self.line[rows] != derived.but_line]
            of_cell = find(own.places, with_line(own.places, derived.but_line))
            return [self.kept(target[of_cell[own.cell[rows]]], rows, coefficients)]
        if derived.family == ALL:
            whole = np.zeros(len(rows), np.int64) if allowed is None else allowed[own.cell[rows]] - np.int64(1)
            return [self.kept(whole, rows, coefficients)]
        parts = []
        pairs = [(own.line, group.cell), (own.cell, group.cell), (own.line, group.line)]
        for place, whole in pairs[:1] if derived.family == LINES else pairs[1:]:
            index = target[whole[rows]]
            if allowed is not None:
                index = np.where(allowed[place[rows]], index, -1)
            parts.append(self.kept(index, rows, coefficients))
        return parts

    def kept(self, index: np.ndarray, rows: np.ndarray, coefficients: np.ndarray) -> tuple[np.ndarray, ...]:
        """The orders that have a place."""
        keep = index >= 0
        return index[keep], rows[keep], coefficients[rows[keep]].astype(np.int64)

    def cancelled(self, index: np.ndarray, row: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, ...]:
        """Add up the coefficients of the same order in the same place, and drop zeros."""
        both, inverse = np.unique(index * np.int64(len(self.user)) + row, return_inverse=True)
        total = np.bincount(inverse, weights=weight).astype(np.int64)
        left = both[total != 0]
        return left // len(self.user), left % len(self.user), total[total != 0]

    def fits(self, archive: Published, rows: np.ndarray) -> bool:
        """Whether some orders give the published orders of the smallest cells."""
        table, index = archive.zooms[MAX_ZOOM], self.indexes[MAX_ZOOM]
        position = index.positions(table.places)[index.cell[rows]]
        true = np.bincount(position[position >= 0], minlength=len(table.places))
        return bool((true == table.counts[:, 0])[~is_line(table.places)].all())

    def check(self, derived: Derived, group: Group, label: str) -> None:
        """Stop if a published number is not the true one: then the truth is not that of this archive."""
        wrong = (group.sums != derived.values).any(axis=1)
        if wrong.any():
            first = int(np.flatnonzero(wrong)[0])
            raise AttackError(
                f"{label}: {int(wrong.sum())} of {len(wrong)} numbers ({derived.kind}, zoom {derived.zoom}) are not "
                f"those of the orders; place {derived.places[first]}: {derived.values[first]} published, "
                f"{group.sums[first]} true"
            )


@dataclass(frozen=True)
class Index:
    """All places of a zoom, and for each order the position of its cell and of its line among them."""

    places: np.ndarray
    cell: np.ndarray
    line: np.ndarray

    @staticmethod
    def of(own: np.ndarray, line: np.ndarray) -> Index:
        """The index of orders by cell and line."""
        of_line = with_line(own, line)
        places = np.unique(np.concatenate([own, of_line]))
        return Index(places, find(places, own), find(places, of_line))

    def of_parents(self, zoom: int, line: np.ndarray) -> Index:
        """The index of the next lower zoom."""
        return Index.of(parent_of(self.places, zoom)[self.cell], line)

    def positions(self, places: np.ndarray) -> np.ndarray:
        """For each place of the index its position among `places`, or −1."""
        at = find(self.places, places)
        found = np.full(len(self.places), -1)
        found[at[at >= 0]] = np.flatnonzero(at >= 0)
        return found

    def allowed(self, only: np.ndarray | None, without: np.ndarray | None) -> np.ndarray | None:
        """Which places of the index the limits of a term allow; None if all."""
        if only is None and without is None:
            return None
        allowed = np.ones(len(self.places), bool) if only is None else self.positions(only) >= 0
        if without is not None:
            allowed &= self.positions(without) < 0
        return allowed


def lines_of(places: np.ndarray) -> np.ndarray:
    """The places that are lines."""
    return places[is_line(places)]
