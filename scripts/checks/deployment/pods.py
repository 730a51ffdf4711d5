"""Runs the pods of the Helm chart on this machine: from an empty bucket to tiles.

A bucket of SeaweedFS contains demo inputs. The pods of the first install's Job and of each CronJob, as the chart
renders them, run in podman and publish. The pod of the Deployment serves what they published, with the same tiles as
a build into a folder, answers the probes that the chart names, and stops gracefully. Differences from a cluster: the
machine's network, and given ports and addresses of images and store. Exit status 1 if anything is wrong.
"""

import argparse
import json
import os
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from checks.lib.archive import Archive
from checks.lib.bucket import upload
from checks.lib.helm import Helm, documents, pod_template, values_of
from checks.lib.object_servers import BUCKET, seaweedfs
from checks.lib.pods import Pod, podman, wait_for
from checks.lib.serving import compare_tiles, free_port, get, tilegen

LIMIT_S = 120
LAYERS = ("density", "density-public", "coverage", "vendors", "areas", "population")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="a folder that tilegen sample wrote")
    parser.add_argument("--tools", required=True, type=Path, help="a folder for helm")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, seaweedfs(Path(folder)) as (_, settings):
        upload(args.data, settings)
        cluster = Cluster(Helm(args.tools), settings, Path(folder))
        summary = {"first_install": cluster.run("Job", "first-install")}
        for part in ("areas", "orders", "snapshot", "retire", "privacy-audit"):
            summary[part] = cluster.run("CronJob", part)
        summary["maps"] = json.loads(tilegen("catalog", "--store", f"s3://{BUCKET}/map", env=os.environ | settings))[
            "number"
        ]
        summary["server"] = cluster.serve(args.data, Path(folder))
    print(json.dumps(summary))


class Cluster:
    def __init__(self, helm, settings, folder):
        self.folder, self.port, self.admin = folder, free_port(), free_port()
        self.settings = settings
        values = {
            "store": {
                "url": f"s3://{BUCKET}/map",
                "inputs": f"s3://{BUCKET}/inputs",
                "env": settings,
                "secretName": "",
            },
            "images": {
                name: {"repository": f"localhost/foodmap/{name}", "tag": "local"} for name in ("tilegen", "tileserve")
            },
        }
        (folder / "values.json").write_text(json.dumps(values))
        status, text = helm.render(*values_of("dev"), "--values", folder / "values.json")
        assert status == 0, text
        for shipped, here in (("0.0.0.0:8080", self.port), ("0.0.0.0:8081", self.admin)):
            assert shipped in text, shipped
            text = text.replace(shipped, f"127.0.0.1:{here}")
        self.manifests = documents(text)

    def find(self, kind, part):
        [found] = [
            one
            for one in self.manifests
            if one["kind"] == kind and one["metadata"]["labels"]["app.kubernetes.io/component"] == part
        ]
        return found

    def run(self, kind, part):
        """Run a job's pod until it exits; the seconds that it took."""
        started = time.monotonic()
        with Pod(self.find(kind, part), self.manifests, self.folder) as pod:
            pod.wait(LIMIT_S)
        return round(time.monotonic() - started, 1)

    def serve(self, data, folder):
        deployment = self.find("Deployment", "tileserve-internal")
        with Pod(deployment, self.manifests, folder) as pod:
            [container] = pod.containers()

            def probe(name):
                return get(f"127.0.0.1:{self.admin}", self.path_of(deployment, name))[0]

            wait_for(lambda: probe("readinessProbe") == 200)
            assert (probe("startupProbe"), probe("livenessProbe")) == (200, 200)
            tiles = self.compare(data, folder)
            memory = resident_mb(container)
            assert memory < 1024, f"{memory} MB exceed the memory limit of the pod"
            self.no_shell(container)
            seconds, code = self.end(container, probe)
            assert code == 0, f"the server exited with status {code}"
        return {"tiles": tiles, "resident_mb": memory, "seconds_to_end": seconds}

    @staticmethod
    def path_of(deployment, probe):
        template = pod_template(deployment)
        assert template is not None
        [container] = template["spec"]["containers"]
        return container[probe]["httpGet"]["path"]

    def compare(self, data, folder):
        """Compare tiles with a build of the same inputs into a folder; their number."""
        own, address = folder / "own", f"127.0.0.1:{self.port}"
        tilegen("density", "--orders", data / "orders", "--store", own, "--window", "7d", "--window", "30d")
        served = json.loads(get(address, "/v1/catalog.json")[2])
        assert {layer["layer"] for layer in served["layers"]} == set(LAYERS), served["layers"]
        tiles = 0
        for slot in ("7d", "30d"):
            [archive] = (own / "archives/density" / slot).glob("*.pmtiles")
            stored = {(z, x, y): body for z, x, y, body in Archive(archive).tiles()}
            chosen = list(stored)[:: max(1, len(stored) // 40)]
            compare_tiles(address, "density", slot, archive.stem, stored, chosen)
            tiles += len(chosen)
        assert b"<title>" in get(address, "/")[2], "the page is not in the image"
        return tiles

    @staticmethod
    def no_shell(container):
        try:
            podman("exec", container, "/bin/sh", "-c", "true")
        except AssertionError:
            return
        raise AssertionError("the image has a shell")

    @staticmethod
    def end(container, probe):
        """Stop a pod as the kubelet does: it becomes unready first, still answers, and then exits."""
        started = time.monotonic()
        with ThreadPoolExecutor(1) as pool:
            stopped = pool.submit(podman, "stop", "--time", "35", container)
            wait_for(lambda: probe("readinessProbe") == 503, 10)
            assert probe("livenessProbe") == 200
            stopped.result()
        return round(time.monotonic() - started, 1), int(
            podman("inspect", "--format", "{{.State.ExitCode}}", container)
        )


def resident_mb(container):
    """The memory of the server's process in MiB."""
    pid = podman("inspect", "--format", "{{.State.Pid}}", container).strip()
    [line] = [line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmRSS")]
    return int(line.split()[1]) // 1024


if __name__ == "__main__":
    main()
