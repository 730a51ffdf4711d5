"""Runs a program when the alert Watchdog has not arrived for some minutes, and again when it is back.

Alertmanager sends Watchdog, which always fires, as a webhook. Run this on another machine than both.
The program gets FOODMAP_WATCHDOG=missing or back in its environment. A program that fails is run again after a minute.
"""

import argparse
import json
import os
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

NAME = "Watchdog"
RETRY_S = 60
LONGEST_BODY = 1_000_000
# A client that sends no complete request is dropped.
TIMEOUT_S = 30


def main():
    parser = argparse.ArgumentParser(prog="scripts/dead-mans-switch", description=__doc__.splitlines()[0])
    parser.add_argument("--listen", default="0.0.0.0:9096", metavar="ADDRESS:PORT", help="(0.0.0.0:9096)")
    parser.add_argument("--after", type=float, default=15, metavar="MINUTES", help="how long it may be absent (15)")
    parser.add_argument("program", nargs="+", help="the program that notifies the person on call, after --")
    args = parser.parse_args()
    address, _, port = args.listen.rpartition(":")
    watchdog = Watchdog(60 * args.after)
    server = ThreadingHTTPServer((address, int(port)), handler(watchdog))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    watch(watchdog, args.program)


class Watchdog:
    """When the alert arrived last. The time before the first one counts from the start."""

    def __init__(self, after_s):
        self.after_s = after_s
        self.last = time.monotonic()

    def arrive(self):
        self.last = time.monotonic()

    def age_s(self):
        return time.monotonic() - self.last

    def state(self):
        return "missing" if self.age_s() > self.after_s else "back"


def watch(watchdog, program):
    """Run the program at every change, until the process is stopped."""
    reported, wait_until = "back", 0.0
    while True:
        state, now = watchdog.state(), time.monotonic()
        if state != reported and now >= wait_until:
            if notify(program, state):
                reported = state
            else:
                wait_until = now + RETRY_S
        time.sleep(min(1, watchdog.after_s / 4))


def notify(program, state):
    print(f"{NAME} is {state}", file=sys.stderr, flush=True)
    try:
        done = subprocess.run(program, env=os.environ | {"FOODMAP_WATCHDOG": state}, check=False)
    except OSError as error:
        print(f"could not run {program[0]}: {error}", file=sys.stderr, flush=True)
        return False
    if done.returncode:
        print(f"{program[0]} exited with {done.returncode}", file=sys.stderr, flush=True)
    return done.returncode == 0


def handler(watchdog):
    class Handler(BaseHTTPRequestHandler):
        timeout = TIMEOUT_S

        def do_POST(self):
            length = int(self.headers.get("Content-Length") or 0)
            if not 0 < length <= LONGEST_BODY or not fires(self.rfile.read(length)):
                self.answer(400, f"no firing alert {NAME}")
                return
            watchdog.arrive()
            self.answer(200, "ok")

        def do_GET(self):
            status = 200 if watchdog.state() == "back" else 503
            self.answer(status, f"{NAME} arrived {watchdog.age_s():.0f} s ago")

        def answer(self, status, text):
            body = f"{text}\n".encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    return Handler


def fires(body):
    """Whether a notification of Alertmanager has the alert, firing."""
    try:
        alerts = json.loads(body)["alerts"]
        return any(one["labels"]["alertname"] == NAME and one["status"] == "firing" for one in alerts)
    except (ValueError, KeyError, TypeError):
        return False


if __name__ == "__main__":
    sys.exit(main())
