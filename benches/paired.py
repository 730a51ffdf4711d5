"""The side-by-side run: tilegen against two pipelines from packages, in turns, on one input.

Every round runs tilegen, then each peer, as fresh processes that write a complete archive of the 30-day window, z5 to
z14, all attributes, no floor. Ratios are computed for each round, so that a busy moment of the machine affects all of
them; medians are reported. tilegen's time includes its additional work (verification, publishing, reject counts,
quantiles).
"""

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path
from statistics import median

from measure import newest_layers, put_section, run, table

ROOT = Path(__file__).resolve().parent.parent
SHIPPED = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "shipped"  # the profile of the images
DOCUMENT = ROOT / "docs" / "benchmarks.md"
DAYS = 30
NO_FLOOR = ["--layer", "density", "--min-users", "1"]


def main():
    args = parse_arguments()
    results, sections = {}, [machine()]
    for name in args.input:
        orders = INPUTS[name](args, args.orders)
        print(f"measuring {name}", flush=True)
        results[name] = measured = measure(args, orders, args.work / name)
        sections += [
            f"**{TITLES[name].format(orders=args.orders)}**",
            paired_table(measured),
            lower_bound_text(measured),
        ]
    if args.rows:
        sections.append(large_text(args, results["demo"]["ours"]))
    text = "\n\n".join(section for section in sections if section)
    print(text)
    (args.work / "bench.json").write_text(json.dumps(results, indent=1))
    if args.write:
        put_section(DOCUMENT, "paired", text)


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--peer-python", required=True, help="python of the venv with the peer's packages")
    parser.add_argument("--bin", default=SHIPPED, type=Path, help="folder of tilegen and lower_bound")
    parser.add_argument("--work", default=ROOT / ".demo" / "bench", type=Path, help="where inputs and stores are made")
    parser.add_argument("--input", action="append", choices=INPUTS, help="demo, spread; both if omitted")
    parser.add_argument("--orders", type=int, default=3_000_000)
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--single-runs", type=int, default=3, help="runs with both layers and k = 5")
    parser.add_argument("--rows", type=int, help="also one large run of the demo, for example 100000000")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--write", action="store_true", help="put the tables into docs/benchmarks.md")
    args = parser.parse_args()
    args.input = args.input or list(INPUTS)
    if args.rows and "demo" not in args.input:
        parser.error("--rows compares with the demo, which is not among the inputs")
    return args


def demo_orders(args, count):
    """The demo's orders, made once for a count and seed."""
    return (
        made_once(
            args.work / f"demo-{count}-{args.seed}",
            lambda folder: run(
                args.bin / "tilegen", "sample", "--out", folder, "--orders", count, "--days", DAYS, "--seed", args.seed
            ),
        )
        / "orders"
    )


def spread_orders(args, count):
    """Orders with an address for every user, made once for a count and seed."""
    return made_once(
        args.work / f"spread-{count}-{args.seed}",
        lambda folder: run(
            sys.executable,
            ROOT / "benches" / "spread_orders.py",
            "--out",
            folder,
            "--orders",
            count,
            "--days",
            DAYS,
            "--seed",
            args.seed,
        ),
    )


def made_once(folder, make):
    if not (folder / ".complete").exists():
        print(f"making {folder.name}", flush=True)
        shutil.rmtree(folder, ignore_errors=True)
        make(folder)
        (folder / ".complete").touch()
    return folder


INPUTS = {"demo": demo_orders, "spread": spread_orders}
TITLES = {
    "demo": "{orders:,} orders of the demo: few addresses, many orders at each",
    "spread": "{orders:,} orders spread over addresses of their own (`benches/spread_orders.py`)",
}


PEERS = {
    "plain": "duckdb_plain.py",
    "tuned": "duckdb_density.py",
}
PEER_NAMES = {
    "plain": "DuckDB roll-up + ST_AsMVT + Python's gzip and PMTiles writer, as users assemble it",
    "tuned": "the same with packed sums, one walk for all distinct users, libdeflate",
}


def measure(args, orders, stores):
    ours, peers = alternate(args, orders, stores)
    for runs in peers.values():
        check_same(ours[-1], runs[-1])
    both = [density(args.bin, orders, stores / "k5", ["--min-users", "5"]) for _ in range(args.single_runs)]
    lower_bound = measure_lower_bound(args.bin / "lower_bound", orders, ours[-1]["archive"])
    return {"ours": ours, "peers": peers, "both": both, "lower_bound": lower_bound}


def alternate(args, orders, stores):
    """One run of each to warm the page cache, unmeasured, then the rounds."""
    stores.mkdir(parents=True, exist_ok=True)
    ours: list[dict] = []
    peers: dict[str, list[dict]] = {name: [] for name in PEERS}
    for turn in range(args.pairs + 1):
        ours.append(density(args.bin, orders, stores / "k1", NO_FLOOR))
        for name, runs in peers.items():
            runs.append(peer(args.peer_python, PEERS[name], orders, stores / f"{name}.pmtiles"))
        others = ", ".join(f"{name} peer {brief(runs[-1])}" for name, runs in peers.items())
        print(f"{f'round {turn}' if turn else 'warming up'}: tilegen {brief(ours[-1])}, {others}", flush=True)
    return ours[1:], {name: runs[1:] for name, runs in peers.items()}


def density(binaries, orders, store, options):
    shutil.rmtree(store, ignore_errors=True)
    measured = run(binaries / "tilegen", "density", "--orders", orders, "--store", store, *options)
    entry, archive = newest_layers(store)["density", f"{DAYS}d"]
    return figures(measured) | {
        "archive": str(archive),
        "bytes": entry["bytes"],
        "orders": entry["orders"],
        "tiles": entry["tiles"],
    }


def peer(python, script, orders, out):
    measured = run(python, ROOT / "benches" / script, "--orders", orders, "--out", out)
    said = json.loads(measured.out)
    return figures(measured) | {"archive": str(out)} | {key: said[key] for key in ("bytes", "orders", "tiles", "cells")}


def figures(measured):
    return {"wall_s": measured.wall_s, "cpu_s": measured.cpu_s, "peak_mb": measured.peak_mb}


def check_same(ours, theirs):
    for key in ("orders", "tiles"):
        if ours[key] != theirs[key]:
            raise SystemExit(f"the archives differ: {key} {ours[key]} and {theirs[key]}")


def measure_lower_bound(binary, orders, archive):
    """CPU to decode the columns and to gzip the tiles, by a small binary that does only that."""
    if not binary.exists():
        return None
    runs = [json.loads(run(binary, "--orders", orders, "--archive", archive).out) for _ in range(3)]
    return {key: median(each[key] for each in runs) for key in ("decode_cpu_s", "gzip_cpu_s")}


def paired_table(measured):
    ours, peers = measured["ours"], measured["peers"]

    def row(name, runs):
        return [
            name,
            *(f"{middle(runs, key):.2f}" for key in ("wall_s", "cpu_s")),
            f"{middle(runs, 'peak_mb'):,.0f}",
            f"{runs[-1]['bytes'] / 1e6:.1f}",
            len(runs),
        ]

    def ratio(runs, key):
        return f"**{median(b[key] / a[key] for a, b in zip(ours, runs)):.1f} ×**"

    rows = [row("tilegen, no floor", ours)]
    for name, runs in peers.items():
        rows += [
            row(PEER_NAMES[name], runs),
            ["… ratio (median of rounds)", ratio(runs, "wall_s"), ratio(runs, "cpu_s"), "", "", ""],
        ]
    rows.append(row("tilegen, both layers, k = 5", measured["both"]))
    last = peers["tuned"][-1]
    return table(
        [f"{last['cells']:,} cells, {last['tiles']:,} tiles", "wall s", "CPU s", "peak MB", "archive MB", "runs"], rows
    )


def lower_bound_text(measured):
    bound = measured["lower_bound"]
    if bound is None:
        return ""
    total = bound["decode_cpu_s"] + bound["gzip_cpu_s"]
    return (
        f"The lower bound: {bound['decode_cpu_s']:.2f} CPU-s to decode the needed columns + {bound['gzip_cpu_s']:.2f} "
        f"to gzip the finished tiles = {total:.2f} CPU-s; tilegen takes "
        f"{middle(measured['ours'], 'cpu_s') / total:.2f} × that."
    )


def large_text(args, ours):
    orders = demo_orders(args, args.rows)
    large = density(args.bin, orders, args.work / "large", [*NO_FLOOR, "--memory", "4GB"])
    per_row = (large["wall_s"] / args.rows) / (middle(ours, "wall_s") / args.orders)
    return table(
        ["large run", "wall s", "CPU s", "peak MB", "archive MB", "time per row, against the small run"],
        [
            [
                f"{args.rows:,} orders of the demo, no floor, `--memory 4GB`",
                f"{large['wall_s']:.1f}",
                f"{large['cpu_s']:.1f}",
                f"{large['peak_mb']:,.0f}",
                f"{large['bytes'] / 1e6:.1f}",
                f"{per_row:.2f} ×",
            ]
        ],
    )


def middle(runs, key):
    return median(each[key] for each in runs)


def brief(figures_of):
    return f"{figures_of['wall_s']:.2f} s wall, {figures_of['cpu_s']:.2f} s CPU, {figures_of['peak_mb']:,.0f} MB"


def machine():
    commit = subprocess.run(["git", "-C", ROOT, "rev-parse", "--short", "HEAD"], capture_output=True, text=True)
    cores = run("nproc").out.strip()
    load = os.getloadavg()[0]
    return (
        f"{date.today()}, commit {commit.stdout.strip()}, {cores} cores, {platform.machine()}, "
        f"load average before the run {load:.1f}."
    )


if __name__ == "__main__":
    main()
