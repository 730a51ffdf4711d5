"""Runs the test suite of the store, and tileserve, against real object stores on loopback.

SeaweedFS and moto implement S3, Azurite implements Azure's protocol. `tilegen/tests/integration/stores.rs` runs against
each. Then layers of demo data are built into it, a map is rolled back, and tileserve must serve the tiles of an archive
that was built into a folder. The same is done with keys that clients encode in URLs: inputs are uploaded with the
store's own SDK, and tilegen reads them and publishes under such a prefix. A person is erased from orders and a map in
a store of each protocol (`erasing.py`).

`memory_s3.py` is a store that honours, ignores or races conditional writes. Two jobs that publish to it at once both
add their layers, or fail and say why.
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

from checks.lib import bucket
from checks.lib.object_servers import BUCKET, azurite, moto, s3_settings, seaweedfs
from checks.lib.serving import RELEASE, ROOT, compare_served, expect, tilegen
from checks.stores.erasing import Erasing
from checks.stores.memory_s3 import MemoryS3, Writes

# A prefix, and the names below it, of keys that are percent-encoded in URLs or look as if they were.
PREFIX = "ورودی 100%/a%2Fb ~#1a?+&=x"
NAMES = ["50%.parquet", "%41.parquet", "~home.parquet", "no#2a.parquet", "why?.parquet", "1+1=2.parquet"]
NAMES += ["two words.parquet", "سفارش.parquet", "a%2Fb.parquet", "it's (1), @home; $5!.parquet"]
MANIFEST = "manifests/0000000001.json"
ERASED_IN = {"seaweedfs", "azurite"}  # one store of each protocol


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="a folder that tilegen sample wrote")
    parser.add_argument("--azurite", required=True, help="the azurite-blob command")
    parser.add_argument("--parquet-python", type=Path, required=True, help="a Python that has pyarrow")
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
                tiles += strange_keys(address, settings, args.data, local, work)
                erasing = Erasing(address, settings, args.parquet_python, work)
                erased = erasing.check(args.data) if name in ERASED_IN else 0
            report(started, store=name, tiles=tiles, erased_orders=erased)
        started = time.perf_counter()
        google(Path(folder), args.data, local)
        report(started, store="the client of Google Cloud Storage")
        checks: dict[Writes, Callable[..., None]]
        checks = {"honoured": honoured, "ignored": ignored, "raced": raced}
        for conditional_writes, check in checks.items():
            started = time.perf_counter()
            with MemoryS3(conditional_writes) as store:
                check(store, args.data, local)
            report(started, conditional_writes=conditional_writes)


def report(started, **figures):
    print(json.dumps(figures | {"seconds": round(time.perf_counter() - started, 1)}), flush=True)


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


def strange_keys(address, settings, data, local, work):
    """Inputs and a map under keys that clients encode; the number of tiles that were compared."""
    env = os.environ | settings
    orders = sorted((data / "orders").rglob("*.parquet"))
    keys = [f"{PREFIX}/orders/{number}/{NAMES[number % len(NAMES)]}" for number in range(len(orders))]
    vendors = f"{PREFIX}/{NAMES[0]}"
    for key, file in zip(keys, orders, strict=True):
        bucket.put(settings, key, file.read_bytes())
    bucket.put(settings, vendors, max((data / "vendors").glob("*.parquet")).read_bytes())
    store = f"{address}/{PREFIX}/map"
    tilegen("density", "--orders", f"{address}/{PREFIX}/orders", "--store", store, env=env)
    built, own = (json.loads(tilegen("catalog", "--store", each, env=env)) for each in (store, local))
    for entry, other in zip(built["layers"], own["layers"], strict=True):
        expect(f"{store}, {entry['layer']}", entry["digest"], other["digest"])
    expect(f"{store}, its first manifest", f"{PREFIX}/map/{MANIFEST}" in bucket.keys(settings, PREFIX), True)
    # Each of these builds has one file of all that are published, which a guard would stop.
    cities = ("tehran", "mashhad", "shiraz")
    accepted = [f"--accept=orders:{city}:2000-01-01..2099-12-31" for city in cities]
    for key in keys[: len(NAMES)]:
        orders_of_key = ("--orders", f"{address}/{key}", *accepted)
        tilegen("density", "--layer", "density", "--window", "all", *orders_of_key, "--store", store, env=env)
    snapshot = ["snapshot", "--vendors", f"{address}/{vendors}", "--areas", data / "areas"]
    tilegen(*snapshot, "--store", store, env=env)
    into = work / "fetched"
    tilegen("fetch", "--from", address, "--into", into, f"{PREFIX}/orders", vendors, env=env)
    tilegen("fetch", "--from", f"{address}/{PREFIX}", "--into", into / "below", "orders/", NAMES[0], env=env)
    for key, file in zip(keys, orders, strict=True):
        for fetched in (into / key, into / "below" / key.removeprefix(f"{PREFIX}/")):
            expect(fetched, fetched.read_bytes() == file.read_bytes(), True)
    tilegen("catalog", "retire", "--keep", "30d", "--store", store, env=env)
    entry = own["layers"][0]
    archive = local / "archives" / entry["layer"] / entry["slot"] / f"{entry['digest']}.pmtiles"
    return compare_served(store, entry["layer"], entry["slot"], entry["digest"], archive, env)


def google(folder, data, local):
    """Keys and a prefix that the client of Google Cloud Storage encodes in URLs."""
    with MemoryS3("honoured") as store:
        account = {"gcs_base_url": f"http://127.0.0.1:{store.port}", "disable_oauth": True}
        account |= {"client_email": "", "private_key": "", "private_key_id": ""}
        (folder / "account.json").write_text(json.dumps(account))
        env = os.environ | {"GOOGLE_SERVICE_ACCOUNT": str(folder / "account.json"), "ALLOW_HTTP": "true"}
        orders = sorted((data / "orders").rglob("*.parquet"))
        for number, file in enumerate(orders):
            store.put(f"{BUCKET}/in/{number}/{NAMES[number % len(NAMES)]}", file.read_bytes(), False)
        address = f"gs://{BUCKET}"
        tilegen("density", "--orders", f"{address}/in", "--store", f"{address}/map", env=env)
        tilegen("density", "--orders", f"{address}/in/0/{NAMES[0]}", "--store", f"{address}/other", env=env)
        built, own = (json.loads(tilegen("catalog", "--store", each, env=env)) for each in (f"{address}/map", local))
        expect("gs, digests", digests(built), digests(own))
        for number, file in enumerate(orders):
            store.put(f"{BUCKET}/{PREFIX}/orders/{number}/{NAMES[number % len(NAMES)]}", file.read_bytes(), False)
        strange, first = f"{address}/{PREFIX}/map", f"{BUCKET}/{PREFIX}/map/{MANIFEST}"
        tilegen("density", "--orders", f"{address}/{PREFIX}/orders", "--store", strange, env=env)
        built = json.loads(tilegen("catalog", "--store", strange, env=env))
        expect("gs, digests below a strange prefix", digests(built), digests(own))
        expect("gs, its first manifest", store.keys(f"{BUCKET}/{PREFIX}/map/manifests/"), [first])
        into = folder / "fetched-gs"
        tilegen("fetch", "--from", f"{address}/{PREFIX}", "--into", into, "orders", env=env)
        expect("gs, files fetched", len(list(into.rglob("*.parquet"))), len(orders))
        tilegen("catalog", "retire", "--keep", "30d", "--store", strange, env=env)
        entry = own["layers"][0]
        archive = local / "archives" / entry["layer"] / entry["slot"] / f"{entry['digest']}.pmtiles"
        compare_served(strange, entry["layer"], entry["slot"], entry["digest"], archive, env)


def digests(manifest):
    return {(entry["layer"], entry["slot"]): entry["digest"] for entry in manifest["layers"]}


def start(store, job, data, address=f"s3://{BUCKET}/map", env=None):
    """Start a job that publishes to a store in memory."""
    inputs = {"density": ["--orders", data / "orders"], "areas": ["--areas", data / "areas"]}
    return subprocess.Popen(
        [RELEASE / "tilegen", job, *inputs[job], "--store", address],
        env=env or os.environ | s3_settings(store.port),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def expect_refusal(process, sentence):
    """The process fails with one message that contains the sentence."""
    _, errors = process.communicate(timeout=300)
    is_refused = process.returncode != 0 and errors.count("tilegen: ") == 1 and sentence in errors
    expect(f"a refusal with `{sentence}`: {errors[-2000:]}", is_refused, True)


def newest(store):
    """Number and layers of the newest map."""
    key = max(store.keys(f"{BUCKET}/map/manifests/"))
    manifest = json.loads(store.get(key).body)
    return manifest["number"], {entry["layer"] for entry in manifest["layers"]}


def expect_no_probes(store):
    expect("probes that are left", store.keys(f"{BUCKET}/map/probes/"), [])


def honoured(store, data, local):
    """Of two jobs that write the first manifest at once, one takes the next number: both layers stand."""
    store.meet(f"{BUCKET}/map/{MANIFEST}")
    jobs = [start(store, "density", data), start(store, "areas", data)]
    for job in jobs:
        _, errors = job.communicate(timeout=300)
        expect(f"a job next to another: {errors[-2000:]}", job.returncode, 0)
    number, layers = newest(store)
    expect("the newest map", (number, {"density", "areas"} <= layers), (2, True))
    expect_no_probes(store)


def ignored(store, data, local):
    """No job publishes."""
    sentence = f"the store s3://{BUCKET}/map replaces objects that it was asked to create only if they are absent"
    for job in [start(store, "density", data), start(store, "areas", data)]:
        expect_refusal(job, sentence)
    expect("manifests", store.keys(f"{BUCKET}/map/manifests/"), [])
    copy = [RELEASE / "tilegen", "catalog", "copy", "--store", local, "--to", f"s3://{BUCKET}/map"]
    environment = os.environ | s3_settings(store.port)
    expect_refusal(subprocess.Popen(copy, env=environment, stderr=subprocess.PIPE, text=True), sentence)
    # Only how the jobs ended is stored.
    expect("objects", [key for key in store.keys(f"{BUCKET}/") if "/private/runs/" not in key], [])


def raced(store, data, local):
    """The store lets both jobs create the first manifest. The one whose manifest was replaced fails."""
    store.meet(f"{BUCKET}/map/{MANIFEST}")
    jobs = {job: start(store, job, data) for job in ("density", "areas")}
    for job in jobs.values():
        job.wait(300)
    lost = [name for name, job in jobs.items() if job.returncode != 0]
    number, layers = newest(store)
    expect("jobs that lost their layers", (number, lost), (1, [name for name in jobs if name not in layers]))
    expect("one of two jobs is refused", len(lost), 1)
    expect_refusal(jobs[lost[0]], f"the store s3://{BUCKET}/map let another job replace {MANIFEST}")
    again = start(store, lost[0], data)
    expect(f"the same job again: {again.communicate(timeout=300)[1]}", again.returncode, 0)
    expect("both layers", {"density", "areas"} <= newest(store)[1], True)
    expect_no_probes(store)


if __name__ == "__main__":
    main()
