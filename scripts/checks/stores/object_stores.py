"""Runs the test suite of the store, and tileserve, against real object stores on loopback.

SeaweedFS and moto implement S3, Azurite implements Azure's protocol. `tilegen/tests/integration/stores.rs` runs against
each. Then layers of demo data are built into it, a map is rolled back, and tileserve must serve the tiles of an archive
that was built into a folder.
Exit status 1 if anything differs.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from checks.lib.object_servers import azurite, moto, seaweedfs
from checks.lib.serving import ROOT, compare_served, expect, tilegen


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="a folder that tilegen sample wrote")
    parser.add_argument("--azurite", required=True, help="the azurite-blob command")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        local = Path(folder) / "store"
        tilegen("density", "--orders", args.data / "orders", "--store", local)
        servers: dict[str, Callable[..., AbstractContextManager[tuple[str, dict[str, str]]]]]
        servers = {"seaweedfs": seaweedfs, "moto": moto, "azurite": azurite}
        for name, start in servers.items():
            work = Path(folder) / name
            work.mkdir()
            started = time.perf_counter()
            with start(work, azurite_command=args.azurite) as (address, settings):
                env = os.environ | settings
                suite(address, env)
                tiles = end_to_end(address, env, args.data, local)
            print(
                json.dumps({"store": name, "tiles": tiles, "seconds": round(time.perf_counter() - started, 1)}),
                flush=True,
            )


def suite(address, env):
    command = [
        "cargo",
        "nextest",
        "run",
        "--release",
        "--locked",
        "--workspace",
        "--test",
        "integration",
        "--filterset",
        "package(tilegen) and test(/^stores::/)",
        "--no-fail-fast",
        "--status-level",
        "fail",
        "--final-status-level",
        "fail",
    ]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=env | {"FOODMAP_TEST_STORE": address},
        stderr=subprocess.STDOUT,
        stdout=subprocess.PIPE,
        text=True,
    )
    if done.returncode != 0:
        sys.exit(f"{address}: the suite failed\n{done.stdout[-6000:]}")


def end_to_end(address, env, data, local):
    """Build, roll back, serve; the number of tiles that were compared with the folder's archive."""
    store = f"{address}/map"
    tilegen("density", "--orders", data / "orders", "--store", store, env=env)
    tilegen("areas", "--areas", data / "areas", "--store", store, env=env)
    tilegen("catalog", "rollback", "1", "--store", store, env=env)
    newest = json.loads(tilegen("catalog", "--store", store, env=env))
    expect("number of the newest map", newest["number"], 3)
    own = json.loads(tilegen("catalog", "--store", local))
    tiles = 0
    for entry, other in zip(newest["layers"], own["layers"], strict=True):
        expect(f"{address}, {entry['layer']}", entry["digest"], other["digest"])
        archive = local / "archives" / entry["layer"] / entry["slot"] / f"{entry['digest']}.pmtiles"
        tiles += compare_served(store, entry["layer"], entry["slot"], entry["digest"], archive, env)
    return tiles


if __name__ == "__main__":
    main()
