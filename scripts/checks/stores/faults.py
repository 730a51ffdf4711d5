"""Runs builders and server against an object store that fails, and checks the results.

SeaweedFS is the store, with `fault_proxy.py` in front of it. Four parts, all by default:

kills    every job is killed before and after each of its requests to the store: afterwards the newest map is complete,
         a second run succeeds, and `retire` leaves only objects that this map lists
builds   5 % errors, stalls of 2 s, truncated bodies, slow bodies, 503 with Retry-After: a build succeeds, or fails with
         one error message and leaves the previous map in place
serving  the same faults and a store that is down: cached tiles are served, others are served or rejected with 503
         within the deadline, and no byte is wrong; reads of the store are counted
broken   damaged archives, published as new ones and written over good ones while clients read

Exit status 1 if anything is wrong.
"""

import argparse
import hashlib
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import ExitStack, contextmanager
from pathlib import Path

import boto3
from botocore.config import Config

from checks.lib.archive import Archive
from checks.lib.fault_proxy import FaultProxy, Faults
from checks.lib.object_servers import BUCKET, KEY, SECRET, seaweedfs
from checks.lib.serving import RELEASE, expect, get, tilegen, tileserve

LAYER, SLOT = "density", "30d"
PUBLIC_WINDOWS = "density-public"  # the one layer whose windows are recorded before they are published
TILE_SECONDS = 3
SLACK_S = 1.5  # for a busy machine
KINDS = {
    "5 % errors": Faults(errors=0.05),
    "30 % errors": Faults(errors=0.3),
    "stalls of 2 s": Faults(stalls=0.2),
    "cut bodies": Faults(cuts=0.3),
    "slow drips": Faults(drips=0.5),
    "503 with Retry-After": Faults(throttles=0.3),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="a folder that tilegen sample wrote")
    parser.add_argument("--builds", type=int, default=4, help="builds under each kind of fault")
    parser.add_argument("--sample", type=int, default=1, metavar="N", help="only every Nth kill and damaged archive")
    parser.add_argument("--part", action="append", choices=["kills", "builds", "serving", "broken"])
    args = parser.parse_args()
    parts = {"kills": kills, "builds": builds, "serving": serving, "broken": broken}
    wrong = 0
    with tempfile.TemporaryDirectory() as folder, seaweedfs(Path(folder)) as (address, settings):
        for name in args.part or parts:
            fixture = Fixture(address, settings, args, name, Path(folder))
            started = time.perf_counter()
            try:
                summary = parts[name](fixture)
            finally:
                fixture.proxy.close()
            summary["seconds"] = round(time.perf_counter() - started, 1)
            print(json.dumps({"part": name} | summary), flush=True)
            wrong += summary["wrong"]
    sys.exit(1 if wrong else 0)


class Fixture:
    """A separate store in the bucket, reached directly and through the proxy."""

    def __init__(self, address, settings, args, name, folder):
        port = int(settings["AWS_ENDPOINT"].rsplit(":", 1)[1])
        self.store, self.prefix = f"{address}/{name}", f"{name}/"
        self.data, self.builds, self.sample = args.data, args.builds, args.sample
        self.folder = folder / f"part-{name}"
        self.folder.mkdir()
        self.proxy = FaultProxy(port)
        self.direct = os.environ | settings
        self.through = self.direct | {"AWS_ENDPOINT": f"http://127.0.0.1:{self.proxy.port}"}
        self.objects = boto3.client(
            "s3",
            endpoint_url=f"http://127.0.0.1:{port}",
            region_name="us-east-1",
            aws_access_key_id=KEY,
            aws_secret_access_key=SECRET,
            config=Config(s3={"addressing_style": "path"}),
        )
        self.seen_whole = set()

    def get(self, key):
        return self.objects.get_object(Bucket=BUCKET, Key=self.prefix + key)["Body"].read()

    def put(self, key, body):
        self.objects.put_object(Bucket=BUCKET, Key=self.prefix + key, Body=body)

    def stored_keys(self):
        pages = self.objects.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=self.prefix)
        return [item["Key"][len(self.prefix) :] for page in pages for item in page.get("Contents", [])]

    def newest(self):
        """The newest manifest, or None."""
        manifests = [key for key in self.stored_keys() if key.startswith("manifests/")]
        return json.loads(self.get(max(manifests))) if manifests else None

    def listed(self, manifest):
        """The keys that a manifest lists, each with its digest if the key contains one."""
        for entry in manifest["layers"]:
            stem = f"archives/{entry['layer']}/{entry['slot']}/{entry['digest']}"
            yield f"{stem}.pmtiles", entry["digest"]
            yield f"{stem}.hashes", None
        for entry in manifest.get("tables", []):
            yield f"tables/{entry['name']}/{entry['slot']}/{entry['digest']}.json.gz", entry["digest"]
        for entry in [*manifest["layers"], *manifest.get("tables", [])]:
            yield f"lineage/{entry['build']['lineage']}.json", entry["build"]["lineage"]
        for entry in manifest["layers"]:
            if entry["layer"] == PUBLIC_WINDOWS:
                yield f"public/{entry['layer']}/{entry['from']}_{entry['to']}.json", None
        for digest in manifest.get("reports", {}).values():
            yield f"private/{digest}.json", digest

    def faults_of(self, manifest):
        """The objects of a map that are missing or differ from what was published."""
        wrong = []
        for key, digest in self.listed(manifest):
            if key in self.seen_whole:
                continue
            try:
                body = self.get(key)
            except self.objects.exceptions.NoSuchKey:
                wrong.append(f"{key} is missing")
                continue
            if digest and hashlib.sha256(body).hexdigest()[:32] != digest:
                wrong.append(f"{key} is damaged")
            self.seen_whole.add(key)
        return wrong

    def jobs(self):
        data = self.data
        areas = ["--areas", data / "areas", "--regions", data / "regions", "--neighbourhoods", data / "neighbourhoods"]
        vendors = max((data / "vendors").glob("*.parquet"))
        vendors.touch()  # the demo data may be older than max_age_minutes
        grades = ["--grades", data / "grades.csv"]
        return {
            "density": ["density", "--orders", data / "orders"],
            "areas": ["areas", *areas],
            "snapshot": ["snapshot", "--vendors", vendors, *grades, *areas, "--targets", data / "targets"],
            "area-stats": ["area-stats", "--orders", data / "orders", *areas],
        }

    def start(self, job):
        return subprocess.Popen(
            [RELEASE / "tilegen", *map(str, job), "--store", self.store],
            env=self.through,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )


def kills(fixture):
    """Each job killed before and after each of its requests."""
    summary, wrong = {}, []
    for name, job in fixture.jobs().items():
        tilegen(*job, "--store", fixture.store, env=fixture.through)
        fixture.proxy.take_seen()
        tilegen(*job, "--store", fixture.store, env=fixture.through)
        requests = len(fixture.proxy.take_seen())
        killed = 0
        points = [(number, moment) for number in range(1, requests + 1) for moment in ("before", "after")]
        for number, moment in points[:: fixture.sample]:
            killed += kill_at(fixture, job, number, moment)
            wrong += [f"{name}, {moment} request {number}: {fault}" for fault in fixture.faults_of(fixture.newest())]
        tilegen(*job, "--store", fixture.store, env=fixture.direct)
        summary[name] = {"requests": requests, "killed": killed}
    wrong += orphans(fixture)
    report(wrong)
    return {"jobs": summary, "kills": sum(job["killed"] for job in summary.values()), "wrong": len(wrong)}


def kill_at(fixture, job, number, moment):
    """Run a job and kill it at one point; whether it was killed."""
    is_known = threading.Event()
    process: subprocess.Popen[str]

    def gate(at, when):
        is_known.wait()
        if (at, when) == (number, moment):
            process.kill()
            process.wait()
            return False
        return True

    fixture.proxy.take_seen()
    fixture.proxy.gate = gate
    process = fixture.start(job)
    is_known.set()
    process.communicate()
    fixture.proxy.gate = None
    return process.returncode == -9


def orphans(fixture):
    """Objects that are left after everything but the newest map was retired."""
    time.sleep(1.1)  # times in S3 are whole seconds
    tilegen("catalog", "retire", "--keep", "0d", "--store", fixture.store, env=fixture.direct)
    newest = fixture.newest()
    wanted = {key for key, _ in fixture.listed(newest)} | {f"manifests/{newest['number']:010}.json"}
    left = {key for key in fixture.stored_keys() if not key.startswith(("leases/", "private/runs/"))}
    return [f"{key} is left over" for key in left - wanted] + [f"{key} is gone" for key in wanted - left]


def builds(fixture):
    """Builds under faults: they succeed, or fail and change nothing."""
    job = fixture.jobs()["density"]
    tilegen(*job, "--store", fixture.store, env=fixture.direct)
    right = digests(fixture.newest())
    summary, wrong = {}, []
    for kind, faults in KINDS.items():
        outcomes: Counter[str] = Counter()
        for turn in range(fixture.builds):
            before = fixture.newest()
            fixture.proxy.faults = faults
            process = fixture.start([*job, "--window", ["30d", "7d"][turn % 2]])
            _, errors = process.communicate(timeout=300)
            fixture.proxy.faults = Faults()
            after = fixture.newest()
            wrong += [f"{kind}: {fault}" for fault in fixture.faults_of(after)]
            if process.returncode == 0:
                outcomes["right"] += 1
                if after["number"] <= before["number"] or digests(after)[LAYER, "30d"] != right[LAYER, "30d"]:
                    wrong.append(f"{kind}: the map does not match the orders")
            else:
                outcomes["refused"] += 1
                if errors.strip().count("tilegen: ") != 1 or after["number"] != before["number"]:
                    wrong.append(f"{kind}: failed with more than an error message: {errors[-500:]}")
        summary[kind] = dict(outcomes)
    faulty = Counter(seen.fault for seen in fixture.proxy.take_seen() if seen.fault)
    report(wrong)
    return {"builds": summary, "faults": dict(faulty), "wrong": len(wrong)}


def digests(manifest):
    return {(entry["layer"], entry["slot"]): entry["digest"] for entry in manifest["layers"]}


class Tiles:
    """The tiles of the archive that is served."""

    def __init__(self, fixture):
        entry = next(entry for entry in fixture.newest()["layers"] if entry["layer"] == LAYER)
        self.digest = entry["digest"]
        self.key = f"archives/{LAYER}/{SLOT}/{self.digest}.pmtiles"
        self.bytes = fixture.get(self.key)
        path = fixture.folder / "archive.pmtiles"
        path.write_bytes(self.bytes)
        self.stored = {(z, x, y): data for z, x, y, data in Archive(path).tiles()}
        self.places = sorted(self.stored, key=lambda place: (place[0], hash(place)))

    def ask(self, address, place):
        """Request a tile by its latest address: ('right', 'refused' or 'wrong', seconds)."""
        started = time.perf_counter()
        status, headers, body = get(
            address, "/v1/tiles/{}/{}/{}/{}/{}.mvt".format(LAYER, SLOT, *place), Accept_Encoding="gzip"
        )
        seconds = time.perf_counter() - started
        if status == 200 and body == self.stored[place]:
            return "right", seconds
        is_refused = status == 503 and headers["Retry-After"] and headers["Cache-Control"] == "no-store"
        return ("refused" if is_refused else f"wrong ({status})"), seconds


@contextmanager
def bare_server(fixture, more=""):
    """A server that reads every tile from the store and caches it."""
    config = fixture.folder / "bare.toml"
    config.write_text(
        f"memory_mb = 0\n{more}\n[manifest]\npoll_interval_seconds = 0.5\nlist_interval_seconds = 2\n"
        f"[timeouts]\nstore_timeout_seconds = {TILE_SECONDS}\ntile_timeout_seconds = {TILE_SECONDS}\n"
    )
    with tileserve(fixture.store, fixture.through, config) as address:
        yield address


def serving(fixture):
    """Cached tiles are served, others are served or rejected within the deadline; reads are counted."""
    tilegen(*fixture.jobs()["density"], "--store", fixture.store, env=fixture.direct)
    tiles, wrong, summary = Tiles(fixture), [], {}
    head = fixture.objects.head_object(Bucket=BUCKET, Key=fixture.prefix + tiles.key)
    expect(
        tiles.key,
        (head["ContentType"], head["CacheControl"]),
        ("application/vnd.pmtiles", "max-age=31536000, immutable"),
    )
    expect(tiles.key, head["Metadata"].get("generator", "").split(" ")[0], "tilegen")
    places = iter(random.Random(7).sample(tiles.places, len(tiles.places)))
    with bare_server(fixture) as address:
        reads = count_reads(fixture, tiles, address, places)
        hot = [next(places) for _ in range(20)]
        for place in hot:
            expect(place, tiles.ask(address, place)[0], "right")
        for kind, faults in (KINDS | {"down": Faults(down=True)}).items():
            fixture.proxy.faults = faults
            cold = [next(places) for _ in range(6)]
            answers = [("cold", *tiles.ask(address, place)) for place in cold]
            answers += [("hot", *tiles.ask(address, place)) for place in hot * 10]
            fixture.proxy.faults = Faults()
            summary[kind] = dict(Counter(f"{heat} {outcome}" for heat, outcome, _ in answers))
            for heat, outcome, seconds in answers:
                is_fine = outcome == "right" or (heat == "cold" and outcome == "refused")
                if not is_fine or seconds > TILE_SECONDS + SLACK_S:
                    wrong.append(f"{kind}: a {heat} tile was {outcome} after {seconds:.2f} s")
            wrong += [f"{kind}: {place} did not recover" for place in cold if not recovers(tiles, address, place)]
    wrong += [f"{what}: {count} reads, {most} allowed" for what, (count, most) in reads.items() if count > most]
    report(wrong)
    return {"answers": summary, "reads": {what: count for what, (count, _) in reads.items()}, "wrong": len(wrong)}


def count_reads(fixture, tiles, address, places):
    """The number of requests to the store for each kind of request to the server: (counted, allowed)."""

    def reads(*asked):
        fixture.proxy.take_seen()
        for each in asked:
            expect(each, tiles.ask(address, each)[0], "right")
        return len(
            [
                seen
                for seen in fixture.proxy.take_seen()
                if f"{tiles.digest}.pmtiles" in seen.path and seen.method == "GET"
            ]
        )

    cold = next(places)
    neighbour = next(place for place in tiles.places if place[0] == cold[0] and place != cold)
    counted = {
        "cold tile": (reads(cold), 2),
        "neighbour": (reads(neighbour), 1),
        "hot tile": (reads(cold, neighbour), 0),
    }
    together = next(places)
    fixture.proxy.faults = Faults(stalls=1, stall_s=0.5)
    fixture.proxy.take_seen()
    threads = [threading.Thread(target=tiles.ask, args=(address, together)) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    fixture.proxy.faults = Faults()
    seen = [seen for seen in fixture.proxy.take_seen() if ".pmtiles" in seen.path and seen.method == "GET"]
    return counted | {"20 clients for one tile": (len(seen), 1)}


def recovers(tiles, address, place, seconds=15):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if tiles.ask(address, place)[0] == "right":
            return True
        time.sleep(0.2)
    return False


def eight(number):
    return number.to_bytes(8, "little")


def with_bytes(at, new):
    return lambda archive: archive[:at] + new + archive[at + len(new) :]


# Offsets by the header of PMTiles v3, section 3.
BROKEN = {
    "root offset 0": with_bytes(8, eight(0)),
    "root offset 2^63": with_bytes(8, eight(1 << 63)),
    "root length 2^40": with_bytes(16, eight(1 << 40)),
    "leaf offset 2^63": with_bytes(40, eight(1 << 63)),
    "tile offset 2^64 - 1": with_bytes(56, eight((1 << 64) - 1)),
    "truncated at a third": lambda archive: archive[: len(archive) // 3],
    "zeroed directories": lambda archive: archive[:127] + bytes(400) + archive[527:],
    "wrong magic": with_bytes(0, b"XMTiles"),
    "wrong compression": with_bytes(98, b"\x03"),
    "empty": lambda archive: b"",
    "random bytes": lambda archive: random.Random(3).randbytes(len(archive)),
    "half zeroed": lambda archive: archive[: len(archive) // 2] + bytes(len(archive) - len(archive) // 2),
}


class Readers:
    """Threads that request tiles without a pause and check every response."""

    def __init__(self, tiles, address, can_refuse):
        self.tiles, self.address, self.can_refuse = tiles, address, can_refuse
        self.outcomes: Counter[str] = Counter()
        self.is_over = False
        self.threads = [threading.Thread(target=self.read, args=(seed,)) for seed in range(2)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.is_over = True
        for thread in self.threads:
            thread.join()

    def read(self, seed):
        rng = random.Random(seed)
        while not self.is_over:
            outcome, _ = self.tiles.ask(self.address, rng.choice(self.tiles.places))
            self.outcomes[outcome] += 1

    def faults(self):
        fine = {"right", "refused"} if self.can_refuse else {"right"}
        return [f"{count} answers were {outcome}" for outcome, count in self.outcomes.items() if outcome not in fine]


def broken(fixture):
    """Damaged archives, published as new ones and in place of good ones."""
    tilegen(*fixture.jobs()["density"], "--layer", LAYER, "--store", fixture.store, env=fixture.direct)
    tiles, wrong, summary = Tiles(fixture), [], {}
    damage = dict(list(BROKEN.items())[:: fixture.sample])
    config = fixture.folder / "memory.toml"
    config.write_text("[manifest]\npoll_interval_seconds = 0.5\nlist_interval_seconds = 2\n")
    with ExitStack() as stack:
        whole = stack.enter_context(tileserve(fixture.store, fixture.through, config))
        bare = stack.enter_context(bare_server(fixture, "tile_cache_mb = 0"))
        readers = {
            "in memory": stack.enter_context(Readers(tiles, whole, False)),
            "from the store": stack.enter_context(Readers(tiles, bare, True)),
        }
        for kind, damage_of in damage.items():
            number = publish_broken(fixture, tiles, damage_of(tiles.bytes))
            reports = [state(address, "degraded", number - 1) for address in (whole, bare)]
            wrong += [f"{kind}, published: was not detected" for is_reported in reports if not is_reported]
            tilegen("catalog", "rollback", "1", "--store", fixture.store, env=fixture.direct)
            reports = [state(address, "ready", number + 1) for address in (whole, bare)]
            wrong += [f"{kind}, published: the next good map was not loaded" for is_loaded in reports if not is_loaded]
        refused = readers["from the store"].outcomes["refused"]
        if refused:
            wrong.append(f"{refused} tiles were unavailable because of maps that were not loaded")
        for kind, damage_of in damage.items():
            fixture.put(tiles.key, damage_of(tiles.bytes))
            if not state(bare, "degraded"):
                wrong.append(f"{kind}, in place: was not detected")
            fixture.put(tiles.key, tiles.bytes)
            if not state(bare, "ready"):
                wrong.append(f"{kind}, in place: did not recover")
    for name, each in readers.items():
        summary[name] = dict(each.outcomes)
        wrong += [f"{name}: {fault}" for fault in each.faults()]
    report(wrong)
    return {"kinds": len(damage), "answers": summary, "wrong": len(wrong)}


def publish_broken(fixture, tiles, body):
    """Publish a damaged archive under its own digest, as a faulty builder would; the number of the map."""
    digest = hashlib.sha256(body).hexdigest()[:32]
    hashes = tiles.key.replace(".pmtiles", ".hashes")
    fixture.put(tiles.key.replace(tiles.digest, digest), body)
    fixture.put(hashes.replace(tiles.digest, digest), fixture.get(hashes))
    manifest = fixture.newest()
    manifest["number"] += 1
    manifest["layers"][0] |= {"digest": digest, "bytes": len(body)}
    fixture.put(f"manifests/{manifest['number']:010}.json", json.dumps(manifest))
    return manifest["number"]


def state(address, status, number=None, seconds=20):
    """Wait until /health/ready reports a status; whether it did."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        ready = json.loads(get(address, "/health/ready")[2])
        if ready["status"] == status and number in (None, ready["number"]):
            return True
        time.sleep(0.05)
    return False


def report(wrong):
    for each in wrong[:40]:
        print(each, file=sys.stderr)


if __name__ == "__main__":
    main()
