"""The side-by-side run: tilegen against the strongest pipeline from packages, in turns, on one input.

Every pair runs tilegen, then the peer, each as a fresh process that writes a finished archive of the
30-day window, z5 to z14, all attributes, no floor. Ratios are taken pair by pair, so that a busy moment
of the machine weighs on both; medians are reported. What tilegen does besides (verifying,
publishing, reject counts, quantiles) stays inside its time.
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
RELEASE = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release"
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
        sections += [f"**{TITLES[name].format(orders=args.orders)}**", paired_table(measured), floor_text(measured)]
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
    parser.add_argument("--work", default=ROOT / ".demo" / "bench", type=Path, help="where inputs and stores are made")
    parser.add_argument("--input", action="append", choices=INPUTS, help="demo, spread; both if left out")
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
    return made_once(args.work / f"demo-{count}-{args.seed}", lambda folder: run(
        RELEASE / "tilegen", "sample", "--out", folder, "--orders", count, "--days", DAYS, "--seed", args.seed)) / "orders"


def spread_orders(args, count):
    """Orders with an address for every user, made once for a count and seed."""
    return made_once(args.work / f"spread-{count}-{args.seed}", lambda folder: run(
        sys.executable, ROOT / "benches" / "spread_orders.py", "--out", folder, "--orders", count, "--days", DAYS,
        "--seed", args.seed))


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


def measure(args, orders, stores):
    ours, peers = alternate(args, orders, stores)
    check_same(ours[-1], peers[-1])
    both = [density(orders, stores / "k5", ["--min-users", "5"]) for _ in range(args.single_runs)]
    return {"ours": ours, "peer": peers, "both": both, "floor": measure_floor(orders, ours[-1]["archive"])}


def alternate(args, orders, stores):
    """One run of each to warm the page cache, unmeasured, then the pairs."""
    stores.mkdir(parents=True, exist_ok=True)
    density(orders, stores / "k1", NO_FLOOR)
    peer(args.peer_python, orders, stores / "peer.pmtiles")
    ours, peers = [], []
    for pair in range(args.pairs):
        ours.append(density(orders, stores / "k1", NO_FLOOR))
        peers.append(peer(args.peer_python, orders, stores / "peer.pmtiles"))
        print(f"pair {pair + 1}: tilegen {brief(ours[-1])}, peer {brief(peers[-1])}", flush=True)
    return ours, peers


def density(orders, store, options):
    shutil.rmtree(store, ignore_errors=True)
    measured = run(RELEASE / "tilegen", "density", "--orders", orders, "--store", store, *options)
    entry, archive = newest_layers(store)["density", f"{DAYS}d"]
    return figures(measured) | {"archive": str(archive), "bytes": entry["bytes"], "orders": entry["orders"],
                                "tiles": entry["tiles"]}


def peer(python, orders, out):
    measured = run(python, ROOT / "benches" / "duckdb_density.py", "--orders", orders, "--out", out)
    said = json.loads(measured.out)
    return figures(measured) | {"archive": str(out)} | {key: said[key] for key in ("bytes", "orders", "tiles", "cells")}


def figures(measured):
    return {"wall_s": measured.wall_s, "cpu_s": measured.cpu_s, "peak_mb": measured.peak_mb}


def check_same(ours, theirs):
    for key in ("orders", "tiles"):
        if ours[key] != theirs[key]:
            raise SystemExit(f"the archives differ: {key} {ours[key]} and {theirs[key]}")


def measure_floor(orders, archive):
    """CPU to decode the columns and to gzip the tiles, by a small binary that does only that."""
    binary = RELEASE / "floor"
    if not binary.exists():
        return None
    runs = [json.loads(run(binary, "--orders", orders, "--archive", archive).out) for _ in range(3)]
    return {key: median(each[key] for each in runs) for key in ("decode_cpu_s", "gzip_cpu_s")}


def paired_table(measured):
    ours, peers = measured["ours"], measured["peer"]

    def row(name, runs):
        return [name, *(f"{middle(runs, key):.2f}" for key in ("wall_s", "cpu_s")),
                f"{middle(runs, 'peak_mb'):,.0f}", f"{runs[-1]['bytes'] / 1e6:.1f}", len(runs)]

    def ratio(key):
        return f"**{median(b[key] / a[key] for a, b in zip(ours, peers)):.1f} ×**"

    cells = f"{peers[-1]['cells']:,} cells, {peers[-1]['tiles']:,} tiles"
    return table([cells, "wall s", "CPU s", "peak MB", "archive MB", "runs"], [
        row("tilegen, no floor", ours),
        row("DuckDB + ST_AsMVT + libdeflate + Python PMTiles writer", peers),
        ["ratio (median of pairs)", ratio("wall_s"), ratio("cpu_s"), "", "", ""],
        row("tilegen, both layers, k = 5", measured["both"]),
    ])


def floor_text(measured):
    floor = measured["floor"]
    if floor is None:
        return ""
    total = floor["decode_cpu_s"] + floor["gzip_cpu_s"]
    return (f"The floor: {floor['decode_cpu_s']:.2f} CPU-s to decode the needed columns + {floor['gzip_cpu_s']:.2f} "
            f"to gzip the finished tiles = {total:.2f} CPU-s; tilegen takes "
            f"{middle(measured['ours'], 'cpu_s') / total:.2f} × that.")


def large_text(args, ours):
    orders = demo_orders(args, args.rows)
    large = density(orders, args.work / "large", [*NO_FLOOR, "--memory", "4GB"])
    per_row = (large["wall_s"] / args.rows) / (middle(ours, "wall_s") / args.orders)
    return table(["large run", "wall s", "CPU s", "peak MB", "archive MB", "time per row, against the small run"], [
        [f"{args.rows:,} orders of the demo, no floor, `--memory 4GB`", f"{large['wall_s']:.1f}",
         f"{large['cpu_s']:.1f}", f"{large['peak_mb']:,.0f}", f"{large['bytes'] / 1e6:.1f}", f"{per_row:.2f} ×"]])


def middle(runs, key):
    return median(each[key] for each in runs)


def brief(figures_of):
    return f"{figures_of['wall_s']:.2f} s wall, {figures_of['cpu_s']:.2f} s CPU, {figures_of['peak_mb']:,.0f} MB"


def machine():
    commit = subprocess.run(["git", "-C", ROOT, "rev-parse", "--short", "HEAD"], capture_output=True, text=True)
    cores = run("nproc").out.strip()
    load = os.getloadavg()[0]
    return (f"{date.today()}, commit {commit.stdout.strip()}, {cores} cores, {platform.machine()}, "
            f"load average before the run {load:.1f}.")


if __name__ == "__main__":
    main()
