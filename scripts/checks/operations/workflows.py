"""The rules that our pipelines keep beside what zizmor knows: every action by a full commit with its version beside it,
nothing granted to the whole file, a limit of time for each job, and every script clean by shellcheck.

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
    for fault in faults:
        print(fault, file=sys.stderr)
    print(json.dumps({"pipelines": len(files), "faults": len(faults)}))
    sys.exit(1 if faults or not files else 0)


def lines(text):
    for line in text.splitlines():
        if "uses:" in line and not PINNED.search(line):
            yield f"is not pinned to a commit with its version beside it: {line.strip()}"


def jobs(workflow):
    if workflow["permissions"] != {}:
        yield "grants rights to every job"
    for name, job in workflow["jobs"].items():
        if "permissions" not in job:
            yield f"{name} does not say what it may do"
        if not 0 < job.get("timeout-minutes", 0) <= 150:
            yield f"{name} has no limit of time"
        for step in job["steps"]:
            yield from (f"{name}: {fault}" for fault in script(step.get("run", "")))


def script(text):
    if "${{" in text:
        yield "an expression stands inside a script; give it as a variable"
    checked = subprocess.run(["shellcheck", "--shell=bash", "-"], input=text, text=True, capture_output=True)
    if checked.returncode:
        yield checked.stdout


if __name__ == "__main__":
    main()
