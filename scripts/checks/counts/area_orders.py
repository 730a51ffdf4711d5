"""Compares the table `area-stats/orders` with a slow, obvious computation from the orders.

It tests every order against the polygon of every area (shapely); a position on a border is inside. Users are counted
as sets. Every number of every area, window and line must be equal. Exit status 1 and the first differences otherwise.
"""

import argparse
import gzip
import json
import sys
import time
from collections import defaultdict
from datetime import date
from pathlib import Path

from checks.lib.areas import normalised, positions_in, read_all_areas
from checks.lib.orders import Orders, read_config

FIRST = 10


def main():
    args = parse_arguments()
    started = time.perf_counter()
    data, store = Path(args.data), Path(args.store)
    config = read_config(args.config)
    table = read_table(store)
    areas = read_all_areas(data, config.cities)
    orders = Orders(str(data / "orders"), config, "all")
    found, expected = defaultdict(list), defaultdict(list)
    for area in table["areas"]:
        found[area["kind"], area["city"], normalised(area["name"])].append(area["windows"])
    for key, stats in reference(orders, areas, table):
        expected[key].append(stats)
    faults = [
        f"{key}: the table has {found.get(key)}, the reference {expected.get(key)}"
        for key in sorted(found.keys() | expected.keys())
        if ordered(found.get(key, [])) != ordered(expected.get(key, []))
    ]
    for line in faults[:FIRST]:
        print(line, file=sys.stderr)
    numbers = sum(len(stats) * 2 * (2 + 2 * len(table["lines"])) for stats in expected.values())
    print(
        json.dumps(
            {
                "areas": len(areas),
                "orders": orders.one("SELECT count(*) FROM orders"),
                "numbers": numbers,
                "differences": len(faults),
                "seconds": round(time.perf_counter() - started, 2),
            }
        )
    )
    sys.exit(1 if faults else 0)


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", required=True, help="directory that `tilegen sample` wrote")
    parser.add_argument("--store", required=True, help="folder that `tilegen area-stats` published into")
    parser.add_argument("--config", help="the TOML file that tilegen was given")
    return parser.parse_args()


def read_table(store):
    manifest = json.loads(max((store / "manifests").glob("*.json")).read_text())
    entry = next(entry for entry in manifest["tables"] if entry["name"] == "area-stats/orders")
    assert entry["visibility"] == "internal", "order statistics have no floor, so they are internal"
    path = next(store.glob(f"tables/**/{entry['digest']}*"))
    return json.loads(gzip.decompress(path.read_bytes()))


def reference(orders, areas, table):
    rows = orders.db.execute("""SELECT lng, lat, line, "user", day FROM validated WHERE reason IS NULL""").fetchall()
    held = positions_in(areas, [row[0] for row in rows], [row[1] for row in rows])
    for area, members in zip(areas, held):
        stats = {}
        for window, days in table["windows"].items():
            first, last = map(date.fromisoformat, days)
            inside = [rows[order] for order in members if first <= rows[order][4] <= last]
            stats[window] = count(inside, table["lines"])
        yield (area.kind, area.city, area.name), stats


def count(rows, lines):
    of_line = [[row for row in rows if row[2] == line] for line in lines]
    return {
        "orders": len(rows),
        "users": users(rows),
        "orders_by_line": [len(rows) for rows in of_line],
        "users_by_line": [users(rows) for rows in of_line],
    }


def users(rows):
    return len({row[3] for row in rows if row[3] is not None})


def ordered(stats):
    return sorted(json.dumps(stats, sort_keys=True) for stats in stats)


if __name__ == "__main__":
    main()
