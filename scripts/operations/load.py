"""Requests tiles as many users at once do, and reports how long they waited."""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

from client import Server, tile_at

SCRIPT = Path(__file__).with_name("load.lua")
LOOPBACK = {"127.0.0.1", "localhost", "::1"}
TILES = 600


def main():
    parser = argparse.ArgumentParser(prog="scripts/load-test", description=__doc__)
    parser.add_argument("url", help="the server's address")
    parser.add_argument(
        "--clients",
        type=int,
        action="append",
        metavar="N",
        help="number of simultaneous users; may be repeated (50, 500, 5000)",
    )
    parser.add_argument("--seconds", type=int, default=30, help="duration of each run (30)")
    parser.add_argument(
        "--pause-ms", type=int, default=1000, help="average pause between two requests of a user (1000)"
    )
    parser.add_argument("--p90-ms", type=float, help="fail if the 90th percentile is longer")
    parser.add_argument(
        "--kept", type=float, metavar="SHARE", help="fail if a cache in front of the server answered a smaller share"
    )
    parser.add_argument(
        "--mine", metavar="HOST", help="repeat the host name if it is not this machine: you must be allowed to load it"
    )
    parser.add_argument("--dry-run", action="store_true", help="print what would be done")
    args = parser.parse_args()
    host = urlsplit(args.url).hostname
    if host not in LOOPBACK and args.mine != host:
        sys.exit(f"error: {host} is not this machine; if you are allowed to load it, add --mine {host}")
    clients = args.clients or [50, 500, 5000]
    if args.dry_run:
        print("\n".join(f"would send requests of {each} users to {args.url} for {args.seconds} s" for each in clients))
        return 0
    raise_limit(max(clients))
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write("\n".join(paths(Server(args.url))) + "\n")
        file.flush()
        return 1 if sum(not is_good(run(args, each, file.name), args) for each in clients) else 0


def paths(server):
    """Tiles around the centre of each layer, at each of its zooms: about one and a half screens."""
    found = []
    for entry in server.json("/v1/catalog.json")["layers"]:
        described = server.json(entry["tilejson"])
        lng, lat, _ = described["center"]
        for zoom in range(described["minzoom"], described["maxzoom"] + 1):
            _, x, y = tile_at(lng, lat, zoom)
            found += [
                urlsplit(described["tiles"][0].format(z=zoom, x=x + dx, y=y + dy)).path
                for dx in (-1, 0, 1)
                for dy in (-1, 0, 1)
                if 0 <= x + dx < 2**zoom and 0 <= y + dy < 2**zoom
            ]
    return found[:TILES]


def raise_limit(clients):
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if most != resource.RLIM_INFINITY and most < clients + 100:
        sys.exit(f"error: the limit of open files is {most}, which is too low for {clients} users")
    resource.setrlimit(resource.RLIMIT_NOFILE, (clients + 100, most))


def run(args, clients, file):
    command = [
        "wrk",
        "-t1" if clients < 500 else "-t2",
        f"-c{clients}",
        f"-d{args.seconds}s",
        "--timeout",
        "10s",
        "-s",
        SCRIPT,
        args.url,
        "--",
        file,
        str(args.pause_ms),
    ]
    done = subprocess.run(command, capture_output=True, text=True)
    lines = [line for line in done.stdout.splitlines() if line.startswith("RESULT ")]
    if done.returncode or not lines:
        sys.exit(f"error: wrk failed: {done.stderr or done.stdout}")
    result = {"clients": clients} | json.loads(lines[0].removeprefix("RESULT "))
    print(json.dumps(result), flush=True)
    return result


def is_good(result, args):
    is_quick = args.p90_ms is None or result["p90_ms"] <= args.p90_ms
    is_kept = args.kept is None or result["kept_share"] >= args.kept
    return result["requests"] > 0 and result["wrong"] == result["lost"] == 0 and is_quick and is_kept


if __name__ == "__main__":
    sys.exit(main())
