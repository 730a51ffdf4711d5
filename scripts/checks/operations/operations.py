"""Runs the operators' scripts and every command of their docs, on a folder and on a real S3 server.

Prints one JSON line with the seconds of each step. Exit status 1 if a script fails or behaves wrongly, or if a store is
not, byte for byte, what it should be.
"""

import argparse
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

from checks.lib import monitoring
from checks.lib.s3_server import seaweedfs
from checks.lib.serving import RELEASE, ROOT, free_port
from checks.operations import training

SCRIPTS = ROOT / "scripts"
NEEDS_MORE = re.compile(r"# (cloud: |needs a (cluster|cloud|source))")
RUNS = "private/runs/"  # how the last runs on a store ended; a copy does not have them
DOCS = ["docs/runbook/*.md", "docs/recovery.md", "docs/handover.md", "docs/cdn.md", "docs/release.md", "docs/api.md"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="a folder that tilegen sample wrote")
    parser.add_argument("--clients", type=int, action="append", help="for the load test; 50 if omitted")
    args = parser.parse_args()
    summary = {}
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        store = maps(args.data, folder)
        summary["scripts"] = every_script_has_help()
        for name, place in (("folder", folders(folder / "folders")), ("s3", buckets(folder / "s3"))):
            with place as (new, environment):
                summary[name] = recovery(store, new, environment)
        with serving(store, folder) as run:
            summary["rollback"] = rollback(store, args.data, run)
            summary["health_and_smoke"] = health_and_smoke(run)
            deployment(store, folder, run)
            summary["load"] = load(run, args.clients or [50])
            summary["commands"] = commands(store, folder, args.data, run)
        summary["exercises"] = exercises()
    print(json.dumps(summary))


def maps(data, folder):
    """A store with some maps: every layer, then vendors again."""
    store, metrics = folder / "store", folder / "metrics"
    metrics.mkdir()
    areas = ["--areas", data / "areas", "--regions", data / "regions", "--neighbourhoods", data / "neighbourhoods"]
    orders = ["--orders", data / "orders", "--store", store]
    snapshot = monitoring.snapshot_arguments(data, store)
    snapshot[1] = folder / "vendors.parquet"
    shutil.copy(data / "vendors/snapshot.parquet", snapshot[1])
    for build, arguments in [
        ("areas", [*areas, "--store", store]),
        ("density", [*orders, "--window", "30d", "--every", "1d"]),
        ("area-stats", [*orders, *areas]),
        ("snapshot", [*snapshot, "--every", "10m", "--after-publish", shutil.which("true")]),
    ]:
        sure(monitoring.tilegen(metrics, build, *arguments) == 0, f"tilegen {build} failed")
    return store


def every_script_has_help():
    """--help describes the script; a wrong option is rejected. Each use below checks that --dry-run changes nothing."""
    names = [
        "deploy",
        "rollback",
        "health-check",
        "smoke-test",
        "load-test",
        "backup",
        "restore",
        "package",
        "ops",
        "dead-mans-switch",
    ]
    for name in names:
        helped = run_script(name, "--help")
        sure(len(helped.stdout.splitlines()) >= 3, f"{name} --help is too short")
        sure(run_script(name, "--no-such-option", fails=True).returncode != 0, f"{name} accepts a wrong option")
    for way in (
        ["--way", "kubernetes", "--environment", "dev", "--set", "image.tag=x"],
        ["--way", "machine", "--inventory", "i.yml", "--bundle", __file__],
    ):
        bare = {"PATH": f"{placeholder_programs()}:/usr/bin:/bin"}
        plan = run_script("deploy", *way, "--url", "http://127.0.0.1:1", "--dry-run", env=bare).stderr
        sure("foodmap" in plan and "smoke-test" in plan, f"deploy {way[1]} prints {plan}")
    return len(names)


def placeholder_programs(script="exit 99"):
    """A folder with the programs that a dry run looks for; they fail if they are called."""
    folder = Path(tempfile.mkdtemp())
    for name in ("helm", "kubectl", "ansible-playbook"):
        (folder / name).write_text(f"#!/bin/sh\n{script}\n")
        (folder / name).chmod(0o755)
    return folder


def deployment(store, folder, run):
    """scripts/deploy checks first, reports each step, and rolls back if the server that it finds is not right."""
    succeed = 'case $* in *history*) echo \'[{"status": "deployed"}]\' ;; *) echo yes ;; esac'
    report, way = folder / "report.md", ["--way", "kubernetes", "--environment", "dev"]
    done = run_script(
        "deploy", *way, "--url", run["inside"], "--store", store, "--roll-back", "--report", report,
        env={"PATH": f"{placeholder_programs(succeed)}:{os.environ['PATH']}"},
        fails=True,
    )  # fmt: skip
    written = report.read_text()
    sure(
        done.returncode == 1 and "there are no orders of" in done.stdout,
        f"old orders were deployed: {done.stdout}{done.stderr}",
    )
    rows = ["| preflight | ok |", "| install | ok |", "| health | failed |", "| roll back | ok |", "it failed"]
    sure(all(row in written for row in rows), f"the report of a deployment is\n{written}{done.stderr}")
    sure("create-only" in done.stdout, f"the store was not probed: {done.stdout}")


@contextmanager
def folders(work):
    work.mkdir()
    yield (lambda name: Place(str(work / name))), {}


@contextmanager
def buckets(work):
    work.mkdir()
    with seaweedfs(work) as s3:
        yield (lambda name: Place(f"{s3.address}/{name}", s3)), s3.environment


class Place:
    """A store by its address, and its objects."""

    def __init__(self, address, s3=None):
        self.address, self.s3 = address, s3
        self.prefix = address.split("://", 1)[1].split("/", 1)[1] + "/" if s3 else ""

    def objects(self):
        """The digest of every object, by key."""
        if self.s3:
            return {key.removeprefix(self.prefix): digest(self.s3.get(key)) for key in self.s3.keys(self.prefix)}
        return {
            str(path.relative_to(self.address)): digest(path.read_bytes())
            for path in sorted(Path(self.address).rglob("*"))
            if path.is_file()
        }

    def remove(self, key):
        if self.s3:
            self.s3.remove(self.prefix + key)
        else:
            (Path(self.address) / key).unlink()

    def write(self, key, data):
        if self.s3:
            self.s3.put(self.prefix + key, data)
        else:
            (Path(self.address) / key).write_bytes(data)

    def read(self, key):
        return self.s3.get(self.prefix + key) if self.s3 else (Path(self.address) / key).read_bytes()


def digest(data):
    return hashlib.sha256(data).hexdigest()


def recovery(source, new, environment):
    """Back up, restore a lost store, repair a damaged store, reject a damaged backup; the seconds of each."""
    store, copy = new("store"), new("copy")

    def script(*arguments, **more):
        return run_script(*arguments, env=environment, **more)

    script("restore", "--from", source, "--store", store.address, "--last", "9")
    right = store.objects()
    copied = {key: value for key, value in Place(str(source)).objects().items() if not key.startswith(RUNS)}
    sure(right and right == copied, "the store differs from its source")

    script("backup", "--store", store.address, "--to", copy.address, "--dry-run")
    sure(not copy.objects(), "a dry run wrote something")
    took = {"objects": len(right)}
    took["backup_s"] = timed(lambda: script("backup", "--store", store.address, "--to", copy.address, "--last", "9"))
    sure(copy.objects() == right, "the copy differs from the store")
    took["backup_again_s"] = timed(
        lambda: script("backup", "--store", store.address, "--to", copy.address, "--last", "9")
    )
    sure(copy.objects() == right, "a second backup changed the copy")

    lost = new("lost")
    took["restore_lost_s"] = timed(
        lambda: script("restore", "--from", copy.address, "--store", lost.address, "--last", "9")
    )
    sure(lost.objects() == right, "the restored store differs from the lost one")

    gone, hurt = [key for key in right if key.endswith(".pmtiles")][:2]
    lost.remove(gone)
    lost.write(hurt, flipped(lost.read(hurt)))
    took["restore_damaged_s"] = timed(
        lambda: script("restore", "--from", copy.address, "--store", lost.address, "--last", "9")
    )
    sure(lost.objects() == right, "the damaged store was not repaired")

    whole = store.read(hurt)
    store.write(hurt, flipped(whole)[:-1])
    failed = script("backup", "--store", store.address, "--to", copy.address, "--last", "9", fails=True)
    sure(failed.returncode != 0 and "is damaged" in failed.stderr, "a damaged store was copied")
    sure(copy.objects() == right, "a damaged store damaged its copy")
    return took


def flipped(data):
    return data[:-1] + bytes([data[-1] ^ 1])


@contextmanager
def serving(store, folder):
    """A server with internal layers and one without, with their admin listeners."""
    ports = [free_port() for _ in range(4)]
    ready = [f"http://127.0.0.1:{admin}/health/ready" for admin in ports[1::2]]
    inside = monitoring.server(store, folder, ports[0], ports[1])
    outside = monitoring.server(store, folder, ports[2], ports[3], internal=False)
    with monitoring.process(inside, ready[0]), monitoring.process(outside, ready[1]):
        yield {
            "inside": f"http://127.0.0.1:{ports[0]}",
            "url": f"http://127.0.0.1:{ports[2]}",
            "admin": f"http://127.0.0.1:{ports[3]}",
        }


def rollback(store, data, run):
    """Roll orders back under running servers, although vendors were published since. The second time there is nothing
    to go back to.
    """

    def numbers():
        return [each["number"] for each in json.loads(tilegen("catalog", "list", "--store", store))]

    def changed(one, other):
        changes = json.loads(tilegen("catalog", "diff", one, other, "--store", store))["changes"]
        return {change["slot_path"] for change in changes}

    good = numbers()[0]
    tilegen("density", "--orders", data / "orders", "--store", store, "--window", "30d", "--as-of", "2026-11-21")
    snapshot = monitoring.snapshot_arguments(data, store)
    snapshot[1] = store.parent / "vendors.parquet"
    snapshot[1].touch()  # newer than the published snapshot
    tilegen("snapshot", *snapshot)
    bad = numbers()[0]
    run_script("rollback", "map", "--store", store)
    run_script("rollback", "map", "--store", store, "--job", "orders", "--dry-run")
    sure(numbers()[0] == bad, "a list or a dry run published a map")
    started = time.monotonic()
    run_script("rollback", "map", "--store", store, "--job", "orders", "--reason", "rehearsal")
    follows(run, bad + 1)
    took = time.monotonic() - started
    densities = {"density/30d"}  # the public window is carried over
    sure(not changed(good, bad + 1) & densities, "the orders are not those of the good map")
    again = run_script("rollback", "map", "--store", store, "--job", "orders", fails=True)
    sure(again.returncode != 0 and "nothing to roll orders back to" in again.stderr, f"twice: {again.stderr}")
    sure(numbers()[0] == bad + 1, "two rollbacks published two maps")
    run_script("rollback", "map", "--store", store, "--job", "orders", "--to", bad)
    sure(not changed(bad, bad + 2) & densities, "the map was not rolled back to by its number")
    run_script("rollback", "map", "--store", store, "--job", "orders", "--to", good, "--no-hold")
    tilegen("catalog", "release", "--job", "orders", "--store", store)
    follows(run, numbers()[0])
    return {"seconds_to_be_seen": round(took, 2)}


def follows(run, number):
    """Wait until both servers serve a map."""

    def shown(server):
        return json.loads(monitoring.fetch(f"{run[server]}/v1/catalog.json"))["number"]

    deadline = time.monotonic() + 20
    while {shown("url"), shown("inside")} != {number}:
        sure(time.monotonic() < deadline, f"a server does not follow to map {number}")
        time.sleep(0.05)


def health_and_smoke(run):
    """health-check and smoke-test accept a good server, and report what is wrong with a bad one."""
    fresh = ["--any-age"]
    run_script("health-check", *fresh, "--admin", run["admin"], run["url"])
    run_script("smoke-test", run["url"])
    open_one = run_script("smoke-test", run["inside"], fails=True)
    sure(
        open_one.returncode == 1 and "every client sees density" in open_one.stdout,
        "an open server passed the smoke test",
    )
    absent = run_script("health-check", *fresh, "http://127.0.0.1:1", fails=True)
    sure(absent.returncode == 1, "the health check passed without a server")
    old = run_script("health-check", "--vendors-minutes", "0.0001", run["url"], fails=True)
    sure(old.returncode == 1 and "minutes old" in old.stdout, "old vendors passed the health check")
    return 5


def load(run, clients):
    numbers = [word for each in clients for word in ("--clients", str(each))]
    passed = run_script("load-test", *numbers, "--seconds", "4", "--p90-ms", "500", run["url"])
    refused = run_script("load-test", "http://tiles.example", "--dry-run", fails=True)
    sure(refused.returncode != 0, "load-test accepts a server that is not ours")
    return [json.loads(line) for line in passed.stdout.splitlines()]


def commands(store, folder, data, run):
    """Every command of the operators' docs, with the variables that they use."""
    environment = {
        "STORE": store,
        "SERVER": run["url"],
        "ADMIN": run["admin"],
        "METRICS": folder / "metrics",
        "ORDERS": data / "orders",
        "COPY": folder / "doc-copy",
        "NEW": folder / "doc-new",
        "PATH": f"{RELEASE}:{os.environ['PATH']}",
    }
    files = sorted(file for pattern in DOCS for file in ROOT.glob(pattern))
    ran = skipped = 0
    for file in files:
        for block in blocks_of(file):
            if NEEDS_MORE.match(block.lstrip()):
                skipped += 1
                continue
            done = subprocess.run(
                ["bash", "-euo", "pipefail", "-c", block],
                cwd=ROOT,
                text=True,
                capture_output=True,
                env=os.environ | {name: str(value) for name, value in environment.items()},
            )
            sure(
                done.returncode == 0,
                f"{file.relative_to(ROOT)}: this command fails:\n{block}{done.stdout[-500:]}{done.stderr[-1000:]}",
            )
            ran += 1
    return {"run": ran, "need a cluster, a cloud or a source": skipped}


def blocks_of(file):
    """The blocks of a page. Those of docs/api.md are one script about one server, after the block that starts it."""
    blocks = re.findall(r"(?m)^ *```sh\n(.*?)^ *```", file.read_text(), re.S)
    if file.name != "api.md":
        return blocks
    script = "".join(block for block in blocks if not block.startswith("tileserve "))
    return [script.replace("server=http://127.0.0.1:8080", 'server=$SERVER; cd "$(mktemp -d)"')]


def exercises():
    """The exercises of docs/training.md have the output that the page shows; another output is found."""
    sure(training.differences("```sh\necho one\n```\n```text\ntwo\n```\n"), "another output is not found")
    text = (ROOT / "docs/training.md").read_text()
    for difference in training.differences(text):
        sure(False, f"docs/training.md: {difference}")
    return len(training.exercises(text))


def tilegen(*arguments):
    done = subprocess.run([RELEASE / "tilegen", *map(str, arguments)], capture_output=True, text=True)
    sure(done.returncode == 0, done.stderr)
    return done.stdout


def run_script(name, *arguments, fails=False, env=None):
    command = [SCRIPTS / name, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | (env or {}))
    sure(fails or done.returncode == 0, f"scripts/{name} {' '.join(map(str, arguments))}:\n{done.stdout}{done.stderr}")
    return done


def timed(do):
    started = time.monotonic()
    do()
    return round(time.monotonic() - started, 2)


def sure(is_so, otherwise):
    if not is_so:
        sys.exit(f"wrong: {otherwise}")


if __name__ == "__main__":
    main()
