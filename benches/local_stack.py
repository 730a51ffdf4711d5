"""Runs the local stack until it is told to stop. scripts/local-stack makes its data and its images."""

import argparse
import signal
import sys
import time
from pathlib import Path

from stack import SERVERS, Stack


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", required=True, type=Path, help="a folder that tilegen sample wrote")
    parser.add_argument("--folder", required=True, type=Path, help="a folder that is made for the stack")
    parser.add_argument("--port", type=int, default=8080)
    parser.add_argument("--began", type=float, default=time.time(), help="when all began, in seconds since 1970")
    args = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with Stack(args.data, args.folder, args.port) as stack:
        stack.schedule("snapshot", "10m")
        print(f"the map is at http://{stack.address}/ after {time.time() - args.began:.0f} s: Varnish before "
              + " and ".join(f"{server} (port {stack.ports[server]})" for server in SERVERS) + "; Ctrl-C ends all", flush=True)
        try:
            signal.pause()
        except KeyboardInterrupt:
            pass


if __name__ == "__main__":
    main()
