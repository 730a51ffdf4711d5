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

from checks.deployment.chart_values import part_of, sources_that_are_lost, values_that_are_lost
from checks.lib.helm import ENVIRONMENTS, Helm, documents, plain, plain_file, pod_template, values_of
from checks.lib.monitoring import MONITORING
from checks.lib.serving import ROOT

SCHEDULES = {
    "areas": "0 8 * * *",
    "orders": "30 8 * * *",
    "snapshot": "*/10 * * * *",
    "retire": "0 4 * * 5",
    "privacy-audit": "0 5 * * 5",
    "rebuild-areas": "*/10 * * * *",
    "rebuild-orders": "*/10 * * * *",
    "backup": "0 10 * * *",
    "restore-check": "0 11 * * 5",
    "ops": "0 0 1 1 *",
}
WITHOUT_SCHEMA = {"PodMonitor", "PrometheusRule", "Probe"}  # kinds of an operator, without a schema in Kubernetes
PLAIN_ONLY = ("--set", "createNamespace=true")  # Helm creates the namespace by itself, kubectl does not
BROKEN = "privileged"  # the name of a manifest with a mistake
CONTAINERFILES = sorted((ROOT / "deployment/images").glob("*.Containerfile"))
WRONG_VALUES = {
    "server.memoryMB=1": "memoryMB",
    "jobs.orders.windows={30}": "/jobs/orders/windows/0",
    "store.url=/tmp/store": "/store/url",
    "servers.public.ingress.enabled=true": "'host'",
    "jobs.backup.to=/tmp/copy": "/jobs/backup/to",
    "server.login.enabled=true": "/server/login/proxyAddresses",
    "jobs.orders.asOf=yesterday": "/jobs/orders/asOf",
    # More than the pod may use.
    "server.diskCacheMb=1000": "diskCacheMb and 64 are 1064 MiB, more than resources.limits.ephemeral-storage",
    "server.memoryMb=512": "more than resources.limits.memory (1024 MiB)",
    "servers.public.tileCacheMb=900": "servers.public: memoryMb twice",
    "jobs.orders.memory=2GB": "jobs.orders: memory (2GB) is more than resources.limits.memory (1Gi)",
    "jobs.workSize=9Gi": "jobs.workSize (9Gi) is more than",
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
    faults += values_that_are_lost(helm) + sources_that_are_lost(helm)
    faults += monitoring_faults(rendered["prod"]) + rebuild_faults(rendered["prod"])
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
    status, bare = helm.render(*values_of(environment), *PLAIN_ONLY)
    kept, wanted = plain_file(environment), plain(environment, bare)
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


def monitoring_faults(rendered):
    """The rules and dashboards of the chart must be those of deployment/monitoring."""
    manifests = documents(rendered)
    [rules] = [one["spec"] for one in manifests if one["kind"] == "PrometheusRule"]
    faults = (
        [] if rules == yaml.safe_load((MONITORING / "rules/foodmap.yml").read_text()) else ["the chart has other rules"]
    )
    [boards] = [one["data"] for one in manifests if part_of(one) == "dashboards"]
    wanted = {file.name: json.loads(file.read_text()) for file in (MONITORING / "dashboards").glob("*.json")}
    if {name: json.loads(text) for name, text in boards.items()} != wanted:
        faults.append("the chart has other dashboards")
    labels = [
        one["targetLabel"]
        for monitor in manifests
        if monitor["kind"] == "PodMonitor"
        for one in monitor["spec"]["podMetricsEndpoints"][0]["relabelings"]
    ]
    if labels.count("environment") != labels.count("job") or not labels:
        faults.append("a PodMonitor does not set the label environment, by which the rules keep environments apart")
    return faults


def rebuild_faults(rendered):
    """A requested rebuild must be the scheduled build with --if-requested and nothing else."""
    args = {
        part_of(one): [
            step["args"]
            for template in [(pod_template(one) or {})["spec"]]
            for step in template["initContainers"] + template["containers"]
        ]
        for one in documents(rendered)
        if one["kind"] == "CronJob" and part_of(one) in ("areas", "orders", "rebuild-areas", "rebuild-orders")
    }
    return [
        f"rebuild-{part} is not {part} with --if-requested"
        for part in ("areas", "orders")
        if [[word for word in step if word != "--if-requested"] for step in args[f"rebuild-{part}"]] != args[part]
        or not all("--if-requested" in step for step in args[f"rebuild-{part}"][1:])
    ]


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
        # A plain Job would be deleted by an upgrade, and run again by a rollback to the first revision.
        hook = manifest["metadata"].get("annotations", {}).get("helm.sh/hook")
        if manifest["kind"] == "Job" and hook != "post-install":
            say(manifest, "an upgrade deletes it and a rollback runs it again")
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
    if spec["suspend"] != (part == "ops"):
        yield f"suspend is {spec['suspend']}"
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
    if not re.search(r"^requests_per_second = [1-9]", config, re.M):
        yield "its clients are not limited"
    if "surrogate_key_headers = []" not in config and "\norigin_secrets = " not in config:
        yield "a CDN is in front of it, and clients can bypass the CDN"
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
        ("requests_per_second = 500", "requests_per_second = 0"),
        ("origin_secrets = ", "other_secrets = "),
        ("activeDeadlineSeconds: 1500", "activeDeadlineSeconds: 2000"),
        ("helm.sh/hook: post-install", "helm.sh/hook: none"),
        ("suspend: false", "suspend: true"),
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
    """What checkov finds in the manifests and Containerfiles, and whether it finds a privileged container."""
    broken = next(one for one in documents(rendered["prod"]) if one["kind"] == "Deployment")
    text = yaml.safe_dump(broken).replace("allowPrivilegeEscalation: false", "privileged: true")
    with tempfile.TemporaryDirectory() as folder:
        for name, manifests in {**rendered, BROKEN: text}.items():
            (Path(folder) / f"{name}.yaml").write_text(manifests)
        for file in CONTAINERFILES:  # checkov expects this file name
            (Path(folder) / file.stem).mkdir()
            (Path(folder) / file.stem / "Dockerfile").write_text(file.read_text())
        failed = failed_checks(checkov, folder)
    faults = [
        f"checkov: {one['check_id']} {one['check_name']}: {one['resource']}"
        for one in failed
        if BROKEN not in one["file_path"]
    ]
    return faults + (
        [] if any(BROKEN in one["file_path"] for one in failed) else ["checkov accepts a privileged container"]
    )


def failed_checks(checkov, folder):
    """One run for both kinds of files, because checkov takes seconds to start."""
    command = [checkov, "--config-file", ROOT / "deployment/checkov.yaml", "--framework", "kubernetes", "dockerfile"]
    done = subprocess.run(
        [str(word) for word in (*command, "--directory", folder, "--output", "json")], capture_output=True, text=True
    )
    results = {result.get("check_type"): result for result in json.loads(done.stdout)}
    for kind in ("kubernetes", "dockerfile"):
        assert results.get(kind, {}).get("summary", {}).get("passed"), (
            f"checkov checked no {kind}: {done.stdout[-300:]}"
        )
    return [one for result in results.values() for one in result["results"]["failed_checks"]]


def containerfiles():
    hadolint = Path(sys.executable).parent / "hadolint"
    done = subprocess.run([hadolint, "--no-color", *CONTAINERFILES], capture_output=True, text=True)
    faults = [f"hadolint: {line}" for line in done.stdout.splitlines()]
    broken = CONTAINERFILES[0].read_text().replace("USER 65532:65532", "USER root\nRUN sudo true")
    done = subprocess.run([hadolint, "-"], input=broken, capture_output=True, text=True)
    return faults + ([] if done.returncode else ["hadolint accepts sudo and root"])


if __name__ == "__main__":
    main()
