"""Two builds of one slot, threads that read them from a server, and how such threads are started and stopped."""

import gzip
import http.client
import json
import random
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from checks.lib.archive import Archive
from checks.lib.serving import tilegen

LAYER, SLOT = "density", "30d"


def two_builds(data, store, env, folder):
    """Build the slot twice from the same orders, the second time until an earlier day. Map 1 has the first build."""
    return [Build(name, data, store, env, folder) for name in ("first", "second")]


class Build:
    """One build of the slot: its digest, its tiles and the ETag of each."""

    def __init__(self, name, data, store, env, folder):
        local = folder / name
        days = ["--as-of", "2026-11-15"] if name == "second" else []
        command = ["density", "--orders", data / "orders", "--layer", LAYER, "--window", SLOT, *days, "--store"]
        tilegen(*command, local)
        tilegen(*command, store, env=env)
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

    # A kind that is listed twice is requested twice as often.
    KINDS = ("latest", "latest", "immutable", "tilejson", "catalog")

    def __init__(self, address, builds, seed):
        super().__init__()
        self.connection = http.client.HTTPConnection(address, timeout=20)
        self.builds, self.random = builds, random.Random(seed)
        self.places = sorted(builds[0].tiles.keys() | builds[1].tiles.keys())
        self.answers: Counter[str] = Counter()
        self.wrong: Counter[str] = Counter()
        self.number, self.is_over = 0, False

    def run(self):
        kinds = [getattr(self, name) for name in self.KINDS]
        while not self.is_over:
            self.check(self.random.choice(kinds))

    def check(self, kind):
        """Send one request and count it."""
        self.answers[kind.__name__] += 1
        if not kind():
            self.wrong[kind.__name__] += 1

    def get(self, path):
        self.connection.request("GET", path, headers={"Accept-Encoding": "gzip"})
        reply = self.connection.getresponse()
        body = reply.read()
        return reply.status, reply.headers["ETag"], body

    def latest(self):
        place = self.random.choice(self.places)
        status, tag, body = self.get("/v1/tiles/{}/{}/{}/{}/{}.mvt".format(LAYER, SLOT, *place))
        return any(is_tile(build, place, status, tag, body) for build in self.builds)

    def immutable(self):
        place, build = self.random.choice(self.places), self.random.choice(self.builds)
        path = "/v1/tiles/{}/{}@{}/{}/{}/{}.mvt".format(LAYER, SLOT, build.digest, *place)
        return is_tile(build, place, *self.get(path))

    def tilejson(self):
        status, _, body = self.get(f"/v1/tiles/{LAYER}/{SLOT}/tilejson.json")
        tilejson = json.loads(gunzipped(body))
        digests = {build.digest for build in self.builds}
        return status == 200 and tilejson["digest"] in digests and f"@{tilejson['digest']}/" in tilejson["tiles"][0]

    def catalog(self):
        status, _, body = self.get("/v1/catalog.json")
        number, self.number = self.number, json.loads(gunzipped(body))["number"]
        return status == 200 and self.number >= number


def is_tile(build, place, status, tag, body):
    if place not in build.tiles:
        return (status, body) == (204, b"")
    return (status, (tag, body)) == (200, build.tiles[place])


def gunzipped(body):
    return gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body


@contextmanager
def running(threads: Sequence[Any]) -> Iterator[None]:
    """Run threads until the end of the block; each stops when its `is_over` is set."""
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        for thread in threads:
            thread.is_over = True
        for thread in threads:
            thread.join(30)
