"""Compares what Compose, the chart and systemd run, also with the options of tilegen, and tries scripts/ops.

Requested rebuilds are the scheduled builds with --if-requested, backups are daily, and every option exists. scripts/ops
makes a Job of the chart's suspended CronJob, with real kubectl, against a small API server. Exit
status 1 if anything is wrong.
"""

import argparse
import json
import os
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml

from checks.lib.helm import NAMESPACE, Helm, documents, kubectl_binary, pod_template, values_of
from checks.lib.help_text import tilegen_faults
from checks.lib.serving import ROOT
from checks.lib.small_cluster import small_cluster

# A rebuild, and the scheduled build that it repeats.
REBUILDS = {"rebuild-areas": "areas", "rebuild-orders": "orders", "rebuild-area-stats": "area-stats"}
DAILY = {"backup": ["catalog", "copy"], "backup-retire": ["catalog", "retire"], "restore-check": ["catalog", "copy"]}
ASKED = ["catalog", "rollback", "--job", "orders"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tools", required=True, type=Path, help="a folder for helm")
    args = parser.parse_args()
    services = yaml.safe_load((ROOT / "deployment/compose/compose.yaml").read_text())["services"]
    fetched = with_sources(services)
    commands = {f"compose {name}": one["command"] for name, one in services.items() if is_job(one)}
    commands |= {f"compose with sources {name}": one["command"] for name, one in fetched.items() if is_job(one)}
    faults = compose_faults(services) + list(sources_faults(fetched))
    manifests = chart(Helm(args.tools))
    commands |= dict(chart_commands(manifests)) | dict(unit_commands())
    faults += [f"{place}: {fault}" for place, words in commands.items() for fault in tilegen_faults(words)]
    if not tilegen_faults(["repeat", "--every", "1m", "--", "density", "--no-such-option"]):
        faults.append("an option that does not exist is not found")
    faults += [*ops_on_kubernetes(manifests, kubectl_binary(args.tools)), *ops_elsewhere()]
    for fault in faults:
        print(fault, file=sys.stderr)
    print(json.dumps({"commands": len(commands), "faults": len(faults)}))
    sys.exit(1 if faults or len(commands) < 20 else 0)


def is_job(service):
    return "tilegen" in service.get("image", "")


def compose_faults(services):
    def build(name):
        words = services[name]["command"]
        return words[words.index("--") + 1 :]

    faults = [
        f"compose: {rebuild} is not {name} with --if-requested"
        for rebuild, name in REBUILDS.items()
        if [word for word in build(rebuild) if word != "--if-requested"] != build(name)
        or "--if-requested" not in build(rebuild)
    ]
    faults += [
        f"compose: {name} is not daily"
        for name, words in DAILY.items()
        if services[name]["command"][:2] != ["repeat", "--daily"] or build(name)[:2] != words
    ]
    if services["ops"].get("profiles") != ["ops"] or services["ops"]["restart"] != "no":
        faults.append("compose: ops starts by itself")
    return faults


def with_sources(services):
    """The services as sources.yaml changes them."""
    changes = yaml.safe_load((ROOT / "deployment/compose/sources.yaml").read_text())["services"]
    unknown = changes.keys() - services.keys()
    assert not unknown, f"sources.yaml changes services that do not exist: {sorted(unknown)}"
    return {name: one | changes.get(name, {}) for name, one in services.items()}


def sources_faults(services):
    """With sources, one job fetches orders until 11:00 and builds them, and another one does so with vendors."""
    for name, job in (("orders", ["run", "orders", "--until", "11:00"]), ("snapshot", ["run", "snapshot"])):
        words = services[name]["command"]
        if words[words.index("--") + 1 :][: len(job)] != job:
            yield f"compose with sources: {name} runs {words}"
    starting = [name for name, one in services.items() if is_job(one) and not one.get("profiles")]
    yield from (f"compose with sources: {name} also builds" for name in {"area-stats"} & set(starting))
    for name in ("rebuild-orders", "rebuild-area-stats"):
        if "/work/inputs/orders" not in services[name]["command"]:
            yield f"compose with sources: {name} does not read what was fetched"
    for name, one in services.items():
        disabled = {other for other in one.get("depends_on", []) if services[other].get("profiles")}
        if disabled and not one.get("profiles"):
            yield f"compose with sources: {name} depends on {sorted(disabled)}, which does not start"


def chart(helm):
    status, text = helm.render(*values_of("prod"))
    assert status == 0, text
    return documents(text)


def chart_commands(manifests):
    """The arguments of every step of every Job."""
    for one in manifests:
        if one["kind"] in ("Job", "CronJob"):
            spec = (pod_template(one) or {})["spec"]
            for step in [*spec.get("initContainers", []), *spec["containers"]]:
                yield f"chart {one['metadata']['name']} {step['name']}", step["args"]


def unit_commands():
    """The arguments of tilegen in every unit; %i is the density build, or the run of orders."""
    for path in sorted((ROOT / "deployment/systemd").glob("*.service")):
        lines = [line.split("=", 1)[1] for line in path.read_text().splitlines() if line.startswith("ExecStart")]
        for number, line in enumerate(lines):
            program, *words = shlex.split(
                line.replace("%i", "orders" if path.name == "tilegen-run@.service" else "density")
            )
            if program.endswith("/tilegen"):
                yield f"{path.name} {number}", words


def ops_on_kubernetes(manifests, kubectl):
    """The Job that scripts/ops makes of the suspended CronJob."""
    [ops] = [one for one in manifests if one["kind"] == "CronJob" and one["metadata"]["name"] == "foodmap-ops"]
    if not ops["spec"]["suspend"]:
        yield "the CronJob ops starts by itself"
    with tempfile.TemporaryDirectory() as folder, small_cluster(Path(folder)) as (cluster, config):
        cluster.put(("cronjobs", NAMESPACE, "foodmap-ops"), ops)
        # No pod runs here, so there is no log to follow.
        program = Path(folder) / "kubectl"
        program.write_text(f'#!/bin/sh\n[ "$1" = create ] || exit 0\nexec {kubectl} "$@" --kubeconfig {config}\n')
        program.chmod(0o755)
        path = f"{folder}:{os.environ['PATH']}"
        command = [str(ROOT / "scripts/ops"), "--way", "kubernetes", "--", *ASKED]
        done = subprocess.run(command, env=os.environ | {"PATH": path}, capture_output=True, text=True, timeout=60)
        if done.returncode:
            yield f"scripts/ops --way kubernetes: {done.stderr}"
            return
        [job] = [one for (kind, _, _), one in cluster.objects.items() if kind == "jobs"]
        spec = job["spec"]["template"]["spec"]
        if spec["containers"][0]["args"] != ASKED or spec["serviceAccountName"] != "foodmap-builder":
            yield f"scripts/ops makes a Job of {spec}"


def ops_elsewhere():
    with tempfile.TemporaryDirectory() as folder:
        for name in ("docker", "systemd-run"):
            (Path(folder) / name).write_text("#!/bin/sh\nexit 99\n")
            (Path(folder) / name).chmod(0o755)
        env = os.environ | {"PATH": f"{folder}:/usr/bin:/bin"}
        for way, wanted in (("compose", "run --rm ops"), ("machine", "--uid foodmap")):
            command = [str(ROOT / "scripts/ops"), "--way", way, "--dry-run", "--", *ASKED]
            printed = subprocess.run(command, env=env, capture_output=True, text=True, check=False).stderr
            if wanted not in printed or not printed.rstrip().endswith(" ".join(ASKED)):
                yield f"scripts/ops --way {way} prints {printed}"


if __name__ == "__main__":
    main()
