"""The plain peer: order parquet to a density archive with DuckDB, its spatial extension and Python.

The same cells, attributes and checks as `duckdb_density.py`, without its optimisations: one column for each count,
every zoom rolled up from the one below, distinct users by DISTINCT at every zoom, gzip by Python's zlib (level 6).
This is the pipeline that users assemble today; `duckdb_density.py` is our best version of it.
"""

import gzip

from duckdb_density import MAX_ZOOM, MIN_ZOOM, build, tile_id


def main():
    build(count_cells, encode_zooms)


def count_cells(db, lines):
    """Makes `cells{z}`: key, orders, organic, unknown, users, and the four of each line."""
    count = len(lines)
    sums = {
        f"{letter}{i}": f"count(*) FILTER (line = {i}{condition})"
        for i in range(count)
        for letter, condition in (("l", ""), ("o", " AND organic = 1"), ("x", " AND organic = 2"))
    }
    db.execute(f"""CREATE TEMP TABLE sums{MAX_ZOOM} AS
        SELECT key, {", ".join(f"{counted} AS {name}" for name, counted in sums.items())} FROM valid GROUP BY 1""")
    db.execute(f"""CREATE TEMP TABLE visits{MAX_ZOOM} AS
        SELECT DISTINCT user_id, line, key FROM valid WHERE user_id IS NOT NULL""")
    for zoom in range(MAX_ZOOM, MIN_ZOOM - 1, -1):
        if zoom < MAX_ZOOM:
            rolled_up = ", ".join(f"sum({name}) AS {name}" for name in sums)
            db.execute(
                f"CREATE TEMP TABLE sums{zoom} AS SELECT key >> 2 AS key, {rolled_up} FROM sums{zoom + 1} GROUP BY 1"
            )
            db.execute(f"""CREATE TEMP TABLE visits{zoom} AS
                SELECT DISTINCT user_id, line, key >> 2 AS key FROM visits{zoom + 1}""")
        users = ", ".join(f"count(*) FILTER (line = {i}) AS u{i}" for i in range(count))
        db.execute(f"""CREATE TEMP TABLE cells{zoom} AS
            SELECT * FROM sums{zoom}
            LEFT JOIN (
                SELECT key, count(DISTINCT user_id) AS users, {users} FROM visits{zoom} GROUP BY 1
            ) USING (key)""")


def encode_zooms(db, lines):
    """Every zoom's tiles as (tile id, gzip bytes), and each zoom's totals."""
    names = ["users"] + [f"{letter}{i}" for i in range(len(lines)) for letter in "loxu"]
    total = {
        name: " + ".join(f"{letter}{i}" for i in range(len(lines)))
        for name, letter in (("orders", "l"), ("organic", "o"), ("unknown", "x"))
    }
    properties = [f'"{name}" := nullif(({counted})::INTEGER, 0)' for name, counted in total.items()]
    properties += [f'"{name}" := nullif({name}::INTEGER, 0)' for name in names]
    tiles, totals = [], {}
    for zoom in range(MIN_ZOOM, MAX_ZOOM + 1):
        rows = db.execute(f"""
            SELECT key >> 12, count(*), sum({total["orders"]}), ST_AsMVT(struct_pack(
                geometry := ST_Point(2 * squash(key) + 1, 2 * squash(key >> 1) + 1), {", ".join(properties)}),
                'density', 128, 'geometry')
            FROM cells{zoom} GROUP BY 1""").fetchall()
        totals[str(zoom)] = {
            "orders": int(sum(row[2] for row in rows)),
            "cells": sum(row[1] for row in rows),
            "tiles": len(rows),
        }
        tiles += [(tile_id(zoom, row[0]), gzip.compress(row[3], 6, mtime=0)) for row in rows]
    return sorted(tiles), totals


if __name__ == "__main__":
    main()
