"""Runs tileserve, and compares what it serves with the archive."""

from __future__ import annotations

import http.client
import os
import random
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from email.message import Message
from pathlib import Path
from typing import Any

from checks.lib.archive import Archive

ROOT = Path(__file__).resolve().parents[3]
RELEASE = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release"
TILES_PER_LAYER = 40


def free_port() -> int:
    """A free port whose number plus 10,000 is free too: SeaweedFS listens on both.

    Both are below the ports that Linux assigns to clients (32,768 and up), so that a server that was killed can
    listen there again.
    """
    while True:
        port = random.randrange(12_000, 22_000)
        try:
            for each in (port, port + 10_000):
                socket.create_server(("127.0.0.1", each)).close()
            return port
        except OSError:
            continue


def tilegen(*arguments: object, env: dict[str, str] | None = None) -> str:
    """Run tilegen; its standard output. Exits if it fails."""
    done = subprocess.run([RELEASE / "tilegen", *map(str, arguments)], env=env, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"tilegen {' '.join(map(str, arguments))}: {done.stderr[-2000:]}")
    return done.stdout


@contextmanager
def tileserve(store: str | Path, env: dict[str, str] | None = None, config: str | Path | None = None) -> Iterator[str]:
    """A ready tile server on a free port of loopback; it is stopped at the end of the block."""
    with tileserve_process(store, env, config, Path(os.devnull)) as (_, address):
        yield address


@contextmanager
def tileserve_process(
    store: str | Path, env: dict[str, str] | None, config: str | Path | None, log: Path
) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """The process and address of such a server, whose output goes to a file."""
    address = f"127.0.0.1:{free_port()}"
    more: list[Any] = ["--config", config] if config else []
    command = [RELEASE / "tileserve", "--store", store, "--listen", address, "--serve-internal", *more]
    with open(log, "wb") as output:
        server = subprocess.Popen(command, env=env, stdout=output, stderr=output)
    try:
        wait_until_ready(server, address)
        yield server, address
    finally:
        server.terminate()
        server.wait(20)


def wait_until_ready(server: subprocess.Popen[Any], address: str) -> None:
    """Wait until a server is ready; exits if it ends or takes too long."""
    for _ in range(200):
        if server.poll() is not None:
            sys.exit(f"tileserve ended with status {server.returncode}")
        try:
            if get(address, "/health/ready")[0] == 200:
                return
        except OSError:
            pass
        time.sleep(0.05)
    sys.exit("tileserve was not ready within ten seconds")


def get(address: str, path: str, **headers: str) -> tuple[int, Message, bytes]:
    """Status, headers and body of the response to one request."""
    connection = http.client.HTTPConnection(address, timeout=10)
    try:
        connection.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        response = connection.getresponse()
        return response.status, response.headers, response.read()
    finally:
        connection.close()


def compare_served(
    store: str | Path, layer: str, slot: str, digest: str, archive: str | Path, env: dict[str, str] | None = None
) -> int:
    """Request tiles from all over the archive, by both URLs, and compare them; the number of tiles."""
    stored = {(z, x, y): data for z, x, y, data in Archive(archive).tiles()}
    chosen = list(stored)[:: max(1, len(stored) // TILES_PER_LAYER)]
    with tileserve(store, env) as address:
        compare_tiles(address, layer, slot, digest, stored, chosen)
    return len(chosen)


def compare_tiles(
    address: str,
    layer: str,
    slot: str,
    digest: str,
    stored: dict[tuple[int, int, int], bytes],
    chosen: Sequence[tuple[int, int, int]],
) -> None:
    """A tile is the archive's bytes, then 304; an empty tile is 204."""
    for z, x, y in chosen:
        for version in (f"{slot}@{digest}", slot):
            path = f"/v1/tiles/{layer}/{version}/{z}/{x}/{y}.mvt"
            status, headers, body = get(address, path, Accept_Encoding="gzip")
            expect(path, (status, headers["Content-Encoding"], body == stored[z, x, y]), (200, "gzip", True))
            again, _, body = get(address, path, Accept_Encoding="gzip", If_None_Match=headers["ETag"])
            expect(path, (again, body), (304, b""))
    empty = empty_tile(stored)
    path = "/v1/tiles/{}/{}/{}/{}/{}.mvt".format(layer, slot, *empty)
    expect(path, get(address, path)[0], 204)


def empty_tile(stored: dict[tuple[int, int, int], bytes]) -> tuple[int, int, int]:
    """A tile of the deepest zoom that the archive does not contain, next to one that it contains."""
    if not stored:
        return (5, 0, 0)
    deepest = max(z for z, _, _ in stored)
    return next((z, x + 1, y) for z, x, y in stored if z == deepest and (z, x + 1, y) not in stored)


def expect(what: object, found: object, wanted: object) -> None:
    """Exit with a message if two values differ."""
    if found != wanted:
        sys.exit(f"{what}: {found}, expected {wanted}")
