"""Simulates analysts who use the page, and measures how long each of their requests takes.

An analyst opens the page as a browser does (six connections that stay open; catalog, TileJSON, table of vendors,
the tiles of a window of 1200 x 800), then pans, zooms, goes to another city or period, lays something over the
map, checks for a newer catalog, or reloads the page with every ETag it knows. An address with a digest is requested
once, as a browser does; others are revalidated. Between two actions an analyst looks at the map for 1 to 5 seconds.
An error is: any status but 200 and 204, or 304 without a condition; a body whose length differs from Content-Length;
a request without a response. Exit status 1 after any error, or if the 90th percentile of any kind of request is above
the limit. Figures go to stdout as JSON.
"""

import argparse
import asyncio
import gzip
import json
import math
import os
import random
import statistics
import sys
import time
import zlib
from collections import defaultdict
from pathlib import Path
from urllib.parse import urlsplit

from checks.lib.serving import tileserve

LIMIT_MS = 50
CONNECTIONS = 6
LOOK_S = (1, 5)
DEADLINE_S = 10
WINDOW_TILES = (1200 / 512, 800 / 512)
DEEPEST_LOOK = 15
OVERLAYS = ("coverage", "vendors", "areas", "population")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("store", type=Path, help="a folder with every layer")
    parser.add_argument("--analysts", type=int, default=50)
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--layer", default="density", help="the density layer")
    args = parser.parse_args()
    with tileserve(args.store) as address:
        summary = asyncio.run(simulate(address, args))
    print(json.dumps(summary, indent=1))
    slow = [kind for kind, figures in summary["kinds"].items() if figures["p90_ms"] >= LIMIT_MS]
    sys.exit(1 if summary["wrong"] or slow else 0)


async def simulate(address, args):
    log = Log()
    end = time.monotonic() + args.minutes * 60
    # They start one after the other.
    analysts = [
        Analyst(address, args.layer, random.Random(args.seed * 1000 + n), log, n * 0.1) for n in range(args.analysts)
    ]
    await asyncio.gather(*(analyst.work(end) for analyst in analysts))
    return log.figures() | {"analysts": args.analysts, "minutes": args.minutes, "cores": os.cpu_count()}


class Log:
    """Seconds of all requests by kind, and errors."""

    def __init__(self):
        self.seconds, self.statuses, self.wrong = defaultdict(list), defaultdict(int), []

    def add(self, kind, status, seconds):
        self.seconds[kind].append(seconds)
        self.statuses[status] += 1

    def figures(self):
        every = [seconds for kind in self.seconds.values() for seconds in kind]
        kinds = {"all": every} | dict(sorted(self.seconds.items()))
        return {
            "requests": len(every),
            "wrong": len(self.wrong),
            "first_wrong": self.wrong[:5],
            "statuses": dict(sorted(self.statuses.items())),
            "kinds": {kind: percentiles(seconds) for kind, seconds in kinds.items()},
        }


def percentiles(seconds):
    """Percentiles of waiting times; without any request they are the deadline."""
    if not seconds:
        return {"requests": 0} | dict.fromkeys(("p50_ms", "p90_ms", "p99_ms", "longest_ms"), DEADLINE_S * 1000)
    cuts = statistics.quantiles(seconds, n=100, method="inclusive") if len(seconds) > 1 else seconds * 99
    named = {"p50_ms": cuts[49], "p90_ms": cuts[89], "p99_ms": cuts[98], "longest_ms": max(seconds)}
    return {"requests": len(seconds)} | {name: math.ceil(cut * 10_000) / 10 for name, cut in named.items()}


class Analyst:
    """One browser with its connections, its cache and its position on the map."""

    def __init__(self, address, layer, rng, log, start_s):
        self.host, port = address.split(":")
        self.port, self.layer, self.rng, self.log, self.start_s = int(port), layer, rng, log, start_s
        self.free: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter] | None] = asyncio.Queue()
        self.tags = {}
        for _ in range(CONNECTIONS):
            self.free.put_nowait(None)

    async def work(self, end):
        await asyncio.sleep(self.start_s)
        while not await self.open_page() and time.monotonic() < end:
            await asyncio.sleep(self.rng.uniform(*LOOK_S))
        acts = [
            (6, self.pan),
            (5, self.zoom),
            (1, self.other_city),
            (1, self.other_window),
            (2, self.other_overlay),
            (2, self.revalidate_catalog),
            (1, self.reload),
        ]
        while time.monotonic() < end:
            await asyncio.sleep(self.rng.uniform(*LOOK_S))
            [act] = self.rng.choices([act for _, act in acts], [weight for weight, _ in acts])
            await act()
        while not self.free.empty():
            connection = self.free.get_nowait()
            if connection:
                connection[1].close()

    async def open_page(self):
        """Load catalog and tiles; False if there was no catalog."""
        self.catalog = await self.document("catalog", "/v1/catalog.json")
        if self.catalog is None:
            return False
        self.layers = {(layer["layer"], layer["slot"]): layer["tilejson"] for layer in self.catalog["layers"]}
        slots = [slot for layer, slot in self.layers if layer == self.layer]
        self.shown, self.tilejsons = [(self.layer, "30d" if "30d" in slots else slots[0])], {}
        await self.go_home(self.rng.choice(self.catalog["cities"]))
        return True

    async def go_home(self, city):
        self.city, (self.lng, self.lat), self.z = city, city["center"], city["zoom"]
        urls = [table["url"] for table in self.catalog["tables"] if table["name"] == f"vendors/{city['key']}"]
        await asyncio.gather(self.draw(), *(self.ask("table", url) for url in urls))

    async def draw(self):
        await asyncio.gather(*(self.draw_layer(name) for name in self.shown))

    async def draw_layer(self, name):
        tilejson = self.tilejsons.get(name) or await self.document("tilejson", self.layers[name])
        if tilejson is None:
            return  # requested again when this layer is drawn again
        self.tilejsons[name] = tilejson
        z = min(max(math.floor(self.z), tilejson["minzoom"]), tilejson["maxzoom"])
        if self.z >= tilejson["minzoom"]:
            await asyncio.gather(*(self.ask("tile", self.address(tilejson, z, x, y)) for x, y in self.in_view(z)))

    @staticmethod
    def address(tilejson, z, x, y):
        template = urlsplit(tilejson["tiles"][0]).path
        return template.replace("{z}", str(z)).replace("{x}", str(x)).replace("{y}", str(y))

    def in_view(self, z):
        """The tiles of a zoom that the window shows."""
        phi, across = math.radians(self.lat), 2**z
        x = (self.lng + 180) / 360 * across
        y = (1 - math.asinh(math.tan(phi)) / math.pi) / 2 * across
        wide, high = (side / 2 * 2 ** (z - self.z) for side in WINDOW_TILES)
        for column in range(math.floor(x - wide), math.floor(x + wide) + 1):
            for row in range(math.floor(y - high), math.floor(y + high) + 1):
                yield column, row

    async def pan(self):
        step = 360 / 2**self.z * WINDOW_TILES[0] / 2
        west, south, east, north = self.city["bounds"]
        self.lng = min(max(self.lng + self.rng.uniform(-step, step), west), east)
        self.lat = min(max(self.lat + self.rng.uniform(-step, step) / 2, south), north)
        await self.draw()

    async def zoom(self):
        self.z = min(max(self.z + self.rng.choice((-2, -1, 1, 1, 2)), self.city["zoom"] - 1), DEEPEST_LOOK)
        await self.draw()

    async def other_city(self):
        await self.go_home(self.rng.choice(self.catalog["cities"]))

    async def other_window(self):
        windows = [name for name in self.layers if name[0] == self.layer]
        self.shown[0] = self.rng.choice(windows)
        await self.draw()

    async def other_overlay(self):
        known = [(name, "now") for name in OVERLAYS if (name, "now") in self.layers]
        self.shown[1:] = self.rng.sample(known, min(len(known), self.rng.randrange(3)))
        await self.draw()

    async def revalidate_catalog(self):
        await self.ask("catalog", "/v1/catalog.json")

    async def reload(self):
        """Revalidate known addresses."""
        asked = self.rng.sample(sorted(self.tags), min(len(self.tags), 40))
        await asyncio.gather(*(self.ask("revalidation", path, again=True) for path in asked))

    async def document(self, kind, path):
        """A JSON document; None after an error."""
        body = await self.ask(kind, path)
        try:
            return None if body is None else json.loads(body)
        except ValueError as error:
            self.log.wrong.append(f"{path}: {error!r}")
            return None

    async def ask(self, kind, path, again=False):
        """The body; empty if the address is cached, None after an error."""
        if "@" in path and path in self.tags and not again:
            return b""
        connection, tag = await self.free.get(), self.tags.get(path)
        started = time.monotonic()
        try:
            connection, (status, headers, body) = await self.answered(connection, path, tag)
        except (OSError, EOFError, LookupError, ValueError, TimeoutError) as error:
            self.log.wrong.append(f"{path}: {error!r}")
            connection = None
            return None
        finally:
            self.free.put_nowait(connection)
        self.log.add(kind, status, time.monotonic() - started)
        if status not in (200, 204) and not (status == 304 and tag):
            self.log.wrong.append(f"{path}: {status}")
            return None
        if "etag" in headers:
            self.tags[path] = headers["etag"]
        return body if kind == "tile" else self.plain(path, headers, body)

    def plain(self, path, headers, body):
        try:
            return gzip.decompress(body) if body and headers.get("content-encoding") == "gzip" else body
        except (OSError, EOFError, zlib.error) as error:
            self.log.wrong.append(f"{path}: {error!r}")
            return None

    async def answered(self, connection, path, tag):
        """The connection, and the response on it.

        A server may close an idle connection. A browser then opens another one and retries (RFC 9112, section 9.3.1).
        """
        if connection:
            try:
                return connection, await asyncio.wait_for(exchange(connection[0], connection[1], path, tag), DEADLINE_S)
            except (asyncio.IncompleteReadError, ConnectionError) as error:
                if getattr(error, "partial", b""):
                    raise
        connection = await asyncio.open_connection(self.host, self.port)
        return connection, await asyncio.wait_for(exchange(connection[0], connection[1], path, tag), DEADLINE_S)


async def exchange(reader, writer, path, tag):
    """Status, headers and body of one request on a connection that stays open."""
    condition = f"if-none-match: {tag}\r\n" if tag else ""
    writer.write(f"GET {path} HTTP/1.1\r\nhost: analysts\r\naccept-encoding: gzip\r\n{condition}\r\n".encode())
    head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    pairs = (line.split(": ", 1) for line in head[1:] if line)
    headers = {name.lower(): value for name, value in pairs}
    status = int(head[0].split()[1])
    length = 0 if status in (204, 304) else int(headers["content-length"])
    return status, headers, await reader.readexactly(length)


if __name__ == "__main__":
    main()
