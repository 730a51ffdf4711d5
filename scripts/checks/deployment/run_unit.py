"""Starts the command of one of our systemd services, with its environment files, as its user.

For scripts/check ansible, in a root without systemd. It understands only the settings that our units use.
"""

import grp
import os
import pwd
import re
import shlex
import subprocess
import sys
from pathlib import Path

UNITS = Path("/etc/systemd/system")


def main():
    name = sys.argv[1]
    template, _, instance = name.partition("@")
    text = (UNITS / (f"{template}@.service" if instance else f"{name}.service")).read_text().replace("%i", instance)
    settings = [line.split("=", 1) for line in text.splitlines() if "=" in line and not line.startswith("#")]
    of = dict(settings)
    environment = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
    for path in (value for key, value in settings if key == "EnvironmentFile"):
        if not path.startswith("-") or Path(path[1:]).exists():
            lines = Path(path.removeprefix("-")).read_text().splitlines()
            environment |= dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    commands = [
        shlex.split(re.sub(r"\$(\w+)", lambda found: environment[found[1]], value))
        for key, value in settings
        if key in ("ExecStart", "ExecStartPost")
    ]
    group, user = grp.getgrnam(of["Group"]).gr_gid, pwd.getpwnam(of["User"]).pw_uid
    os.setgroups([])
    os.setgid(group)
    os.setuid(user)
    os.umask(int(of["UMask"], 8))
    *first, last = commands
    for command in first:
        subprocess.run(command, env=environment, check=True)
    os.execve(last[0], last, environment)


if __name__ == "__main__":
    main()
