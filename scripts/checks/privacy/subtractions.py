"""What an attacker subtracts: inside one archive, between two, and among three.

Every function here reads only published numbers. Sums of places that do not overlap are not tried: their users are at
least as many as those of one of the places, and each of these is tried. For the same reason two archives that share no
day are not subtracted from each other.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from checks.privacy.places import (
    ALL,
    LINE_MASK,
    LINES,
    MAX_ZOOM,
    MIN_ZOOM,
    OWN,
    PARENT,
    WHOLE,
    among,
    cell_of,
    is_line,
    parent_of,
)
from checks.privacy.published import Published, Table, nothing
from checks.privacy.truth import Derived, Term, lines_of

CELL = "a cell"
LINE = "a line of a cell"
REST = "a cell minus its shown children"
LINE_REST = "a line of a cell minus that line of its children"
WHOLE_REST = "the whole archive minus all cells"
TOTAL_REST = "the totals of a zoom minus its cells"
OTHER_LINES = "a cell minus its lines"
BUT_ONE = "a cell minus one line"
TWO_CELLS = "two archives: a cell"
TWO_LINES = "two archives: a line of a cell"
TWO_RESTS = "two archives: a cell minus its children"
TWO_LINE_RESTS = "two archives: a line minus that line of its children"
TWO_OTHER_LINES = "two archives: a cell minus its lines"
TWO_SHOWN = "two archives: a rest minus what the other shows"
TWO_SHOWN_LINES = "two archives: withheld lines minus those that the other shows"
THREE = "three archives: a cell or line"
THREE_RESTS = "three archives: a cell minus its children"
THREE_SHOWN = "three archives: a rest minus what the others show"
THREE_SHOWN_LINES = "three archives: withheld lines minus those that the others show"

ZOOMS = range(MIN_ZOOM, MAX_ZOOM + 1)


def summed(group: np.ndarray, places: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """The sum of counts by the group that each belongs to; groups that are not among the places are left out."""
    index = np.searchsorted(places, group)
    index[index == len(places)] = 0
    keep = places[index] == group if len(places) else np.zeros(len(group), bool)
    total = nothing(len(places))
    np.add.at(total, index[keep], counts[keep])
    return total


def split(derived: Derived, kind_of_lines: str) -> Iterator[Derived]:
    """The cells and the lines of a subtraction, each under its own kind; only results that are not 0."""
    of_line = is_line(derived.places)
    some = derived.values.any(axis=1)
    for kind, chosen in ((derived.kind, ~of_line), (kind_of_lines, of_line)):
        tried = int(chosen.sum())
        part = derived.of(chosen & some)
        if tried:
            yield Derived(kind, part.zoom, part.family, part.places, part.values, part.terms, tried)


def in_one(archive: Published, number: int, k: int) -> Iterator[Derived]:
    """Subtractions inside one archive; `number` is its place in the truth."""
    for zoom in ZOOMS:
        table, above = archive.zooms[zoom], archive.zooms[zoom - 1]
        terms = (Term(number, 1),)
        own = Derived(CELL, zoom, OWN, table.places, table.counts, terms, len(table.places))
        yield from split(own, LINE)
        left = (Term(number, 1, without=table.places),)
        rests = above.counts - summed(parent_of(table.places, zoom), above.places, table.counts)
        rest_kind = WHOLE_REST if zoom == MIN_ZOOM else REST
        yield from split(
            Derived(rest_kind, zoom, PARENT, above.places, rests, left, len(above.places)),
            LINE_REST,
        )
        total = archive.totals[zoom] - table.counts[~is_line(table.places)].sum(axis=0)
        yield from split(Derived(TOTAL_REST, zoom, ALL, np.array([WHOLE]), total[None, :], left, 1), TOTAL_REST)
        yield from split(other_lines(table, zoom, left), OTHER_LINES)
        yield from but_one(archive, zoom, number, k)


def other_lines(table: Table, zoom: int, left: tuple[Term, ...]) -> Derived:
    """What a cell does not say by line."""
    of_line = is_line(table.places)
    whole = table.places[~of_line]
    values = table.counts[~of_line] - summed(cell_of(table.places[of_line]), whole, table.counts[of_line])
    return Derived(OTHER_LINES, zoom, LINES, whole, values, left, len(whole))


def but_one(archive: Published, zoom: int, number: int, k: int) -> Iterator[Derived]:
    """A cell minus one of its lines, unless the users of another line show that what is left is of enough people."""
    table = archive.zooms[zoom]
    lines = lines_of(table.places)
    cell = cell_of(lines)
    least, _ = archive.users_range(table.users_at(lines))
    for line in range(len(archive.lines)):
        places = lines[(lines & LINE_MASK) == line + 1]
        others = (lines & LINE_MASK) != line + 1
        most = np.zeros(len(places), np.int64)
        index = np.searchsorted(places, (cell[others] | line + 1))
        inside = (index < len(places)) & among(cell[others] | line + 1, places)
        np.maximum.at(most, index[inside], least[others][inside])
        values = table.at(cell_of(places)) - table.at(places)
        doubtful = (most < k) & values.any(axis=1)
        if len(places):
            yield Derived(
                BUT_ONE, zoom, OWN, places[doubtful], values[doubtful], (Term(number, 1),), len(places), but_line=line
            )


def in_two(a: Published, b: Published, first: int, second: int) -> Iterator[Derived]:
    """Subtractions between two archives that share a day."""
    for zoom in ZOOMS:
        mine, other = a.zooms[zoom], b.zooms[zoom]
        mine_above, other_above = a.zooms[zoom - 1], b.zooms[zoom - 1]
        common = np.intersect1d(mine.places, other.places, assume_unique=True)
        change = mine.at(common) - other.at(common)
        terms = (Term(first, 1), Term(second, -1))
        yield from split(Derived(TWO_CELLS, zoom, OWN, common, change, terms, len(common)), TWO_LINES)
        left = (Term(first, 1, without=common), Term(second, -1, without=common))
        above = np.intersect1d(mine_above.places, other_above.places, assume_unique=True)
        rests = mine_above.at(above) - other_above.at(above) - summed(parent_of(common, zoom), above, change)
        yield from split(Derived(TWO_RESTS, zoom, PARENT, above, rests, left, len(above)), TWO_LINE_RESTS)
        lines = lines_of(common)
        whole = common[~is_line(common)]
        rests = mine.at(whole) - other.at(whole) - summed(cell_of(lines), whole, change[is_line(common)])
        yield from split(Derived(TWO_OTHER_LINES, zoom, LINES, whole, rests, left, len(whole)), TWO_OTHER_LINES)
    yield from shown_by_others([a, b], [first, second], (TWO_SHOWN, TWO_SHOWN_LINES))
    yield from shown_by_others([b, a], [second, first], (TWO_SHOWN, TWO_SHOWN_LINES))


def shown_by_others(archives: list[Published], numbers: list[int], kinds: tuple[str, str]) -> Iterator[Derived]:
    """What the first archive withholds, minus those parts of it that other archives show.

    If it withholds nothing of a cell, the result is a sum of what the others show: nothing new.
    """
    for zoom in ZOOMS:
        mine, above = archives[0].zooms[zoom], archives[0].zooms[zoom - 1]
        seen, counts = mine.places, nothing(0)
        extra = mine.places[:0]
        terms = [Term(numbers[0], 1, without=mine.places)]
        for archive, number in zip(archives[1:], numbers[1:]):
            more = np.setdiff1d(archive.zooms[zoom].places, seen, assume_unique=True)
            terms.append(Term(number, -1, only=more))
            extra, counts = np.concatenate([extra, more]), np.concatenate([counts, archive.zooms[zoom].at(more)])
            seen = np.union1d(seen, more)
        parents = np.unique(parent_of(extra, zoom))
        parents = parents[among(parents, above.places)]
        rest = above.at(parents) - summed(parent_of(mine.places, zoom), parents, mine.counts)
        left = rest - summed(parent_of(extra, zoom), parents, counts)
        yield from new(Derived(kinds[0], zoom, PARENT, parents, left, terms, len(parents)), rest)
        of_line = is_line(extra)
        whole = np.unique(cell_of(extra[of_line]))
        whole = whole[among(whole, mine.places)]
        own = lines_of(mine.places)
        rest = mine.at(whole) - summed(cell_of(own), whole, mine.at(own))
        left = rest - summed(cell_of(extra[of_line]), whole, counts[of_line])
        yield from new(Derived(kinds[1], zoom, LINES, whole, left, terms, len(whole)), rest)


def new(derived: Derived, rest: np.ndarray) -> Iterator[Derived]:
    """The places of which the first archive withholds something."""
    yield from split(derived.of(rest.any(axis=1)), derived.kind)


def rests_of_three(archives: list[Published], numbers: list[int], coefficients: tuple[int, ...]) -> Iterator[Derived]:
    """What the children that all three archives show leave of a parent, as a sum of the archives."""
    for zoom in ZOOMS:
        common, above = (shown_by_all(archives, level) for level in (zoom, zoom - 1))
        left = tuple(Term(number, times, without=common) for number, times in zip(numbers, coefficients))
        rests = nothing(len(above))
        for archive, times in zip(archives, coefficients):
            children = summed(parent_of(common, zoom), above, archive.zooms[zoom].at(common))
            rests += times * (archive.zooms[zoom - 1].at(above) - children)
        yield from split(Derived(THREE_RESTS, zoom, PARENT, above, rests, left, len(above)), THREE_RESTS)


def shown_by_all(archives: list[Published], zoom: int) -> np.ndarray:
    """The places that every archive publishes."""
    common = archives[0].zooms[zoom].places
    for archive in archives[1:]:
        common = np.intersect1d(common, archive.zooms[zoom].places, assume_unique=True)
    return common
