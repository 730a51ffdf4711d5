"""Runs the services of deployment/compose/compose.yaml that can run here: the store, the jobs and both servers.

podman-compose reads the shipped file; an override file gives each service the network of this machine and its own
port, because containers have no network of their own here. The store is SeaweedFS in an image made from its binary.
The jobs alone must produce the map, both servers must serve the same map, and their health checks must pass.
Prometheus, with the shipped configuration, must receive every metric that its rules use from the servers and the
jobs, and find its Alertmanager and blackbox_exporter. Varnish, nginx and Grafana have no image here; scripts/check
stack and scripts/check proxies run the first two. Exit status 1 if anything is wrong.
"""

import argparse
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

import yaml

from checks.deployment.install import block, commands
from checks.lib import watchers
from checks.lib.monitoring import MONITORING, fetch, query
from checks.lib.pods import podman, wait_for
from checks.lib.serving import ROOT, free_port, get
from checks.lib.stack import SERVERS

COMPOSE = ROOT / "deployment/compose"
JOBS = ("areas", "orders", "area-stats", "snapshot")
BUILDS = {"areas", "density", "area-stats", "snapshot"}
# Compose purges no cache, not every build of demo data has rejects, and its files are delivered.
WITHOUT_VALUE = {"tilegen_after_publish_failed", "tilegen_published_rejected_rows", "tilegen_fetch_failed"}
AUDIT = "privacy-audit"  # reads a map, so it starts when there is one
PROJECT = "foodmap-check"
LAYERS = {"density", "density-public", "coverage", "vendors", "areas", "population"}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="a folder that tilegen sample wrote")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        project = Project(Path(folder), args.data)
        project.compose("config")
        store_image(Path(folder))
        watchers.make_images(Path(folder))
        # What an interrupted run left behind would be taken for this run's.
        project.compose("down", "--volumes")
        try:
            project.sample()
            project.with_sources()
            started = time.monotonic()
            project.compose("up", "--detach", "--no-build", "store", *JOBS, *SERVERS, *watchers.PROGRAMS)
            summary = project.look()
            project.compose("up", "--detach", "--no-build", "--no-deps", AUDIT)
            summary["seconds_to_a_map"] = round(time.monotonic() - started, 1)
            summary["watched"] = project.watched()
        finally:
            project.compose("down", "--volumes")
    print(json.dumps(summary))


def store_image(folder):
    shutil.copy(Path(sys.executable).parent / "weed", folder / "weed")
    (folder / "Containerfile").write_text("FROM scratch\nCOPY weed /usr/bin/weed\nCOPY tmp /tmp\nENV PATH=/usr/bin\n")
    (folder / "tmp").mkdir()
    subprocess.run(
        ["buildah", "bud", "--quiet", "--tag", "docker.io/chrislusf/seaweedfs:4.48", folder],
        check=True,
        stdout=subprocess.DEVNULL,
    )


class Project:
    """The shipped file in a copy of its folder, and an override file for this machine."""

    def __init__(self, folder, data):
        self.ports = {server: free_port() for server in SERVERS}
        self.folder = folder / "deployment/compose"
        shutil.copytree(ROOT / "deployment", folder / "deployment")
        (self.folder / "store.env").write_text("AWS_ACCESS_KEY_ID=testkey\nAWS_SECRET_ACCESS_KEY=testsecret\n")
        (self.folder / "secrets").mkdir()
        store = free_port()
        (self.folder / "here.yaml").write_text(yaml.safe_dump({"services": self.here(store)}))
        self.env = os.environ | {"FOODMAP_TAG": "local", "FOODMAP_INPUTS": str(data.resolve())}

    def here(self, store):
        host = {"network_mode": "host"}
        asking = {"AWS_ENDPOINT": f"http://127.0.0.1:{store}"}
        services = {
            job: {**host, "image": "localhost/foodmap/tilegen:local", "environment": asking} for job in (*JOBS, AUDIT)
        }
        services["ops"] = services["areas"]
        for server, port in self.ports.items():
            listen = {
                **asking,
                "TILESERVE_LISTEN": f"127.0.0.1:{port}",
                "TILESERVE_ADMIN_LISTEN": f"{watchers.ADDRESSES[server]}:8081",
            }
            asked = ["CMD", "/usr/local/bin/tileserve", "health", f"http://127.0.0.1:{port}/health/ready"]
            services[server] = {
                **host,
                "image": "localhost/foodmap/tileserve:local",
                "environment": listen,
                "healthcheck": {"test": asked},
            }
        names = ("master.port", "volume.port", "filer.port", "admin.port", "metricsPort")
        services["store"] = {
            **host,
            "command": [
                "mini",
                "-dir=/data",
                "-bucket=foodmap",
                f"-s3.port={store}",
                "-webdav=false",
                "-admin.ui=false",
                "-s3.port.iceberg=0",
                "-ip=127.0.0.1",
                "-ip.bind=127.0.0.1",
                *(f"-{name}={free_port()}" for name in names),
            ],
        }
        return services | watchers.services(yaml.safe_load((COMPOSE / "compose.yaml").read_text())["services"])

    def compose(self, *arguments, files=("compose.yaml", "here.yaml")):
        command = [
            Path(sys.executable).parent / "podman-compose",
            "--project-name",
            PROJECT,
            *(word for name in files for word in ("--file", self.folder / name)),
            *arguments,
        ]
        done = subprocess.run(command, cwd=self.folder, env=self.env, capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"podman-compose {' '.join(arguments)}: {done.stdout[-1500:]}{done.stderr[-1500:]}")
        return done.stdout

    def sample(self):
        """The command of docs/deployment.md that makes demo inputs without an installed program."""
        command = next(line for line in commands(block("compose")) if " sample " in line)
        words = shlex.split(command.replace("…", "").split(" ops ")[1])
        assert words[:3] == ["sample", "--out", "/here/inputs"], words
        asked = ["--rm", "--no-deps", "--user", str(os.getuid()), "--volume", f"{self.folder}:/here", "ops"]
        self.compose("--profile", "ops", "run", *asked, *words[:3], "--days", "2", "--orders", "1000")
        made = {path.name for path in (self.folder / "inputs").iterdir()}
        assert {"orders", "vendors", "areas", "grades.csv"} <= made, f"the sample has {sorted(made)}"

    def with_sources(self):
        """Compose merges sources.yaml: the jobs fetch, and still have the volumes of compose.yaml."""
        (self.folder / "tilegen.toml").write_text("")
        merged = yaml.safe_load(self.compose("config", files=["compose.yaml", "sources.yaml"]))["services"]
        for name, job in (("orders", ["run", "orders"]), ("snapshot", ["run", "snapshot"])):
            assert all(word in merged[name]["command"] for word in job), merged[name]["command"]
            targets = {str(volume).split(":")[1] for volume in merged[name]["volumes"]}
            assert {"/inputs", "/work", "/metrics", "/etc/foodmap/tilegen.toml"} <= targets, targets

    def look(self):
        """Wait until both servers serve the complete map, and the same one."""
        for port in self.ports.values():
            try:
                wait_for(partial(self.has_every_layer, port), 240)
            except AssertionError as error:
                raise AssertionError(f"{error}: {self.layers(port)}; {self.logs()}") from error
        numbers = wait_for_same(lambda: [self.catalog(port)["number"] for port in self.ports.values()])
        for server in SERVERS:
            podman("healthcheck", "run", f"{PROJECT}_{server}_1")
        return {"map": numbers[0], "layers": len(LAYERS), "servers": len(SERVERS)}

    def watched(self):
        """What Prometheus knows about servers and jobs, and its Alertmanager."""

        def know(expression):
            return query(watchers.PROMETHEUS, expression)

        wait_for(lambda: len(know('up{job!="foodmap-probe"} == 1')) == len(watchers.ADDRESSES), 120)
        wait_for(lambda: {found["metric"]["build"] for found in know("tilegen_run_failed == 0")} == BUILDS, 120)
        asked = set(re.findall(r"\btilegen_\w+", (MONITORING / "rules/foodmap.yml").read_text())) - WITHOUT_VALUE

        def missing():
            return [name for name in sorted({*asked, "foodmap:newest_map"}) if not know(name)]

        try:
            wait_for(lambda: not missing())  # rules run every 15 seconds
        except AssertionError as error:
            raise AssertionError(f"rules use {missing()}, which no program exposes") from error
        managers = json.loads(fetch(f"http://{watchers.PROMETHEUS}/api/v1/alertmanagers"))["data"][
            "activeAlertmanagers"
        ]
        assert len(managers) == 1, f"Prometheus would notify {managers}"
        # The probe runs, although the name of its target is unknown here.
        wait_for(lambda: [found["value"][1] for found in know('up{job="foodmap-probe"}')] == ["1"])
        return {"targets": len(watchers.ADDRESSES), "metrics_of_jobs": len(asked)}

    def logs(self):
        return {
            name: podman("logs", "--tail", "3", f"{PROJECT}_{name}_1") for name in (*JOBS, *SERVERS, *watchers.PROGRAMS)
        }

    def catalog(self, port):
        return json.loads(get(f"127.0.0.1:{port}", "/v1/catalog.json")[2])

    def has_every_layer(self, port):
        return self.layers(port) == LAYERS

    def layers(self, port):
        status, _, body = get(f"127.0.0.1:{port}", "/v1/catalog.json")
        return {layer["layer"] for layer in json.loads(body)["layers"]} if status == 200 else set()


def wait_for_same(numbers):
    wait_for(lambda: len(set(numbers())) == 1)
    return numbers()


if __name__ == "__main__":
    main()
