"""Installs, upgrades and rolls back the chart with scripts/deploy and real helm, against a small API server.

The first build runs once: no upgrade deletes its Job, and no rollback runs it again. Dev values install into a
namespace that does not exist, own values reach the release, and a failed first installation is kept until the next
one. Exit status 1 if anything is wrong.
"""

import argparse
import json
import os
import re
import subprocess
import tempfile
from pathlib import Path

from checks.deployment.install import block, commands
from checks.lib.helm import helm_binary, kubectl_binary, pod_template
from checks.lib.serving import ROOT
from checks.lib.small_cluster import small_cluster

FIRST = ("jobs", "foodmap-first-install")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tools", required=True, type=Path, help="a folder for helm")
    args = parser.parse_args()
    helm = helm_binary(args.tools)
    summary = {}
    for environment in ("dev", "prod"):
        with tempfile.TemporaryDirectory() as folder, small_cluster(Path(folder)) as (cluster, config):
            summary[environment] = Releases(helm, cluster, config, Path(folder), environment).run()
    with tempfile.TemporaryDirectory() as folder, small_cluster(Path(folder)) as (cluster, config):
        summary["docs"] = by_the_docs(helm, kubectl_binary(args.tools), cluster, config, Path(folder))
    print(json.dumps(summary))


def by_the_docs(helm, kubectl, cluster, config, folder):
    """Run the block of docs/deployment.md with real helm and kubectl: every secret that a pod needs is there."""
    releases = Releases(helm, cluster, config, folder, "prod")
    releases.use_kubectl(kubectl)
    work = folder / "clone"
    work.mkdir()
    for name in ("scripts", "deployment"):
        (work / name).symlink_to(ROOT / name)
    (work / "own.yaml").write_text(own_values())
    (folder / "bin/aws").write_text("#!/bin/sh\n")
    (folder / "bin/aws").chmod(0o755)
    # The host and the bucket exist nowhere.
    text = block("kubernetes").replace(" --url https://tiles.example", "").replace(" --store s3://foodmap-prod/map", "")
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", text],
        cwd=work,
        env=releases.env | {"ORIGIN_SECRET": "secret"},
        capture_output=True,
        text=True,
        timeout=180,
    )
    assert done.returncode == 0, f"docs/deployment.md: {done.stdout[-1000:]}{done.stderr[-2000:]}"
    needed = set(secrets(one for (kind, _, _), one in cluster.objects.items() if kind in ("deployments", "cronjobs")))
    there = cluster.names("secrets")
    assert needed and needed <= there, f"pods need the secrets {sorted(needed - there)}, which no command creates"
    image = releases.image()
    assert image == "v0.2.0", f"the image of own.yaml in docs/deployment.md is not used, but {image}"
    return {"commands": len(commands(text)), "secrets": sorted(needed)}


def own_values():
    """The example of own.yaml in docs/deployment.md."""
    [indent, text] = re.findall(
        r"(?m)^( *)```yaml\n( *images:\n.*?)^ *```", (ROOT / "docs/deployment.md").read_text(), re.S
    )[0]
    return re.sub(rf"(?m)^{indent}", "", text)


def secrets(manifests):
    """The names of secrets that pods refer to."""
    for one in manifests:
        spec = (pod_template(one) or {})["spec"]
        yield from (volume["secret"]["secretName"] for volume in spec.get("volumes", []) if "secret" in volume)
        for container in [*spec.get("initContainers", []), *spec["containers"]]:
            yield from (source["secretRef"]["name"] for source in container.get("envFrom", []) if "secretRef" in source)


class Releases:
    def __init__(self, helm, cluster, config, folder, environment):
        self.helm, self.cluster, self.environment = helm, cluster, environment
        self.own, self.report = folder / "own.yaml", folder / "report.md"
        programs = folder / "bin"
        programs.mkdir()
        (programs / "helm").symlink_to(helm)
        # The servers and the pods of Jobs run nowhere.
        (programs / "kubectl").write_text(
            '#!/bin/sh\necho "kubectl $*" >>"$KUBECTL_CALLS"\n[ "$1" != auth ] || echo "${KUBECTL_MAY:-yes}"\n'
        )
        (programs / "kubectl").chmod(0o755)
        self.calls = folder / "calls"
        self.env = os.environ | {
            "PATH": f"{programs}:{os.environ['PATH']}",
            "KUBECONFIG": str(config),
            "KUBECTL_CALLS": str(self.calls),
            "HELM_CONFIG_HOME": str(folder),
            "HELM_CACHE_HOME": str(folder),
            "HELM_DATA_HOME": str(folder),
        }

    def use_kubectl(self, kubectl):
        """Let real kubectl create objects. No pod runs here, so there is nothing to follow."""
        program = Path(self.env["PATH"].split(":")[0]) / "kubectl"
        program.write_text(f'#!/bin/sh\ncase $1 in create | label) exec {kubectl} "$@" ;; auth) echo yes ;; esac\n')

    def run(self):
        cluster = self.cluster
        cluster.jobs_fail = True
        failed = self.deploy("one")
        assert failed.returncode != 0 and "it is kept" in failed.stderr, failed.stderr
        assert FIRST[1] in cluster.names("jobs"), f"a failed first installation loses its logs: {failed.stderr}"
        assert "logs job/foodmap-first-install" in self.calls.read_text(), "the logs are not shown"

        cluster.jobs_fail = False
        self.without_rights()
        self.succeed("two")
        assert cluster.created(*FIRST) == 2, "the second attempt does not build the first map"
        assert self.image() == "two", "the own values do not reach the release"
        assert "foodmap" in cluster.names("namespaces"), "there is no namespace"
        self.succeed("three")
        assert FIRST[1] in cluster.names("jobs"), "an upgrade deletes the log of the first build"
        self.command("rollback", "foodmap", "1", "--namespace", "foodmap")
        assert self.image() == "two", "helm did not roll back"
        # Finished Jobs are deleted after a day.
        cluster.objects.pop(("jobs", "foodmap", FIRST[1]))
        self.command("rollback", "foodmap", "2", "--namespace", "foodmap")
        self.command("rollback", "foodmap", "1", "--namespace", "foodmap")
        self.succeed("four")
        assert cluster.created(*FIRST) == 2, (
            "an upgrade or a rollback builds again, which may undo a rollback of the map"
        )
        return {"objects": len(cluster.objects), "requests_that_write": len(cluster.events)}

    def without_rights(self):
        """The preflight stops a deployment before it changes anything, and the report says so."""
        before = len(self.cluster.events)
        done = self.deploy("none", {"KUBECTL_MAY": "no"})
        assert done.returncode != 0 and "you may not create deployments.apps" in done.stdout, done.stdout + done.stderr
        assert len(self.cluster.events) == before, "a deployment without rights changed the cluster"
        assert "| preflight | failed |" in self.report.read_text(), self.report.read_text()

    def deploy(self, tag, env=None):
        self.own.write_text(json.dumps({"images": {"tileserve": {"tag": tag}}}))
        command = [ROOT / "scripts/deploy", "--way", "kubernetes", "--environment", self.environment]
        return subprocess.run(
            [*command, "--values", self.own, "--report", self.report],
            env=self.env | (env or {}),
            capture_output=True,
            text=True,
            timeout=120,
        )

    def succeed(self, tag):
        done = self.deploy(tag)
        assert done.returncode == 0, f"{done.stdout[-1000:]}{done.stderr[-2000:]}"
        assert "| install | ok |" in self.report.read_text(), self.report.read_text()

    def command(self, *arguments):
        done = subprocess.run([self.helm, *arguments], env=self.env, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, f"helm {arguments[0]}: {done.stdout}{done.stderr}"

    def image(self):
        [deployment] = [
            one
            for (kind, _, name), one in self.cluster.objects.items()
            if (kind, name[-8:]) == ("deployments", "internal")
        ]
        return deployment["spec"]["template"]["spec"]["containers"][0]["image"].rpartition(":")[2]


if __name__ == "__main__":
    main()
