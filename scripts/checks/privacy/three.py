"""Sums of three archives in which nearly everything cancels, such as two halves minus the whole.

Orders that are in the same archives behave alike; they form a segment. For each place and segment, a signature has one
bit (of 64) for each user. The bits of all segments that do not cancel are at most as many as their users, so a place
with k bits cannot leak, and only the others are looked at.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import combinations

import numpy as np

from checks.privacy.places import OWN, among
from checks.privacy.published import Published, nothing
from checks.privacy.subtractions import (
    THREE,
    THREE_SHOWN,
    THREE_SHOWN_LINES,
    ZOOMS,
    rests_of_three,
    shown_by_others,
)
from checks.privacy.tally import Tally
from checks.privacy.truth import NO_USER, Derived, Term, Truth

# Larger coefficients, such as A − 2B + C, cancel only orders that are in all three, and each two of them do so too.
PATTERNS = ((1, 1, -1), (1, -1, 1), (-1, 1, 1))
FEW_DAYS = 7  # rests are summed if the windows leave no more days than this; others belong to many
MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)  # 2^64 / golden ratio, so that neighbouring users get different bits


def attack(archives: list[Published], tally: Tally) -> None:
    """Every sum of three archives with small coefficients, none of which shares no day with both others.

    Of such an archive nothing cancels, so the sum belongs to at least as many users.
    """
    segment, archives_of_segment = segments(tally.truth)
    sums = list(sums_of_three(archives, archives_of_segment))
    for zoom in ZOOMS:
        shown = np.unique(np.concatenate([archive.zooms[zoom].places for archive in archives]))
        is_shown = np.stack([among(shown, archive.zooms[zoom].places) for archive in archives], axis=1)
        bits = Signatures(tally.truth, zoom, shown, segment, len(archives_of_segment), tally.k)
        few_by_support: dict[bytes, np.ndarray] = {}
        for trio, pattern, support in sums:
            key = support.tobytes()
            if key not in few_by_support:
                few_by_support[key] = bits.few(support)
            few = few_by_support[key]
            few = few[is_shown[few][:, trio].all(axis=1)]
            if len(few):
                evaluate(archives, trio, pattern, zoom, shown[few], tally)
        trios = {tuple(trio) for trio, _, _ in sums}
        by_trio = sum(int(is_shown[:, trio].all(axis=1).sum()) for trio in trios)
        tally.kind(THREE).tried += by_trio * len(PATTERNS)
    rests(archives, tally)


def sums_of_three(
    archives: list[Published], archives_of_segment: np.ndarray
) -> Iterator[tuple[list[int], tuple[int, ...], np.ndarray]]:
    """(archives, coefficients, the segments that do not cancel) of each sum."""
    patterns = np.array(PATTERNS).T
    near = np.array([[a.overlaps(b) for b in archives] for a in archives])
    for trio in combinations(range(len(archives)), 3):
        if (near[np.ix_(trio, trio)].sum(axis=1) > 1).all():  # each with itself and another one
            support = archives_of_segment[:, trio] @ patterns != 0
            for number, pattern in enumerate(PATTERNS):
                yield list(trio), pattern, np.flatnonzero(support[:, number])


def segments(truth: Truth) -> tuple[np.ndarray, np.ndarray]:
    """The segment of each order, and for each segment the archives that contain it. The largest segment is first."""
    contains = np.zeros((len(truth.user), len(truth.members)), np.int8)
    for column, members in enumerate(truth.members):
        contains[members, column] = 1
    found, segment, sizes = np.unique(contains, axis=0, return_inverse=True, return_counts=True)
    order = np.argsort(-sizes)
    return np.argsort(order)[segment], found[order]


class Signatures:
    """Bits of users by place and segment."""

    def __init__(self, truth: Truth, zoom: int, shown: np.ndarray, segment: np.ndarray, number: int, k: int) -> None:
        self.k = k
        self.bits = np.zeros((len(shown), number), np.uint64)
        hashed = truth.user.astype(np.uint64) * MULTIPLIER >> np.uint64(58)
        bit = np.where(truth.user == NO_USER, np.uint64(0), np.uint64(1) << hashed)
        places = truth.indexes[zoom]
        position = places.positions(shown)
        for index in (position[places.cell], position[places.line]):
            keep = index >= 0
            np.bitwise_or.at(self.bits, (index[keep], segment[keep]), bit[keep])
        counts = np.bitwise_count(self.bits) < k
        self.few_in_segment = [np.flatnonzero(counts[:, at]) for at in range(number)]

    def few(self, support: np.ndarray) -> np.ndarray:
        """The places where some segments together may have fewer than k users."""
        if not len(support):
            return support
        few = self.few_in_segment[support[0]]
        for some in (support[:8], support):
            together = np.bitwise_or.reduce(self.bits[np.ix_(few, some)], axis=1)
            few = few[np.bitwise_count(together) < self.k]
        return few


def evaluate(
    archives: list[Published],
    trio: list[int],
    pattern: tuple[int, ...],
    zoom: int,
    places: np.ndarray,
    tally: Tally,
) -> None:
    """Look at the places of one sum that may leak."""
    values = nothing(len(places))
    for at, times in zip(trio, pattern):
        values += times * archives[at].zooms[zoom].at(places)
    keep = values.any(axis=1)
    if keep.any():
        terms = [Term(at, times) for at, times in zip(trio, pattern)]
        derived = Derived(THREE, zoom, OWN, places[keep], values[keep], terms, 0)
        tally.evaluate(derived, label(archives, trio, pattern), check=True)


def label(archives: list[Published], trio: list[int], pattern: tuple[int, ...]) -> str:
    """The sum in words."""
    return " ".join(f"{times:+d} × ({archives[at].label})" for at, times in zip(trio, pattern))


def rests(archives: list[Published], tally: Tally) -> None:
    """Rests: of three archives of one window, and where two windows make up the third."""
    for trio in combinations(range(len(archives)), 3):
        chosen = [archives[at] for at in trio]
        if len({(archive.first, archive.last) for archive in chosen}) == 1:
            for first in range(3):
                order = [first, *(at for at in range(3) if at != first)]
                kinds = (THREE_SHOWN, THREE_SHOWN_LINES)
                for derived in shown_by_others([chosen[at] for at in order], [trio[at] for at in order], kinds):
                    tally.evaluate(derived, " and ".join(chosen[at].label for at in order))
        for pattern in PATTERNS:
            if days_left(chosen, pattern) <= FEW_DAYS:
                for derived in rests_of_three(chosen, list(trio), pattern):
                    tally.evaluate(derived, label(archives, list(trio), pattern))


def days_left(archives: list[Published], pattern: tuple[int, ...]) -> int:
    """The days that a sum of windows does not cancel."""
    days: Counter[int] = Counter()
    for archive, times in zip(archives, pattern):
        for day in range(archive.first.toordinal(), archive.last.toordinal() + 1):
            days[day] += times
    return sum(times != 0 for times in days.values())
