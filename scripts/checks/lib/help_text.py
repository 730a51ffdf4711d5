"""Which options a program or script has, by its own --help."""

from __future__ import annotations

import re
import subprocess
from functools import cache
from pathlib import Path

from checks.lib.serving import RELEASE

# Commands of tilegen that have commands of their own.
NESTED = {"catalog", "fetch", "run"}


@cache
def options(program: str | Path, *commands: str) -> frozenset[str]:
    """The options of a command; empty if there is no such command."""
    done = subprocess.run([str(program), *commands, "--help"], capture_output=True, text=True, check=False)
    # A program may answer with the help of the outer command.
    usage = f"Usage: {' '.join([Path(program).name, *commands])}"
    if done.returncode or (commands and not re.search(rf"(?m){re.escape(usage)}(?: |$)", done.stdout)):
        return frozenset()
    return frozenset(re.findall(r"(?<![\w-])(--[a-z][a-z0-9-]*)", done.stdout))


def tilegen_faults(words: list[str]) -> list[str]:
    """Commands and options of a command line of tilegen that the program does not have."""
    command, *rest = words or [""]
    if command == "repeat" and "--" in rest:
        at = rest.index("--")
        return unknown(RELEASE / "tilegen", ["repeat"], rest[:at]) + tilegen_faults(rest[at + 1 :])
    if command in NESTED and rest and not rest[0].startswith("-"):
        # Options of the store may stand before or after the inner command.
        return unknown(RELEASE / "tilegen", [command, rest[0]], rest[1:], options(RELEASE / "tilegen", command))
    return unknown(RELEASE / "tilegen", [command], rest)


def unknown(
    program: str | Path, commands: list[str], words: list[str], more: frozenset[str] = frozenset()
) -> list[str]:
    """What a command does not have."""
    known = options(program, *commands)
    name = " ".join([Path(program).name, *commands])
    if not known:
        return [f"there is no command {name}"]
    given = [word.split("=")[0] for word in words if re.match(r"--[a-z]", word)]
    return [f"{name} has no option {word}" for word in given if word not in known | more]
