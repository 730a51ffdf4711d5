"""What was built from deployment/images: labels, user, health check, and that nothing but the program is inside."""

import json
import os
import subprocess
import sys

from checks.lib.pods import podman

SAFE = ("--rm", "--network=none", "--read-only", "--cap-drop=all", "--security-opt=no-new-privileges", "--memory=256m")
MOST_MB = 120


def main():
    said = {
        name: look("localhost/foodmap/" + name + ":local", health)
        for name, health in (("tilegen", ["NONE"]), ("tileserve", ["CMD", "/usr/local/bin/tileserve", "health"]))
    }
    said["health_of_nobody"] = health_of_nobody()
    print(json.dumps(said))


def look(image, health):
    [told] = json.loads(podman("image", "inspect", image))
    config = told["Config"]
    same(f"{image}: user", config["User"], "65532:65532")
    same(f"{image}: health check", told.get("Healthcheck", config.get("Healthcheck", {}))["Test"], health)
    labels = {
        f"org.opencontainers.image.{name}" for name in ("title", "description", "licenses", "revision", "version")
    }
    same(f"{image}: labels", sorted(label for label in labels if not config["Labels"].get(label)), [])
    megabytes = told["Size"] / 2**20
    same(f"{image}: small", megabytes < MOST_MB, True)
    same(f"{image}: says its version", "0.1" in podman("run", *SAFE, image, "--version"), True)
    for tool in ("/bin/sh", "/bin/bash", "/busybox/sh", "/usr/bin/apt"):
        same(f"{image}: {tool}", runs(image, tool), False)
    return {"megabytes": round(megabytes, 1), "layers": len(told["RootFS"]["Layers"])}


def runs(image, program):
    done = subprocess.run(["podman", "run", *SAFE, "--entrypoint", program, image], env=os.environ, capture_output=True)
    return done.returncode not in (126, 127)


def health_of_nobody():
    """The health check of a server that is not there."""
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
