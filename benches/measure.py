"""Runs a command and measures the whole process: wall time, CPU time (user + system), peak memory.

Also shared by both benchmarks: the newest manifest of a store, sections of a document.
"""

import json
import os
import re
import selectors
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# Starts the measured command.
LAUNCHER = Path(__file__).with_name("launch.py")


@dataclass
class Run:
    """One finished process; `out` is its standard output."""

    wall_s: float
    cpu_s: float
    peak_mb: float
    out: str


def run(*command):
    """The figures of wait4, including children that the process waited for. Exits if the process fails."""
    words = [str(part) for part in command]
    figures_end, launcher_end = os.pipe()
    launcher = [sys.executable, "-I", "-S", str(LAUNCHER), str(launcher_end), *words]
    process = subprocess.Popen(launcher, stdout=subprocess.PIPE, stderr=subprocess.PIPE, pass_fds=[launcher_end])
    os.close(launcher_end)
    out, err = read_both(process)
    with open(figures_end, "rb") as pipe:
        figures = pipe.read()
    if process.wait():
        sys.exit(f"{' '.join(words)} ended with status {process.returncode}\n{err.decode()}")
    return Run(**json.loads(figures), out=out.decode())


def read_both(process):
    """All of standard output and standard error, without waiting for the process itself."""
    parts: dict[Any, list[bytes]] = {process.stdout: [], process.stderr: []}
    with selectors.DefaultSelector() as selector:
        for pipe in parts:
            selector.register(pipe, selectors.EVENT_READ)
        while selector.get_map():
            for key, _ in selector.select():
                ready: Any = key.fileobj
                data = os.read(key.fd, 65536)
                if data:
                    parts[ready].append(data)
                else:
                    selector.unregister(ready)
                    ready.close()
    return (b"".join(chunks) for chunks in parts.values())


def newest_layers(store):
    """(layer, slot) → (its entry in the highest manifest, the archive's path)."""
    manifest = json.loads(max(Path(store, "manifests").glob("*.json")).read_text())
    return {
        (entry["layer"], entry["slot"]): (
            entry,
            Path(store, "archives", entry["layer"], entry["slot"], entry["digest"] + ".pmtiles"),
        )
        for entry in manifest["layers"]
    }


def table(head, rows):
    """A Markdown table; every column but the first is right-aligned."""
    lines = ["| " + " | ".join(head) + " |", "|" + "|".join(["---"] + ["--:"] * (len(head) - 1)) + "|"]
    return "\n".join(lines + ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows])


def put_section(document, name, text):
    """Replace the text between `<!-- name -->` and `<!-- /name -->`."""
    path = Path(document)
    section = re.compile(rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)
    old = path.read_text()
    if not section.search(old):
        sys.exit(f"{document} has no section {name}")
    path.write_text(section.sub(lambda found: f"{found[1]}{text}\n{found[2]}", old))
