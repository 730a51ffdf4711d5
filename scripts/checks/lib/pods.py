"""Pods cut out of rendered manifests and run here by podman, as far as one machine is a cluster."""

import copy
import os
import subprocess
import time
from pathlib import Path

import yaml

from checks.lib.helm import pod_template

# What the kubelet does from outside, and podman would do from inside, where no curl is; and ports, which are the
# machine's own here.
KUBELETS = ("startupProbe", "livenessProbe", "readinessProbe", "lifecycle", "ports")


def cut(manifest, others):
    """The pod that a manifest makes, and the ConfigMaps that it mounts, as one text for podman."""
    spec = copy.deepcopy(pod_template(manifest)["spec"])
    for container in spec["containers"]:
        for name in KUBELETS:
            container.pop(name, None)
    for container in spec.get("initContainers", []) + spec["containers"]:
        container["imagePullPolicy"] = "Never"
    name = f"{manifest['metadata']['name']}-{os.getpid()}"
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": spec}
    wanted = {volume["configMap"]["name"] for volume in spec.get("volumes", []) if "configMap" in volume}
    maps = [one for one in others if one["kind"] == "ConfigMap" and one["metadata"]["name"] in wanted]
    return name, yaml.safe_dump_all([*maps, pod])


class Pod:
    """A pod that runs until it ends by itself or is removed."""

    def __init__(self, manifest, others, folder: Path):
        self.name, text = cut(manifest, others)
        self.file = folder / f"{self.name}.yaml"
        self.file.write_text(text)

    def __enter__(self):
        try:
            podman("play", "kube", "--network", "host", "--log-driver", "k8s-file", self.file)
        except AssertionError:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        podman("pod", "rm", "--force", "--ignore", "--time", "5", self.name)

    def containers(self):
        said = podman("ps", "--all", "--filter", f"pod={self.name}", "--format", "{{.Names}}")
        return [name for name in said.split() if not name.endswith("-infra")]

    def state(self, container):
        return podman("inspect", "--format", "{{.State.Status}} {{.State.ExitCode}}", container).split()

    def wait(self, seconds):
        """Waits for the end of the last container; its log if all ended well."""
        *_, last = self.containers()
        deadline = time.monotonic() + seconds
        while self.state(last)[0] != "exited":
            if time.monotonic() > deadline:
                raise AssertionError(f"{last} did not end in {seconds} s: {self.logs()}")
            time.sleep(0.1)
        codes = {container: self.state(container)[1] for container in self.containers()}
        assert set(codes.values()) == {"0"}, f"{codes}: {self.logs()}"
        return self.logs()

    def logs(self):
        return "\n".join(podman("logs", container) for container in self.containers())


def podman(*arguments):
    done = subprocess.run(["podman", *map(str, arguments)], capture_output=True, text=True, env=os.environ)
    if done.returncode:
        raise AssertionError(f"podman {' '.join(map(str, arguments))}: {done.stderr[-1500:]}")
    return done.stdout + (done.stderr if arguments[0] == "logs" else "")


def wait_for(holds, seconds=60):
    """Waits until something holds; the seconds that it took."""
    began = time.monotonic()
    while True:
        try:
            if holds():
                return time.monotonic() - began
        except OSError:
            pass
        assert time.monotonic() - began < seconds, f"it did not come about in {seconds} s"
        time.sleep(0.05)
