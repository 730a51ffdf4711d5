"""A tile server of ours, and whether what it serves is what the archive holds."""

import http.client
import os
import random
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

from checks.lib.archive import Archive

ROOT = Path(__file__).resolve().parents[3]
RELEASE = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release"
TILES_A_LAYER = 40


def free_port():
    """A port whose double stays free: SeaweedFS listens on each port plus 10,000 too.

    Both lie below those that Linux gives to clients (32,768 and up), so that whoever is killed can
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


def tilegen(*arguments, env=None):
    done = subprocess.run([RELEASE / "tilegen", *map(str, arguments)], env=env, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"tilegen {' '.join(map(str, arguments))}: {done.stderr[-2000:]}")
    return done.stdout


@contextmanager
def tileserve(store, env=None, config=None):
    """A tile server on a free port of loopback, ready, stopped at the end."""
    address = f"127.0.0.1:{free_port()}"
    more = ["--config", config] if config else []
    server = subprocess.Popen(
        [RELEASE / "tileserve", "--store", store, "--listen", address, "--serve-internal", *more],
        env=env,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_until_ready(server, address)
        yield address
    finally:
        server.terminate()
        server.wait(20)


def wait_until_ready(server, address):
    for _ in range(200):
        if server.poll() is not None:
            sys.exit(f"tileserve ended with status {server.returncode}")
        try:
            if get(address, "/health/ready")[0] == 200:
                return
        except OSError:
            pass
        time.sleep(0.05)
    sys.exit("tileserve was not ready in ten seconds")


def get(address, path, **headers):
    """(status, headers, body) of one request."""
    connection = http.client.HTTPConnection(address, timeout=10)
    try:
        connection.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        reply = connection.getresponse()
        return reply.status, reply.headers, reply.read()
    finally:
        connection.close()


def compare_served(store, layer, slot, digest, archive, env=None):
    """Asks for tiles spread over the archive, by both URLs; the number that came back as stored."""
    stored = {(z, x, y): data for z, x, y, data in Archive(archive).tiles()}
    chosen = list(stored)[:: max(1, len(stored) // TILES_A_LAYER)]
    with tileserve(store, env) as address:
        ask_for_tiles(address, layer, slot, digest, stored, chosen)
    return len(chosen)


def ask_for_tiles(address, layer, slot, digest, stored, chosen):
    """A tile is the archive's bytes, then 304; a hole beside it is 204."""
    for z, x, y in chosen:
        for version in (f"{slot}@{digest}", slot):
            path = f"/v1/tiles/{layer}/{version}/{z}/{x}/{y}.mvt"
            status, headers, body = get(address, path, Accept_Encoding="gzip")
            expect(path, (status, headers["Content-Encoding"], body == stored[z, x, y]), (200, "gzip", True))
            again, _, body = get(address, path, Accept_Encoding="gzip", If_None_Match=headers["ETag"])
            expect(path, (again, body), (304, b""))
    hole = a_hole(stored)
    path = "/v1/tiles/{}/{}/{}/{}/{}.mvt".format(layer, slot, *hole)
    expect(path, get(address, path)[0], 204)


def a_hole(stored):
    """An address beside a tile of the deepest zoom that the archive does not have."""
    if not stored:
        return (5, 0, 0)
    deepest = max(z for z, _, _ in stored)
    return next((z, x + 1, y) for z, x, y in stored if z == deepest and (z, x + 1, y) not in stored)


def expect(path, found, wanted):
    if found != wanted:
        sys.exit(f"{path}: {found}, expected {wanted}")
