"""Switches a map back and forth under load and compares every response with its ETag and its address.

SeaweedFS contains two builds of the same slot. `tilegen catalog rollback` publishes them in turn, while readers request
tiles by the latest and by the immutable address, TileJSON, and the catalog. An error is: a body of another generation
than its ETag or its address names; a document that mixes two generations; a map number that decreases; any status but
200 and 204; the old map later than the poll interval + 1 s after a flip. Exit status 1 after any error.
"""

import argparse
import gzip
import http.client
import json
import os
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

from checks.lib.archive import Archive
from checks.lib.object_servers import seaweedfs
from checks.lib.serving import tilegen, tileserve

LAYER, SLOT = "density", "30d"
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
    generations = [Generation(build, args.data, store, env, folder) for build in ("first", "second")]
    config = folder / "tileserve.toml"
    config.write_text(f"[manifest]\npoll_interval_seconds = {POLL_S}\n")
    with tileserve(store, env, config) as address:
        readers = [Reader(address, generations, seed) for seed in range(args.readers)]
        for reader in readers:
            reader.start()
        delays, wrong = [], Counter[str]()
        for flip in range(args.flips):
            tilegen("catalog", "rollback", flip % 2 + 1, "--store", store, env=env)
            delays.append(seconds_until(address, generations[flip % 2]))
            wrong["late"] += delays[-1] > LATEST_S
            time.sleep(0.1)
        for reader in readers:
            reader.is_over = True
        for reader in readers:
            reader.join()
            wrong += reader.wrong
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


class Generation:
    """One build: its digest, its tiles and the ETag of each."""

    def __init__(self, name, data, store, env, folder):
        local = folder / name
        days = ["--as-of", "2026-11-15"] if name == "second" else []
        build = ["density", "--orders", data / "orders", "--layer", LAYER, "--window", SLOT, *days, "--store"]
        tilegen(*build, local)
        tilegen(*build, store, env=env)
        [archive] = (local / "archives" / LAYER / SLOT).glob("*.pmtiles")
        self.digest = archive.stem
        opened = Archive(archive)
        hashes = archive.with_suffix(".hashes").read_bytes()
        tags = [f'"{hashes[16 * i : 16 * i + 16].hex()}-gz"' for i in range(len(hashes) // 16)]
        by_id = {first + step: tag for (first, _, _, run), tag in zip(opened.entries(), tags) for step in range(run)}
        tiles = list(opened.tiles())
        self.tiles = {
            (z, x, y): (tag, data) for (z, x, y, data), (_, tag) in zip(tiles, sorted(by_id.items()), strict=True)
        }


class Reader(threading.Thread):
    """Sends requests without a pause, on one connection, and checks every response."""

    def __init__(self, address, generations, seed):
        super().__init__()
        self.connection = http.client.HTTPConnection(address, timeout=20)
        self.generations, self.random = generations, random.Random(seed)
        self.places = sorted(generations[0].tiles.keys() | generations[1].tiles.keys())
        self.answers: Counter[str] = Counter()
        self.wrong: Counter[str] = Counter()
        self.number, self.is_over = 0, False

    def run(self):
        kinds = [self.newest, self.newest, self.immutable, self.tilejson, self.catalog]
        while not self.is_over:
            kind = self.random.choice(kinds)
            self.answers[kind.__name__] += 1
            if not kind():
                self.wrong[kind.__name__] += 1

    def get(self, path):
        self.connection.request("GET", path, headers={"Accept-Encoding": "gzip"})
        reply = self.connection.getresponse()
        body = reply.read()
        return reply.status, reply.headers["ETag"], body

    def newest(self):
        place = self.random.choice(self.places)
        status, tag, body = self.get("/v1/tiles/{}/{}/{}/{}/{}.mvt".format(LAYER, SLOT, *place))
        return any(is_tile(generation, place, status, tag, body) for generation in self.generations)

    def immutable(self):
        place, generation = self.random.choice(self.places), self.random.choice(self.generations)
        path = "/v1/tiles/{}/{}@{}/{}/{}/{}.mvt".format(LAYER, SLOT, generation.digest, *place)
        return is_tile(generation, place, *self.get(path))

    def tilejson(self):
        status, _, body = self.get(f"/v1/tiles/{LAYER}/{SLOT}/tilejson.json")
        tilejson = json.loads(gunzipped(body))
        digests = {generation.digest for generation in self.generations}
        return status == 200 and tilejson["digest"] in digests and f"@{tilejson['digest']}/" in tilejson["tiles"][0]

    def catalog(self):
        status, _, body = self.get("/v1/catalog.json")
        number, self.number = self.number, json.loads(gunzipped(body))["number"]
        return status == 200 and self.number >= number


def is_tile(generation, place, status, tag, body):
    if place not in generation.tiles:
        return (status, body) == (204, b"")
    return (status, (tag, body)) == (200, generation.tiles[place])


def gunzipped(body):
    return gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body


def seconds_until(address, generation):
    """The seconds until TileJSON names a generation."""
    started = time.monotonic()
    connection = http.client.HTTPConnection(address, timeout=20)
    while time.monotonic() - started < 60:
        connection.request("GET", f"/v1/tiles/{LAYER}/{SLOT}/tilejson.json")
        if json.loads(connection.getresponse().read())["digest"] == generation.digest:
            break
        time.sleep(0.02)
    return time.monotonic() - started


if __name__ == "__main__":
    main()
