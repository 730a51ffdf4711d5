"""Our rules for workflows, in addition to zizmor's.

Every action is pinned to a full commit with its version in a comment, no permission is granted to a whole file, each
job has a timeout, and every script passes shellcheck.

Exit status 1 if one is broken.
"""

import json
import re
import subprocess
import sys

import yaml

from checks.lib.serving import ROOT

PINNED = re.compile(r"uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$")


def main():
    faults, files = [], sorted((ROOT / ".github/workflows").glob("*.yml"))
    for file in files:
        text = file.read_text()
        faults += [f"{file.name}: {fault}" for fault in [*lines(text), *jobs(yaml.safe_load(text))]]
    faults += [*image_faults(), *check_faults()]
    for fault in faults:
        print(fault, file=sys.stderr)
    print(json.dumps({"workflows": len(files), "faults": len(faults)}))
    sys.exit(1 if faults or not files else 0)


def lines(text):
    for line in text.splitlines():
        if "uses:" in line and "uses: ./.github/workflows/" not in line and not PINNED.search(line):
            yield f"is not pinned to a commit with its version in a comment: {line.strip()}"


def jobs(workflow):
    if workflow["permissions"] != {}:
        yield "grants permissions to every job"
    for name, job in workflow["jobs"].items():
        if "permissions" not in job:
            yield f"{name} has no permissions key"
        if "uses" in job:  # a workflow of this folder, which has its own timeout
            continue
        if not 0 < job.get("timeout-minutes", 0) <= 150:
            yield f"{name} has no timeout"
        for step in job["steps"]:
            yield from (f"{name}: {fault}" for fault in script(step.get("run", "")))


def image_faults():
    """A release must build images that have a health check, a commit and a version, and send errors by OTLP."""
    release = (ROOT / ".github/workflows/release.yml").read_text()
    wanted = ("--format docker", "--build-arg COMMIT=", "--build-arg VERSION=", 'scripts/release --check "$VERSION"')
    faults = [
        f"release.yml does not have {part}" for part in (*wanted, "--features tileserve/otlp") if part not in release
    ]
    if "--features otlp" not in (ROOT / "deployment/images/tileserve.Containerfile").read_text():
        faults.append("the image of tileserve cannot send errors by OTLP")
    return faults


def check_faults():
    """A release must wait for every check: those of scripts/test, and the nightly ones."""
    jobs = yaml.safe_load((ROOT / ".github/workflows/release.yml").read_text())["jobs"]
    runs_tests = {name for name, job in jobs.items() if any(step.get("run") == "scripts/test" for step in steps(job))}
    runs_long = {name for name, job in jobs.items() if job.get("uses") == "./.github/workflows/nightly.yml"}
    for name, job in jobs.items():
        waits = {job["needs"]} if isinstance(job.get("needs"), str) else set(job.get("needs", []))
        publishes = any(re.search("buildah push|scripts/package", step.get("run", "")) for step in steps(job))
        if publishes and not (runs_tests & waits and runs_long & waits):
            yield f"release.yml: {name} publishes without waiting for scripts/test and the nightly checks"
    if not runs_tests or not runs_long:
        yield "release.yml: no job runs scripts/test, or none the nightly checks"


def steps(job):
    return job.get("steps", [])


def script(text):
    if "${{" in text:
        yield "a script contains an expression; pass it as an environment variable"
    checked = subprocess.run(["shellcheck", "--shell=bash", "-"], input=text, text=True, capture_output=True)
    if checked.returncode:
        yield checked.stdout


if __name__ == "__main__":
    main()
