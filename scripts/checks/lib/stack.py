"""The local stack: a bucket of SeaweedFS, tilegen and tileserve in containers, Varnish in front of two servers.

Each part is the real program: images built from deployment/images, the rules of deployment/cdn/varnish.vcl, the
backends of deployment/compose. Everything listens on loopback and is removed at the end.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

from checks.lib.bucket import upload
from checks.lib.object_servers import BUCKET, SeaweedFS
from checks.lib.pods import podman, wait_for
from checks.lib.serving import ROOT, free_port, get

STORE, INPUTS = f"s3://{BUCKET}/map", f"s3://{BUCKET}/inputs"
SAFE = ("--network=host", "--read-only", "--cap-drop=all", "--security-opt=no-new-privileges")
AREAS = ("--areas", "/work/areas", "--regions", "/work/regions", "--neighbourhoods", "/work/neighbourhoods")
FILES = ("areas", "regions", "neighbourhoods", "targets", "grades.csv", "grades_b.csv")
ORDERS = ("--orders", f"{INPUTS}/orders", "--memory", "256MiB", "--temporary", "/work")
JOBS = {
    "fetch": ("fetch", "--from", INPUTS, "--into", "/work", *FILES),
    "areas": ("areas", "--lease", "2m", *AREAS),
    "density": ("density", "--lease", "2m", "--window", "30d", "--window", "7d", *ORDERS),
    "area-stats": ("area-stats", "--lease", "2m", *ORDERS, *AREAS),
    "snapshot": (
        "snapshot",
        "--lease",
        "2m",
        "--every",
        "10m",
        "--vendors",
        f"{INPUTS}/vendors/snapshot.parquet",
        "--grades",
        "/work/grades.csv",
        "--grades",
        "/work/grades_b.csv",
        "--targets",
        "/work/targets",
        *AREAS,
    ),
}
FIRST = ("fetch", "areas", "density", "snapshot", "area-stats")
SERVERS = ("tileserve-1", "tileserve-2")


class Stack:
    """A context manager: inside the `with` block every part runs, and the cache serves a map."""

    def __init__(self, data: Path, folder: Path, port: int | None = None) -> None:
        self.data, self.folder, self.port = data, folder, port or free_port()
        self.address = f"127.0.0.1:{self.port}"
        self.ports = {server: free_port() for server in SERVERS}
        self.work = folder / "work"
        self.closing = ExitStack()

    def __enter__(self) -> Self:
        try:
            self.work.mkdir(parents=True)
            self.work.chmod(0o777)  # jobs run as an unprivileged user
            (self.folder / "store").mkdir()
            self.store = self.closing.enter_context(SeaweedFS(self.folder / "store"))
            self.settings = self.store.address()[1]
            upload(self.data, self.settings)
            for job in FIRST:
                self.run(job)
            for server in SERVERS:
                self.closing.callback(self.remove, server)
                self.start(server)
            self.closing.enter_context(self.varnish())
            wait_for(lambda: get(self.address, "/health/ready")[0] == 200)
            return self
        except BaseException:
            self.closing.close()
            raise

    def __exit__(self, *_: object) -> None:
        self.closing.close()

    def name(self, part: str) -> str:
        """The name of a part's container."""
        return f"foodmap-{self.port}-{part}"

    def env(self) -> list[str]:
        """The store's environment, as arguments of podman."""
        return [f"--env={name}={value}" for name, value in self.settings.items()]

    def run(self, job: str, *more: object) -> str:
        """Run a job until it exits."""
        return podman(
            "run", "--rm", *SAFE, "--memory=512m", *self.in_work(), "localhost/foodmap/tilegen:local", *JOBS[job], *more
        )

    def schedule(self, job: str, every: str) -> str:
        """Start `tilegen repeat` for a job."""
        self.closing.callback(self.remove, job)
        return podman(
            "run",
            "--detach",
            "--name",
            self.name(job),
            "--restart=always",
            *SAFE,
            "--memory=512m",
            *self.in_work(),
            "localhost/foodmap/tilegen:local",
            "repeat",
            "--every",
            every,
            "--",
            *JOBS[job],
        )

    def in_work(self) -> list[str]:
        """The arguments of a job's container."""
        return [f"--volume={self.work}:/work", f"--env=FOODMAP_STORE={STORE}", *self.env()]

    def catalog(self, *arguments: object) -> str:
        """Run `tilegen catalog`."""
        return podman(
            "run",
            "--rm",
            *SAFE,
            "--memory=128m",
            *self.in_work(),
            "localhost/foodmap/tilegen:local",
            "catalog",
            *arguments,
        )

    def start(self, server: str) -> None:
        """Start a server and wait until it is ready."""
        config = self.folder / f"{server}.toml"
        config.write_text(
            f'store = "{STORE}"\nlisten = "127.0.0.1:{self.ports[server]}"\nserve_internal = true\n'
            'surrogate_key_headers = ["xkey"]\nmemory_mb = 256\n'
            "[manifest]\npoll_interval_seconds = 1\n"
            "[timeouts]\nshutdown_delay_seconds = 4\ndrain_timeout_seconds = 10\n"
            "[limits]\nmax_connections_per_client = 0\n"
        )
        podman(
            "run",
            "--detach",
            "--name",
            self.name(server),
            "--restart=always",
            *SAFE,
            "--memory=512m",
            *self.env(),
            f"--env=TILESERVE_LISTEN=127.0.0.1:{self.ports[server]}",
            f"--volume={config}:/etc/foodmap/tileserve.toml:ro",
            "localhost/foodmap/tileserve:local",
            "--config",
            "/etc/foodmap/tileserve.toml",
        )
        wait_for(lambda: self.is_ready(server))

    def is_ready(self, server: str) -> bool:
        """Whether a server is ready."""
        return get(f"127.0.0.1:{self.ports[server]}", "/health/ready")[0] == 200

    def remove(self, part: str) -> None:
        """Stop and remove a part's container."""
        podman("rm", "--force", "--ignore", "--time", "20", self.name(part))

    def replace(self, server: str) -> None:
        """Replace a server as an update does: stop it gracefully, then start a new one."""
        podman("stop", "--time", "20", self.name(server))
        self.remove(server)
        self.start(server)
        wait_for(lambda: self.healthy() == len(SERVERS))

    def pid(self, server: str) -> int:
        """The pid of its process; 0 while it does not run."""
        return int(podman("inspect", "--format", "{{.State.Pid}}", self.name(server)))

    def state(self, server: str) -> str:
        """What podman, the server and Varnish report: for the message of a failed check."""
        status = podman(
            "inspect",
            "--format",
            "{{.State.Status}}, exit code {{.State.ExitCode}}, {{.RestartCount}} restarts",
            self.name(server),
        )
        return f"{status.strip()}; {self.healthy()} healthy; {podman('logs', '--tail', '5', self.name(server))}"

    def healthy(self) -> int:
        """The number of servers that Varnish considers healthy."""
        reply = subprocess.check_output(["varnishadm", "-n", self.folder / "varnish", "backend.list", "-j"], text=True)
        backends = json.loads(reply)[3]
        return sum(backend["probe_message"][2] == "healthy" for backend in backends.values())

    def counter(self, name: str) -> int:
        """A counter of Varnish."""
        reply = subprocess.check_output(
            ["varnishstat", "-n", self.folder / "varnish", "-1", "-j", "-f", f"MAIN.{name}"], text=True
        )
        return int(json.loads(reply)["counters"][f"MAIN.{name}"]["value"])

    def varnish(self) -> Process:
        """Varnish with the shipped rules, in front of the two servers."""
        backends = (ROOT / "deployment/compose/backends.vcl").read_text()
        for server, port in self.ports.items():
            shipped = f'.host = "{server}";\n  .port = "8080";'
            assert shipped in backends, shipped
            backends = backends.replace(shipped, f'.host = "127.0.0.1";\n  .port = "{port}";')
        (self.folder / "backends.vcl").write_text(backends)
        shutil.copy(ROOT / "deployment/cdn/varnish.vcl", self.folder)
        return Process(
            [
                "varnishd",
                "-F",
                "-n",
                self.folder / "varnish",
                "-a",
                self.address,
                "-f",
                self.folder / "varnish.vcl",
                "-s",
                "malloc,128m",
            ],
            self.folder / "varnish.log",
        )


class Process:
    """A program that runs inside the `with` block."""

    def __init__(self, command: list[Any], log: Path) -> None:
        self.command, self.log = command, log

    def __enter__(self) -> Self:
        with open(self.log, "a") as log:
            self.process = subprocess.Popen(self.command, stdout=log, stderr=subprocess.STDOUT, start_new_session=True)
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(20)
