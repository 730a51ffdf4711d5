"""From an empty store and a database to a map of many days with one command, which is killed on the way."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from checks.fetch import inputs, sources
from checks.fetch.postgres import Cluster
from checks.lib.serving import RELEASE, expect

START_S = 120
# Days that are there when the run is killed.
DAYS_BEFORE_KILL = 5


def check(server: Cluster, work: Path, days: int) -> None:
    """Run, kill, run again: the map has every order, and no day is fetched twice."""
    source = sources.postgresql(server)
    run = f"[run]\ndensity = ['--window', '{days}d', '--window', '7d']\n"
    config = source.configuration(work, sources.sql("postgresql") + run)
    into, store, report = work / "history", work / "history-map", work / "run.json"
    command: list[str | Path] = [
        RELEASE / "tilegen",
        "run",
        "orders",
        "--inputs",
        into,
        "--store",
        store,
        "--config",
        config,
    ]
    since = date.fromisoformat(inputs.NOW[:10]) - timedelta(days=days)
    command += ["--now", inputs.NOW, "--report", report, "--since", str(since)]
    first = subprocess.Popen(command, env=source.env(), start_new_session=True, stderr=subprocess.DEVNULL)
    kept = kill_on_the_way(first, into)
    started = time.perf_counter()
    steps = run_again(command, source.env(), report)
    seconds = round(time.perf_counter() - started, 1)
    fetched = steps["fetch orders"]["report"]["fetched"]
    expect("days that are not fetched again", len(fetched), days - len(kept))
    orders = int(server.run("SELECT count(*) FROM orders"))
    expect("orders of the map", steps["density"]["report"]["orders_counted"], orders)
    again = run_again(command, source.env(), report)
    outcomes = {name: step["outcome"] for name, step in again.items()}
    expect("a third run", outcomes, {"fetch orders": "done", "density": "unchanged", "retire": "unchanged"})
    print(json.dumps({"days": days, "orders": orders, "kept": len(kept), "seconds": seconds}), flush=True)


def kill_on_the_way(run: subprocess.Popen[bytes], into: Path) -> list[Path]:
    """Kill a run and its steps after some days; the days that are there."""
    end = time.monotonic() + START_S
    while run.poll() is None and len(manifests(into)) < DAYS_BEFORE_KILL:
        if time.monotonic() > end:
            sys.exit(f"only {len(manifests(into))} days after {START_S} s")
        time.sleep(0.01)
    if run.poll() is None:
        os.killpg(run.pid, signal.SIGKILL)
    run.wait()
    return manifests(into)


def manifests(into: Path) -> list[Path]:
    """The manifests of the days that are there."""
    return sorted(into.glob("orders/date=*/_day.json"))


def run_again(command: list[str | Path], env: dict[str, str], report: Path) -> dict[str, Any]:
    """Run to the end; the steps by name."""
    done = subprocess.run(command, env=env, capture_output=True, text=True)
    expect(f"exit status: {done.stderr[-600:]}", done.returncode, 0)
    return {step["step"]: step for step in json.loads(report.read_text())["steps"]}
