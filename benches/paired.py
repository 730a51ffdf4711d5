"""The side-by-side run: tilegen against the strongest pipeline from packages, in turns, on one input.

Every pair runs tilegen, then the peer, each as a fresh process that writes a finished archive of the
30-day window, z5 to z14, all attributes, no floor. Ratios are taken pair by pair, so that a busy moment
of the machine weighs on both; medians are reported. What tilegen does besides (two archives, verifying,
publishing, reject counts, quantiles) stays inside its time.
"""

import argparse
import json
import platform
import shutil
import subprocess
from datetime import date
from pathlib import Path
from statistics import median

from measure import newest_layers, put_section, run, table

ROOT = Path(__file__).resolve().parent.parent
RELEASE = ROOT / "target" / "release"
DOCUMENT = ROOT / "docs" / "benchmarks.md"
DAYS = 30


def main():
    args = parse_arguments()
    work = Path(args.work)
    orders = sample_orders(work, args.orders, args.seed)
    ours, peers = alternate(args, orders, work)
    check_same(ours[-1], peers[-1])
    print("measuring the floor and the run with a floor of five users", flush=True)
    floor = measure_floor(orders, ours[-1]["archive"])
    both = [density(orders, work / "store-k5", ["--min-users", "5"]) for _ in range(args.single_runs)]
    sections = [paired_table(args.orders, ours, peers, both), floor_text(ours, floor)]
    if args.rows:
        sections.append(large_text(args, work, ours))
    text = "\n\n".join([machine(), *(section for section in sections if section)])
    print(text)
    (work / "bench.json").write_text(json.dumps(
        {"ours": strip(ours), "peer": strip(peers), "both_layers": strip(both), "floor": floor}, indent=1))
    if args.write:
        put_section(DOCUMENT, "paired", text)


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--peer-python", required=True, help="python of the venv with the peer's packages")
    parser.add_argument("--work", default=ROOT / ".demo" / "bench", help="where inputs and stores are made")
    parser.add_argument("--orders", type=int, default=3_000_000)
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--single-runs", type=int, default=3, help="runs with both layers and k = 5")
    parser.add_argument("--rows", type=int, help="also one large run, for example 100000000")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--write", action="store_true", help="put the tables into docs/benchmarks.md")
    return parser.parse_args()


def sample_orders(work, count, seed):
    """The demo's orders, made once for a count and seed."""
    made = work / f"sample-{count}-{seed}"
    if not (made / ".complete").exists():
        print(f"making {count:,} orders", flush=True)
        shutil.rmtree(made, ignore_errors=True)
        run(RELEASE / "tilegen", "sample", "--out", made, "--orders", count, "--days", DAYS, "--seed", seed)
        (made / ".complete").touch()
    return made / "orders"


def alternate(args, orders, work):
    """One run of each to warm the page cache, unmeasured, then the pairs."""
    density(orders, work / "store-k1", ["--min-users", "1"])
    peer(args.peer_python, orders, work / "peer.pmtiles")
    ours, peers = [], []
    for pair in range(args.pairs):
        ours.append(density(orders, work / "store-k1", ["--min-users", "1"]))
        peers.append(peer(args.peer_python, orders, work / "peer.pmtiles"))
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


def paired_table(count, ours, peers, both):
    def row(name, runs):
        return [name, *(f"{middle(runs, key):.2f}" for key in ("wall_s", "cpu_s")),
                f"{middle(runs, 'peak_mb'):,.0f}", f"{runs[-1]['bytes'] / 1e6:.1f}", len(runs)]

    def ratio(key):
        return f"{median(b[key] / a[key] for a, b in zip(ours, peers)):.1f}"

    return table(["what", "wall s", "CPU s", "peak MB", "archive MB", "runs"], [
        row(f"tilegen, {count:,} orders, no floor", ours),
        row("DuckDB + ST_AsMVT + libdeflate + Python PMTiles writer", peers),
        ["ratio (median of pairs)", ratio("wall_s"), ratio("cpu_s"), "", "", ""],
        row("tilegen, both layers, k = 5", both),
    ])


def floor_text(ours, floor):
    if floor is None:
        return ""
    total = floor["decode_cpu_s"] + floor["gzip_cpu_s"]
    return (f"The floor: {floor['decode_cpu_s']:.2f} CPU-s to decode the needed columns + {floor['gzip_cpu_s']:.2f} "
            f"to gzip the finished tiles = {total:.2f} CPU-s; tilegen takes {middle(ours, 'cpu_s') / total:.2f} × that.")


def large_text(args, work, ours):
    orders = sample_orders(work, args.rows, args.seed)
    large = density(orders, work / "store-large", ["--min-users", "1", "--memory", "4GB"])
    per_row = (large["wall_s"] / args.rows) / (middle(ours, "wall_s") / args.orders)
    return table(["large run", "wall s", "CPU s", "peak MB", "archive MB", "time per row, against the small run"], [
        [f"{args.rows:,} orders, no floor, `--memory 4GB`", f"{large['wall_s']:.1f}", f"{large['cpu_s']:.1f}",
         f"{large['peak_mb']:,.0f}", f"{large['bytes'] / 1e6:.1f}", f"{per_row:.2f} ×"]])


def middle(runs, key):
    return median(each[key] for each in runs)


def brief(figures_of):
    return f"{figures_of['wall_s']:.2f} s wall, {figures_of['cpu_s']:.2f} s CPU, {figures_of['peak_mb']:,.0f} MB"


def strip(runs):
    return [{key: value for key, value in each.items() if key != "archive"} for each in runs]


def machine():
    commit = subprocess.run(["git", "-C", ROOT, "rev-parse", "--short", "HEAD"], capture_output=True, text=True)
    cores = run("nproc").out.strip()
    return f"{date.today()}, commit {commit.stdout.strip()}, {cores} cores, {platform.machine()}."


if __name__ == "__main__":
    main()
