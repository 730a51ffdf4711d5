"""The privacy floor in its most obvious form: sets of users, from the lowest zoom to the highest.

A second implementation in addition to tilegen's, written from the requirement alone. It is simple and slow.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np
from pmtiles.tile import zxy_to_tileid

from checks.lib.orders import CELL_LEVEL

ROOT = -1

Users = Any  # a set of user ids, or a range of as many
Lines = set[tuple[int, str]]  # (packed key of a cell, line name)


def shown_cells(db: Any, k: int, min_zoom: int, max_zoom: int) -> dict[int, np.ndarray]:
    """Packed keys (column << 32 | row) of the shown cells, by zoom."""
    shown: dict[int, set[int]] = {}
    allowed: set[int] | None = None
    for zoom in range(min_zoom, max_zoom + 1):
        families = children_by_parent(db, zoom, is_lowest=zoom == min_zoom, k=k)
        shown[zoom] = set()
        for parent, children in families.items():
            if allowed is None or parent in allowed:
                shown[zoom] |= shown_children(children, k, zoom)
        allowed = shown[zoom]
    return {zoom: np.array(sorted(keys), np.int64) for zoom, keys in shown.items()}


def shown_children(children: dict[int, Users], k: int, zoom: int) -> set[int]:
    """Rules 3 and 2 for the children (key → set of users) of one shown parent."""
    hidden = [users for users in children.values() if len(users) < k]
    shown = [key for key, users in children.items() if len(users) >= k]
    shown.sort(key=lambda key: (len(children[key]), hilbert(zoom + 6, key)))
    while hidden and shown and len(set().union(*hidden)) < k:
        hidden.append(children[shown.pop(0)])
    return set(shown)


def published_lines(db: Any, shown: dict[int, np.ndarray], k: int, min_zoom: int, max_zoom: int) -> dict[int, Lines]:
    """The lines that the shown cells publish under `--floor-lines`, by zoom."""
    published: dict[int, Lines] = {}
    by_parents: Lines | None = None
    for zoom in range(min_zoom, max_zoom + 1):
        published[zoom] = set()
        keys = set(shown[zoom].tolist())
        for parent, children in lines_by_parent(db, zoom, is_lowest=zoom == min_zoom).items():
            published[zoom] |= published_children(parent, children, keys, by_parents, k, zoom)
        by_parents = published[zoom]
    return published


def published_children(
    parent: int, children: dict[int, dict[str, Users]], shown: set[int], by_parents: Lines | None, k: int, zoom: int
) -> Lines:
    """The rules for the children (key → line → set of users) of one parent.

    `by_parents` is None at the lowest zoom, where no parent publishes a line.
    """
    keys = sorted(children, key=lambda key: hilbert(zoom + 6, key))
    lines = sorted({line for child in children.values() for line in child})
    if by_parents is not None:
        lines = [line for line in lines if (parent, line) in by_parents]
    published = {(key, line) for key in keys if key in shown for line in lines if len(children[key].get(line, ())) >= k}
    before = None
    while before != len(published):
        before = len(published)
        for line in lines if by_parents is not None else ():
            family = [(key, line) for key in keys if line in children[key]]
            published -= one_more(family, published, children, k)
        for key in keys:
            if key in shown:
                published -= one_more([(key, line) for line in sorted(children[key])], published, children, k)
    return published


def one_more(family: list[tuple[int, str]], published: Lines, children: dict[int, dict[str, Users]], k: int) -> Lines:
    """The smallest published pair of a family, if the withheld pairs together have fewer than k users."""
    left = [children[key][line] for key, line in family if (key, line) not in published]
    others = [pair for pair in family if pair in published]
    if not left or not others or len(set().union(*left)) >= k:
        return set()
    return {min(others, key=lambda pair: len(children[pair[0]][pair[1]]))}


def lines_by_parent(db: Any, zoom: int, is_lowest: bool) -> dict[int, dict[int, dict[str, Users]]]:
    """Parent key → child key → line → the users who ordered there. A null user does not count as a user.

    At the lowest zoom each cell is its own family.
    """
    shift = CELL_LEVEL - (zoom + 6)
    up = shift if is_lowest else shift + 1
    families: dict[int, dict[int, dict[str, Users]]] = defaultdict(lambda: defaultdict(dict))
    for parent, child, line, users in db.execute(f"""
            SELECT ((col >> {up}) << 32) | ("row" >> {up}), ((col >> {shift}) << 32) | ("row" >> {shift}), line,
                   list(DISTINCT "user") FILTER ("user" IS NOT NULL)
            FROM orders GROUP BY ALL""").fetchall():
        families[parent][child][line] = set(users or ())
    return families


def children_by_parent(db: Any, zoom: int, is_lowest: bool, k: int) -> dict[int, dict[int, Users]]:
    """Parent key → child key → the users who ordered there. A null user does not count as a user.

    To save memory, children whose parent hides none of them get a placeholder of k users: no rule reads those sets.
    """
    shift = CELL_LEVEL - (zoom + 6)
    parent = f"{ROOT}" if is_lowest else f'((col >> {shift + 1}) << 32) | ("row" >> {shift + 1})'
    db.execute(f"""
        CREATE OR REPLACE TEMP TABLE visits AS
        SELECT DISTINCT {parent} AS parent, ((col >> {shift}) << 32) | ("row" >> {shift}) AS child, "user"
        FROM orders""")
    db.execute("""CREATE OR REPLACE TEMP TABLE counted AS
        SELECT parent, child, count("user") AS users FROM visits GROUP BY ALL""")
    families: dict[int, dict[int, Users]] = defaultdict(dict)
    for parent_key, child in db.execute(f"""
            SELECT parent, child FROM counted WHERE parent NOT IN
            (SELECT parent FROM counted WHERE users < {k})""").fetchall():
        families[parent_key][child] = range(k)
    for parent_key, child, users in db.execute(f"""
            SELECT parent, child, list("user") FILTER ("user" IS NOT NULL) FROM visits
            WHERE parent IN (SELECT parent FROM counted WHERE users < {k}) GROUP BY ALL""").fetchall():
        families[parent_key][child] = set(users or ())
    return families


def hilbert(level: int, key: int) -> int:
    """The place of a cell on the Hilbert curve."""
    place: int = zxy_to_tileid(level, key >> 32, key & 0xFFFFFFFF)
    return place
