"""Switches a map back and forth under load and compares every response with its ETag and its address.

SeaweedFS contains two builds of the same slot. `tilegen catalog rollback` publishes them in turn, while readers request
tiles by the latest and by the immutable address, TileJSON, and the catalog. An error is: a body of another build
than its ETag or its address names; a document that mixes two builds; a map number that decreases; any status but
200 and 204; the old map later than the poll interval + 1 s after a flip. Exit status 1 after any error.
"""

import argparse
import http.client
import json
import os
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from checks.lib.object_servers import seaweedfs
from checks.lib.serving import tilegen, tileserve
from checks.stores.two_builds import LAYER, SLOT, Reader, running, two_builds

POLL_S = 0.5
LATEST_S = POLL_S * 1.2 + 1  # the wait between polls varies by a fifth


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="a folder that tilegen sample wrote")
    parser.add_argument("--flips", type=int, default=60)
    parser.add_argument("--readers", type=int, default=4)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        with seaweedfs(folder) as (address, settings):
            summary = flips(args, f"{address}/flips", os.environ | settings, folder)
    print(json.dumps(summary))
    sys.exit(1 if summary["wrong"] else 0)


def flips(args, store, env, folder):
    builds = two_builds(args.data, store, env, folder)
    config = folder / "tileserve.toml"
    config.write_text(f"[manifest]\npoll_interval_seconds = {POLL_S}\n")
    with tileserve(store, env, config) as address:
        readers = [Reader(address, builds, seed) for seed in range(args.readers)]
        delays, wrong = [], Counter[str]()
        with running(readers):
            for flip in range(args.flips):
                tilegen("catalog", "rollback", flip % 2 + 1, "--store", store, env=env)
                delays.append(seconds_until(address, builds[flip % 2]))
                wrong["late"] += delays[-1] > LATEST_S
                time.sleep(0.1)
    wrong += sum((reader.wrong for reader in readers), Counter())
    answers = sum((reader.answers for reader in readers), Counter())
    return {
        "flips": args.flips,
        "readers": args.readers,
        "answers": sum(answers.values()),
        "by_kind": dict(answers),
        "wrong": sum(wrong.values()),
        "wrong_by_kind": dict(+wrong),
        "poll_s": POLL_S,
        "median_delay_s": round(sorted(delays)[len(delays) // 2], 2),
        "longest_delay_s": round(max(delays), 2),
    }


def seconds_until(address, build):
    """The seconds until TileJSON names the archive of a build."""
    started = time.monotonic()
    connection = http.client.HTTPConnection(address, timeout=20)
    while time.monotonic() - started < 60:
        connection.request("GET", f"/v1/tiles/{LAYER}/{SLOT}/tilejson.json")
        if json.loads(connection.getresponse().read())["digest"] == build.digest:
            break
        time.sleep(0.02)
    return time.monotonic() - started


if __name__ == "__main__":
    main()
