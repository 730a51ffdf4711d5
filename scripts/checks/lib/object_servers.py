"""Real object stores on loopback, each in its own process: an address, and the environment to reach it."""

from __future__ import annotations

import base64
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import boto3
from botocore.config import Config

from checks.lib.serving import free_port

KEY, SECRET = "testkey", "testsecret"
BUCKET = "foodmap"

Settings = dict[str, str]


class Process:
    """A server that listens inside the `with` block; it can be killed and started again there."""

    def __init__(
        self, command: list[Any], port: int, work: Path, env: dict[str, str] | None = None, seconds: float = 180
    ) -> None:
        self.command, self.port, self.work, self.env, self.seconds = command, port, work, env, seconds
        self.server: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:  # an interrupted start leaves no process behind
            self.kill()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def start(self) -> None:
        """Start the server and wait until it listens."""
        with open(self.work / "log", "a") as log:
            self.server = subprocess.Popen(
                self.command, cwd=self.work, env=self.env, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
            )
        deadline = time.monotonic() + self.seconds
        while not self.is_listening():
            if self.server.poll() is not None or time.monotonic() > deadline:
                self.kill()
                sys.exit(f"{self.command[0]} did not start:\n{(self.work / 'log').read_text()[-2000:]}")
            time.sleep(0.1)

    def is_listening(self) -> bool:
        """Whether the port accepts connections."""
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def kill(self) -> None:
        """Kill the server and its children."""
        if self.server and self.server.poll() is None:
            os.killpg(self.server.pid, signal.SIGKILL)
            self.server.wait()


def s3_settings(port: int) -> Settings:
    """The environment of a client of an S3 server."""
    return {
        "AWS_ENDPOINT": f"http://127.0.0.1:{port}",
        "AWS_ALLOW_HTTP": "true",
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET,
    }


def make_bucket(port: int, seconds: float = 180) -> None:
    """Create the bucket, and wait until it accepts an object."""
    client = boto3.client(
        "s3",
        endpoint_url=f"http://127.0.0.1:{port}",
        region_name="us-east-1",
        aws_access_key_id=KEY,
        aws_secret_access_key=SECRET,
        config=Config(retries={"max_attempts": 1}, s3={"addressing_style": "path"}),
    )
    deadline = time.monotonic() + seconds
    while True:
        try:
            if not any(bucket["Name"] == BUCKET for bucket in client.list_buckets()["Buckets"]):
                client.create_bucket(Bucket=BUCKET)
            client.put_object(Bucket=BUCKET, Key="probe", Body=b"x")
            return
        except Exception as error:  # the server listens before it can store anything
            if time.monotonic() > deadline:
                sys.exit(f"the S3 server accepts no object: {error}")
            time.sleep(0.5)


class SeaweedFS(Process):
    """One process with its data in a folder: the objects survive a kill."""

    def __init__(self, work: Path) -> None:
        weed = Path(sys.executable).parent / "weed"
        port, ports = free_port(), [free_port() for _ in range(3)]
        actions = ["Admin", "Read", "Write", "List", "Tagging"]
        identity = {"name": "dev", "credentials": [{"accessKey": KEY, "secretKey": SECRET}], "actions": actions}
        (work / "s3.json").write_text(json.dumps({"identities": [identity]}))
        (work / "data").mkdir()
        super().__init__(
            [
                weed,
                "server",
                "-ip=127.0.0.1",
                "-ip.bind=127.0.0.1",
                "-dir=data",
                "-s3",
                f"-s3.port={port}",
                "-s3.config=s3.json",
                f"-master.port={ports[0]}",
                f"-volume.port={ports[1]}",
                f"-filer.port={ports[2]}",
                # By default every SeaweedFS takes the same ports for these.
                "-s3.port.iceberg=0",
                "-s3.port.lance=0",
                "-volume.max=0",
                "-master.volumeSizeLimitMB=64",
            ],
            port,
            work,
        )

    def start(self) -> None:
        """Start the server and create the bucket."""
        super().start()
        make_bucket(self.port)

    def address(self) -> tuple[str, Settings]:
        """The address of the bucket, and the environment of its clients."""
        return f"s3://{BUCKET}", s3_settings(self.port)


@contextmanager
def seaweedfs(work: Path, **_: object) -> Iterator[tuple[str, Settings]]:
    """SeaweedFS: address and settings."""
    with SeaweedFS(work) as store:
        yield store.address()


@contextmanager
def moto(work: Path, **_: object) -> Iterator[tuple[str, Settings]]:
    """moto's S3 server: address and settings."""
    port = free_port()
    with Process([Path(sys.executable).parent / "moto_server", "-H", "127.0.0.1", "-p", str(port)], port, work):
        make_bucket(port)
        yield f"s3://{BUCKET}", s3_settings(port)


@contextmanager
def azurite(work: Path, azurite_command: str) -> Iterator[tuple[str, Settings]]:
    """Azurite: address and settings."""
    from azure.storage.blob import BlobServiceClient  # only this check needs the package

    port, secret = free_port(), base64.b64encode(os.urandom(32)).decode()
    endpoint = f"http://127.0.0.1:{port}/{KEY}"
    command = [
        azurite_command,
        "--silent",
        "--skipApiVersionCheck",
        "--blobHost",
        "127.0.0.1",
        "--blobPort",
        str(port),
        "--location",
        str(work / "data"),
    ]
    with Process(command, port, work, env=os.environ | {"AZURITE_ACCOUNTS": f"{KEY}:{secret}"}):
        credential = {"account_name": KEY, "account_key": secret}
        BlobServiceClient(endpoint, credential=credential).create_container(BUCKET)
        yield (
            f"az://{BUCKET}",
            {
                "AZURE_STORAGE_ACCOUNT_NAME": KEY,
                "AZURE_STORAGE_ACCOUNT_KEY": secret,
                "AZURE_STORAGE_ENDPOINT": endpoint,
                "AZURE_ALLOW_HTTP": "true",
            },
        )
