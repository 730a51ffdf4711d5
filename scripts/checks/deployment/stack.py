"""Updates, rolls back, kills and cuts off the local stack while clients read, and counts what they notice.

Clients ask Varnish without a pause, each on a connection of its own, half for public tiles, which it keeps,
half for internal ones, which go to a server each time. Every answer is compared with the archive that its address
names; what was asked once more, as browsers do, because a connection had just been ended is told apart. Meanwhile:
  update      both servers are replaced, one after the other: no request may fail
  rollback    the map is rolled back and forward: no request may fail, and the servers follow
  kill        a server's process is killed: at most one request of each client may fail, and another is up
  cut         the store is killed for a while: no tile that was asked for before may fail
At the end analysts (check_analysts.py) look at the public map: 90 of 100 of their requests must be answered by the
cache alone, nothing may fail, and the 90th percentile stay below the bar. Exit status 1 if anything is
wrong.
"""

import argparse
import asyncio
import json
import os
import signal
import sys
import tempfile
import time
from pathlib import Path

from checks.lib.archive import Archive
from checks.lib.bucket import download
from checks.lib.clients import Clients
from checks.lib.pods import wait_for
from checks.lib.serving import get
from checks.lib.stack import SERVERS, Stack
from checks.serving.analysts import BAR_MS, watched

LAYERS = ("density-public", "density")  # what the cache keeps, and what it passes on
SLOT, TILES = "30d", 60
LEAST_HIT_SHARE = 0.9


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="a folder that tilegen sample wrote")
    parser.add_argument("--clients", type=int, default=12)
    parser.add_argument("--cut-seconds", type=float, default=10, help="for how long the store is down")
    parser.add_argument("--analysts", type=int, default=50, help="0 leaves them out")
    parser.add_argument("--minutes", type=float, default=0.3, help="for how long analysts look")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        began = time.monotonic()
        with Stack(args.data, Path(folder) / "stack") as stack:
            said = {"seconds_to_a_map": round(time.monotonic() - began, 1)}
            said |= check(stack, args, Path(folder))
    print(json.dumps(said))
    sys.exit(1 if said["wrong"] else 0)


def check(stack, args, folder):
    tiles = [tile for layer in LAYERS for tile in stored_tiles(stack, layer, folder)]
    said, wrong = {}, []
    for name, act, most in (("update", update, 0), ("rollback", roll_back, 0), ("kill", kill, 1), ("cut", cut, 0)):
        with Clients(stack.address, tiles, args.clients) as clients:
            told = act(stack, args)
        said[name] = {**told, **clients.figures()}
        print(json.dumps({name: said[name]}), file=sys.stderr, flush=True)
        if clients.most_failed() > most:
            wrong.append(f"{name}: {clients.most_failed()} requests of one client failed")
    if args.analysts:
        said["analysts"] = analysts(stack, args)
        wrong += faults(said["analysts"])
    return {**said, "wrong": wrong}


def analysts(stack, args):
    """People who look at the public map; what Varnish did for them by its own counters."""
    names = ("cache_hit", "cache_miss", "s_pass", "client_req")
    look = lambda seed, minutes: asyncio.run(
        watched(stack.address, argparse.Namespace(analysts=args.analysts, minutes=minutes, seed=seed, layer=LAYERS[0]))
    )
    # Those before them have filled the cache, as in the middle of the ten minutes that vendors and coverage stay the same
    # if it is five minutes; density stays for a day.
    look(1, args.minutes)
    before = {name: stack.counter(name) for name in names}
    said = look(2, args.minutes)
    counted = {name: stack.counter(name) - before[name] for name in names}
    return {
        "analysts": args.analysts,
        "minutes": args.minutes,
        "requests": said["requests"],
        "wrong": said["wrong"],
        "first_wrong": said["first_wrong"],
        **counted,
        "hit_share": round(counted["cache_hit"] / counted["client_req"], 4),
        **{name: said["kinds"]["all"][name] for name in ("p50_ms", "p90_ms", "p99_ms")},
    }


def faults(said):
    if said["wrong"]:
        yield f"analysts: {said['first_wrong']}"
    if said["hit_share"] < LEAST_HIT_SHARE:
        yield f"analysts: the cache answered {said['hit_share']:.1%}"
    if said["p90_ms"] >= BAR_MS:
        yield f"analysts: {said['p90_ms']} ms"


def update(stack, _):
    began = time.monotonic()
    for server in SERVERS:
        stack.replace(server)
    return {"seconds": round(time.monotonic() - began, 1)}


def roll_back(stack, _):
    """To the map before the newest, and back again by a new build's number."""
    newest = json.loads(stack.catalog("show"))["number"]
    waits = []
    for number in (newest - 1, newest):
        stack.catalog("rollback", str(number))
        wanted = json.loads(stack.catalog("show"))["number"]
        waits.append(wait_for(lambda: all(served(stack, server) == wanted for server in SERVERS)))
    return {"seconds_to_follow": [round(wait, 1) for wait in waits]}


def served(stack, server):
    return json.loads(get(f"127.0.0.1:{stack.ports[server]}", "/health/ready")[2])["number"]


def kill(stack, _):
    """Without a word; whoever watches over containers starts another process."""
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
    """What is in memory or cached goes on; afterwards the servers follow the map again."""
    time.sleep(1)
    stack.store.kill()
    time.sleep(args.cut_seconds)
    stack.store.start()
    before = json.loads(stack.catalog("show"))["number"]
    stack.run("areas")
    wait_for(lambda: all(served(stack, server) > before for server in SERVERS))
    return {"seconds_without_store": args.cut_seconds}


def stored_tiles(stack, layer, folder):
    """(address, body) of tiles spread over the newest archive, as the store has them."""
    [entry] = [
        one for one in json.loads(stack.catalog("show"))["layers"] if (one["layer"], one["slot"]) == (layer, SLOT)
    ]
    file = folder / f"{layer}.pmtiles"
    key = f"map/archives/{layer}/{SLOT}/{entry['digest']}.pmtiles"
    download(stack.settings, key, file)
    tiles = list(Archive(file).tiles())
    address = f"/v1/tiles/{layer}/{SLOT}@{entry['digest']}"
    return [(f"{address}/{z}/{x}/{y}.mvt", body) for z, x, y, body in tiles[:: max(1, len(tiles) // TILES)]]


if __name__ == "__main__":
    main()
