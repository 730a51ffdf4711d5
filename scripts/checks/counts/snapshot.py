"""Compares a published snapshot with a slow, obvious computation from its input files.

Coverage: the great-circle distance of every vendor to every cell centre, as a matrix; every count,
packed count, area, target and ratio of every zoom must be equal, and so must the set of cells.
Vendors: every row of the tables, its grade and the marketing areas that contain it. Area statistics:
every number of every area of all three kinds. Exit status 1 and the first differences if anything differs.
"""

import argparse
import csv
import gzip
import json
import math
import sys
import time
from collections import defaultdict
from itertools import pairwise
from pathlib import Path

import mapbox_vector_tile
import numpy as np
import pyarrow.parquet as parquet

from checks.lib.archive import Archive
from checks.lib.areas import normalised, positions_in, read_all_areas
from checks.lib.orders import read_config

EARTH_RADIUS_M = 6_371_008.8
LEVEL = 18
GRADES = ["A+", "A", "A-", "B", "B-", "C", "C-", "D", "D-", "E", "E-", "F", "Not Enough Rate", "Ungraded"]
DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
FIRST = 10


def main():
    args = parse_arguments()
    data, store = Path(args.data), Path(args.store)
    cities = read_config(args.config).cities
    manifest = json.loads(max((store / "manifests").glob("*.json")).read_text())
    options = table(store, manifest, "options")
    lines = options["lines"]
    areas = read_areas(data / "areas", cities)
    vendors = read_vendors(data, cities)
    targets = read_targets(data / "targets", cities, lines)
    place(vendors, areas)
    faults = []
    stats = table(store, manifest, "area-stats/vendors")
    ids = area_ids(stats)
    for city in cities:
        faults += compare_vendors(city, table(store, manifest, f"vendors/{city['key']}"), vendors, ids)
    faults += compare_stats(stats, vendors, read_all_areas(data, cities), lines)
    archive = Archive(next((store / "archives/coverage/now").glob(digest(manifest, "coverage") + ".pmtiles")))
    grids, seconds = count(vendors, cities, lines)
    cells, differences = compare_coverage(archive, grids, areas, targets, ids, lines)
    faults += differences
    for line in faults[:FIRST]:
        print(line, file=sys.stderr)
    figures = {
        "vendors": len(vendors),
        "areas": len(stats["areas"]),
        "cells": cells,
        "differences": len(faults),
        "matrix_seconds": round(seconds, 2),
    }
    if args.report:
        ours = json.loads(Path(args.report).read_text())["seconds"]["count coverage"]
        figures |= {"spans_seconds": round(ours, 3), "times_faster": round(seconds / ours)}
    print(json.dumps(figures))
    sys.exit(1 if faults else 0)


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", required=True, help="directory that `tilegen sample` wrote")
    parser.add_argument("--store", required=True, help="folder that `tilegen snapshot` published into")
    parser.add_argument("--report", help="the build's report, to compare its time with the matrix's")
    parser.add_argument("--config", help="the TOML file that tilegen was given")
    return parser.parse_args()


def digest(manifest, layer):
    return next(entry["digest"] for entry in manifest["layers"] if entry["layer"] == layer)


def table(store, manifest, name):
    entry = next(entry for entry in manifest["tables"] if entry["name"] == name)
    packed = (store / "tables" / name / entry["slot"] / f"{entry['digest']}.json.gz").read_bytes()
    return json.loads(gzip.decompress(packed))


def rows_of(path):
    with open(path, encoding="utf-8-sig", newline="") as file:
        yield from csv.DictReader(file)


def read_areas(folder, cities):
    """(city id, normalised name) to ring of the marketing areas."""
    areas = {}
    for city in cities:
        for row in rows_of(folder / f"{city['key']}.csv"):
            ring = row["WKT"].removeprefix("POLYGON ((").removesuffix("))").split(", ")
            areas[city["id"], normalised(row["name"])] = np.array([[float(n) for n in at.split()] for at in ring])
    return areas


def read_targets(folder, cities, lines):
    return {
        (city["id"], normalised(row["marketing_area"])): {line: int(row[line]) for line in lines if row.get(line)}
        for city in cities
        for row in rows_of(folder / f"{city['key']}.csv")
    }


def read_vendors(data, cities):
    """Valid vendors by (platform, code), with the best grade of both files."""
    best: dict[tuple[str | None, str], int] = {}

    def put(key, grade):
        if grade in GRADES:
            best[key] = min(best.get(key, 99), GRADES.index(grade))

    for row in rows_of(data / "grades.csv"):
        put((None, row["vendor_code"]), row["grade"])
    for row in rows_of(data / "grades_b.csv"):
        put(("snappfood", row["sf_vendor_code"]), row["grade"])
        if row["is_dual"] == "1":
            put(("tapsifood", row["tf_vendor_code"]), row["grade"])
    known = {city["id"] for city in cities}
    vendors: dict[tuple[str, str], dict] = {}
    for row in parquet.read_table(data / "vendors/snapshot.parquet").to_pylist():
        if row["latitude"] is None or row["longitude"] is None or row["city_id"] not in known:
            continue
        platform = row["vendor_source"] or "tapsifood"
        code = row["vendor_code"]
        row["grade"] = min(best.get((None, code), 13), best.get((platform, code), 13))
        row["radius_m"] = 3000 if row["radius"] is None else round(row["radius"] * 1000)
        row["counts"] = row["status_id"] == 5 and row["visible"] == 1
        vendors.setdefault((platform, code), row)
    return vendors


def inside(ring, lng, lat):
    """The even-odd rule for arrays of positions."""
    odd = np.zeros(len(lng), bool)
    for (x1, y1), (x2, y2) in pairwise(ring):
        if y1 != y2:
            crosses = (y1 > lat) != (y2 > lat)
            odd ^= crosses & (lng < (x2 - x1) * (lat - y1) / (y2 - y1) + x1)
    return odd


def place(vendors, areas):
    lng = np.array([vendor["longitude"] for vendor in vendors.values()])
    lat = np.array([vendor["latitude"] for vendor in vendors.values()])
    for vendor in vendors.values():
        vendor["areas"] = set()
    rows = list(vendors.values())
    for key, ring in areas.items():
        for index in np.flatnonzero(inside(ring, lng, lat)):
            rows[index]["areas"].add(key)


def area_ids(stats):
    """(city id, normalised name) to id of the marketing areas."""
    return {
        (area["city"], normalised(area["name"])): area["id"] for area in stats["areas"] if area["kind"] == "marketing"
    }


def compare_vendors(city, found, vendors, ids):
    faults, columns, seen = [], found["columns"], set()
    for row in range(found["count"]):
        key = (found["platforms"][columns["platform"][row]], columns["code"][row])
        seen.add(key)
        vendor = vendors.get(key)
        if vendor is None:
            faults.append(f"{key} is not a vendor of the snapshot")
            continue
        expected = {
            "line": found["lines"].index(vendor["business_line"]),
            "grade": vendor["grade"],
            "lng_e7": round(vendor["longitude"] * 1e7),
            "lat_e7": round(vendor["latitude"] * 1e7),
            "radius_m": vendor["radius_m"],
            "status": vendor["status_id"],
            "name": (vendor["vendor_name"] or "").strip(),
        } | {
            name: vendor[name]
            for name in (
                "vendor_status",
                "visible",
                "open",
                "availability",
                "own_delivery",
                "ofood_delivery",
                "is_express",
                "is_dual",
            )
        }
        faults += [
            f"{key} has {name} = {columns[name][row]}, the file says {value}"
            for name, value in expected.items()
            if columns[name][row] != value
        ]
        areas = {found["areas"][number] for number in columns["marketing"][row]}
        if areas != {ids[area] for area in vendor["areas"]}:
            faults.append(f"{key} is in the areas {areas}, the polygons say {vendor['areas']}")
    of_city = {key for key, vendor in vendors.items() if vendor["city_id"] == city["id"]}
    return faults + [f"vendor {key} is missing or extra" for key in seen ^ of_city]


def compare_stats(stats, vendors, areas, lines):
    """Several areas may have one kind and name; their numbers are compared without order."""
    rows = [(platform, vendor) for (platform, _), vendor in vendors.items()]
    held = positions_in(
        areas, *([round(vendor[axis] * 1e7) / 1e7 for _, vendor in rows] for axis in ("longitude", "latitude"))
    )
    found, expected = defaultdict(list), defaultdict(list)
    for area in stats["areas"]:
        found[area["kind"], area["city"], normalised(area["name"])].append(
            {name: area[name] for name in ("population", "all", "default")}
        )
    for area, members in zip(areas, held):
        inside = [rows[row] for row in members]
        expected[area.kind, area.city, area.name].append(
            {
                "population": area.population,
                "all": vendor_stats(inside, area, stats, lines),
                "default": vendor_stats([row for row in inside if row[1]["counts"]], area, stats, lines),
            }
        )
    return [
        f"area {key} has {found[key]}, the reference {expected[key]}"
        for key in found.keys() | expected.keys()
        if ordered(found[key]) != ordered(expected[key])
    ]


def ordered(rows):
    return sorted(json.dumps(row, sort_keys=True) for row in rows)


def vendor_stats(rows, area, stats, lines):
    return {
        "total": len(rows),
        "by_grade": [sum(vendor["grade"] == grade for _, vendor in rows) for grade in range(14)],
        "by_platform": [sum(p == platform for p, _ in rows) for platform in stats["platforms"]],
        "by_line": [sum(vendor["business_line"] == line for _, vendor in rows) for line in lines],
        "per_10k": len(rows) * 10_000 / area.population if area.population else None,
    }


def centres(box):
    """Columns and rows whose centres are in a box, and the longitudes and latitudes of the centres."""
    side = 2**LEVEL
    west, south, east, north = box
    columns = np.arange(int((west + 180) / 360 * side) - 2, int((east + 180) / 360 * side) + 3)
    first, last = ((0.5 - math.atanh(math.sin(math.radians(lat))) / (2 * math.pi)) * side for lat in (north, south))
    rows = np.arange(int(first) - 2, int(last) + 3)
    lng = (columns + 0.5) / side * 360 - 180
    lat = np.degrees(np.arctan(np.sinh(np.pi * (1 - 2 * (rows + 0.5) / side))))
    in_x, in_y = (lng >= west) & (lng <= east), (lat >= south) & (lat <= north)
    return columns[in_x], rows[in_y], lng[in_x], lat[in_y]


def count(vendors, cities, lines):
    """For each city its grid and the counts by cell, line and grade, from all distances of vendors near each row."""
    chosen = [vendor for vendor in vendors.values() if vendor["counts"]]
    lng = np.radians([round(vendor["longitude"] * 1e7) / 1e7 for vendor in chosen])[:, None]
    lat = np.radians([round(vendor["latitude"] * 1e7) / 1e7 for vendor in chosen])[:, None]
    radius = np.array([vendor["radius_m"] for vendor in chosen], float)[:, None]
    pair = np.array([lines.index(vendor["business_line"]) * 14 + vendor["grade"] for vendor in chosen])
    one_hot = np.zeros((len(lines) * 14, len(chosen)), np.float32)
    one_hot[pair, np.arange(len(chosen))] = 1
    grids, seconds = [], 0.0
    for city in cities:
        columns, rows, cell_lng, cell_lat = centres(city["box"])
        cell_lng, counts = np.radians(cell_lng)[None, :], []
        for row_lat in np.radians(cell_lat):
            started = time.perf_counter()
            # A vendor is at least as far from a cell as from the parallel of the cell's row.
            near = (np.abs(row_lat - lat) * EARTH_RADIUS_M <= radius + 1)[:, 0]
            lats, lngs = lat[near], lng[near]
            across = np.cos(lats) * np.cos(row_lat) * np.sin((cell_lng - lngs) / 2) ** 2
            root = np.sin((row_lat - lats) / 2) ** 2 + across
            covers = 2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(root)) <= radius[near]
            counts.append((one_hot[:, near] @ covers.astype(np.float32)).T.astype(np.int64))
            seconds += time.perf_counter() - started
        grids.append((columns, rows, np.degrees(cell_lng[0]), cell_lat, np.stack(counts)))
    return grids, seconds


def areas_at(areas, ids, lng, lat):
    """For each position the key of the marketing area with the least id; None outside."""
    best = np.full(len(lng), 2**62)
    south, north = lat.min(), lat.max()
    for key, ring in areas.items():
        if ring[:, 1].max() < south or ring[:, 1].min() > north:
            continue
        held = inside(ring, lng, lat)
        best[held] = np.minimum(best[held], ids[key])
    keys = {ids[key]: key for key in areas}
    return [keys.get(int(found)) for found in best]


def compare_coverage(archive, grids, areas, targets, ids, lines):
    sums, parts, covered, shown = {}, defaultdict(int), defaultdict(int), set()
    for columns, rows, _, _, counts in grids:
        cell_lng, cell_lat = centre_of(LEVEL, columns, rows)
        for row, lat, of_row in zip(rows, cell_lat, counts):
            held = areas_at(areas, ids, cell_lng, np.full(len(cell_lng), lat))
            for column, area, pairs in zip(columns, held, of_row):
                key = (int(column), int(row))
                sums[key], parts[key] = pairs, 1
                covered[key] = int(pairs.any())
                if area is not None or covered[key]:
                    shown.add(key)
    found, cells, faults = read_cells(archive), 0, []
    for zoom in range(12, 5, -1):
        expected = {key: attributes(zoom, key, sums[key], parts[key], covered[key], lines) for key in shown}
        keys = list(expected)
        lng, lat = centre_of(zoom + 6, np.array([k[0] for k in keys]), np.array([k[1] for k in keys]))
        for key, area in zip(keys, areas_at(areas, ids, lng, lat)):
            if area is not None:
                of_area(zoom, expected[key], ids[area], targets.get(area, {}), lines)
        cells += len(keys)
        faults += [f"zoom {zoom}: cell {key} is missing or extra" for key in set(expected) ^ set(found[zoom])]
        faults += [
            f"zoom {zoom}: cell {key} has {found[zoom][key]}, the reference {expected[key]}"
            for key in set(expected) & set(found[zoom])
            if expected[key] != found[zoom][key]
        ]
        above: dict[tuple[int, int], np.ndarray] = {}
        above_parts: dict[tuple[int, int], int] = defaultdict(int)
        above_covered: dict[tuple[int, int], int] = defaultdict(int)
        for (column, row), pairs in sums.items():
            key = (column >> 1, row >> 1)
            above[key] = above[key] + pairs if key in above else pairs
            above_parts[key] += parts[column, row]
            above_covered[key] += covered[column, row]
        shown = {(column >> 1, row >> 1) for column, row in shown}
        sums, parts, covered = above, defaultdict(int, above_parts), defaultdict(int, above_covered)
    return cells, faults


def centre_of(level, columns, rows):
    side = 2**level
    return ((columns + 0.5) / side * 360 - 180, np.degrees(np.arctan(np.sinh(np.pi * (1 - 2 * (rows + 0.5) / side)))))


def attributes(zoom, key, pairs, parts, covered, lines):
    matrix = pairs.reshape(len(lines), 14)
    exact = [int(pairs.sum()), *map(int, matrix.sum(1)), *map(int, matrix.sum(0))]
    names = ["total", *(f"l{i}" for i in range(len(lines))), *(f"g{i}" for i in range(14))]
    if zoom < 12:
        exact = [math.floor(100.0 * value / parts + 0.5) / 100 for value in exact]
    values = {name: value for name, value in zip(names, exact) if value or name == "total"}
    if zoom < 12:
        return values | {"share": math.floor(1000.0 * covered / parts + 0.5) / 1000}
    packed = pack(pairs)
    return values | ({"packed": packed} if packed else {})


def of_area(zoom, values, area, targets, lines):
    values["area"] = area
    for line, target in targets.items():
        i = lines.index(line)
        ratio = values.get(f"l{i}", 0) / target if target else 2.0
        values[f"t{i}"] = target
        values[f"r{i}"] = ratio if zoom == 12 else math.floor(ratio * 1000) / 1000


def pack(pairs):
    text, following = "", 0
    for place in np.flatnonzero(pairs):
        for number in (int(place) - following, int(pairs[place])):
            while number >= 32:
                text += DIGITS[number % 32 + 32]
                number //= 32
            text += DIGITS[number]
        following = int(place) + 1
    return text


def read_cells(archive):
    """Attributes by zoom, and by column and row, from an independent decoder."""
    zooms: dict[int, dict[tuple[int, int], dict]] = defaultdict(dict)
    for z, x, y, data in archive.tiles():
        layers = mapbox_vector_tile.decode(gzip.decompress(data), default_options={"y_coord_down": True})
        cell_units = layers["coverage"]["extent"] // 64
        for feature in layers["coverage"]["features"]:
            column, row = (n // cell_units for n in feature["geometry"]["coordinates"])
            zooms[z][x * 64 + column, y * 64 + row] = feature["properties"]
    return zooms


if __name__ == "__main__":
    main()
