"""Monitoring of the Compose file, run as the file describes it.

The public images are not available here. Images with the same layout are built from this machine's packages.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

PROGRAMS = {
    "prometheus": "prometheus",
    "alertmanager": "prometheus-alertmanager",
    "node-exporter": "prometheus-node-exporter",
    "blackbox": "prometheus-blackbox-exporter",
}
# The containers share the machine's network, so each host name of the configurations gets its own loopback address.
# Prometheus reaches Alertmanager on 127.0.0.1.
ADDRESSES = {"tileserve-1": "127.0.7.1", "tileserve-2": "127.0.7.2", "node-exporter": "127.0.7.3"}
PROMETHEUS = "127.0.7.4:9090"
# Where the programs listen here.
LISTEN = {
    "prometheus": [f"--web.listen-address={PROMETHEUS}"],
    "alertmanager": ["--web.listen-address=127.0.0.1:9093", "--cluster.listen-address="],
    "node-exporter": [f"--web.listen-address={ADDRESSES['node-exporter']}:9100"],
    "blackbox": ["--web.listen-address=127.0.0.1:9115"],
}
# The default arguments of the public images, which a command of the Compose file replaces.
DEFAULTS = {
    "alertmanager": ["--config.file=/etc/alertmanager/alertmanager.yml", "--storage.path=/alertmanager"],
}
CONTAINERFILE = """FROM localhost/foodmap/base:local
COPY --chmod=0555 {program} /bin/{program}
COPY --chown=65534:65534 empty /prometheus
COPY --chown=65534:65534 empty /alertmanager
USER 65534
ENTRYPOINT ["/bin/{program}"]
"""


def make_images(folder: Path) -> None:
    """Build an image for each program."""
    (folder / "empty").mkdir()
    for name, program in PROGRAMS.items():
        installed = shutil.which(program)
        assert installed is not None, f"{program} is not installed"
        shutil.copy(installed, folder / program)
        (folder / "Containerfile").write_text(CONTAINERFILE.format(program=program))
        subprocess.run(
            ["buildah", "bud", "--quiet", "--tag", image(name), folder], check=True, stdout=subprocess.DEVNULL
        )


def image(name: str) -> str:
    """The tag of a program's image."""
    return f"localhost/foodmap/{name}:check"


def services(shipped: dict[str, Any]) -> dict[str, Any]:
    """The services of the override file: this machine's network, and arguments for it."""
    hosts = [f"{name}:{address}" for name, address in ADDRESSES.items()]
    return {
        name: {
            "network_mode": "host",
            "image": image(name),
            "extra_hosts": hosts,
            "command": [*LISTEN[name], *(shipped[name].get("command") or DEFAULTS[name])],
        }
        for name in PROGRAMS
    }
