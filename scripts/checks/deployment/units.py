"""Checks that systemd starts every job as often as its timer says.

A start limit counts the starts by a timer and the restarts after a failure. A job that reaches its limit does not run
until the interval of the limit is over. Also: the role installs every unit, and a rebuild runs the same command as the
build. Exit status 1 if anything is wrong.
"""

import configparser
import os
import re
import subprocess
import sys
from datetime import datetime

import yaml

from checks.lib.serving import ROOT

SYSTEMD = ROOT / "deployment/systemd"
ROLE = ROOT / "deployment/ansible/roles/foodmap"
SECONDS = {"s": 1, "": 1, "min": 60, "h": 3600, "d": 86400}
ITERATIONS = 40


def main():
    faults = [*limit_faults(), *role_faults(), *rebuild_faults()]
    if not list(limits({"StartLimitIntervalSec": "1h", "StartLimitBurst": "3"}, {}, tens())):
        faults.append("no rule finds a limit of three starts an hour for a job of every ten minutes")
    for fault in faults:
        print(fault, file=sys.stderr)
    print(f"{len(list(SYSTEMD.glob('*.timer')))} timers, {len(faults)} faults")
    sys.exit(1 if faults else 0)


def tens():
    """The seconds of a job of every ten minutes."""
    return [600 * turn for turn in range(ITERATIONS)]


def read(path):
    parser = configparser.RawConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(path)
    return parser


def limit_faults():
    for timer in sorted(SYSTEMD.glob("*.timer")):
        settings = read(timer)["Timer"]
        service = read(SYSTEMD / re.sub(r"@[^.]*\.", "@.", settings["Unit"]))
        yield from (f"{timer.name}: {fault}" for fault in limits(service["Unit"], service["Service"], starts(settings)))


def limits(unit, service, times):
    """Whether a job reaches its start limit, at its worst: starts by the timer, and restarts after failures."""
    interval = seconds(unit.get("StartLimitIntervalSec", "10s"))
    if not interval:
        return
    burst = int(unit.get("StartLimitBurst", "5"))
    most = max(sum(begin <= time < begin + interval for time in times) for begin in times)
    if service.get("Restart", "no") != "no":
        most += int(interval // seconds(service.get("RestartSec", "100ms")))
    if most > burst:
        yield f"up to {most} starts within {interval} s, and the limit is {burst}"


def seconds(text):
    if text.endswith("ms"):
        return float(text[:-2]) / 1000
    number, unit = re.fullmatch(r"(\d+)\s*([a-z]*)", text).groups()  # type: ignore[union-attr]
    return int(number) * SECONDS[unit]


def starts(timer):
    """The next times of a timer, in seconds."""
    command = ["systemd-analyze", "calendar", f"--iterations={ITERATIONS}", timer["OnCalendar"]]
    done = subprocess.run(command, env=os.environ | {"TZ": "UTC"}, check=True, capture_output=True, text=True)
    found = re.findall(r"(?m)^ *(?:Next elapse|Iter\. #\d+): \w+ (\S+ \S+) UTC$", done.stdout)
    assert len(found) == ITERATIONS, done.stdout
    return [datetime.fromisoformat(time).timestamp() for time in found]


def role_faults():
    """Units that the role does not install."""
    installed = set(yaml.safe_load((ROLE / "vars/main.yml").read_text())["foodmap_units"])
    there = {path.name for path in SYSTEMD.iterdir() if path.suffix in (".service", ".timer")}
    return [f"the role does not install {name}" for name in sorted(there - installed)] + [
        f"the role installs {name}, which does not exist" for name in sorted(installed - there)
    ]


def rebuild_faults():
    build, rebuild = (
        read(SYSTEMD / f"{name}@.service")["Service"]["ExecStart"] for name in ("tilegen", "tilegen-rebuild")
    )
    if rebuild.replace(" --if-requested", "") != build or "--if-requested" not in rebuild:
        yield "tilegen-rebuild@ does not run the build of tilegen@ with --if-requested"


if __name__ == "__main__":
    main()
