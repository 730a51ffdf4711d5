"""Checks the images of deployment/images: labels, user, health check, and that they contain only the program."""

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

from checks.lib.pods import podman

ROOT = Path(__file__).resolve().parents[3]
SAFE = ("--rm", "--network=none", "--read-only", "--cap-drop=all", "--security-opt=no-new-privileges", "--memory=256m")
MOST_MB = 120


def main():
    summary = {
        name: look("localhost/foodmap/" + name + ":local", health)
        for name, health in (("tilegen", ["NONE"]), ("tileserve", ["CMD", "/usr/local/bin/tileserve", "health"]))
    }
    summary["health_without_server"] = health_without_server()
    print(json.dumps(summary))


def look(image, health):
    [inspected] = json.loads(podman("image", "inspect", image))
    config = inspected["Config"]
    same(f"{image}: user", config["User"], "65532:65532")
    same(f"{image}: health check", inspected.get("Healthcheck", config.get("Healthcheck", {}))["Test"], health)
    labels = {
        f"org.opencontainers.image.{name}" for name in ("title", "description", "licenses", "revision", "version")
    }
    same(f"{image}: labels", sorted(label for label in labels if not config["Labels"].get(label)), [])
    megabytes = inspected["Size"] / 2**20
    same(f"{image}: small", megabytes < MOST_MB, True)
    same(f"{image}: says its version", podman("run", *SAFE, image, "--version").split()[1:], [workspace_version()])
    for tool in ("/bin/sh", "/bin/bash", "/busybox/sh", "/usr/bin/apt"):
        same(f"{image}: {tool}", runs(image, tool), False)
    return {"megabytes": round(megabytes, 1), "layers": len(inspected["RootFS"]["Layers"])}


def workspace_version():
    """The version in Cargo.toml."""
    return tomllib.loads((ROOT / "Cargo.toml").read_text())["workspace"]["package"]["version"]


def runs(image, program):
    done = subprocess.run(["podman", "run", *SAFE, "--entrypoint", program, image], env=os.environ, capture_output=True)
    return done.returncode not in (126, 127)


def health_without_server():
    """The health check fails if no server runs."""
    done = subprocess.run(
        ["podman", "run", *SAFE, "localhost/foodmap/tileserve:local", "health"],
        env=os.environ,
        capture_output=True,
        text=True,
    )
    same("status without a server", done.returncode, 1)
    return done.stderr.strip().splitlines()[-1]


def same(what, found, wanted):
    if found != wanted:
        sys.exit(f"wrong: {what}: {found}, expected {wanted}")


if __name__ == "__main__":
    main()
