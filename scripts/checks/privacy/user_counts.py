"""What an attacker computes from published numbers of users: who is in two places, who is in one place only.

Users of places do not add up: u(A) + u(B) − u(A and B together) people are in both. A leak is a group that the attacker
*proves* to have 1 … k − 1 people, if published numbers are rounded too.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from checks.privacy.places import LINES, PARENT, cell_of, describe, find, parent_of
from checks.privacy.published import AttackError, Published, Table
from checks.privacy.subtractions import ZOOMS, summed
from checks.privacy.tally import Tally, people
from checks.privacy.truth import NO_USER, Truth, lines_of

BOTH = "users: in several children of a cell"
BOTH_LINES = "users: of several lines of a cell"
ONLY = "users: in a cell but not in one child"
NOT_LINE = "users: in a cell but not of one line"


def check_users(archive: Published, number: int, truth: Truth, label: str) -> None:
    """Stop if published users are not the true ones, rounded down: then the intervals below are wrong."""
    for zoom in ZOOMS:
        table = archive.zooms[zoom]
        _, true = visits(truth, number, zoom, table)
        least, most = archive.users_range(table.users)
        wrong = (true < least) | (true > most)
        if wrong.any():
            at = int(np.flatnonzero(wrong)[0])
            raise AttackError(
                f"{label}: {describe(int(table.places[at]), zoom, archive.lines)} has {true[at]} users, and "
                f"{table.users[at]} are published, in steps of {archive.users_step}"
            )


def visits(truth: Truth, number: int, zoom: int, table: Table) -> tuple[np.ndarray, np.ndarray]:
    """Each (index of a published place, user) once, packed; and the number of users of each place."""
    rows = truth.members[number]
    rows = rows[truth.user[rows] != NO_USER]
    places = truth.indexes[zoom]
    published = places.positions(table.places)
    index = np.concatenate([published[places.cell[rows]], published[places.line[rows]]])
    user = np.concatenate([truth.user[rows]] * 2)
    packed = np.unique(index[index >= 0] * truth.people + user[index >= 0])
    return packed, np.bincount(packed // truth.people, minlength=len(table.places))


def attack(archive: Published, number: int, tally: Tally) -> None:
    """Every overlap and every difference of users in one archive."""
    for zoom in ZOOMS:
        table = archive.zooms[zoom]
        packed, true = visits(tally.truth, number, zoom, table)
        children = table.places
        above = archive.zooms[zoom - 1]
        if zoom > ZOOMS[0]:
            in_several(archive, zoom, parent_of(children, zoom), children, above, packed, tally, PARENT)
            in_one_only(archive, zoom, parent_of(children, zoom), children, above, true, tally, ONLY)
        lines = lines_of(children)
        in_several(archive, zoom, cell_of(lines), lines, table, packed, tally, LINES)
        in_one_only(archive, zoom, cell_of(lines), lines, table, true, tally, NOT_LINE)


def in_several(
    archive: Published,
    zoom: int,
    group: np.ndarray,
    members: np.ndarray,
    above: Table,
    packed: np.ndarray,
    tally: Tally,
    family: str,
) -> None:
    """People in several of the members that make up a whole: Σ u(member) − u(whole), if nothing is withheld."""
    table, truth = archive.zooms[zoom], tally.truth
    wholes, number = np.unique(group, return_counts=True)
    rest = above.at(wholes) - summed(group, wholes, table.at(members))
    complete = wholes[(number > 1) & ~rest.any(axis=1)]
    number = number[(number > 1) & ~rest.any(axis=1)]
    index = find(complete, group)
    least, most = archive.users_range(table.users_at(members))
    low, high = (np.bincount(index[index >= 0], side[index >= 0], len(complete)).astype(int) for side in (least, most))
    whole_least, whole_most = archive.users_range(above.users_at(complete))
    low, high = low - whole_most, high - whole_least
    proven = (low >= 1) & (high < tally.k)
    # The truth: users who are in more than one member.
    member, user = packed // truth.people, packed % truth.people
    inside = find(members, table.places[member])
    place = np.where(inside >= 0, index[inside], -1) if len(members) else np.full(len(member), -1)
    pairs, times = np.unique(place[place >= 0] * truth.people + user[place >= 0], return_counts=True)
    several = pairs[times > 1]
    leaks = []
    for at in np.flatnonzero(proven):
        who = set((several[several // truth.people == at] % truth.people).tolist())
        if not -(-low[at] // (number[at] - 1)) <= len(who) <= high[at]:
            raise AttackError(f"{archive.label}: {len(who)} users overlap, {low[at]} to {high[at]} were derived")
        up = zoom - (family == PARENT)
        what = "several children" if family == PARENT else "several lines"
        text = (
            f"{archive.label}: {describe(int(complete[at]), up, archive.lines)}: users of its "
            f"{number[at]} {'children' if family == PARENT else 'lines'} minus its own users = {low[at]}. In truth "
            f"{people(len(who))} ordered in {what}"
        )
        leaks.append((len(who), who, (0, len(who), -zoom, 0), text))
    tally.note(BOTH if family == PARENT else BOTH_LINES, len(complete), leaks)


def in_one_only(
    archive: Published,
    zoom: int,
    group: np.ndarray,
    members: np.ndarray,
    above: Table,
    true: np.ndarray,
    tally: Tally,
    kind: str,
) -> None:
    """People who are in the whole but not in one of its members: u(whole) − u(member)."""
    table = archive.zooms[zoom]
    published = find(above.places, group) >= 0
    group, members = group[published], members[published]
    least, most = archive.users_range(table.users_at(members))
    whole_least, whole_most = archive.users_range(above.users_at(group))
    proven = (whole_least - most >= 1) & (whole_most - least < tally.k)
    tally.note(kind, len(members), list(only(archive, zoom, group[proven], members[proven], tally, kind)))


def only(
    archive: Published, zoom: int, wholes: np.ndarray, members: np.ndarray, tally: Tally, kind: str
) -> Iterator[tuple[int, set[int], tuple[int, ...], str]]:
    """The proven groups with their explanation. People are not collected: a group says where they do *not* order."""
    above = archive.zooms[zoom - 1] if kind == ONLY else archive.zooms[zoom]
    left = above.users_at(wholes) - archive.zooms[zoom].users_at(members)
    for whole, member, users in zip(wholes.tolist(), members.tolist(), left.tolist()):
        text = (
            f"{archive.label}: {describe(whole, zoom - (kind == ONLY), archive.lines)} minus "
            f"{describe(member, zoom, archive.lines)}: {people(users)} of the first never ordered in the second"
        )
        yield users, set(), (0, users, -zoom, 0), text
