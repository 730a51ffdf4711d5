"""Runs scripts/pin-images against a real registry on this machine.

Every image that Compose and the Containerfiles name is pushed there under its name and tag, each with different bytes;
a list of mirrors directs skopeo to it. The output must contain the digest that the registry reports for each image. The
script must fail if the registry lacks an image. Exit status 1 if anything is wrong.
"""

import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

import yaml

from checks.lib.monitoring import process
from checks.lib.serving import ROOT, free_port

MANIFEST = "application/vnd.oci.image.manifest.v1+json"


def main():
    images = named_images()
    with tempfile.TemporaryDirectory() as temporary:
        folder, port = Path(temporary), free_port()
        (folder / "registry.yml").write_text(
            yaml.safe_dump(
                {
                    "version": "0.1",
                    "storage": {"filesystem": {"rootdirectory": str(folder / "images")}},
                    "http": {"addr": f"127.0.0.1:{port}"},
                }
            )
        )
        mirrors = folder / ".config/containers/registries.conf"
        mirrors.parent.mkdir(parents=True)
        mirrors.write_text(
            "".join(
                f'[[registry]]\nprefix = "{host}"\nlocation = "127.0.0.1:{port}"\ninsecure = true\n'
                for host in ("docker.io", "gcr.io")
            )
        )
        env = os.environ | {"HOME": str(folder)}  # skopeo reads its mirrors there
        with process(["docker-registry", "serve", folder / "registry.yml"], f"http://127.0.0.1:{port}/v2/"):
            wanted = {image: put(folder, port, image) for image in images[1:]}
            sure(
                pins("compose", env)[0] != 0 or pins("builds", env)[0] != 0,
                f"{images[0]} was pinned, but the registry does not have it",
            )
            wanted[images[0]] = put(folder, port, images[0])
            found = {pin for way in ("compose", "builds") for pin in pins(way, env)[1].split()}
    for image, digest in wanted.items():
        sure(
            any(pin.endswith(f"{image.rsplit(':', 1)[1]}@{digest}") for pin in found),
            f"{image}: not {digest} in {found}",
        )
    sure(len(found) == len(wanted), f"{len(found)} pins for {len(wanted)} images")
    print(json.dumps({"pinned": len(found)}))


def named_images():
    """Every third-party image in Compose and the Containerfiles, with its tag."""
    services = yaml.safe_load((ROOT / "deployment/compose/compose.yaml").read_text())["services"].values()
    composed = {
        re.sub(r"\$\{\w+:-([^}]+)\}", r"\1", service["image"]) for service in services if "build" not in service
    }
    files = (ROOT / "deployment/images").glob("*.Containerfile")
    return sorted(
        composed | {image for file in files for image in re.findall(r"^ARG \w+=(\S+:\S+)$", file.read_text(), re.M)}
    )


def put(folder, port, image):
    """Push a unique image under a name; the digest of its manifest in the registry."""
    (folder / "Containerfile").write_text(f'FROM scratch\nLABEL is="{image}"\n')
    subprocess.run(
        ["buildah", "bud", "--quiet", "--tag", "localhost/pinned:check", folder], check=True, stdout=subprocess.DEVNULL
    )
    name, tag = image.split("/", 1)[1].rsplit(":", 1)
    subprocess.run(
        [
            "buildah",
            "push",
            "--quiet",
            "--tls-verify=false",
            "--format",
            "oci",
            "localhost/pinned:check",
            f"docker://127.0.0.1:{port}/{name}:{tag}",
        ],
        check=True,
    )
    asked = urllib.request.Request(f"http://127.0.0.1:{port}/v2/{name}/manifests/{tag}", headers={"Accept": MANIFEST})
    with urllib.request.urlopen(asked, timeout=10) as answer:
        return "sha256:" + hashlib.sha256(answer.read()).hexdigest()


def pins(way, env):
    done = subprocess.run([ROOT / "scripts/pin-images", way], env=env, capture_output=True, text=True)
    return done.returncode, done.stdout


def sure(holds, what):
    if not holds:
        sys.exit(f"wrong: {what}")


if __name__ == "__main__":
    main()
