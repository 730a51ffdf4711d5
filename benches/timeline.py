"""Builds the timeline of many days of demo orders, and prints its time, memory and bytes per order.

By default 400 days with 100,000 orders each, for which the goals are 60 s and 4 GB on 2 cores. The second build finds
that nothing has changed. Exit status 1 if a goal is missed, or if the second build stores anything.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

from measure import run, table

# Bytes per order of a layer and its totals.
GOALS = {"timeline-orders": 4.0, "timeline-users": 4.5, "timeline-line-users": 6.5, "timeline-hours": 5.0}
GOAL_SECONDS, GOAL_MB = 60, 4_000


def main() -> None:
    args = parse_arguments()
    work = args.work
    orders, store = work / f"orders-{args.days}-{args.orders_a_day}", work / "store"
    if not orders.exists():
        count = args.days * args.orders_a_day
        run(args.tilegen, "sample", "--out", orders, "--orders", count, "--days", args.days, "--seed", 1)
    shutil.rmtree(store, ignore_errors=True)
    store.mkdir(parents=True)
    report = work / "report.json"
    build = [args.tilegen, "timeline", "--orders", orders / "orders", "--store", store, "--report", report]
    build += ["--now", args.now, "--memory", "4GB"]
    first = run(*build)
    built = json.loads(report.read_text())
    second = run(*build)
    changed = json.loads(report.read_text())["changed"]
    print(f"{built['orders']:,} orders of {args.days} days\n")
    print(table(["build", "wall s", "CPU s", "peak MB"], [figures("first", first), figures("second", second)]))
    layers = by_layer(built)
    rows = [[name, *cells] for name, cells in layers.items()]
    print("\n" + table(["layer", "bytes per order", "99 % of tiles, bytes", "largest tile, bytes"], rows))
    goals = [[name, size, GOALS[name]] for name, size in sizes(layers)]
    print("\n" + table(["layer with its totals", "bytes per order", "goal"], goals))
    print("\nseconds by step: " + ", ".join(f"{step} {seconds:.1f}" for step, seconds in built["seconds"].items()))
    large = [(name, size) for name, size in sizes(layers) if size > GOALS[name]]
    missed = [f"{name}: {size} bytes per order, goal {GOALS[name]}" for name, size in large]
    missed += [f"{first.wall_s:.0f} s, goal {GOAL_SECONDS}"] * (first.wall_s > GOAL_SECONDS)
    missed += [f"{first.peak_mb:,.0f} MB, goal {GOAL_MB:,}"] * (first.peak_mb > GOAL_MB)
    missed += [f"the second build changed {changed} archives and tables"] * (changed > 0)
    for line in missed:
        print(line, file=sys.stderr)
    sys.exit(1 if missed else 0)


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--tilegen", required=True, type=Path)
    parser.add_argument("--work", required=True, type=Path, help="folder for orders, which are kept, and the store")
    parser.add_argument("--days", type=int, default=400)
    parser.add_argument("--orders-a-day", type=int, default=100_000)
    parser.add_argument("--now", default="2026-11-23T06:00:00+03:30", help="the clock of the builds")
    return parser.parse_args()


def figures(name: str, done: Any) -> list[str]:
    return [name, f"{done.wall_s:.1f}", f"{done.cpu_s:.1f}", f"{done.peak_mb:,.0f}"]


def by_layer(report: dict[str, Any]) -> dict[str, list[Any]]:
    """Bytes per order, and the largest p99 and maximum of any month, by layer."""
    stored: dict[str, int] = defaultdict(int)
    tiles: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for archive in report["archives"]:
        layer = archive["layer"]
        stored[layer] += archive["bytes"]
        found = [archive["p99_tile"], archive["largest_tile"]]
        tiles[layer] = [max(pair) for pair in zip(tiles[layer], found, strict=True)]
    return {layer: [round(size / report["orders"], 2), *tiles[layer]] for layer, size in sorted(stored.items())}


def sizes(layers: dict[str, list[Any]]) -> list[tuple[str, float]]:
    """Bytes per order of each layer together with its totals."""
    return [(name, round(layers[name][0] + layers[f"{name}-totals"][0], 2)) for name in GOALS if name in layers]


if __name__ == "__main__":
    main()
