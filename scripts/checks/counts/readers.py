"""Reads an archive with three independent readers and compares their totals with its metadata.

Python's pmtiles with mapbox-vector-tile, npm's pmtiles with @mapbox/vector-tile, and tippecanoe-decode
must each find the orders and cells that the metadata names for every zoom. The archive must be clustered,
no tile over 500 kB, and the 99th percentile at most 100 kB (stored bytes).
"""

import argparse
import gzip
import json
import os
import re
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import mapbox_vector_tile
from pmtiles.reader import MmapSource, Reader, all_tiles

LARGEST_BYTES = 500_000
P99_BYTES = 100_000
ORDERS = re.compile(rb'"orders": ([0-9]+)')
ZOOM = re.compile(rb'"zoom": ([0-9]+)')


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("archive")
    parser.add_argument("--tippecanoe", required=True, type=Path, help="a folder that contains tippecanoe-decode")
    parser.add_argument("--node-reader", required=True)
    args = parser.parse_args()
    decoder = next(args.tippecanoe.rglob("tippecanoe/bin/tippecanoe-decode"))
    with open(args.archive, "rb") as file:
        reader = Reader(MmapSource(file))
        header, metadata = reader.header(), reader.metadata()
        sizes = sorted(len(data) for _, data in all_tiles(MmapSource(file)))
    faults = shape_faults(header, sizes)
    wanted = {
        int(z): {"orders": total["orders"], "cells": total["cells"]}
        for z, total in metadata["totals"].items()
        if total["cells"]
    }
    for name, read in {
        "pmtiles + mapbox-vector-tile (Python)": lambda: read_with_python(args.archive),
        "pmtiles + @mapbox/vector-tile (npm)": lambda: read_with_node(args.node_reader, args.archive),
        "tippecanoe-decode": lambda: read_with_tippecanoe(decoder, args.archive),
    }.items():
        started = time.perf_counter()
        found = read()
        print(
            f"{name}: {len(found)} zooms, {sum(z['cells'] for z in found.values()):,} cells, "
            f"{time.perf_counter() - started:.1f} s"
        )
        faults += [
            f"{name}: zoom {z} has {found.get(z)}, the metadata says {wanted.get(z)}"
            for z in sorted(set(wanted) | set(found))
            if found.get(z) != wanted.get(z)
        ]
    print(
        f"tiles: {len(sizes):,} addressed, largest {sizes[-1]:,} B, p99 {percentile_99(sizes):,} B, "
        f"clustered {header['clustered']}"
    )
    for fault in faults:
        print(fault, file=sys.stderr)
    sys.exit(1 if faults else 0)


def shape_faults(header, sizes):
    faults = [] if header["clustered"] else ["the archive is not clustered"]
    if sizes[-1] > LARGEST_BYTES:
        faults.append(f"the largest tile has {sizes[-1]} B, {LARGEST_BYTES} are allowed")
    if percentile_99(sizes) > P99_BYTES:
        faults.append(f"the 99th percentile is {percentile_99(sizes)} B, {P99_BYTES} are allowed")
    return faults


def percentile_99(sizes):
    return sizes[(len(sizes) - 1) * 99 // 100]


def read_with_python(path):
    zooms: dict[int, dict[str, int]] = {}
    with open(path, "rb") as file, ProcessPoolExecutor(os.cpu_count()) as pool:
        for z, orders, cells in pool.map(sum_tile, all_tiles(MmapSource(file)), chunksize=16):
            zoom = zooms.setdefault(z, {"orders": 0, "cells": 0})
            zoom["orders"] += orders
            zoom["cells"] += cells
    return zooms


def sum_tile(tile):
    (z, _, _), data = tile
    features = mapbox_vector_tile.decode(gzip.decompress(data))["density"]["features"]
    return z, sum(feature["properties"].get("orders", 0) for feature in features), len(features)


def read_with_node(script, path):
    answer = json.loads(subprocess.run(["node", script, path], check=True, capture_output=True).stdout)
    return {int(z): zoom for z, zoom in answer["zooms"].items()} if answer["clustered"] else {}


def read_with_tippecanoe(binary, path):
    """Its GeoJSON has one feature on each line, after a line with the zoom of the tile."""
    zooms: dict[int, dict[str, int]] = {}
    zoom: dict[str, int] = {}
    with subprocess.Popen([binary, path], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        for line in process.stdout or ():
            if line.startswith(b'{ "type": "Feature",'):
                zoom["cells"] += 1
                orders = ORDERS.search(line)
                zoom["orders"] += int(orders[1]) if orders else 0
            elif found := ZOOM.search(line):
                zoom = zooms.setdefault(int(found[1]), {"orders": 0, "cells": 0})
    if process.returncode:
        sys.exit(f"{binary} ended with status {process.returncode}")
    return zooms


if __name__ == "__main__":
    main()
