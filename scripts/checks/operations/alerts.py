"""Lets the three alerts that matter most happen for real, and waits until somebody is told, and told that it is over.

A real tilegen, tileserve, node_exporter, Prometheus and Alertmanager on loopback, with the shipped rules and
routes; only waiting times are shortened, and a receiver of ours stands for the pager and for the chat:
vendors that get stale, a build that fails, a server that is down. Exit status 1 if one is not delivered.
"""

import argparse
import json
import shutil
import sys
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import yaml

from checks.lib import monitoring
from checks.lib.serving import free_port

STALE_S = 15
PATIENCE_S = 60


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="a folder that tilegen sample wrote")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        took = run(args.data, Path(folder))
    print(json.dumps({"seconds_to_be_told": took}))


def run(data, folder):
    store, metrics = folder / "store", folder / "metrics"
    metrics.mkdir()
    receiver = Receiver()
    port, admin, node = free_port(), free_port(), free_port()
    targets = {"tileserve": [f"127.0.0.1:{admin}"], "tilegen": [f"127.0.0.1:{node}"]}
    serve, ready = monitoring.server(store, folder, port, admin), f"http://127.0.0.1:{admin}/health/ready"
    snapshot = monitoring.snapshot_arguments(data, store)
    snapshot[1] = shutil.copy(snapshot[1], folder / "vendors.parquet")
    publish(metrics, snapshot)
    with (
        alertmanager(folder, receiver) as manager,
        monitoring.node_exporter(metrics, node),
        monitoring.prometheus(folder, targets, manager, quick_rules()),
    ):
        with monitoring.process(serve, ready):
            publish(metrics, snapshot)
            receiver.told.clear()
            took = {"VendorsStale": receiver.wait("VendorsStale", "firing", "on-call")}
            publish(metrics, snapshot)
            receiver.wait("VendorsStale", "resolved", "on-call")

            failing = [*snapshot[:1], "no-such-file.parquet", *snapshot[2:]]
            began = time.monotonic()
            assert monitoring.tilegen(metrics, "snapshot", *failing) == 1
            receiver.wait("BuildFailed", "firing", "morning")
            took["BuildFailed"] = time.monotonic() - began
            publish(metrics, snapshot)
            receiver.wait("BuildFailed", "resolved", "morning")
        began = time.monotonic()
        receiver.wait("ServerDown", "firing", "morning")
        took["ServerDown"] = time.monotonic() - began
        receiver.wait("AllServersDown", "firing", "on-call")
        with monitoring.process(serve, ready):
            receiver.wait("AllServersDown", "resolved", "on-call")
    return {name: round(seconds, 1) for name, seconds in took.items()}


def publish(metrics, snapshot):
    """A snapshot of vendors as they are now."""
    vendors = snapshot[1]
    vendors.touch()
    if monitoring.tilegen(metrics, "snapshot", *snapshot) != 0:
        sys.exit("tilegen snapshot failed")


def quick_rules():
    """The shipped rules, waiting for nothing, with vendors that get old in seconds."""
    rules = yaml.safe_load((monitoring.MONITORING / "rules/foodmap.yml").read_text())
    for group in rules["groups"]:
        for rule in group["rules"]:
            rule.pop("for", None)
            if rule.get("alert") == "VendorsStale":
                assert rule["expr"].endswith("> 1200")
                rule["expr"] = rule["expr"].replace("> 1200", f"> {STALE_S}")
    return yaml.safe_dump(rules)


def alertmanager(folder, receiver):
    """The shipped routes to receivers of ours, told without delay; gives its address."""
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


@monitoring.contextmanager
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
    """Stands for the pager and the chat: remembers what each was told."""

    def __init__(self):
        self.told, told = [], threading.Condition()
        self.changed = told
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                with told:
                    receiver.told += [
                        (alert["labels"]["alertname"], alert["status"], self.path[1:]) for alert in body["alerts"]
                    ]
                    told.notify_all()
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
        """Waits until `who` is told, and forgets all that was told before; the seconds that it took."""
        began = time.monotonic()
        with self.changed:
            if not self.changed.wait_for(lambda: (alert, status, who) in self.told, PATIENCE_S):
                sys.exit(
                    f"{who} was not told in {PATIENCE_S} s that {alert} is {status}; it was told {sorted(set(self.told))}"
                )
            self.told.clear()
        return time.monotonic() - began


if __name__ == "__main__":
    main()
