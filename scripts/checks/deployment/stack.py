"""Updates, rolls back, kills and disconnects the local stack while clients read, and counts failed requests.

Clients send requests to Varnish without a pause, each on its own connection: half for public tiles, which Varnish
caches, half for internal tiles, which always reach a server. Every response is compared with the archive that its
address names. Requests that were retried because the server had just closed the connection, as browsers do, are
counted separately.
  update      both servers are replaced, one after the other: no request may fail
  rollback    the map is rolled back and forward: no request may fail, and the servers follow
  kill        a server's process is killed: at most one request of each client may fail, and another process starts
  cut         the store is killed for a while: no tile that was requested before may fail
At the end analysts (scripts/check analysts) use the public map: the cache alone must answer 90 of 100 of their
requests, nothing may fail, and the 90th percentile must stay below the limit. Exit status 1 if anything is wrong.
"""

import argparse
import asyncio
import json
import os
import signal
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

from checks.lib.archive import Archive
from checks.lib.bucket import download
from checks.lib.clients import Clients
from checks.lib.pods import wait_for
from checks.lib.serving import get
from checks.lib.stack import SERVERS, Stack
from checks.serving.analysts import LIMIT_MS, simulate

LAYERS = {"density-public": "28d", "density": "30d"}  # cached, and passed to a server; with the slot
TILES = 60
LEAST_HIT_SHARE = 0.9


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="a folder that tilegen sample wrote")
    parser.add_argument("--clients", type=int, default=12)
    parser.add_argument("--cut-seconds", type=float, default=10, help="how long the store is down")
    parser.add_argument("--analysts", type=int, default=50, help="0 leaves them out")
    parser.add_argument("--minutes", type=float, default=0.3, help="how long analysts use the map")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        started = time.monotonic()
        with Stack(args.data, Path(folder) / "stack") as stack:
            summary = {"seconds_to_a_map": round(time.monotonic() - started, 1)}
            summary |= check(stack, args, Path(folder))
    print(json.dumps(summary))
    sys.exit(1 if summary["wrong"] else 0)


def check(stack, args, folder):
    tiles = [tile for layer in LAYERS for tile in stored_tiles(stack, layer, folder)]
    summary, wrong = {}, []
    for name, act, most in (("update", update, 0), ("rollback", roll_back, 0), ("kill", kill, 1), ("cut", cut, 0)):
        with Clients(stack.address, tiles, args.clients) as clients:
            result = act(stack, args)
        summary[name] = {**result, **clients.figures()}
        print(json.dumps({name: summary[name]}), file=sys.stderr, flush=True)
        if clients.most_failed() > most:
            wrong.append(f"{name}: {clients.most_failed()} requests of one client failed")
    if args.analysts:
        summary["analysts"] = analysts(stack, args)
        wrong += faults(summary["analysts"])
    return {**summary, "wrong": wrong}


def analysts(stack, args):
    """Analysts use the public map; requests, waiting times and Varnish's counters."""
    names = ("cache_hit", "cache_miss", "s_pass", "client_req")

    def look(seed, minutes):
        simulated = argparse.Namespace(analysts=args.analysts, minutes=minutes, seed=seed, layer=next(iter(LAYERS)))
        return asyncio.run(simulate(stack.address, simulated))

    # The first analysts fill the cache. Vendors and coverage change every ten minutes, density once a day, so a cache
    # is usually filled.
    look(1, args.minutes)
    before = {name: stack.counter(name) for name in names}
    summary = look(2, args.minutes)
    counted = {name: stack.counter(name) - before[name] for name in names}
    return {
        "analysts": args.analysts,
        "minutes": args.minutes,
        "requests": summary["requests"],
        "wrong": summary["wrong"],
        "first_wrong": summary["first_wrong"],
        **counted,
        "hit_share": round(counted["cache_hit"] / counted["client_req"], 4),
        **{name: summary["kinds"]["all"][name] for name in ("p50_ms", "p90_ms", "p99_ms")},
    }


def faults(summary):
    if summary["wrong"]:
        yield f"analysts: {summary['first_wrong']}"
    if summary["hit_share"] < LEAST_HIT_SHARE:
        yield f"analysts: the cache answered {summary['hit_share']:.1%}"
    if summary["p90_ms"] >= LIMIT_MS:
        yield f"analysts: {summary['p90_ms']} ms"


def update(stack, _):
    started = time.monotonic()
    for server in SERVERS:
        stack.replace(server)
    return {"seconds": round(time.monotonic() - started, 1)}


def roll_back(stack, _):
    """Roll back to the previous map, then forward again."""
    newest = json.loads(stack.catalog("show"))["number"]
    waits = []
    for number in (newest - 1, newest):
        stack.catalog("rollback", str(number))
        wanted = json.loads(stack.catalog("show"))["number"]
        waits.append(wait_for(partial(all_serve, stack, wanted)))
    return {"seconds_to_follow": [round(wait, 1) for wait in waits]}


def all_serve(stack, number):
    return all(served(stack, server) == number for server in SERVERS)


def served(stack, server):
    return json.loads(get(f"127.0.0.1:{stack.ports[server]}", "/health/ready")[2])["number"]


def kill(stack, _):
    """Kill a server's process; podman starts another one."""
    server = SERVERS[0]
    killed = stack.pid(server)
    os.kill(killed, signal.SIGKILL)
    try:
        seconds = wait_for(lambda: stack.pid(server) not in (0, killed) and stack.is_ready(server))
        wait_for(lambda: stack.healthy() == len(SERVERS))
    except AssertionError as error:
        raise AssertionError(f"{error}: {stack.state(server)}") from error
    return {"seconds_to_be_replaced": round(seconds, 1)}


def cut(stack, args):
    """Kill the store: tiles in memory or in the cache are served; afterwards the servers follow the map again."""
    time.sleep(1)
    stack.store.kill()
    time.sleep(args.cut_seconds)
    stack.store.start()
    before = json.loads(stack.catalog("show"))["number"]
    stack.run("areas")
    wait_for(lambda: all(served(stack, server) > before for server in SERVERS))
    return {"seconds_without_store": args.cut_seconds}


def stored_tiles(stack, layer, folder):
    """Address and body of tiles from all over the newest archive."""
    entries = json.loads(stack.catalog("show"))["layers"]
    [entry] = [one for one in entries if (one["layer"], one["slot"]) == (layer, LAYERS[layer])]
    file = folder / f"{layer}.pmtiles"
    key = f"map/archives/{layer}/{LAYERS[layer]}/{entry['digest']}.pmtiles"
    download(stack.settings, key, file)
    tiles = list(Archive(file).tiles())
    address = f"/v1/tiles/{layer}/{LAYERS[layer]}@{entry['digest']}"
    return [(f"{address}/{z}/{x}/{y}.mvt", body) for z, x, y, body in tiles[:: max(1, len(tiles) // TILES)]]


if __name__ == "__main__":
    main()
