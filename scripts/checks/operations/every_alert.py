"""Fires every alert of the shipped rules for real, and waits until Alertmanager delivers each one.

Real builds, servers, exporters, an S3 server with faults, Prometheus and Alertmanager run on loopback. The rules are
the shipped ones without waiting times; `LATER` alerts are about hours and days, so Prometheus reads a clock that is
ahead. HOW says what fires each alert, as docs/runbook/README.md shows. Exit status 1 if an alert is not delivered to
the receiver of its severity, if a rule is not in HOW, or if the page differs.
"""

import argparse
import json
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import datetime, timedelta, timezone
from pathlib import Path

import yaml

from checks.lib import monitoring
from checks.lib.fault_proxy import FaultProxy, Faults
from checks.lib.s3_server import seaweedfs
from checks.lib.serving import RELEASE, ROOT, free_port
from checks.operations.alerts import Receiver, alertmanager, quick_rules
from checks.operations.monitoring import certificate, fetched_vendors

TEHRAN = timezone(timedelta(hours=3, minutes=30))
DEADLINE_S = 180
TILES = [(5, 20, 12), (6, 41, 25), (7, 82, 50), (8, 164, 100)]

# What fires each alert.
HOW = {
    "AllServersDown": "the only server of an environment ends",
    "AnswersFail": "the archives of a store are deleted while clients read tiles",
    "AnswersSlow": "the store stalls for 2.5 s",
    "BackupOld": "the clock is days ahead of the last backup",
    "BuildFailed": "a build reads a folder that does not exist",
    "BuildMissed": "the clock is days ahead of the last snapshot",
    "BuildOverran": "a build is killed, and the clock is days ahead",
    "CacheMisses": "a server without caches answers clients",
    "CertificateExpiring": "a server has a certificate of five days",
    "DayHeldBack": "the export of the last day has a fortieth of its orders",
    "ErrorBudgetLow": "as AnswersFail",
    "JobHeld": "`tilegen catalog hold`, and the clock is days ahead",
    "MapError": "the newest manifest is damaged",
    "MapNotLoaded": "a server that does not look for new maps, and a build",
    "MapUnreachable": "blackbox_exporter probes a port without a server",
    "MemoryHigh": "a server on a machine that says it has 20 MB",
    "OrdersNotReady": "the clock is at 10:00 in Tehran, two days ahead",
    "PrivacyAuditOld": "the metrics of the last audit are ten days old",
    "PrivacyLeak": "an audit asks for more users than the builds did",
    "PurgeFailed": "the program of `--after-publish` fails",
    "RequestsRefused": "clients exceed a limit of one request per second",
    "RowsRejected": "one business line is not in `lines.known`",
    "ServerDown": "one of several servers ends",
    "SourceFailed": "the file of a source is gone",
    "SourceOld": "the clock is days ahead of the rows of a source",
    "StoreFails": "the store answers 500",
    "VendorsStale": "the clock is days ahead of the last snapshot",
    "Watchdog": "nothing: it always fires",
}
LATER = {"BackupOld", "BuildMissed", "BuildOverran", "JobHeld", "OrdersNotReady", "SourceOld", "VendorsStale"}
RECEIVERS = {"page": "on-call", "ticket": "morning", "watchdog": "watchdog"}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="a folder that tilegen sample wrote")
    args = parser.parse_args()
    rules = monitoring.alerts()
    different = rules.keys() ^ HOW.keys()
    assert not different, f"no trial fires {sorted(different)}, or no rule has this name"
    page = (ROOT / "docs/runbook/README.md").read_text()
    missing = [name for name, how in HOW.items() if f"| {name} | {how} |" not in page]
    assert not missing, f"docs/runbook/README.md does not say how {missing} is fired"
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        print(json.dumps({"fired": Trial(args.data.resolve(), Path(folder), stack).run(rules)}))


class Trial:
    """Environments with one kind of failure each, and one Prometheus that watches them all."""

    def __init__(self, data, folder, stack):
        self.data, self.folder, self.stack = data, folder, stack
        self.targets: dict[str, list[dict]] = {"tileserve": [], "tilegen": [], "foodmap-probe": []}
        self.store, self.metrics = folder / "store", folder / "metrics"
        self.metrics.mkdir()
        self.provoked = []

    def run(self, rules):
        receiver = Receiver()
        self.builds()
        self.servers()
        self.broken_stores()
        self.unreachable()
        manager = self.stack.enter_context(alertmanager(self.folder, receiver))
        box = free_port()
        self.stack.enter_context(monitoring.blackbox_exporter(box))
        wanted = {(name, "firing", RECEIVERS[rule["labels"]["severity"]]) for name, rule in rules.items()}
        later = {one for one in wanted if one[0] in LATER}
        started = time.monotonic()
        for phase, expected, shift in (("now", wanted - later, 0), ("later", later, days_ahead())):
            if phase == "later":
                self.tilegen("catalog", "hold", "--job", "areas", "--store", self.store)
            work = self.folder / phase
            work.mkdir()
            with monitoring.prometheus(
                work, self.targets, manager, trial_rules(shift), blackbox=f"127.0.0.1:{box}"
            ) as prometheus:
                self.wait(expected, receiver, prometheus)
        return {"alerts": len(wanted), "seconds": round(time.monotonic() - started)}

    def wait(self, expected, receiver, prometheus):
        """Provoke until every alert of a phase is delivered."""
        deadline = time.monotonic() + DEADLINE_S
        while missing := expected - set(receiver.received):
            if time.monotonic() > deadline:
                firing = monitoring.query(prometheus, 'ALERTS{alertstate="firing"}')
                names = sorted({one["metric"]["alertname"] for one in firing})
                sys.exit(
                    f"not delivered: {sorted(missing)}; firing: {names}; received: {sorted(set(receiver.received))}"
                )
            with ThreadPoolExecutor(8) as pool:
                list(pool.map(lambda provoke: provoke(), self.provoked))
            time.sleep(0.5)

    def builds(self):
        """A map, then the builds that go wrong, in the environment "builds"."""
        data, store = self.data, self.store
        areas = ["--areas", data / "areas", "--regions", data / "regions", "--neighbourhoods", data / "neighbourhoods"]
        days = sorted(path.name for path in (data / "orders").iterdir())
        thin, config = self.folder / "orders", self.folder / "tilegen.toml"
        known = lines_of(data, store)
        config.write_text(
            "[orders]\nmax_reject_share = 1.0\n[guards]\nreject_share = 1.0\n"
            f"[lines]\nknown = {json.dumps(known[1:])}\n"
        )
        shutil.copytree(data / "orders", thin)
        self.tilegen("sample", "--out", self.folder / "few", "--orders", len(days) * 50, "--days", len(days))
        shutil.rmtree(thin / days[-1])
        few = sorted((self.folder / "few/orders").iterdir())[-1]
        shutil.copytree(few, thin / days[-1])
        orders = ["--store", store, "--window", "7d", "--config", config]
        before = days[-2].removeprefix("date=")
        self.build("density", "--orders", data / "orders", *orders, "--as-of", before)
        frozen = self.server("builds", "manifest.poll_interval_seconds = 3600\n")
        self.build("density", "--orders", thin, *orders, codes=(0, 4))
        del frozen
        snapshot = monitoring.snapshot_arguments(data, store, fetched_vendors(data, self.metrics))
        self.build("snapshot", *snapshot, "--after-publish", shutil.which("false"))
        self.build("areas", "--areas", self.folder / "no-such-folder", "--store", store, codes=(1,))
        self.killed("area-stats", "--orders", data / "orders", *areas, "--store", store)
        self.lost_source()
        self.build("privacy-audit", "--store", store, "--min-users", "500", codes=(6,))
        age(self.metrics / "privacy-audit.prom", timedelta(days=10))
        record = ROOT / "deployment/systemd/record-success"
        subprocess.run([record, "backup", self.metrics / "backup.prom"], check=True)
        node = free_port()
        self.stack.enter_context(monitoring.node_exporter(self.metrics, node))
        self.target("tilegen", "builds", f"127.0.0.1:{node}")

    def lost_source(self):
        """Fetch again, from a file that is gone."""
        config = self.folder / "fetch.toml"
        config.write_text(config.read_text().replace("snapshot.parquet", "gone.parquet"))
        command = [RELEASE / "tilegen", "fetch", "vendors", "--into", self.folder / "inputs", "--config", config]
        command += ["--metrics-file", self.metrics / "fetch-vendors.prom"]
        assert subprocess.run(command, capture_output=True).returncode == 1

    def servers(self):
        """Servers of the same map, each with its own failure."""
        keys = self.folder / "keys"
        keys.mkdir()
        certificate(keys, days=5)
        self.server("builds", f'tls.certificate = "{keys}/tls.crt"\ntls.key = "{keys}/tls.key"\n')
        limited = self.server("builds", "limits.requests_per_second = 1\nlimits.burst = 1\n")
        self.provoked.append(lambda: requests(limited, ["/v1/catalog.json"] * 200))
        without_caches = self.server("builds", "memory_mb = 0\ntile_cache_mb = 0\n")
        self.provoked.append(lambda: requests(without_caches, tiles() * 40))
        (self.folder / "meminfo").write_text("MemTotal: 20000 kB\n")
        small = f'mount --bind "{self.folder}/meminfo" /proc/meminfo && exec "$@"'
        self.server("builds", before=["unshare", "--mount", "sh", "-c", small, "sh"])
        for environment in ("builds", "down"):  # one of several, and the only one
            with ExitStack() as short:
                self.server(environment, stack=short)

    def broken_stores(self):
        lost, damaged = (Path(shutil.copytree(self.store, self.folder / name)) for name in ("lost", "damaged"))
        port = self.server("lost", "memory_mb = 0\ntile_cache_mb = 0\n", lost)
        shutil.rmtree(lost / "archives")
        self.provoked.append(lambda: requests(port, tiles() * 2))
        self.server("damaged", store=damaged)
        newest = max(int(path.stem) for path in (damaged / "manifests").glob("*.json"))
        (damaged / f"manifests/{newest + 1:010}.json").write_text("{")
        s3 = self.stack.enter_context(seaweedfs(self.folder))
        copy = f"{s3.address}/map"
        self.tilegen("catalog", "copy", "--store", self.store, "--to", copy, "--last", "1", env=s3.environment)
        upstream = int(s3.environment["AWS_ENDPOINT"].rsplit(":", 1)[1])
        for name, faults in (("slow", Faults(stalls=1, stall_s=2.5)), ("failing", Faults(errors=1))):
            proxy = FaultProxy(upstream)
            self.stack.callback(proxy.close)
            env = s3.environment | {"AWS_ENDPOINT": f"http://127.0.0.1:{proxy.port}"}
            more = "memory_mb = 0\ntile_cache_mb = 0\ntimeouts.store_timeout_seconds = 4\n"
            port = self.server(name, more, copy, env=env)
            proxy.faults = faults
            self.provoked.append(lambda port=port: requests(port, tiles()[:2]))

    def unreachable(self):
        self.target("foodmap-probe", "outside", f"http://127.0.0.1:{free_port()}/v1/catalog.json")

    def server(self, environment, more="", store=None, before=(), env=None, stack=None):
        """Start a server that Prometheus watches; its port. It ends with the stack."""
        port, admin = free_port(), free_port()
        command = monitoring.server(store or self.store, self.folder, port, admin)
        config = Path(command[-1])
        keys = {line.split(" =")[0] for line in more.splitlines()}
        kept = [line for line in config.read_text().splitlines() if line.split(" =")[0] not in keys]
        config.write_text("\n".join(kept) + "\n" + more)
        ready = f"http://127.0.0.1:{admin}/health/ready"
        started = monitoring.process([*before, *command], ready, env=env)
        (stack or self.stack).enter_context(started)
        self.target("tileserve", environment, f"127.0.0.1:{admin}")
        return port

    def target(self, job, environment, address):
        self.targets[job].append({"targets": [address], "labels": {"environment": environment}})

    def build(self, name, *arguments, codes=(0,)):
        """Run a build with a metrics file."""
        code = monitoring.tilegen(self.metrics, name, *arguments)
        assert code in codes, f"tilegen {name} ended with {code}, not {codes}"

    def killed(self, name, *arguments):
        """Kill a build as soon as its metrics say that it runs."""
        file = self.metrics / f"{name}.prom"
        command = [RELEASE / "tilegen", name, *arguments, "--metrics-file", file]
        run = subprocess.Popen(list(map(str, command)), stderr=subprocess.DEVNULL)
        while not file.exists():
            assert run.poll() is None, f"tilegen {name} ended before it was killed"
        run.send_signal(signal.SIGKILL)
        run.wait()

    def tilegen(self, *arguments, env=None):
        command = [str(word) for word in (RELEASE / "tilegen", *arguments)]
        subprocess.run(command, check=True, capture_output=True, env=env)


def lines_of(data, store):
    """The names of the business lines of demo data."""
    report = store.parent / "report.json"
    command = [RELEASE / "tilegen", "density", "--orders", data / "orders", "--window", "1d", "--report", report]
    subprocess.run(
        [str(word) for word in (*command, "--store", store.parent / "first")], check=True, capture_output=True
    )
    [manifest] = (store.parent / "first/manifests").glob("*.json")
    return json.loads(manifest.read_text())["layers"][0]["lines"]


def tiles():
    return [f"/v1/tiles/density/7d/{z}/{x}/{y}.mvt" for z, x, y in TILES]


def requests(port, paths):
    """Send requests one after the other, whatever their answers."""
    for path in paths:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=20).read()
        except urllib.error.HTTPError as error:
            error.close()


def age(file, by):
    """Make the timestamps of a metrics file older."""
    lines = [line.split(" ") for line in file.read_text().splitlines()]
    for words in lines:
        if words[0].partition("{")[0].endswith("_timestamp_seconds"):
            words[-1] = str(float(words[-1]) - by.total_seconds())
    file.write_text("".join(" ".join(words) + "\n" for words in lines))


def days_ahead():
    """The seconds from now to 10:00 in Tehran, two days ahead."""
    now = datetime.now(TEHRAN)
    then = (now + timedelta(days=2)).replace(hour=10, minute=0, second=0)
    return int((then - now).total_seconds())


def trial_rules(shift):
    """The shipped rules without waiting times, read with a clock that is ahead."""
    rules = yaml.safe_load(quick_rules())
    for group in rules["groups"]:
        group.pop("interval", None)
        for rule in group["rules"]:
            rule["expr"] = rule["expr"].replace("time()", f"(time() + {shift})")
    return yaml.safe_dump(rules)


if __name__ == "__main__":
    main()
