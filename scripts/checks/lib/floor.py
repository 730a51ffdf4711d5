"""The privacy floor in its most obvious form: sets of users, from the lowest zoom to the highest.

A second implementation in addition to tilegen's, written from the requirement alone. It is simple and slow.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np

from checks.lib.line_floor import LineFloor, Lines, hilbert
from checks.lib.orders import CELL_LEVEL

ROOT = -1

Users = Any  # a set of user ids, or a range of as many


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
    """The lines that the shown cells publish under the floor by line, by zoom."""
    return LineFloor(db, shown, k, min_zoom, max_zoom).decide_all()


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
