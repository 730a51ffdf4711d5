"""Counts the commands from a clone to a map in docs/deployment.md: at most ten for each way, with the clone itself.

`releases` runs the block of Kubernetes with real helm and kubectl. `deployment DATA` runs the demo inputs of Compose
and its services, `ansible DATA` the deployment to a machine. Exit status 1 if a way has no block or too many commands.
"""

import json
import re
import sys

from checks.lib.serving import ROOT

MOST = 10
# `git clone` and `cd foodmap`.
CLONE = 2
# The heading of each way, and a command that its block has.
WAYS = {
    "compose": ("## One machine with Compose", "docker compose up"),
    "systemd": ("## One machine with systemd", "scripts/deploy --way machine"),
    "kubernetes": ("## Kubernetes", "scripts/deploy --way kubernetes"),
}


def main():
    counts = {way: CLONE + len(commands(block(way))) for way in WAYS}
    faults = [f"{way}: {count} commands, more than {MOST}" for way, count in counts.items() if count > MOST]
    if len(commands("a && b # c && d\n# e\nf \\\n  g; h | i\nj 'k; l'\n")) != 5:
        faults.append("commands are not counted correctly")
    for fault in faults:
        print(fault, file=sys.stderr)
    print(json.dumps({"commands": counts, "faults": len(faults)}))
    sys.exit(1 if faults else 0)


def block(way):
    """The commands of a way, from docs/deployment.md."""
    heading, named = WAYS[way]
    section = (ROOT / "docs/deployment.md").read_text().split(f"\n{heading}\n", 1)[1].split("\n## ", 1)[0]
    blocks = re.findall(r"(?m)^( *)```sh\n(.*?)^ *```", section, re.S)
    found = [re.sub(rf"(?m)^{indent}", "", text) for indent, text in blocks if named in text]
    if not found:
        sys.exit(f"docs/deployment.md: {heading} has no block with {named}")
    return found[0]


def commands(text):
    """The commands of a block. Those that `&&` or `;` joins count separately, a pipeline counts once."""
    lines = [re.sub(r"(^|\s)#.*$", "", line) for line in re.sub(r"\\\n\s*", " ", text).splitlines()]
    joined = [re.sub(r"'[^']*'|\"[^\"]*\"", "…", line) for line in lines]
    return [part.strip() for line in joined for part in re.split(r"&&|;", line) if part.strip()]


if __name__ == "__main__":
    main()
