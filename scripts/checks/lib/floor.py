"""The privacy floor of requirements 4 in its most obvious form: sets of users, from the top down.

A second implementation beside tilegen's, written from the requirement alone and slow on purpose.
"""

from collections import defaultdict

import numpy as np
from pmtiles.tile import zxy_to_tileid

from checks.lib.orders import CELL_LEVEL

ROOT = -1


def shown_cells(db, k, min_zoom, max_zoom):
    """Packed keys (column << 32 | row) of the shown cells, by zoom."""
    shown = {}
    allowed = None
    for zoom in range(min_zoom, max_zoom + 1):
        families = children_by_parent(db, zoom, is_lowest=zoom == min_zoom, k=k)
        shown[zoom] = set()
        for parent, children in families.items():
            if allowed is None or parent in allowed:
                shown[zoom] |= shown_children(children, k, zoom)
        allowed = shown[zoom]
    return {zoom: np.array(sorted(keys), np.int64) for zoom, keys in shown.items()}


def shown_children(children, k, zoom):
    """Rules 3 and 2 for the children (key → set of users) of one shown parent."""
    hidden = [users for users in children.values() if len(users) < k]
    shown = [key for key, users in children.items() if len(users) >= k]
    shown.sort(key=lambda key: (len(children[key]), hilbert(zoom + 6, key)))
    while hidden and shown and len(set().union(*hidden)) < k:
        hidden.append(children[shown.pop(0)])
    return set(shown)


def told_lines(db, shown, k, min_zoom, max_zoom):
    """(packed key, line name) pairs of which the shown cells tell under `--floor-lines`, by zoom."""
    told, by_parents = {}, None
    for zoom in range(min_zoom, max_zoom + 1):
        told[zoom] = set()
        keys = set(shown[zoom].tolist())
        for parent, children in lines_by_parent(db, zoom, is_lowest=zoom == min_zoom).items():
            told[zoom] |= told_children(parent, children, keys, by_parents, k, zoom)
        by_parents = told[zoom]
    return told


def told_children(parent, children, shown, by_parents, k, zoom):
    """The rules for the children (key → line → set of users) of one parent; `by_parents` is None at
    the lowest zoom, where no parent tells of a line."""
    keys = sorted(children, key=lambda key: hilbert(zoom + 6, key))
    lines = sorted({line for child in children.values() for line in child})
    if by_parents is not None:
        lines = [line for line in lines if (parent, line) in by_parents]
    told = {(key, line) for key in keys if key in shown for line in lines if len(children[key].get(line, ())) >= k}
    before = None
    while before != len(told):
        before = len(told)
        for line in lines if by_parents is not None else ():
            family = [(key, line) for key in keys if line in children[key]]
            told -= one_more(family, told, children, k)
        for key in keys:
            if key in shown:
                told -= one_more([(key, line) for line in sorted(children[key])], told, children, k)
    return told


def one_more(family, told, children, k):
    """The smallest told one of a family, if those that are not told are there but too few people."""
    left = [children[key][line] for key, line in family if (key, line) not in told]
    others = [pair for pair in family if pair in told]
    if not left or not others or len(set().union(*left)) >= k:
        return set()
    return {min(others, key=lambda pair: len(children[pair[0]][pair[1]]))}


def lines_by_parent(db, zoom, is_lowest):
    """Parent key → child key → line → the users who ordered there. A null user is nobody. At the
    lowest zoom each cell is a family of its own."""
    shift = CELL_LEVEL - (zoom + 6)
    up = shift if is_lowest else shift + 1
    families = defaultdict(lambda: defaultdict(dict))
    for parent, child, line, users in db.execute(f"""
            SELECT ((col >> {up}) << 32) | ("row" >> {up}), ((col >> {shift}) << 32) | ("row" >> {shift}), line,
                   list(DISTINCT "user") FILTER ("user" IS NOT NULL)
            FROM orders GROUP BY ALL""").fetchall():
        families[parent][child][line] = set(users or ())
    return families


def children_by_parent(db, zoom, is_lowest, k):
    """Parent key → child key → the users who ordered there. A null user is nobody.

    To fit in memory, children whose parent hides none of them come with a stand-in of k users: nothing is
    ever decided about those.
    """
    shift = CELL_LEVEL - (zoom + 6)
    parent = f"{ROOT}" if is_lowest else f'((col >> {shift + 1}) << 32) | ("row" >> {shift + 1})'
    db.execute(f"""
        CREATE OR REPLACE TEMP TABLE visits AS
        SELECT DISTINCT {parent} AS parent, ((col >> {shift}) << 32) | ("row" >> {shift}) AS child, "user"
        FROM orders""")
    db.execute("""CREATE OR REPLACE TEMP TABLE counted AS
        SELECT parent, child, count("user") AS users FROM visits GROUP BY ALL""")
    families = defaultdict(dict)
    for parent_key, child in db.execute(f"""
            SELECT parent, child FROM counted WHERE parent NOT IN
            (SELECT parent FROM counted WHERE users < {k})""").fetchall():
        families[parent_key][child] = range(k)
    for parent_key, child, users in db.execute(f"""
            SELECT parent, child, list("user") FILTER ("user" IS NOT NULL) FROM visits
            WHERE parent IN (SELECT parent FROM counted WHERE users < {k}) GROUP BY ALL""").fetchall():
        families[parent_key][child] = set(users or ())
    return families


def hilbert(level, key):
    return zxy_to_tileid(level, key >> 32, key & 0xFFFFFFFF)
