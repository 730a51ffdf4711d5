"""What watches over the map of Compose, run as its file says: the same programs out of this machine's packages, in images laid
out like those that the file names, which cannot be had here."""

import shutil
import subprocess

PROGRAMS = {
    "prometheus": "prometheus",
    "alertmanager": "prometheus-alertmanager",
    "node-exporter": "prometheus-node-exporter",
}
# Containers have no network of theirs here, so each name that a configuration asks for gets an address of its own.
# Prometheus asks Alertmanager on the loopback that they share.
ADDRESSES = {"tileserve-1": "127.0.7.1", "tileserve-2": "127.0.7.2", "node-exporter": "127.0.7.3"}
PROMETHEUS = "127.0.7.4:9090"
# What the public images are started with if a file says nothing else, and where they listen here.
BEGINS = {
    "prometheus": [
        "--config.file=/etc/prometheus/prometheus.yml",
        "--storage.tsdb.path=/prometheus",
        f"--web.listen-address={PROMETHEUS}",
    ],
    "alertmanager": [
        "--config.file=/etc/alertmanager/alertmanager.yml",
        "--storage.path=/alertmanager",
        "--web.listen-address=127.0.0.1:9093",
        "--cluster.listen-address=",
    ],
    "node-exporter": [f"--web.listen-address={ADDRESSES['node-exporter']}:9100"],
}
CONTAINERFILE = """FROM localhost/foodmap/base:local
COPY --chmod=0555 {program} /bin/{program}
COPY --chown=65534:65534 empty /prometheus
COPY --chown=65534:65534 empty /alertmanager
USER 65534
ENTRYPOINT ["/bin/{program}"]
"""


def make_images(folder):
    (folder / "empty").mkdir()
    for name, program in PROGRAMS.items():
        shutil.copy(shutil.which(program), folder / program)
        (folder / "Containerfile").write_text(CONTAINERFILE.format(program=program))
        subprocess.run(
            ["buildah", "bud", "--quiet", "--tag", image(name), folder], check=True, stdout=subprocess.DEVNULL
        )


def image(name):
    return f"localhost/foodmap/{name}:check"


def services(shipped):
    """What the second file says of each: this machine's network, and arguments for it."""
    hosts = [f"{name}:{address}" for name, address in ADDRESSES.items()]
    return {
        name: {
            "network_mode": "host",
            "image": image(name),
            "extra_hosts": hosts,
            "command": [*BEGINS[name], *shipped[name].get("command", [])],
        }
        for name in PROGRAMS
    }
