"""Compares every cell, zoom and attribute of an archive with a brute-force query over the parquet files.

Without a floor the archive must contain exactly the cells of the query. With one (`--min-users`, or the archive's own
`min_users`) every shown cell must be exact. The set of shown cells, and with `--floor-lines` the set of their lines,
must be the one that the rules of the floor define; it is computed here a second time with sets of users. Exit status 1
and the first differences if anything differs.
"""

import argparse
import json
import sys
import time
from datetime import date

import numpy as np

from checks.lib.archive import Archive, ArchiveError
from checks.lib.floor import published_lines, shown_cells
from checks.lib.orders import CELL_LEVEL, Orders, read_config

MIN_ZOOM, MAX_ZOOM = 5, 14
PROBABILITIES = [0, 0.05, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 1]
FIRST = 10


def main():
    args = parse_arguments()
    # Every archive is compared before the exit status says that one of them differs.
    differences = [compare(args, archive) for archive in args.archive]
    if any(differences):
        sys.exit(1)


def compare(args, path):
    """Compare one archive and print the result; the number of differences."""
    started = time.perf_counter()
    try:
        archive = Archive(path)
        zooms = archive.zooms()
        lines = archive.metadata["lines"]
        orders = Orders(
            args.orders,
            read_config(args.config),
            args.window,
            args.as_of or last_day_read(archive.metadata),
            None if args.window else published_days(archive.metadata),
        )
        k = args.min_users or archive.metadata.get("min_users", 1)
        differences = other_days(orders, archive.metadata, args.figures)
        shown = shown_cells(orders.db, k, MIN_ZOOM, MAX_ZOOM) if k > 1 else None
        by_line = k > 1 and archive.metadata.get("floor_lines", False)
        published = published_lines(orders.db, shown, k, MIN_ZOOM, MAX_ZOOM) if by_line and shown is not None else None
        differences += missing_lines(orders.lines, lines) if k <= 1 else other_names(shown_lines(zooms, lines), lines)
        cells = 0
        for zoom in range(MIN_ZOOM, MAX_ZOOM + 1):
            keys, truth = brute_force(orders.db, zoom, lines)
            if shown is not None:
                keep = np.isin(keys, shown[zoom])
                keys, truth = keys[keep], {name: column[keep] for name, column in truth.items()}
            if published is not None:
                withhold_lines(keys, truth, published[zoom], lines)
            round_users(truth, archive.metadata.get("users_step", 1))
            cells += len(keys)
            differences += compare_cells(zoom, zooms.get(zoom), keys, truth)
            differences += compare_metadata(zoom, archive.metadata, len(keys), truth, args.figures)
            if args.figures:
                differences += compare_cities(zoom, archive.metadata, orders.config.cities, keys, truth)
    except ArchiveError as error:
        sys.exit(f"{path}: {error}")
    report(path, orders, k, cells, differences, time.perf_counter() - started)
    return len(differences)


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--orders", required=True, help="parquet file, directory or glob")
    parser.add_argument("--archive", required=True, nargs="+")
    parser.add_argument("--config", help="the TOML file that tilegen was given")
    parser.add_argument("--window", help="30d, 7d … or all; the days in the metadata if omitted")
    parser.add_argument("--as-of", help="last day of the build; by default the newest complete day with orders")
    parser.add_argument("--min-users", type=int, help="the floor; the archive's own if omitted")
    parser.add_argument(
        "--figures",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="compare totals and quantiles of the metadata too",
    )
    return parser.parse_args()


def published_days(metadata):
    return date.fromisoformat(metadata["from"]), date.fromisoformat(metadata["to"])


def other_days(orders, metadata, figures):
    """The metadata name the days that were counted; `all` starts with the first day of the data."""
    if not figures or orders.first == date.min:
        return []
    published = published_days(metadata)
    if published == (orders.first, orders.to):
        return []
    counted = f"{orders.first} to {orders.to}"
    return [f"the metadata names the days {published[0]} to {published[1]}, the window has {counted}"]


def brute_force(db, zoom, lines):
    """Every cell of a zoom from the orders: one GROUP BY, and one COUNT(DISTINCT) for each attribute."""
    columns = [
        'count(*) AS "orders"',
        'count(*) FILTER (organic = 1) AS "organic"',
        'count(*) FILTER (organic IS NULL) AS "unknown"',
        'count(DISTINCT "user") AS "users"',
    ]
    for i, name in named(lines):
        this = "line = '" + name.replace("'", "''") + "'"
        columns += [
            f"count(*) FILTER ({this}) AS l{i}",
            f"count(*) FILTER ({this} AND organic = 1) AS o{i}",
            f"count(*) FILTER ({this} AND organic IS NULL) AS x{i}",
            f'count(DISTINCT "user") FILTER ({this}) AS u{i}',
        ]
    shift = CELL_LEVEL - (zoom + 6)
    table = db.execute(f"""
        SELECT ((col >> {shift}) << 32) | ("row" >> {shift}) AS key, {", ".join(columns)}
        FROM orders GROUP BY 1 ORDER BY 1""").fetchnumpy()
    keys = np.asarray(table.pop("key"), np.int64)
    return keys, {name: np.asarray(column, np.int64) for name, column in table.items()}


def withhold_lines(keys, truth, published, lines):
    """Set the withheld lines of each cell to zero."""
    for i, name in named(lines):
        is_published = np.isin(keys, np.array([key for key, line in published if line == name], np.int64))
        for letter in "loxu":
            truth[f"{letter}{i}"] = np.where(is_published, truth[f"{letter}{i}"], 0)


def named(lines):
    """The lines that an archive names, each with its index. A public archive names no line that it never shows."""
    return [(i, name) for i, name in enumerate(lines) if name is not None]


def shown_lines(zooms, lines):
    """The names of the lines that some cell shows; a number for one that the archive does not name."""
    attributes = (item for found in zooms.values() for item in found.counts.items())
    shown = {int(name[1:]) for name, counts in attributes if name[0] == "l" and counts.any()}
    return {lines[i] if i < len(lines) and lines[i] is not None else i for i in shown}


def round_users(truth, step):
    """Published numbers of users are rounded down to multiples of a step."""
    for attribute in truth:
        if attribute == "users" or (attribute[0] == "u" and attribute != "unknown"):
            truth[attribute] -= truth[attribute] % step


def last_day_read(metadata):
    """A public window is read as of its own last day; other windows end with the newest day."""
    return metadata["to"] if metadata["name"] == "density-public" else None


def missing_lines(true, published):
    return [f"line {name!r} is not in the archive" for name in sorted(set(true) - set(published))]


def other_names(shown, published):
    """A public archive names exactly the lines that its cells show."""
    names = set(filter(None, published))
    return [f"line {name!r} is either named or shown, but not both" for name in sorted(map(str, shown ^ names))]


def compare_cells(zoom, found, keys, truth):
    """One sentence for each difference."""
    if found is None:
        return [f"zoom {zoom}: no tile, {len(keys)} cells expected"] if len(keys) else []
    faults = [f"zoom {zoom}: cell {name(key)} is not in the archive" for key in np.setdiff1d(keys, found.keys)]
    faults += [f"zoom {zoom}: cell {name(key)} should not be there" for key in np.setdiff1d(found.keys, keys)]
    faults += [f"zoom {zoom}: attribute {extra!r} is not known" for extra in sorted(set(found.counts) - set(truth))]
    both, here, there = np.intersect1d(keys, found.keys, assume_unique=True, return_indices=True)
    for attribute, column in truth.items():
        expected = column[here]
        stored = found.counts[attribute][there] if attribute in found.counts else np.zeros(len(both), np.int64)
        faults += [
            f"zoom {zoom}: cell {name(both[i])} has {attribute} = {stored[i]}, the query says {expected[i]}"
            for i in np.flatnonzero(expected != stored)
        ]
    return faults


def name(key):
    return f"{key >> 32}/{key & 0xFFFFFFFF}"


def compare_metadata(zoom, metadata, cells, truth, figures):
    """The totals of the metadata are the sums of the shown cells; each quantile is at its rank."""
    if not figures:
        return []
    faults = []
    totals = metadata["totals"].get(str(zoom), {})
    expected = {"cells": cells} | {key: int(truth[key].sum()) for key in ("orders", "organic", "unknown")}
    faults += [
        f"zoom {zoom}: totals say {key} = {totals.get(key)}, the query says {value}"
        for key, value in expected.items()
        if totals.get(key, 0) != value
    ]
    quantiles = metadata["quantiles"].get(str(zoom), {})
    for attribute, column in with_nonorganic(truth).items():
        positive = np.sort(column[column > 0])
        faults += [
            f"zoom {zoom}: quantiles of {attribute}: {text}"
            for text in quantile_faults(positive, quantiles.get(attribute))
        ]
    return faults


def compare_cities(zoom, metadata, cities, keys, truth):
    """The figures of a city are those of the cells whose centres lie in its bounds."""
    faults = []
    for city in cities:
        inside = centres_inside(zoom, keys, city["box"])
        own = {name: column[inside] for name, column in truth.items()}
        found = metadata["city_totals"].get(city["key"], {}).get(str(zoom), {})
        sums = {name: int(column.sum()) for name, column in own.items() if name == "unknown" or name[0] != "u"}
        expected = {name: total for name, total in ({"cells": int(inside.sum())} | sums).items() if total}
        name = f"zoom {zoom}: {city['key']}"
        if found != expected:
            faults.append(f"{name}: totals are {found}, the query says {expected}")
        quantiles = metadata["city_quantiles"].get(city["key"], {}).get(str(zoom), {})
        for attribute, column in with_nonorganic(own).items():
            positive = np.sort(column[column > 0])
            texts = quantile_faults(positive, quantiles.get(attribute))
            faults += [f"{name}: quantiles of {attribute}: {text}" for text in texts]
    return faults


def centres_inside(zoom, keys, box):
    """Whether the centre of each cell lies in a box of degrees."""
    side = 2.0 ** (zoom + 6)
    lng = ((keys >> 32) + 0.5) / side * 360 - 180
    lat = np.degrees(np.arctan(np.sinh(np.pi * (1 - 2 * ((keys & 0xFFFFFFFF) + 0.5) / side))))
    west, south, east, north = box
    return (west <= lng) & (lng <= east) & (south <= lat) & (lat <= north)


def with_nonorganic(truth):
    """The attributes with quantiles in the metadata; no legend shows x{i} and unknown."""
    kept = {key: truth[key] for key in truth if key != "unknown" and key[0] != "x"}
    kept["nonorganic"] = truth["orders"] - truth["organic"] - truth["unknown"]
    for i in (int(key[1:]) for key in truth if key[0] == "l"):
        kept[f"n{i}"] = truth[f"l{i}"] - truth[f"o{i}"] - truth[f"x{i}"]
    return kept


def quantile_faults(positive, given):
    """A quantile may be read as either neighbour of its exact rank or anything between them."""
    if given is None:
        return ["missing"] if len(positive) else []
    if not len(positive):
        return ["there, but no cell has any"]
    rank = np.array(PROBABILITIES) * (len(positive) - 1)
    low = positive[np.maximum(np.floor(rank).astype(int) - 1, 0)]
    high = positive[np.minimum(np.ceil(rank).astype(int) + 1, len(positive) - 1)]
    if given[0] != positive[0] or given[-1] != positive[-1]:
        return [f"ends are {given[0]} and {given[-1]}, cells have {positive[0]} to {positive[-1]}"]
    return [
        f"{value} at {p} is not between {a} and {b}"
        for p, value, a, b in zip(PROBABILITIES, given, low, high)
        if not a <= value <= b
    ]


def report(path, orders, k, cells, differences, seconds):
    for line in differences[:FIRST]:
        print(line, file=sys.stderr)
    if len(differences) > FIRST:
        print(f"… and {len(differences) - FIRST} more", file=sys.stderr)
    print(
        json.dumps(
            {
                "archive": path.rsplit("/", 1)[-1],
                "rows": orders.rows,
                "rejects": orders.rejects,
                "days": [str(orders.first), str(orders.to)],
                "min_users": k,
                "cells": cells,
                "differences": len(differences),
                "seconds": round(seconds, 1),
            }
        )
    )


if __name__ == "__main__":
    main()
