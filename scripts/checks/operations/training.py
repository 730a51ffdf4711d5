"""Runs the exercises of docs/training.md in one shell and compares their output with what the page shows."""

from __future__ import annotations

import os
import re
import subprocess

from checks.lib.serving import RELEASE, ROOT

BLOCK = re.compile(r"(?m)^```(sh|text)\n(.*?)^```", re.S)
MARK = "@@ end of block "


def exercises(text: str) -> list[tuple[str, str]]:
    """The commands of a page, each with the output that the page shows, or nothing."""
    found: list[tuple[str, str]] = []
    for kind, content in BLOCK.findall(text):
        if kind == "sh":
            found.append((content, ""))
        else:
            found[-1] = (found[-1][0], content)
    return found


def differences(text: str) -> list[str]:
    """The blocks of a page whose output is another one than the page shows. `…` is any text."""
    blocks = exercises(text)
    script = "".join(f"{command}\necho '{MARK}{number}'\n" for number, (command, _) in enumerate(blocks))
    done = subprocess.run(
        ["bash", "-uo", "pipefail", "-c", script],
        cwd=ROOT,
        capture_output=True,
        text=True,
        env=os.environ | {"PATH": f"{RELEASE}:{os.environ['PATH']}", "FOODMAP_BIN": str(RELEASE)},
    )
    outputs = re.split(rf"{MARK}\d+\n", done.stdout)
    return [
        f"this block prints\n{output}{done.stderr[-500:]}instead of\n{expected}{command}"
        for (command, expected), output in zip(blocks, outputs)
        if expected and not re.fullmatch(pattern(expected), output, re.S)
    ]


def pattern(expected: str) -> str:
    """A regular expression of the output that a page shows."""
    return ".*".join(re.escape(part) for part in expected.split("…"))
