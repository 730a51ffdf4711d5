"""Measures what an attacker learns by subtracting two successive public archives.

For each step two public archives are built, one step apart. An attacker can subtract every place that both publish: a
cell shown in both, and the rest of a parent shown in both (or of the whole) without the children shown in both. The
true orders give the number of distinct users whose orders left or entered there. A place isolates users if a
published figure differs and the users are fewer than k. Exit status 1 if a difference between the archives is not the
true one.
"""

import argparse
import subprocess
import sys
import tempfile
from datetime import timedelta
from glob import glob

import duckdb
import numpy as np

from checks.counts.cells import MAX_ZOOM, MIN_ZOOM, published_days
from checks.lib.archive import Archive
from checks.lib.orders import CELL_LEVEL, Orders, read_config

WHOLE, NOWHERE, NO_USER = -1, -1, 0


def main():
    args = parse_arguments()
    with tempfile.TemporaryDirectory(dir=args.temporary) as folder:
        orders = args.orders or sample(args, f"{folder}/sample")
        print(
            table_row(
                "step",
                "zoom",
                "cells",
                "differ",
                "1 user",
                *(f"{n} users" for n in range(2, args.min_users)),
                "line figures",
                "±1 is one user",
            )
        )
        for step in args.step:
            measure(args, orders, step, f"{folder}/{step}")


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tilegen", required=True)
    parser.add_argument("--orders", help="folder of parquet; demo orders if omitted")
    parser.add_argument("--rows", type=int, default=1_000_000, help="demo orders, over --days")
    parser.add_argument("--days", type=int, default=100, help="at least 31 days and three of the longest step less one")
    parser.add_argument("--step", type=int, action="append", help="days; may be repeated; 1, 7 and 28 if omitted")
    parser.add_argument("--min-users", type=int, default=5)
    parser.add_argument("--temporary", help="folder for temporary files")
    args = parser.parse_args()
    args.step = args.step or [1, 7, 28]
    return args


def sample(args, folder):
    run(args.tilegen, "sample", "--out", folder, "--orders", args.rows, "--days", args.days)
    return f"{folder}/orders"


def run(*command):
    subprocess.run([str(word) for word in command], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def measure(args, orders, step, folder):
    later = build(args, orders, step, f"{folder}/later")
    _, last = published_days(later.metadata)
    earlier = build(args, orders, step, f"{folder}/earlier", last - timedelta(step))
    changed = changed_orders(orders, earlier, later, f"{folder}/earlier.parquet")
    before, after = earlier.zooms(), later.zooms()
    met, parents = set(), np.array([WHOLE])
    for zoom in range(MIN_ZOOM, MAX_ZOOM + 1):
        shown = np.intersect1d(before[zoom].keys, after[zoom].keys)
        check_differences(zoom, shown, before[zoom], after[zoom], changed)
        db = placed(changed, places_at(zoom, shown, parents, changed))
        print(table_row(f"{step} d", zoom, len(shown), *isolated(db, args.min_users)))
        met |= few_users(db, args.min_users)
        parents = shown
    users = len(np.unique(changed["user_rank"])) - int(NO_USER in changed["user_rank"])
    print(
        f"{step} d: {len(met)} of the {users} users who left or entered are among fewer than "
        f"{args.min_users} in some place ({len(met) / users:.0%})",
        flush=True,
    )


def build(args, orders, step, store, as_of=None):
    run(
        args.tilegen,
        "density",
        "--orders",
        orders,
        "--store",
        store,
        "--layer",
        "density-public",
        "--public-step",
        step,
        "--public-overlap",
        "--min-users",
        args.min_users,
        *(["--as-of", as_of] if as_of else []),
    )
    return Archive(glob(f"{store}/archives/density-public/28d/*.pmtiles")[0])


def changed_orders(path, earlier, later, spare):
    """The orders that only one of the archives counts, with sign: −1 those that left, +1 those that entered."""
    names = later.metadata["lines"]
    before, after = (
        Orders(
            path,
            read_config(None),
            as_of=str(published_days(archive.metadata)[1]),
            days=published_days(archive.metadata),
        )
        for archive in (earlier, later)
    )
    counted = 'SELECT place, col, "row", line, organic, "user" FROM validated WHERE reason IS NULL'
    before.db.execute(f"COPY ({counted}) TO '{spare}'")
    table = after.db.execute(f"""
        SELECT col, "row", coalesce(organic, -1) AS organic, list_position({names!r}, line) - 1 AS line,
            CASE WHEN "user" IS NULL THEN {NO_USER} ELSE dense_rank() OVER (ORDER BY "user") END AS user_rank, sign
        FROM (SELECT *, -1 AS sign FROM '{spare}' WHERE place NOT IN (SELECT place FROM ({counted}))
              UNION ALL
              SELECT *, 1 AS sign FROM ({counted}) WHERE place NOT IN (SELECT place FROM '{spare}'))""").fetchnumpy()
    return {name: np.asarray(column).astype(np.int64) for name, column in table.items()}


def keys_at(zoom, changed):
    shift = CELL_LEVEL - (zoom + 6)
    return (changed["col"] >> shift << 32) | (changed["row"] >> shift)


def parent_of(zoom, keys):
    return np.full(len(keys), WHOLE) if zoom == MIN_ZOOM else (keys >> 33 << 32) | ((keys & 0xFFFFFFFF) >> 1)


def places_at(zoom, shown, parents, changed):
    """For each changed order the place that publishes it: its cell, or the rest of its parent, or none."""
    keys = keys_at(zoom, changed)
    parent = parent_of(zoom, keys)
    rest = np.where(np.isin(parent, parents), -2 - parent, NOWHERE)
    return np.where(np.isin(keys, shown), keys, rest)


def placed(changed, place):
    """A database with the table `changed`: the orders that some place publishes."""
    db = duckdb.connect()
    known = place != NOWHERE
    known_orders = {name: column[known] for name, column in {**changed, "place": place}.items()}  # noqa: F841  DuckDB reads it
    db.execute("CREATE TABLE changed AS FROM known_orders")
    return db


def isolated(db, k):
    """Places that differ; those of 1 … k − 1 users; such line figures; differences of one that are one user's."""
    users, change = differing(db, "place")
    line_users, _ = differing(db, "place, line")
    of_one = users[np.abs(change) == 1]
    alone = f"{(of_one == 1).mean():.0%} of {len(of_one)}" if len(of_one) else "–"
    return len(users), *((users == n).sum() for n in range(1, k)), ((line_users > 0) & (line_users < k)).sum(), alone


def differing(db, by):
    """Distinct users and net change of each group of changed orders in which a published figure differs.

    Every published count of orders is a sum over (line, organic), so one differs if and only if one of
    those does.
    """
    groups = db.execute(f"""
        SELECT count(DISTINCT user_rank) FILTER (user_rank <> {NO_USER}) AS users, sum(sign)::BIGINT AS change
        FROM changed GROUP BY {by}
        HAVING ({by}) IN (SELECT DISTINCT ({by}) FROM
            (SELECT place, line, organic FROM changed GROUP BY ALL HAVING sum(sign) <> 0))""").fetchnumpy()
    return np.asarray(groups["users"]), np.asarray(groups["change"])


def few_users(db, k):
    """The users who are among fewer than k in a place where a figure differs."""
    return {
        user_rank
        for (user_rank,) in db.execute(f"""
        SELECT DISTINCT user_rank FROM changed WHERE user_rank <> {NO_USER} AND place IN (
            SELECT place FROM changed GROUP BY place
            HAVING count(DISTINCT user_rank) FILTER (user_rank <> {NO_USER}) < {k})
        AND place IN (SELECT place FROM (
            SELECT place FROM changed GROUP BY place, line, organic HAVING sum(sign) <> 0))""").fetchall()
    }


def check_differences(zoom, shown, before, after, changed):
    """The archives must differ by the true orders; otherwise the other figures mean nothing."""
    keys = keys_at(zoom, changed)
    inside = np.isin(keys, shown)
    true = np.bincount(np.searchsorted(shown, keys[inside]), weights=changed["sign"][inside], minlength=len(shown))
    published = orders_of(after, shown) - orders_of(before, shown)
    if (published != true).any():
        sys.exit(f"zoom {zoom}: {(published != true).sum()} of {len(shown)} cells do not differ by the true orders")


def orders_of(found, keys):
    return found.counts["orders"][np.searchsorted(found.keys, keys)]


def table_row(*cells):
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


if __name__ == "__main__":
    main()
