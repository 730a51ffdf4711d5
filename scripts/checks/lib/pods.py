"""Pods of rendered manifests, run on this machine by podman."""

from __future__ import annotations

import copy
import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import yaml

from checks.lib.helm import pod_template

# Probes: the kubelet runs them from outside; podman would run them inside the container, which has no curl.
# Ports: the containers share the machine's network.
KUBELETS = ("startupProbe", "livenessProbe", "readinessProbe", "lifecycle", "ports")


def pod_file(manifest: dict[str, Any], others: list[dict[str, Any]]) -> tuple[str, str]:
    """The name of the pod that a manifest creates, and a file for podman: the pod and the ConfigMaps that it mounts."""
    template = pod_template(manifest)
    assert template is not None, manifest["kind"]
    spec = copy.deepcopy(template["spec"])
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
    """A pod that runs inside the `with` block."""

    def __init__(self, manifest: dict[str, Any], others: list[dict[str, Any]], folder: Path) -> None:
        self.name, text = pod_file(manifest, others)
        self.file = folder / f"{self.name}.yaml"
        self.file.write_text(text)

    def __enter__(self) -> Self:
        try:
            podman("play", "kube", "--network", "host", "--log-driver", "k8s-file", self.file)
        except AssertionError:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        podman("pod", "rm", "--force", "--ignore", "--time", "5", self.name)

    def containers(self) -> list[str]:
        """The names of its containers, in the order of their start."""
        names = podman("ps", "--all", "--filter", f"pod={self.name}", "--format", "{{.Names}}")
        return [name for name in names.split() if not name.endswith("-infra")]

    def state(self, container: str) -> list[str]:
        """Status and exit code of a container."""
        return podman("inspect", "--format", "{{.State.Status}} {{.State.ExitCode}}", container).split()

    def wait(self, seconds: float) -> str:
        """Wait until the last container exits; the logs, if every container succeeded."""
        *_, last = self.containers()
        deadline = time.monotonic() + seconds
        while self.state(last)[0] != "exited":
            if time.monotonic() > deadline:
                raise AssertionError(f"{last} did not exit within {seconds} s: {self.logs()}")
            time.sleep(0.1)
        codes = {container: self.state(container)[1] for container in self.containers()}
        assert set(codes.values()) == {"0"}, f"{codes}: {self.logs()}"
        return self.logs()

    def logs(self) -> str:
        """The logs of all containers."""
        return "\n".join(podman("logs", container) for container in self.containers())


def podman(*arguments: object) -> str:
    """Run podman; its standard output. AssertionError if it fails."""
    done = subprocess.run(["podman", *map(str, arguments)], capture_output=True, text=True, env=os.environ)
    if done.returncode:
        raise AssertionError(f"podman {' '.join(map(str, arguments))}: {done.stderr[-1500:]}")
    return done.stdout + (done.stderr if arguments[0] == "logs" else "")


def wait_for(holds: Callable[[], bool], seconds: float = 60) -> float:
    """Wait until a condition holds; the seconds that it took."""
    started = time.monotonic()
    while True:
        try:
            if holds():
                return time.monotonic() - started
        except OSError:
            pass
        assert time.monotonic() - started < seconds, f"the condition did not hold within {seconds} s"
        time.sleep(0.05)
