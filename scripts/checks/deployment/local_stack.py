"""Runs the local stack with demo data until it is interrupted. scripts/local-stack builds its images."""

import argparse
import signal
import socket
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from checks.lib.serving import tilegen
from checks.lib.stack import SERVERS, Stack


def main():
    parser = argparse.ArgumentParser(prog="scripts/local-stack", description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, default=8080, help="the port of the map (8080)")
    parser.add_argument("--orders", type=int, default=60_000, help="the number of demo orders (60,000)")
    args = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with suppress(KeyboardInterrupt):
        run(args)


def run(args):
    started = time.monotonic()
    require_free_port(args.port)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        folder.chmod(0o755)  # Varnish runs as its own user
        tilegen("sample", "--out", folder / "data", "--orders", args.orders, "--days", 40, "--seed", 1)
        with Stack(folder / "data", folder / "stack", args.port) as stack:
            stack.schedule("snapshot", "10m")
            servers = " and ".join(f"{server} (port {stack.ports[server]})" for server in SERVERS)
            took = f"{time.monotonic() - started:.0f} s"
            print(f"the map is at http://{stack.address}/ after {took}: Varnish in front of {servers}; Ctrl-C stops it")
            try:
                signal.pause()
            finally:
                print("stopping: the servers finish their requests first", flush=True)


def require_free_port(port):
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError as error:
        reason = (error.strerror or str(error)).split(" (")[0]
        sys.exit(f"error: port {port} is unavailable ({reason}); choose another one with --port")


if __name__ == "__main__":
    main()
