"""Runs one job of tilegen and measures it."""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from checks.inputs.case import Flags

DEFAULT_FLAGS: dict[str, dict[str, str | bool | list[str] | None]] = {
    "density": {"orders": "{root}/orders", "window": "30d", "layer": "density"},
    "area-stats": {"orders": "{root}/orders", "areas": "{root}/areas"},
    "timeline": {"orders": "{root}/orders", "areas": "{root}/areas"},
    "areas": {
        "areas": "{root}/areas",
        "regions": "{root}/regions",
        "neighbourhoods": "{root}/neighbourhoods",
    },
    "population": {"areas": "{root}/areas", "neighbourhoods": "{root}/neighbourhoods"},
    "snapshot": {
        "vendors": "{root}/vendors.csv",
        "grades": "{root}/grades.csv",
        "areas": "{root}/areas",
        "targets": "{root}/targets",
    },
}
ADDRESS_SPACE = 8 << 30


@dataclass(frozen=True)
class Outcome:
    """How a run ended."""

    code: int
    output: str
    # The last line of the log that is an error, with its causes.
    sentence: str
    peak_memory: int
    seconds: float
    timed_out: bool


def command(tilegen: Path, job: str, root: Path, store: Path, flags: Flags) -> list[str]:
    """The command line of a job; a flag that is None is left out."""
    common = {"config": "{root}/tilegen.toml", "store": str(store), "report": "{root}/report.json"}
    words = [str(tilegen), job]
    for name, value in {**DEFAULT_FLAGS[job], **common, **flags}.items():
        for text in value if isinstance(value, list) else [value]:
            if text is True:
                words.append(f"--{name}")
            elif isinstance(text, str):
                words.append(f"--{name}={text.replace('{root}', str(root))}")
    return words


def run(words: Sequence[str], folder: Path, seconds: float) -> Outcome:
    """Run a command to its end, or for a number of seconds."""
    environment = {**os.environ, "RUST_LOG": "warn", "NO_COLOR": "1", "RUST_BACKTRACE": "0"}
    log = folder / "output.txt"
    started = time.monotonic()
    # One file for both streams: a sentence may be on either.
    limit = ["prlimit", f"--as={ADDRESS_SPACE}", "--core=0"]
    with open(log, "wb") as out:
        child = subprocess.Popen([*limit, *words], stdout=out, stderr=out, stdin=subprocess.DEVNULL, env=environment)
        peak, timed_out = watch(child, started + seconds)
    # Paths as below the folder, so that lines are short and a folder's name is not taken for a word of a sentence.
    output = log.read_bytes().decode(errors="replace").replace(f"{folder}/", "").replace(str(folder), ".")
    return Outcome(child.returncode, output, sentence(output), peak, time.monotonic() - started, timed_out)


def watch(child: subprocess.Popen[bytes], deadline: float) -> tuple[int, bool]:
    """Wait for the end; the highest resident memory, and whether the time ran out.

    The kernel's own figure for ended children starts with the memory of the parent, so the peak is polled.
    """
    status, peak, pause = f"/proc/{child.pid}/status", 0, 0.002
    while child.poll() is None:
        if time.monotonic() > deadline:
            child.kill()
            child.wait()
            return peak, True
        try:
            with open(status, encoding="ascii", errors="replace") as file:
                found = re.search(r"^VmHWM:\s+(\d+) kB", file.read(), re.MULTILINE)
            peak = max(peak, int(found[1]) * 1024 if found else 0)
        except OSError:
            pass
        time.sleep(pause)
        pause = min(pause * 1.2, 0.02)
    return peak, False


def sentence(output: str) -> str:
    """What the program says last: its error with all causes on one line."""
    text = re.sub(r"\x1b\[[0-9;]*m", "", output).strip()
    start = max(text.rfind("\nerror"), text.rfind("\nError"), text.rfind(" ERROR "))
    return " ".join(text[max(start, 0) :].split())
