"""Sums of three archives in which nearly everything cancels, such as two halves minus the whole.

Orders that are in the same archives behave alike; they form a segment. For each place and segment, a signature has one
bit (of 64) for each user. The bits of all segments that do not cancel are at most as many as their users, so a place
with k bits cannot leak, and only the others are looked at.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import numpy as np

from checks.privacy.places import OWN, find
from checks.privacy.published import Published
from checks.privacy.subtractions import THREE, THREE_RESTS, ZOOMS, rests_of_three
from checks.privacy.tally import Tally
from checks.privacy.truth import NO_USER, Derived, Term, Truth

PATTERNS = ((1, 1, -1), (1, -1, 1), (-1, 1, 1), (1, -2, 1), (1, 1, -2), (-2, 1, 1))
MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)  # 2^64 / golden ratio, so that neighbouring users get different bits

Known = dict[tuple[int, int, int], set[int]]  # (archive, archive, zoom) → places that the two of them leak


def attack(archives: list[Published], numbers: list[int], tally: Tally, known: Known) -> None:
    """Every sum of three archives with small coefficients; `known` are the leaks of two archives."""
    segment, archives_of_segment = segments(tally.truth, numbers)
    sums = list(sums_of_three(len(numbers), archives_of_segment))
    for zoom in ZOOMS:
        shown = np.unique(np.concatenate([archive.zooms[zoom].places for archive in archives]))
        orders = np.stack([archive.zooms[zoom].at(shown)[:, 0] for archive in archives], axis=1)
        bits = signatures(tally.truth, zoom, shown, segment, len(archives_of_segment))
        few_by_support: dict[bytes, np.ndarray] = {}
        tally.kind(THREE).tried += int(sum((orders[:, trio] > 0).all(axis=1).sum() for trio, _, _ in sums))
        for trio, pattern, support in sums:
            key = np.packbits(support).tobytes()
            if key not in few_by_support:
                together = np.bitwise_or.reduce(bits[:, support], axis=1)
                few_by_support[key] = np.flatnonzero(np.bitwise_count(together) < tally.k)
            few = few_by_support[key]
            few = few[(orders[few][:, trio] > 0).all(axis=1)]
            old = {place for a, b in combinations(trio, 2) for place in known.get((numbers[a], numbers[b], zoom), ())}
            few = few[[place not in old for place in shown[few].tolist()]] if old else few
            if len(few):
                judge(archives, numbers, trio, pattern, zoom, shown[few], tally)
    of_same_window(archives, numbers, tally)


def sums_of_three(
    archives: int, archives_of_segment: np.ndarray
) -> Iterator[tuple[list[int], tuple[int, ...], np.ndarray]]:
    """(archives, coefficients, the segments that do not cancel) of each sum in which something cancels."""
    for trio in combinations(range(archives), 3):
        columns = archives_of_segment[:, trio]
        for pattern in PATTERNS:
            support = columns @ np.array(pattern) != 0
            if (columns[~support].any(axis=1)).any():
                yield list(trio), pattern, support


def segments(truth: Truth, numbers: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """The segment of each order, and for each segment the archives that contain it."""
    contains = np.zeros((len(truth.user), len(numbers)), np.int64)
    for column, number in enumerate(numbers):
        contains[truth.members[number], column] = 1
    found, segment = np.unique(contains, axis=0, return_inverse=True)
    return segment, found


def signatures(truth: Truth, zoom: int, shown: np.ndarray, segment: np.ndarray, number: int) -> np.ndarray:
    """Bits of users by place and segment."""
    bits = np.zeros((len(shown), number), np.uint64)
    hashed = truth.user.astype(np.uint64) * MULTIPLIER >> np.uint64(58)
    bit = np.where(truth.user == NO_USER, np.uint64(0), np.uint64(1) << hashed)
    for places in (truth.cells[zoom], truth.cells[zoom] | truth.line + 1):
        index = find(shown, places)
        keep = index >= 0
        np.bitwise_or.at(bits, (index[keep], segment[keep]), bit[keep])
    return bits


def judge(
    archives: list[Published],
    numbers: list[int],
    trio: list[int],
    pattern: tuple[int, ...],
    zoom: int,
    places: np.ndarray,
    tally: Tally,
) -> None:
    """Look at the places of one sum that may leak."""
    values = sum(times * archives[at].zooms[zoom].at(places) for at, times in zip(trio, pattern))
    keep = np.asarray(values).any(axis=1)
    terms = [Term(numbers[at], times) for at, times in zip(trio, pattern)]
    derived = Derived(THREE, zoom, OWN, places[keep], np.asarray(values)[keep], terms, 0)
    tally.judge(derived, label(archives, trio, pattern), check=True)


def label(archives: list[Published], trio: list[int], pattern: tuple[int, ...]) -> str:
    """The sum in words."""
    return " ".join(f"{times:+d} × ({archives[at].label})" for at, times in zip(trio, pattern))


def of_same_window(archives: list[Published], numbers: list[int], tally: Tally) -> None:
    """Rests of three archives of one window."""
    for trio in combinations(range(len(archives)), 3):
        chosen = [archives[at] for at in trio]
        if len({(archive.first, archive.last) for archive in chosen}) > 1:
            continue
        for pattern in PATTERNS[3:]:
            for derived in rests_of_three(chosen, [numbers[at] for at in trio], pattern):
                tally.judge(derived, label(archives, list(trio), pattern))
    tally.kind(THREE_RESTS)
