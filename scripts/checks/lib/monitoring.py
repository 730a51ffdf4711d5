"""What the checks of monitoring share: the shipped files, and one real process for each part on loopback."""

import json
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from contextlib import contextmanager

import yaml

from checks.lib.serving import RELEASE, ROOT, free_port

MONITORING = ROOT / "deployment/monitoring"


def alerts():
    """Every alert rule, by name."""
    groups = yaml.safe_load((MONITORING / "rules/foodmap.yml").read_text())["groups"]
    return {rule["alert"]: rule for group in groups for rule in group["rules"] if "alert" in rule}


def fetch(url):
    with urllib.request.urlopen(url, timeout=10) as answer:
        return answer.read().decode()


@contextmanager
def process(command, ready=None, **options):
    """A process, answering at `ready` before it is used, and gone at the end."""
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


def server(store, folder, port, admin, more="", internal=True):
    """A started tileserve with its operators' listener."""
    config = folder / f"tileserve-{port}.toml"
    config.write_text(
        f'store = "{store}"\nlisten = "127.0.0.1:{port}"\nadmin_listen = "127.0.0.1:{admin}"\n'
        f"serve_internal = {str(internal).lower()}\nfollow.poll_seconds = 0.5\n{more}"
    )
    return [RELEASE / "tileserve", "--config", config]


def tilegen(folder, build, *arguments):
    """Runs a build with a metrics file; its exit status."""
    command = [RELEASE / "tilegen", build, *map(str, arguments), "--metrics-file", folder / f"{build}.prom"]
    return subprocess.run(command, capture_output=True, text=True).returncode


def snapshot_arguments(data, store):
    return [
        "--vendors",
        data / "vendors/snapshot.parquet",
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
def node_exporter(folder, port):
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
def prometheus(folder, targets, alertmanager="127.0.0.1:9", rules=None):
    """The shipped configuration with other addresses and a quick pace; gives its address."""
    config = yaml.safe_load((MONITORING / "prometheus.yml").read_text())
    config["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
    config["rule_files"] = [str(folder / "rules.yml")]
    config["alerting"]["alertmanagers"] = [{"static_configs": [{"targets": [alertmanager]}]}]
    for job in config["scrape_configs"]:
        [wanted] = job["file_sd_configs"][0]["files"]
        (folder / wanted).parent.mkdir(exist_ok=True)
        (folder / wanted).write_text(json.dumps([{"targets": targets[job["job_name"]]}]))
        job["file_sd_configs"][0]["files"] = [str(folder / wanted)]
    (folder / "rules.yml").write_text(rules or (MONITORING / "rules/foodmap.yml").read_text())
    (folder / "prometheus.yml").write_text(yaml.safe_dump(config))
    address = f"127.0.0.1:{free_port()}"
    command = [
        "prometheus",
        f"--config.file={folder}/prometheus.yml",
        f"--storage.tsdb.path={folder}/tsdb",
        f"--web.listen-address={address}",
    ]
    with process(command, f"http://{address}/-/ready"):
        yield address


def ask(address, expression):
    """What Prometheus says to an expression; ends the check if it does not understand it."""
    url = f"http://{address}/api/v1/query?" + urllib.parse.urlencode({"query": expression})
    try:
        return json.loads(fetch(url))["data"]["result"]
    except urllib.error.HTTPError as error:
        sys.exit(f"Prometheus refuses {expression}: {error.read().decode()}")
