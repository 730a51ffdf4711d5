"""The whole pipeline on real input: build, verify, serve, compare every count with DuckDB.

For each set of `data/real/*.toml`: `tilegen density`, `tilegen verify` of both archives, `tileserve` on
loopback with tiles compared byte for byte with the archive, then the oracle over every cell of the
internal and of the public archive. At last `tilegen timeline`, and random questions about it to DuckDB.
Prints a table; any difference ends the run with status 1.
"""

import argparse
import json
import os
import shutil
import sys
from datetime import date
from pathlib import Path

from measure import newest_layers, put_section, run, table

from checks.lib.serving import compare_served, expect

ROOT = Path(__file__).resolve().parent.parent
RELEASE = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release"
SETS = ["ships-ny", "ships-us", "aircraft"]
# Some recordings are of several years.
LOOK_BACK_DAYS = 1096


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default=ROOT / ".demo" / "real", type=Path)
    parser.add_argument("--work", default=ROOT / ".demo" / "real-stores", type=Path)
    parser.add_argument("--write", action="store_true", help="put the table into docs/benchmarks.md")
    parser.add_argument("--set", action="append", choices=SETS, help="only this set; all sets if omitted")
    parser.add_argument(
        "--serve", action=argparse.BooleanOptionalAction, default=True, help="request tiles from tileserve"
    )
    parser.add_argument("--questions", type=int, default=300, help="questions of each kind about the timeline [300]")
    args = parser.parse_args()
    rows = [row for name in args.set or SETS for row in one_set(name, args.data / name, args.work / name, args.serve)]
    text = f"{date.today()}.\n\n" + table(
        [
            "set, archive",
            "rows",
            "outside window",
            "rejects",
            "orders shown",
            "cells",
            "tiles over HTTP",
            "differences",
            "build wall s",
            "build CPU s",
            "peak MB",
        ],
        rows,
    )
    print(text)
    if args.write:
        put_section(ROOT / "docs" / "benchmarks.md", "real", text)
    for name in args.set or SETS:
        ask_timeline(name, args.data / name, args.work / f"{name}-timeline", args.questions)


def one_set(name, orders, store, serve):
    """A row of the table for each archive of the set."""
    config = ROOT / "data" / "real" / f"{name}.toml"
    report = store.with_suffix(".report.json")
    shutil.rmtree(store, ignore_errors=True)
    store.mkdir(parents=True)
    built = run(
        RELEASE / "tilegen",
        "density",
        "--orders",
        orders,
        "--config",
        config,
        "--store",
        store,
        "--window",
        "all",
        "--report",
        report,
    )
    rows = []
    for (layer, slot), (entry, archive) in sorted(newest_layers(store).items()):
        run(RELEASE / "tilegen", "verify", archive)
        served = compare_served(store, layer, slot, entry["digest"], archive) if serve else "–"
        said = compare_counts(orders, config, archive)
        if slot == "all":
            counted = {reason: rows for reason, rows in json.loads(report.read_text())["rejects"].items() if rows}
            expect("rejects of the report", counted, said["rejects"])
        outside = said["rejects"].pop("outside_window", 0)
        rows.append(
            [
                f"{name}, {layer} {slot}",
                f"{said['rows']:,}",
                f"{outside:,}",
                f"{sum(said['rejects'].values()):,}",
                f"{entry['orders']:,}",
                f"{said['cells']:,}",
                served,
                said["differences"],
                f"{built.wall_s:.2f}",
                f"{built.cpu_s:.2f}",
                f"{built.peak_mb:,.0f}",
            ]
        )
        print(", ".join(map(str, rows[-1])), flush=True)
    return rows


def ask_timeline(name, orders, store, questions):
    """Builds the timeline of the set, and asks it and DuckDB the same questions; a difference ends the run."""
    config = ROOT / "data" / "real" / f"{name}.toml"
    shutil.rmtree(store, ignore_errors=True)
    store.mkdir(parents=True)
    source = ["--orders", orders, "--config", config, "--store", store, "--look-back", LOOK_BACK_DAYS]
    report = store.with_suffix(".report.json")
    run(RELEASE / "tilegen", "timeline", *source, "--report", report)
    last = max(entry["to"] for entry, _ in newest_layers(store).values())
    module = [sys.executable, "-P", "-m", "checks.counts.timeline"]
    said = run(*module, *source, "--as-of", last, "--questions", questions).out.splitlines()[-1]
    print(f"{name}, timeline: {said}", flush=True)


def compare_counts(orders, config, archive):
    """The oracle's last line; its differences, if any, end the run."""
    return json.loads(
        run(
            sys.executable,
            "-P",
            "-m",
            "checks.counts.cells",
            "--orders",
            orders,
            "--config",
            config,
            "--archive",
            archive,
        ).out.splitlines()[-1]
    )


if __name__ == "__main__":
    main()
