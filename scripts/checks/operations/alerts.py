"""Triggers the three most important alerts, and waits until each one and its resolution are delivered.

A real tilegen, tileserve, node_exporter, Prometheus and Alertmanager run on loopback, with the shipped rules and
routes. Only waiting times are shorter, and a receiver of the check replaces pager and chat. The alerts: stale
vendors, a failed build, no server that answers, and the test alert of scripts/test-alert, which must fail if the pager
refuses it. scripts/dead-mans-switch must report an Alertmanager that is down. Exit status 1 if an alert is not
delivered.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import yaml

from checks.lib import monitoring
from checks.lib.serving import ROOT, free_port

OLD_MINUTES = 25
DELIVERY_S = 60


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="a folder that tilegen sample wrote")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        took = run(args.data, Path(folder))
    print(json.dumps({"seconds_to_delivery": took}))


def run(data, folder):
    store, metrics = folder / "store", folder / "metrics"
    metrics.mkdir()
    receiver = Receiver()
    port, admin, node = free_port(), free_port(), free_port()
    targets = {"tileserve": [f"127.0.0.1:{admin}"], "tilegen": [f"127.0.0.1:{node}"]}
    serve, ready = monitoring.server(store, folder, port, admin), f"http://127.0.0.1:{admin}/health/ready"
    snapshot = monitoring.snapshot_arguments(data, store)
    snapshot[1] = shutil.copy(snapshot[1], folder / "vendors.parquet")
    publish(metrics, snapshot, OLD_MINUTES)
    with (
        alertmanager(folder, receiver) as manager,
        monitoring.node_exporter(metrics, node),
        monitoring.prometheus(folder, targets, manager, quick_rules()),
    ):
        receiver.wait("Watchdog", "firing", "watchdog")
        test_alerts(manager, receiver)
        one_incident(manager)
        receiver.received.clear()
        with monitoring.process(serve, ready):
            took = {"VendorsStale": receiver.wait("VendorsStale", "firing", "on-call")}
            publish(metrics, snapshot)
            receiver.wait("VendorsStale", "resolved", "on-call")

            failing = [*snapshot[:1], "no-such-file.parquet", *snapshot[2:]]
            started = time.monotonic()
            assert monitoring.tilegen(metrics, "snapshot", *failing) == 1
            receiver.wait("BuildFailed", "firing", "morning")
            took["BuildFailed"] = time.monotonic() - started
            publish(metrics, snapshot)
            receiver.wait("BuildFailed", "resolved", "morning")
        started = time.monotonic()
        # ServerDown is silent then: one incident.
        receiver.wait("AllServersDown", "firing", "on-call")
        took["AllServersDown"] = time.monotonic() - started
        with monitoring.process(serve, ready):
            receiver.wait("AllServersDown", "resolved", "on-call")
    took["Watchdog missing"] = dead_mans_switch(folder, targets)
    return {name: round(seconds, 1) for name, seconds in took.items()}


def test_alerts(manager, receiver):
    """scripts/test-alert reaches both receivers, and reports one that refuses it."""

    def send(*options):
        command = [ROOT / "scripts/test-alert", "--wait", "20", *options, f"http://{manager}"]
        return subprocess.run(command, capture_output=True, text=True)

    done = send()
    assert done.returncode == 0 and "on-call by webhook" in done.stdout, f"{done.stdout}{done.stderr}"
    with receiver.changed:
        expected = {("TestAlert", "firing", "on-call"), ("TestAlert", "firing", "morning")}
        assert expected <= set(receiver.received), receiver.received
    receiver.refuses = True
    refused = send("--severity", "page", "--environment", "other")
    assert refused.returncode == 1 and "could not notify" in refused.stdout, f"{refused.stdout}{refused.stderr}"
    receiver.refuses = False
    receiver.received.clear()


def one_incident(manager):
    """A held day and late orders are one notification, and so are servers that are down and cannot be reached."""
    names = {"DayHeldBack": "OrdersNotReady", "MapUnreachable": "AllServersDown"}
    alerts = [
        {"labels": {"alertname": name, "severity": "page", "environment": environment}}
        for name, environment in [*((one, "prod") for pair in names.items() for one in pair), ("DayHeldBack", "dev")]
    ]
    address = f"http://{manager}/api/v2/alerts"
    body = json.dumps(alerts).encode()
    urllib.request.urlopen(urllib.request.Request(address, body, {"Content-Type": "application/json"}), timeout=10)

    def silent():
        found = json.loads(monitoring.fetch(address))
        return {
            (one["labels"]["alertname"], one["labels"]["environment"])
            for one in found
            if one["status"]["inhibitedBy"] and "environment" in one["labels"]
        }

    deadline = time.monotonic() + 10
    while silent() != {(name, "prod") for name in names}:
        assert time.monotonic() < deadline, f"Alertmanager silences {silent()}"
        time.sleep(0.2)


def dead_mans_switch(folder, targets):
    """scripts/dead-mans-switch runs its program when Alertmanager is down, and again when it is back; the seconds."""
    port, reported, address = free_port(), folder / "reported", f"127.0.0.1:{free_port()}"
    program = ["sh", "-c", f"echo $FOODMAP_WATCHDOG >>{reported}"]
    switch = [ROOT / "scripts/dead-mans-switch", "--listen", f"127.0.0.1:{port}", "--after", "0.2", "--", *program]
    routes_to(folder, f"http://127.0.0.1:{port}/")
    work = folder / "switch"
    work.mkdir()
    with ExitStack() as stack, monitoring.prometheus(work, targets, address, quick_rules()):
        with running_alertmanager(folder, address):
            wait_until(lambda: "Watchdog" in monitoring.fetch(f"http://{address}/api/v2/alerts"))
            stack.enter_context(monitoring.process(switch, f"http://127.0.0.1:{port}/"))
            time.sleep(20)  # longer than the switch waits
            assert not reported.exists(), f"the switch reports {reported.read_text()} while Watchdog arrives"
        started = time.monotonic()
        wait_until(lambda: reported.exists() and reported.read_text() == "missing\n")
        seconds = time.monotonic() - started
        with running_alertmanager(folder, address):
            wait_until(lambda: reported.read_text() == "missing\nback\n")
    return seconds


def routes_to(folder, url):
    """Let the Alertmanager of this folder send Watchdog to an address, every second."""
    config = yaml.safe_load((folder / "alertmanager.yml").read_text())
    for route in config["route"]["routes"]:
        route["repeat_interval"] = "1s"
    [watchdog] = [one for one in config["receivers"] if one["name"] == "watchdog"]
    watchdog["webhook_configs"] = [{"url": url}]
    (folder / "alertmanager.yml").write_text(yaml.safe_dump(config))


def wait_until(is_true):
    deadline = time.monotonic() + DELIVERY_S
    while not is_true():
        assert time.monotonic() < deadline, f"the switch is not as expected after {DELIVERY_S} s"
        time.sleep(0.2)


def publish(metrics, snapshot, minutes_old=0):
    """Publish a snapshot of vendors that are this old."""
    written = time.time() - 60 * minutes_old
    os.utime(snapshot[1], (written, written))
    if monitoring.tilegen(metrics, "snapshot", *snapshot) != 0:
        sys.exit("tilegen snapshot failed")


def quick_rules():
    """The shipped rules without waiting times."""
    rules = yaml.safe_load((monitoring.MONITORING / "rules/foodmap.yml").read_text())
    for group in rules["groups"]:
        for rule in group["rules"]:
            rule.pop("for", None)
    return yaml.safe_dump(rules)


def alertmanager(folder, receiver):
    """An Alertmanager with the shipped routes, our receivers and no delay; its address."""
    config = yaml.safe_load((monitoring.MONITORING / "alertmanager.yml").read_text())
    quick = {"group_wait": "0s", "group_interval": "1s"}
    config["route"] |= quick
    for route in config["route"]["routes"]:
        route |= quick
    for one in config["receivers"]:
        name = one["name"]
        one.clear()
        one |= {"name": name, "webhook_configs": [{"url": receiver.url(name), "send_resolved": True}]}
    (folder / "alertmanager.yml").write_text(yaml.safe_dump(config))
    return running_alertmanager(folder, f"127.0.0.1:{free_port()}")


@contextmanager
def running_alertmanager(folder, address):
    command = [
        "prometheus-alertmanager",
        f"--config.file={folder}/alertmanager.yml",
        f"--storage.path={folder}/alertmanager",
        f"--web.listen-address={address}",
        "--cluster.listen-address=",
    ]
    with monitoring.process(command, f"http://{address}/-/ready"):
        yield address


class Receiver:
    """Replaces pager and chat: records the alerts that each receives."""

    def __init__(self):
        self.received: list[tuple[str, str, str]] = []
        self.refuses = False
        self.changed = changed = threading.Condition()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if receiver.refuses:
                    # Alertmanager repeats what failed with 5xx, and reports other statuses at once.
                    self.send_response(403)
                    self.end_headers()
                    return
                with changed:
                    receiver.received += [
                        (alert["labels"]["alertname"], alert["status"], self.path[1:]) for alert in body["alerts"]
                    ]
                    changed.notify_all()
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_):
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, daemon=True).start()

    def url(self, name):
        return f"http://127.0.0.1:{self.port}/{name}"

    def wait(self, alert, status, who):
        """Wait until a receiver gets an alert, and forget earlier ones; the seconds that it took."""
        started = time.monotonic()
        with self.changed:
            if not self.changed.wait_for(lambda: (alert, status, who) in self.received, DELIVERY_S):
                sys.exit(
                    f"{who} did not receive {alert} {status} within {DELIVERY_S} s, but {sorted(set(self.received))}"
                )
            self.received.clear()
        return time.monotonic() - started


if __name__ == "__main__":
    main()
