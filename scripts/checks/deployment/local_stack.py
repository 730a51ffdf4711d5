"""Runs the local stack with demo data until it is told to stop. scripts/local-stack makes its images."""

import argparse
import signal
import socket
import sys
import tempfile
import time
from pathlib import Path

from checks.lib.serving import tilegen
from checks.lib.stack import SERVERS, Stack


def main():
    parser = argparse.ArgumentParser(prog="scripts/local-stack", description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, default=8080, help="where the map is (8080)")
    parser.add_argument("--orders", type=int, default=60_000, help="of the demo data (60,000)")
    args = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        run(args)
    except KeyboardInterrupt:
        pass


def run(args):
    began = time.monotonic()
    sure_is_free(args.port)
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        folder.chmod(0o755)  # Varnish works as a user of its own
        tilegen("sample", "--out", folder / "data", "--orders", args.orders, "--days", 30, "--seed", 1)
        with Stack(folder / "data", folder / "stack", args.port) as stack:
            stack.schedule("snapshot", "10m")
            servers = " and ".join(f"{server} (port {stack.ports[server]})" for server in SERVERS)
            print(
                f"the map is at http://{stack.address}/ after {time.monotonic() - began:.0f} s: Varnish before {servers}; "
                "Ctrl-C ends all",
                flush=True,
            )
            try:
                signal.pause()
            finally:
                print("ending: servers let what they answer end first", flush=True)


def sure_is_free(port):
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError as error:
        sys.exit(f"error: port {port} cannot be had ({error.strerror.split(' (')[0]}); choose another by --port")


if __name__ == "__main__":
    main()
