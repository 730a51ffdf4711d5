"""Runs a server under all kinds of load and faults at once, and checks that it stays correct and small.

The store (SeaweedFS) is killed and started again, disconnected for seconds at a time, and slow or failing in between.
The map is replaced every two seconds by one of two builds. Readers send requests without a pause; other clients
disconnect in the middle of a request or a response. An error is: a byte that does not match its address or tag; any
status but 200, 204 and, while the store fails or recovers, 503; a map that cannot be published to a healthy store; a
panic; an exit; growing memory: resident bytes in the last quarter above those of the second quarter by more than 8 MiB
(medians). Exit status 1 after any error.
"""

import argparse
import json
import os
import random
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any

from checks.lib.fault_proxy import FaultProxy, Faults
from checks.lib.object_servers import SeaweedFS, s3_settings
from checks.lib.serving import RELEASE, tileserve_process
from checks.stores.two_builds import LAYER, SLOT, Reader, running, two_builds

GROWTH_KB = 8 << 10
OUTAGE_S, CALM_S, MAP_S = 3, 9, 2
DEADLINE_S = 2  # for a tile to come from the store
RECOVERY_S = 12  # the client of the object store waits between its retries
KEEP_S = 600  # longer than any outage: readers request the previous build all the time
# Without a tile cache, every request reads from the store.
CONFIG = f"""memory_mb = 0
tile_cache_mb = 0
[manifest]
poll_interval_seconds = 0.5
retention_seconds = {KEEP_S}
[timeouts]
store_timeout_seconds = {DEADLINE_S}
tile_timeout_seconds = {DEADLINE_S}
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="a folder that tilegen sample wrote")
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--readers", type=int, default=4)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        with SeaweedFS(folder) as seaweedfs:
            summary = soak(args, seaweedfs, folder)
    print(json.dumps(summary))
    sys.exit(1 if summary["wrong"] else 0)


def soak(args, seaweedfs, folder):
    address, settings = seaweedfs.address()
    store, direct = f"{address}/soak", os.environ | settings
    builds = two_builds(args.data, store, direct, folder)
    proxy = FaultProxy(seaweedfs.port)
    weather = Weather(proxy, seaweedfs)
    config, log_file = folder / "tileserve.toml", folder / "server.log"
    config.write_text(CONFIG)
    with tileserve_process(store, os.environ | s3_settings(proxy.port), config, log_file) as (process, address):
        threads: list[Any] = [CheckingReader(address, builds, seed, weather) for seed in range(args.readers)]
        threads += [LeavingClient(address, builds, seed) for seed in range(2)]
        memory = Memory(process.pid)
        end, maps, wrong = time.monotonic() + args.minutes * 60, Counter[str](), Counter[str]()
        with running([*threads, weather, memory]):
            while time.monotonic() < end and process.poll() is None and weather.is_alive():
                publish(maps, wrong, weather, store, direct)
                time.sleep(MAP_S)
            wrong["ended"] += process.poll() is not None
            wrong["store did not recover"] += not weather.is_alive()
    proxy.close()
    log = log_file.read_text()
    answers: Counter[str] = sum((thread.answers for thread in threads), Counter())
    wrong += sum((thread.wrong for thread in threads), Counter())
    wrong["panics"] += log.count("panicked")
    wrong["growth"] += memory.growth_kb() > GROWTH_KB
    examples = [line for thread in threads for line in getattr(thread, "examples", [])][:5]
    return {
        "minutes": args.minutes,
        "maps": dict(maps),
        "outages": weather.outages,
        "kills": weather.kills,
        "answers": dict(answers),
        "wrong": sum(wrong.values()),
        "wrong_by_kind": dict(+wrong),
        "examples": examples,
        "rss_mib": {
            "median": round(statistics.median(memory.samples) / 1024, 1),
            "most": round(max(memory.samples) / 1024, 1),
        },
        "growth_kib": memory.growth_kb(),
    }


def publish(maps, wrong, weather, store, env):
    """Publish the other of the two builds. A failing store may reject that."""
    was_bad = weather.is_bad()
    number = maps.total() % 2 + 1
    done = subprocess.run(
        [RELEASE / "tilegen", "catalog", "rollback", str(number), "--store", store],
        env=env,
        capture_output=True,
        check=False,
    )
    is_refused = done.returncode != 0
    maps["refused" if is_refused else "published"] += 1
    wrong["not published"] += is_refused and not (was_bad or weather.is_bad())


class Weather(threading.Thread):
    """Makes the store fail for a while, then recover, again and again."""

    def __init__(self, proxy, seaweedfs):
        super().__init__()
        self.proxy, self.seaweedfs = proxy, seaweedfs
        self.is_over, self.outages, self.kills, self.bad_until = False, 0, 0, 0.0

    def run(self):
        kinds = [
            Faults(down=True),
            Faults(errors=0.3, throttles=0.2),
            None,
            Faults(stalls=0.3, stall_s=1),
            Faults(cuts=0.3),
        ]
        while not self.is_over:
            time.sleep(CALM_S)
            self.bad_until = float("inf")
            self.fail(kinds[self.outages % len(kinds)])
            self.outages += 1
            self.bad_until = time.monotonic() + RECOVERY_S

    def fail(self, faults):
        """Inject faults; without any, kill the store's process and start it again."""
        if faults is None:
            self.kills += 1
            self.seaweedfs.kill()
        else:
            self.proxy.faults = faults
        time.sleep(OUTAGE_S)
        if faults is None:
            self.seaweedfs.start()
        self.proxy.faults = Faults()

    def is_bad(self):
        return time.monotonic() < self.bad_until


class CheckingReader(Reader):
    """Checks every response; while the store fails, 503 is allowed."""

    KINDS = ("latest", "latest", "immutable", "immutable", "catalog")

    def __init__(self, address, builds, seed, weather):
        super().__init__(address, builds, seed)
        self.weather, self.examples, self.status, self.path = weather, [], 0, ""

    def get(self, path):
        self.path = path
        self.status, tag, body = super().get(path)
        return self.status, tag, body

    def check(self, kind):
        was_bad = self.weather.is_bad()
        try:
            is_right = kind()
        except ValueError:
            is_right = False  # the document is not JSON
        is_refused = self.status == 503 and (was_bad or self.weather.is_bad())
        self.answers["refused" if is_refused else kind.__name__] += 1
        if not is_right and not is_refused:
            self.wrong[kind.__name__] += 1
            self.examples.append(f"{self.path}: {self.status}")


class LeavingClient(threading.Thread):
    """Disconnects: in the middle of a request, right after it, or during the response."""

    def __init__(self, address, builds, seed):
        super().__init__()
        host, port = address.split(":")
        self.address, self.random, self.is_over = (host, int(port)), random.Random(seed), False
        self.paths = [f"/v1/tiles/{LAYER}/{SLOT}/{z}/{x}/{y}.mvt" for z, x, y in builds[0].tiles]
        self.paths.append(f"/v1/archives/{LAYER}/{SLOT}@{builds[0].digest}.pmtiles")
        self.answers: Counter[str] = Counter()
        self.wrong: Counter[str] = Counter()

    def run(self):
        while not self.is_over:
            path = self.random.choice([self.random.choice(self.paths), self.paths[-1]])
            request = f"GET {path} HTTP/1.1\r\nHost: soak\r\n\r\n".encode()
            with socket.create_connection(self.address, timeout=10) as stream:
                # Closed by a reset, as by a browser that was killed.
                stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                stream.sendall(request[: self.random.choice([9, len(request), len(request)])])
                if self.random.random() < 0.5:
                    stream.settimeout(0.05)
                    with suppress(TimeoutError):
                        stream.recv(100)
            self.answers["left"] += 1
            time.sleep(0.01)


class Memory(threading.Thread):
    """The server's resident memory in KiB, sampled twice a second."""

    def __init__(self, pid):
        super().__init__()
        self.status, self.samples, self.is_over = Path(f"/proc/{pid}/status"), [], False

    def run(self):
        while not self.is_over:
            try:
                lines = self.status.read_text().splitlines()
                self.samples += [int(line.split()[1]) for line in lines if line.startswith("VmRSS")]
            except (FileNotFoundError, ProcessLookupError):
                return
            time.sleep(0.5)

    def growth_kb(self):
        quarter = max(len(self.samples) // 4, 1)
        return int(statistics.median(self.samples[-quarter:]) - statistics.median(self.samples[quarter : 2 * quarter]))


if __name__ == "__main__":
    main()
