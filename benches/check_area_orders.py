"""Compares the table `area-stats/orders` with a slow, obvious computation from the orders themselves.

Every order is tested against the polygons of every area (shapely), on a border too; users are counted
as sets. Every number of every area, window and line must be equal. Exit status 1 and the first
differences otherwise.
"""

import argparse
import csv
import gzip
import json
import sys
import time
import unicodedata
from collections import defaultdict
from datetime import date
from pathlib import Path

import numpy as np
import shapefile
import shapely
from orders import Orders, read_config

FIRST = 10


def main():
    args = parse_arguments()
    started = time.perf_counter()
    data, store = Path(args.data), Path(args.store)
    config = read_config(args.config)
    table = read_table(store)
    areas = read_areas(data, config.cities)
    orders = Orders(str(data / "orders"), config, "all")
    found, expected = defaultdict(list), defaultdict(list)
    for area in table["areas"]:
        found[area["kind"], area["city"], plain(area["name"])].append(area["windows"])
    for key, stats in reference(orders, areas, table):
        expected[key].append(stats)
    said = [f"{key}: the table has {found.get(key)}, the reference {expected.get(key)}"
            for key in sorted(found.keys() | expected.keys())
            if ordered(found.get(key, [])) != ordered(expected.get(key, []))]
    for line in said[:FIRST]:
        print(line, file=sys.stderr)
    numbers = sum(len(stats) * 2 * (2 + 2 * len(table["lines"])) for stats in expected.values())
    print(json.dumps({"areas": len(areas), "orders": orders.one("SELECT count(*) FROM orders"), "numbers": numbers,
                      "differences": len(said), "seconds": round(time.perf_counter() - started, 2)}))
    sys.exit(1 if said else 0)


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__)
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


def plain(name):
    """Names differ in form only: Arabic letters and spaces."""
    name = unicodedata.normalize("NFKC", name).replace("ي", "ی").replace("ك", "ک")
    return "".join(c for c in name if not c.isspace() and unicodedata.category(c) not in ("Cf", "Mn"))


def read_areas(data, cities):
    """Kind, city id, name and polygon of every area."""
    areas = []
    for city in cities:
        with open(data / "areas" / f"{city['key']}.csv", encoding="utf-8-sig", newline="") as file:
            areas += [("marketing", city["id"], row["name"], shapely.from_wkt(row["WKT"]))
                      for row in csv.DictReader(file)]
    for kind, folder, column in (("region", "regions", "name"), ("neighbourhood", "neighbourhoods", "NAME_MAHAL")):
        for path in sorted((data / folder).glob("*.shp")):
            with shapefile.Reader(str(path), encoding="utf-8") as reader:
                column = next(field[0] for field in reader.fields if field[0].lower() == column.lower())
                for record in reader.iterShapeRecords():
                    polygon = shapely.geometry.shape(record.shape.__geo_interface__)
                    areas.append((kind, city_of(polygon, cities), record.record[column], polygon))
    return areas


def city_of(polygon, cities):
    at = polygon.representative_point()
    return next(city["id"] for city in cities
                if city["box"][0] <= at.x <= city["box"][2] and city["box"][1] <= at.y <= city["box"][3])


def reference(orders, areas, table):
    rows = orders.db.execute("""SELECT lng, lat, line, "user", day FROM judged WHERE reason IS NULL""").fetchall()
    points = shapely.points(np.array([(lng, lat) for lng, lat, *_ in rows]))
    held, of_area = shapely.STRtree(points).query([polygon for *_, polygon in areas], predicate="intersects"), {}
    for area, order in zip(*held):
        of_area.setdefault(area, []).append(rows[order])
    for number, (kind, city, name, _) in enumerate(areas):
        stats = {}
        for window, days in table["windows"].items():
            first, last = map(date.fromisoformat, days)
            inside = [row for row in of_area.get(number, []) if first <= row[4] <= last]
            stats[window] = count(inside, table["lines"])
        yield (kind, city, plain(name)), stats


def count(rows, lines):
    of_line = [[row for row in rows if row[2] == line] for line in lines]
    return {"orders": len(rows), "users": users(rows), "orders_by_line": [len(rows) for rows in of_line],
            "users_by_line": [users(rows) for rows in of_line]}


def users(rows):
    return len({row[3] for row in rows if row[3] is not None})


def ordered(stats):
    return sorted(json.dumps(stats, sort_keys=True) for stats in stats)


if __name__ == "__main__":
    main()
