"""Counts what was tried and what leaks, by kind, and keeps the worst example of each kind."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np

from checks.privacy.places import among, describe
from checks.privacy.truth import NO_USER, Derived, Group, Truth


@dataclass
class Kind:
    """The results of one kind of subtraction."""

    tried: int = 0
    by_users: dict[int, int] = field(default_factory=lambda: defaultdict(int))  # leaks by true number of users
    people: set[int] = field(default_factory=set)
    worst: tuple[int, ...] = ()
    example: str = ""

    @property
    def leaks(self) -> int:
        """All leaks of this kind."""
        return sum(self.by_users.values())


@dataclass
class Tally:
    """The results of all kinds, in the order in which they were tried."""

    k: int
    truth: Truth
    lines: list[str]
    pairs: Counter[str] = field(default_factory=Counter)  # leaks of two archives by what they have in common
    kinds: dict[str, Kind] = field(default_factory=dict)
    # (family, zoom, archives) → the places that leak, sorted
    known: dict[tuple[str, int, tuple[int, ...]], np.ndarray] = field(default_factory=dict)

    @property
    def leaks(self) -> int:
        """The leaks of every kind."""
        return sum(kind.leaks for kind in self.kinds.values())

    def kind(self, name: str) -> Kind:
        """A kind by its name."""
        return self.kinds.setdefault(name, Kind())

    def evaluate(self, derived: Derived, where: str, check: bool = False) -> None:
        """Count the leaks of a subtraction, except those that fewer of its archives have too."""
        kind = self.kind(derived.kind)
        kind.tried += derived.tried
        numbers = tuple(sorted({term.archive for term in derived.terms}))
        derived = self.without_known(derived, numbers)
        if not len(derived.places):
            return
        group = self.truth.group(derived)
        if check:
            self.truth.check(derived, group, where)
        leak = (group.orders > 0) & (group.users < self.k)
        if not leak.any():
            return
        self.add(derived, group, leak, where)
        if derived.but_line is None:
            key = (derived.family, derived.zoom, numbers)
            self.known[key] = np.union1d(self.known.get(key, derived.places[:0]), derived.places[leak])

    def without_known(self, derived: Derived, numbers: tuple[int, ...]) -> Derived:
        """Leave out the places that leak without some of the archives."""
        for size in range(1, len(numbers)):
            for some in combinations(numbers, size):
                known = self.known.get((derived.family, derived.zoom, some))
                if known is not None:
                    derived = derived.of(~among(derived.places, known))
        return derived

    def add(self, derived: Derived, group: Group, leak: np.ndarray, where: str) -> None:
        """Count leaks and the people in them."""
        kind = self.kind(derived.kind)
        for users, number in zip(*np.unique(group.users[leak], return_counts=True)):
            kind.by_users[int(users)] += int(number)
        kind.people |= set(np.unique(self.truth.user[group.row[leak[group.index]]]).tolist()) - {NO_USER}
        # The worst: fewest people (but someone), the smallest cell, the fewest orders.
        candidates = np.flatnonzero(leak)
        first = candidates[np.lexsort((group.orders[leak], group.users[leak] == 0, group.users[leak]))][0]
        rank = (int(group.users[first] == 0), int(group.users[first]), -derived.zoom, int(group.orders[first]))
        if not kind.worst or rank < kind.worst:
            kind.worst = rank
            kind.example = self.explain(derived, group, int(first), where)

    def explain(self, derived: Derived, group: Group, at: int, where: str) -> str:
        """One leak in words."""
        rows = group.row[group.index == at]
        zoom = derived.zoom - (derived.family == "parent")
        orders, organic, unknown = derived.values[at].tolist()
        lines = sorted({self.lines[line] for line in self.truth.line[rows].tolist()})
        place = describe(int(derived.places[at]), zoom, self.lines)
        if derived.but_line is not None:
            place = place.replace(" in ", " left out of ", 1)
        return (
            f"{where}: {place}: derived orders {orders:+d}, organic {organic:+d}, unknown {unknown:+d}. In truth "
            f"{plural(len(rows), 'order')} ({', '.join(lines)}) of {people(int(group.users[at]))}"
        )

    def note(self, name: str, tried: int, leaks: Sequence[tuple[int, set[int], tuple[int, ...], str]]) -> None:
        """Count leaks that are not sums of orders: (users, who they are, rank, explanation)."""
        kind = self.kind(name)
        kind.tried += tried
        for users, who, rank, example in leaks:
            kind.by_users[users] += 1
            kind.people |= who
            if not kind.worst or rank < kind.worst:
                kind.worst, kind.example = rank, example

    def table(self) -> str:
        """The results as a table, with the worst example of each kind below it."""
        headings = ["subtraction", "tried", "leaks", *(f"of {n}" for n in range(self.k)), "people"]
        rows = [
            [name, kind.tried, kind.leaks, *(kind.by_users.get(n, 0) for n in range(self.k)), len(kind.people)]
            for name, kind in self.kinds.items()
        ]
        everyone = set().union(*(kind.people for kind in self.kinds.values()))
        sums = [sum(column) for column in list(zip(*rows))[1:-1]] if rows else []
        rows.append(["all", *sums, len(everyone)])
        lines = ["| " + " | ".join(headings) + " |", "|---" * len(headings) + "|"]
        lines += [
            "| " + " | ".join(f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in row) + " |"
            for row in rows
        ]
        examples = [f"- {name}: {kind.example}" for name, kind in self.kinds.items() if kind.example]
        lines += ["", *(f"{number:,} leaks are of two archives {what}" for what, number in self.pairs.items())]
        return "\n".join(lines + (["", "The worst example of each kind:", *examples] if examples else []))


def plural(number: int, noun: str) -> str:
    """A number with its noun."""
    return f"{number} {noun}" if number == 1 else f"{number:,} {noun}s"


def people(number: int) -> str:
    """How many users."""
    return "no known user" if number == 0 else plural(number, "user")
