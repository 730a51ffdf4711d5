"""The whole path on real input: build, verify, serve, compare every count with DuckDB.

For each set of `data/real/*.toml`: `tilegen density`, `tilegen verify` of both archives, `tileserve` on
loopback with tiles compared byte for byte with the archive, then the oracle over every cell of the
internal and of the public archive. Prints a table; any difference ends the run with status 1.
"""

import argparse
import http.client
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from archive import Archive
from measure import newest_layers, put_section, run, table

ROOT = Path(__file__).resolve().parent.parent
RELEASE = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release"
SETS = ["ships-ny", "ships-us", "aircraft"]
TILES_A_LAYER = 40


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default=ROOT / ".demo" / "real", type=Path)
    parser.add_argument("--work", default=ROOT / ".demo" / "real-stores", type=Path)
    parser.add_argument("--write", action="store_true", help="put the table into docs/benchmarks.md")
    parser.add_argument("--serve", action=argparse.BooleanOptionalAction, default=True, help="ask tileserve for tiles")
    args = parser.parse_args()
    rows = [row for name in SETS for row in one_set(name, args.data / name, args.work / name, args.serve)]
    text = f"{date.today()}.\n\n" + table(
        ["set, archive", "rows", "outside window", "rejects", "orders shown", "cells", "tiles over HTTP", "differences",
         "build wall s", "build CPU s", "peak MB"], rows)
    print(text)
    if args.write:
        put_section(ROOT / "docs" / "benchmarks.md", "real", text)


def one_set(name, orders, store, serve):
    """A row of the table for each archive of the set."""
    config = ROOT / "data" / "real" / f"{name}.toml"
    report = store.with_suffix(".report.json")
    shutil.rmtree(store, ignore_errors=True)
    store.mkdir(parents=True)
    built = run(RELEASE / "tilegen", "density", "--orders", orders, "--config", config, "--store", store,
                "--window", "all", "--public-step", 1, "--report", report)
    rows = []
    for (layer, slot), (entry, archive) in sorted(newest_layers(store).items()):
        run(RELEASE / "tilegen", "verify", archive)
        served = compare_served(store, layer, slot, entry["digest"], archive) if serve else "–"
        said = compare_counts(orders, config, archive)
        if slot == "all":
            counted = {reason: rows for reason, rows in json.loads(report.read_text())["rejects"].items() if rows}
            expect("rejects of the report", counted, said["rejects"])
        outside = said["rejects"].pop("outside_window", 0)
        rows.append([f"{name}, {layer} {slot}", f"{said['rows']:,}", f"{outside:,}", f"{sum(said['rejects'].values()):,}",
                     f"{entry['orders']:,}", f"{said['cells']:,}", served, said["differences"],
                     f"{built.wall_s:.2f}", f"{built.cpu_s:.2f}", f"{built.peak_mb:,.0f}"])
        print(", ".join(map(str, rows[-1])), flush=True)
    return rows


def compare_counts(orders, config, archive):
    """The oracle's last line; its differences, if any, end the run."""
    return json.loads(run(sys.executable, ROOT / "benches" / "check_counts.py", "--orders", orders, "--config", config,
                          "--archive", archive).out.splitlines()[-1])


@contextmanager
def tileserve(store):
    """A tile server on a free port of loopback, ready, stopped at the end."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    address = f"127.0.0.1:{port}"
    server = subprocess.Popen([RELEASE / "tileserve", "--store", store, "--listen", address, "--serve-internal"],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_until_ready(server, address)
        yield address
    finally:
        server.terminate()
        server.wait(20)


def wait_until_ready(server, address):
    for _ in range(200):
        if server.poll() is not None:
            sys.exit(f"tileserve ended with status {server.returncode}")
        try:
            if get(address, "/health/ready")[0] == 200:
                return
        except OSError:
            pass
        time.sleep(0.05)
    sys.exit("tileserve was not ready in ten seconds")


def get(address, path, **headers):
    """(status, headers, body) of one request."""
    connection = http.client.HTTPConnection(address, timeout=10)
    try:
        connection.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        reply = connection.getresponse()
        return reply.status, reply.headers, reply.read()
    finally:
        connection.close()


def compare_served(store, layer, slot, digest, archive):
    """Asks for tiles spread over the archive, by both URLs; the number that came back as stored."""
    stored = {(z, x, y): data for z, x, y, data in Archive(archive).tiles()}
    chosen = list(stored)[::max(1, len(stored) // TILES_A_LAYER)]
    with tileserve(store) as address:
        ask_for_tiles(address, layer, slot, digest, stored, chosen)
    return len(chosen)


def ask_for_tiles(address, layer, slot, digest, stored, chosen):
    """A tile is the archive's bytes, then 304; a hole beside it is 204."""
    for z, x, y in chosen:
        for version in (f"{slot}@{digest}", slot):
            path = f"/v1/tiles/{layer}/{version}/{z}/{x}/{y}.mvt"
            status, headers, body = get(address, path, Accept_Encoding="gzip")
            expect(path, (status, headers["Content-Encoding"], body == stored[z, x, y]), (200, "gzip", True))
            again, _, body = get(address, path, Accept_Encoding="gzip", If_None_Match=headers["ETag"])
            expect(path, (again, body), (304, b""))
    hole = a_hole(stored)
    path = "/v1/tiles/{}/{}/{}/{}/{}.mvt".format(layer, slot, *hole)
    expect(path, get(address, path)[0], 204)


def a_hole(stored):
    """An address beside a tile of the deepest zoom that the archive does not have."""
    if not stored:
        return (5, 0, 0)
    deepest = max(z for z, _, _ in stored)
    return next((z, x + 1, y) for z, x, y in stored if z == deepest and (z, x + 1, y) not in stored)


def expect(path, found, wanted):
    if found != wanted:
        sys.exit(f"{path}: {found}, expected {wanted}")


if __name__ == "__main__":
    main()
