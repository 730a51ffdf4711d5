"""Tries every subtraction among public archives that a patient client could have kept."""

from __future__ import annotations

from itertools import combinations

import numpy as np

from checks.privacy import attribution, three, user_counts
from checks.privacy.places import LINE_MASK, MAX_ZOOM
from checks.privacy.published import Published
from checks.privacy.subtractions import CELL, LINE, in_one, in_two
from checks.privacy.tally import Tally, people
from checks.privacy.truth import NO_USER, Truth

NAMED = "a line that the archive names and shows nowhere"


def attack(archives: list[Published], truth: Truth, k: int) -> Tally:
    """Try everything; archive i contains the orders `truth.members[i]`.

    The numbers of single cells and lines must be the true ones. Every other number is a sum of these. A place that
    leaks in one archive is not counted again when archives are subtracted.
    """
    tally = Tally(k, truth, archives[0].lines if archives else [])
    for number, archive in enumerate(archives):
        for derived in in_one(archive, number, k):
            tally.evaluate(derived, archive.label, check=derived.kind in (CELL, LINE))
        name_lines(archive, number, tally)
        if archive.has_users:
            user_counts.check_users(archive, number, truth, archive.label)
            user_counts.attack(archive, number, tally)
        if archive.has_floor_by_line:
            attribution.attack(archive, number, tally)
    for a, b in combinations(range(len(archives)), 2):
        before = tally.leaks
        if archives[a].overlaps(archives[b]):
            for derived in in_two(archives[a], archives[b], a, b):
                tally.evaluate(derived, f"{archives[a].label} minus {archives[b].label}")
            is_same = (archives[a].first, archives[a].last) == (archives[b].first, archives[b].last)
            tally.pairs["of one window" if is_same else "whose windows overlap"] += tally.leaks - before
    if len(archives) > 2:
        three.attack(archives, tally)
    return tally


def name_lines(archive: Published, number: int, tally: Tally) -> None:
    """A line that an archive names, although no cell shows it, has orders: of whom?"""
    truth = tally.truth
    shown = set(np.unique(np.concatenate([table.places & LINE_MASK for table in archive.zooms.values()])).tolist())
    leaks = []
    for line in sorted(archive.named):
        rows = truth.members[number][truth.line[truth.members[number]] == line]
        who = set(np.unique(truth.user[rows]).tolist()) - {NO_USER}
        if line + 1 not in shown and len(rows) and len(who) < tally.k:
            text = f"{archive.label}: {archive.lines[line]} is named; {people(len(who))} ordered from it"
            leaks.append((len(who), who, (0, len(who), -MAX_ZOOM, len(rows)), text))
    tally.note(NAMED, len(archive.named), leaks)
