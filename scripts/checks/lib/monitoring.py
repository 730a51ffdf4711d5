"""Shared by the checks of monitoring: the shipped files, and a real process for each part on loopback."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from checks.lib.serving import RELEASE, ROOT, free_port

MONITORING = ROOT / "deployment/monitoring"


def alerts() -> dict[str, dict[str, Any]]:
    """Every alert rule, by name."""
    groups = yaml.safe_load((MONITORING / "rules/foodmap.yml").read_text())["groups"]
    return {rule["alert"]: rule for group in groups for rule in group["rules"] if "alert" in rule}


def fetch(url: str) -> str:
    """The body of a GET request."""
    with urllib.request.urlopen(url, timeout=10) as response:
        return str(response.read().decode())


@contextmanager
def process(command: list[Any], ready: str | None = None, **options: Any) -> Iterator[subprocess.Popen[bytes]]:
    """A process that answers at `ready` before the block runs, and is terminated after it."""
    started = subprocess.Popen(list(map(str, command)), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options)
    try:
        deadline = time.monotonic() + 20
        while ready:
            try:
                fetch(ready)
                break
            except OSError as error:
                if started.poll() is not None or time.monotonic() > deadline:
                    sys.exit(f"{command[0]} does not answer at {ready}: {error}")
                time.sleep(0.05)
        yield started
    finally:
        started.terminate()
        started.wait(20)


def server(store: str | Path, folder: Path, port: int, admin: int, more: str = "", internal: bool = True) -> list[Any]:
    """The command of a tileserve with an admin listener."""
    config = folder / f"tileserve-{port}.toml"
    config.write_text(
        f'store = "{store}"\nlisten = "127.0.0.1:{port}"\nadmin_listen = "127.0.0.1:{admin}"\n'
        f"serve_internal = {str(internal).lower()}\nmanifest.poll_interval_seconds = 0.5\n{more}"
    )
    return [RELEASE / "tileserve", "--config", config]


def tilegen(folder: Path, build: str, *arguments: object) -> int:
    """Run a build with a metrics file; its exit status."""
    command = [RELEASE / "tilegen", build, *arguments, "--metrics-file", folder / f"{build}.prom"]
    return subprocess.run([str(word) for word in command], capture_output=True, text=True).returncode


def snapshot_arguments(data: Path, store: str | Path, vendors: Path | None = None) -> list[Any]:
    """The arguments of `tilegen snapshot` for demo data."""
    return [
        "--vendors",
        vendors or data / "vendors/snapshot.parquet",
        "--grades",
        data / "grades.csv",
        "--areas",
        data / "areas",
        "--regions",
        data / "regions",
        "--neighbourhoods",
        data / "neighbourhoods",
        "--targets",
        data / "targets",
        "--store",
        store,
    ]


@contextmanager
def node_exporter(folder: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """A node_exporter that reads the metrics files of a folder."""
    command = [
        "prometheus-node-exporter",
        f"--web.listen-address=127.0.0.1:{port}",
        "--collector.disable-defaults",
        "--collector.textfile",
        f"--collector.textfile.directory={folder}",
    ]
    with process(command, f"http://127.0.0.1:{port}/metrics") as started:
        yield started


@contextmanager
def blackbox_exporter(port: int) -> Iterator[subprocess.Popen[bytes]]:
    """A blackbox_exporter with the shipped probes."""
    command = [
        "prometheus-blackbox-exporter",
        f"--web.listen-address=127.0.0.1:{port}",
        f"--config.file={MONITORING / 'blackbox.yml'}",
    ]
    with process(command, f"http://127.0.0.1:{port}/-/healthy") as started:
        yield started


@contextmanager
def prometheus(
    folder: Path,
    targets: dict[str, list[Any]],
    alertmanager: str = "127.0.0.1:9",
    rules: str | None = None,
    blackbox: str = "127.0.0.1:9",
) -> Iterator[str]:
    """A Prometheus with the shipped configuration, other addresses and shorter intervals; its address.

    The targets of a job are addresses, or groups of addresses with labels.
    """
    config = yaml.safe_load((MONITORING / "prometheus.yml").read_text())
    config["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
    config["rule_files"] = [str(folder / "rules.yml")]
    config["alerting"]["alertmanagers"] = [{"static_configs": [{"targets": [alertmanager]}]}]
    for job in config["scrape_configs"]:
        [wanted] = job["file_sd_configs"][0]["files"]
        (folder / wanted).parent.mkdir(exist_ok=True)
        given = targets.get(job["job_name"], [])
        groups = given if given and isinstance(given[0], dict) else [{"targets": given}]
        (folder / wanted).write_text(json.dumps(groups))
        for relabelling in job.get("relabel_configs", []):
            if relabelling["target_label"] == "__address__":
                relabelling["replacement"] = blackbox
        job["file_sd_configs"][0]["files"] = [str(folder / wanted)]
    (folder / "rules.yml").write_text(rules or (MONITORING / "rules/foodmap.yml").read_text())
    (folder / "prometheus.yml").write_text(yaml.safe_dump(config))
    address = f"127.0.0.1:{free_port()}"
    command = [
        "prometheus",
        f"--config.file={folder}/prometheus.yml",
        f"--storage.tsdb.path={folder}/tsdb",
        f"--web.listen-address={address}",
        # An alert of the first evaluation is lost, because Prometheus has not found Alertmanager yet.
        "--rules.alert.resend-delay=1s",
    ]
    with process(command, f"http://{address}/-/ready"):
        yield address


def query(address: str, expression: str) -> list[dict[str, Any]]:
    """The result of a PromQL expression; exits if Prometheus rejects it."""
    url = f"http://{address}/api/v1/query?" + urllib.parse.urlencode({"query": expression})
    try:
        result: list[dict[str, Any]] = json.loads(fetch(url))["data"]["result"]
        return result
    except urllib.error.HTTPError as error:
        sys.exit(f"Prometheus rejects {expression}: {error.read().decode()}")
