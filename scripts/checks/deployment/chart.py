"""Validates the Helm chart, the manifests rendered from it, and the Containerfiles.

helm lints and renders each values file. kubernetes-validate checks every manifest against the API's schemas, checkov
against its policies, hadolint checks the Containerfiles. Rules that these tools do not know are checked here: the
calendar of a schedule, that a pod has enough time to stop, that no manifest contains a secret. Each tool must also
reject a manifest with a deliberate mistake. Exit status 1 if anything is wrong.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml

from checks.lib.helm import ENVIRONMENTS, Helm, documents, plain, plain_file, pod_template, values_of
from checks.lib.serving import ROOT

SCHEDULES = {"areas": "0 8 * * *", "orders": "30 8 * * *", "snapshot": "*/10 * * * *", "retire": "0 4 * * 5"}
WITHOUT_SCHEMA = {"PodMonitor"}  # kinds of an operator, without a schema in Kubernetes
CONTAINERFILES = sorted((ROOT / "deployment/images").glob("*.Containerfile"))
WRONG_VALUES = {
    "server.memoryMB=1": "memoryMB",
    "jobs.orders.windows={30}": "/jobs/orders/windows/0",
    "store.url=/tmp/store": "/store/url",
    "servers.public.ingress.enabled=true": "'host'",
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tools", required=True, type=Path, help="a folder for helm")
    parser.add_argument("--checkov", required=True, help="the checkov command")
    parser.add_argument("--write", action="store_true", help="rewrite deployment/kubernetes")
    args = parser.parse_args()
    helm = Helm(args.tools)
    faults: list[str] = []
    rendered = {environment: render(helm, environment, args.write, faults) for environment in ENVIRONMENTS}
    wrong_values_are_rejected(helm, faults)
    for environment, text in rendered.items():
        validate_rules(with_config(documents(text)), environment, faults)
    mistakes_are_found(documents(rendered["prod"]), faults)
    faults += validate(rendered) + policies(args.checkov, rendered) + containerfiles()
    for fault in faults:
        print(fault)
    print(
        json.dumps(
            {"manifests": {name: len(documents(text)) for name, text in rendered.items()}, "faults": len(faults)}
        )
    )
    sys.exit(1 if faults else 0)


def render(helm, environment, write, faults):
    status, output = helm.lint(*values_of(environment))
    if status:
        faults.append(f"{environment}: helm lint: {output}")
    status, text = helm.render(*values_of(environment))
    if status:
        sys.exit(f"{environment}: helm template: {text}")
    kept, wanted = plain_file(environment), plain(environment, text)
    if write:
        kept.parent.mkdir(exist_ok=True)
        kept.write_text(wanted)
    elif not kept.exists() or kept.read_text() != wanted:
        faults.append(f"{kept.relative_to(ROOT)} is not what the chart renders: scripts/check deployment --write")
    return text


def wrong_values_are_rejected(helm, faults):
    for wrong, named in WRONG_VALUES.items():
        status, output = helm.render("--set", wrong)
        if status == 0 or named not in output:
            faults.append(f"helm accepts --set {wrong}: {output[-300:]}")


def validate_rules(manifests, environment, faults):
    """Rules that no schema contains."""

    def say(manifest, fault):
        faults.append(f"{environment}: {manifest['kind']} {manifest['metadata']['name']}: {fault}")

    for manifest in manifests:
        template = pod_template(manifest)
        if template:
            for fault in pod_faults(manifest, template["spec"]):
                say(manifest, fault)
        if manifest["kind"] == "CronJob":
            for fault in schedule_faults(manifest):
                say(manifest, fault)
        if manifest["kind"] == "Secret":
            say(manifest, "the manifests contain a secret")
        if "namespace" not in manifest["metadata"] and manifest["kind"] != "Namespace":
            say(manifest, "no namespace")
    for fault in reach_faults(manifests):
        faults.append(f"{environment}: {fault}")


def schedule_faults(cron_job):
    spec, part = cron_job["spec"], cron_job["metadata"]["labels"]["app.kubernetes.io/component"]
    job = spec["jobTemplate"]["spec"]
    wanted = {"schedule": SCHEDULES[part], "timeZone": "Asia/Tehran", "concurrencyPolicy": "Forbid"}
    yield from (f"{name} is {spec.get(name)}" for name, value in wanted.items() if spec.get(name) != value)
    if part == "orders" and not 0 < job["activeDeadlineSeconds"] <= 30 * 60:
        yield "it may run after 09:00"
    if part == "snapshot" and not 0 < job["activeDeadlineSeconds"] < 600:
        yield "a run may overlap the next one"
    for name in ("backoffLimit", "ttlSecondsAfterFinished"):
        if not job.get(name):
            yield f"no {name}"


def pod_faults(manifest, spec):
    for container in spec.get("initContainers", []) + spec["containers"]:
        resources = container.get("resources", {})
        if not {"cpu", "memory"} <= resources.get("requests", {}).keys() or "memory" not in resources.get("limits", {}):
            yield f"{container['name']} has no measured resources"
        if container["securityContext"].get("readOnlyRootFilesystem") is not True:
            yield f"{container['name']} may write to its root file system"
    if manifest["kind"] == "Deployment":
        yield from server_faults(manifest, spec)


def server_faults(deployment, spec):
    [container] = spec["containers"]
    missing = {"startupProbe", "livenessProbe", "readinessProbe", "lifecycle"} - container.keys()
    if missing:
        yield f"no {', '.join(sorted(missing))}"
        return
    config = deployment["config"]
    seconds = {
        name: float(re.findall(rf"^{name} = (\S+)$", config, re.M)[0])
        for name in ("shutdown_delay_seconds", "drain_timeout_seconds")
    }
    takes = container["lifecycle"]["preStop"]["sleep"]["seconds"] + sum(seconds.values())
    if spec["terminationGracePeriodSeconds"] <= takes:
        yield f"it stops after {takes} s and is killed after {spec['terminationGracePeriodSeconds']}"
    ready = container["readinessProbe"]
    if seconds["shutdown_delay_seconds"] <= ready["periodSeconds"] * ready["failureThreshold"]:
        yield "it stops before the readiness probe can fail"
    if "replicas" in deployment["spec"]:
        yield "replicas conflict with the autoscaler"


def reach_faults(manifests):
    """Each server has a Service, a disruption budget, a policy and an autoscaler; a policy denies everything else."""
    by_kind: dict[str, list[dict]] = {}
    for manifest in manifests:
        by_kind.setdefault(manifest["kind"], []).append(manifest)
    for server in by_kind["Deployment"]:
        template = pod_template(server)
        assert template is not None
        labels = template["metadata"]["labels"].items()
        for kind in ("Service", "PodDisruptionBudget", "NetworkPolicy"):
            if not any(selector(one) and selector(one).items() <= labels and names_part(one) for one in by_kind[kind]):
                yield f"no {kind} for {server['metadata']['name']}"
        if not any(
            one["spec"]["scaleTargetRef"]["name"] == server["metadata"]["name"]
            for one in by_kind["HorizontalPodAutoscaler"]
        ):
            yield f"nothing scales {server['metadata']['name']}"
    if not any(
        one["spec"]["podSelector"] == {}
        and set(one["spec"]["policyTypes"]) == {"Ingress", "Egress"}
        and not {"ingress", "egress"} & one["spec"].keys()
        for one in by_kind["NetworkPolicy"]
    ):
        yield "no policy denies other traffic"
    for ingress in by_kind.get("Ingress", []):
        hosts = {rule["host"] for rule in ingress["spec"]["rules"]}
        if not hosts <= {host for tls in ingress["spec"].get("tls", []) for host in tls["hosts"] if tls["secretName"]}:
            yield f"{ingress['metadata']['name']} has no TLS"


def selector(manifest):
    spec = manifest["spec"]
    chosen = spec.get("selector") or spec.get("podSelector") or {}
    return chosen.get("matchLabels", chosen)


def names_part(manifest):
    return "app.kubernetes.io/component" in selector(manifest)


def with_config(manifests):
    """Deployments, each with the tileserve.toml that it mounts, for the rules that need both."""
    configs = {
        one["metadata"]["name"]: one["data"].get("tileserve.toml") for one in manifests if one["kind"] == "ConfigMap"
    }
    for one in manifests:
        if one["kind"] == "Deployment":
            one["config"] = configs[one["metadata"]["name"]]
    return manifests


def mistakes_are_found(manifests, faults):
    """The rules above must find deliberate mistakes."""
    text = yaml.safe_dump_all(manifests)
    for was, is_now in (
        ("Forbid", "Allow"),
        ("Asia/Tehran", "UTC"),
        ("30 8 * * *", "0 9 * * *"),
        ("terminationGracePeriodSeconds: 40", "terminationGracePeriodSeconds: 30"),
        ("readOnlyRootFilesystem: true", "readOnlyRootFilesystem: false"),
        ("kind: PodDisruptionBudget", "kind: PodDisruption"),
        ("podSelector: {}", "podSelector: null"),
        ("shutdown_delay_seconds = 5", "shutdown_delay_seconds = 4"),
        ("readinessProbe", "readyProbe"),
        ("activeDeadlineSeconds: 1500", "activeDeadlineSeconds: 2000"),
    ):
        found: list[str] = []
        broken = text.replace(was, is_now)
        if broken != text:
            try:
                validate_rules(with_config(documents(broken)), "broken", found)
            except (KeyError, TypeError) as error:
                found.append(repr(error))
        if not found:
            faults.append(f"no rule finds {is_now!r} in place of {was!r}")


def validate(rendered):
    faults = []
    for environment, text in rendered.items():
        faults += [f"{environment}: {fault}" for fault in schema_faults(text)]
    misspelt = rendered["prod"].replace("concurrencyPolicy", "concurencyPolicy")
    return faults + ([] if schema_faults(misspelt) else ["kubernetes-validate accepts concurencyPolicy"])


def schema_faults(text):
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        file.write(text)
        file.flush()
        command = [str(Path(sys.executable).parent / "kubernetes-validate"), "--strict", file.name]
        output = subprocess.run(command, capture_output=True, text=True)
    lines = (output.stdout + output.stderr).splitlines()
    return [
        line
        for line in lines
        if not line.startswith("INFO") and not any(f"kind {kind} " in line for kind in WITHOUT_SCHEMA)
    ]


def policies(checkov, rendered):
    with tempfile.TemporaryDirectory() as folder:
        for name, text in rendered.items():
            (Path(folder) / f"{name}.yaml").write_text(text)
        faults = checkov_faults(checkov, "kubernetes", folder)
        (Path(folder) / "prod.yaml").write_text(
            rendered["prod"].replace("allowPrivilegeEscalation: false", "privileged: true")
        )
        if not checkov_faults(checkov, "kubernetes", folder):
            faults.append("checkov accepts a privileged container")
    with tempfile.TemporaryDirectory() as folder:
        for file in CONTAINERFILES:  # checkov expects this file name
            (Path(folder) / file.stem).mkdir()
            (Path(folder) / file.stem / "Dockerfile").write_text(file.read_text())
        return faults + checkov_faults(checkov, "dockerfile", folder)


def checkov_faults(checkov, framework, folder):
    command = [
        checkov,
        "--config-file",
        ROOT / "deployment/checkov.yaml",
        "--framework",
        framework,
        "--directory",
        folder,
        "--output",
        "json",
    ]
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True)
    result = json.loads(done.stdout)
    if not result.get("results", {}).get("failed_checks") and not result.get("summary", result).get("passed"):
        return [f"checkov checked nothing: {done.stdout[-300:]}{done.stderr[-300:]}"]
    failed = result.get("results", {}).get("failed_checks", [])
    return [f"checkov: {one['check_id']} {one['check_name']}: {one['resource']}" for one in failed]


def containerfiles():
    hadolint = Path(sys.executable).parent / "hadolint"
    done = subprocess.run([hadolint, "--no-color", *CONTAINERFILES], capture_output=True, text=True)
    faults = [f"hadolint: {line}" for line in done.stdout.splitlines()]
    broken = CONTAINERFILES[0].read_text().replace("USER 65532:65532", "USER root\nRUN sudo true")
    done = subprocess.run([hadolint, "-"], input=broken, capture_output=True, text=True)
    return faults + ([] if done.returncode else ["hadolint accepts sudo and root"])


if __name__ == "__main__":
    main()
