"""Tries the store's whole suite, and tileserve, on real object stores that are started for it.

SeaweedFS and moto speak S3, Azurite speaks Azure's protocol: each is a process of its own on loopback.
`tilegen/tests/stores.rs` runs against each; then every layer of demo data is built into it, a map is
rolled back, and tileserve must hand out the very tiles of an archive that was built into a folder.
Exit status 1 if anything differs.
"""

import argparse
import base64
import json
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import boto3
from azure.storage.blob import BlobServiceClient
from botocore.config import Config
from serving import RELEASE, ROOT, compare_served, expect

KEY, SECRET = "testkey", "testsecret"
BUCKET = "foodmap"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", required=True, type=Path, help="a folder that tilegen sample wrote")
    parser.add_argument("--azurite", required=True, help="the azurite-blob command")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        local = Path(folder) / "store"
        tilegen("density", "--orders", args.data / "orders", "--store", local)
        for name, start in {"seaweedfs": seaweedfs, "moto": moto, "azurite": azurite}.items():
            work = Path(folder) / name
            work.mkdir()
            began = time.perf_counter()
            with start(work, args) as (address, settings):
                env = os.environ | settings
                suite(address, env)
                tiles = end_to_end(address, env, args.data, local)
            print(json.dumps({"store": name, "tiles": tiles, "seconds": round(time.perf_counter() - began, 1)}), flush=True)


def suite(address, env):
    command = ["cargo", "nextest", "run", "--release", "--locked", "--package", "tilegen", "--test", "stores",
               "--no-fail-fast", "--status-level", "fail", "--final-status-level", "fail"]
    done = subprocess.run(command, cwd=ROOT, env=env | {"FOODMAP_TEST_STORE": address}, stderr=subprocess.STDOUT,
                          stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        sys.exit(f"{address}: the suite failed\n{done.stdout[-6000:]}")


def end_to_end(address, env, data, local):
    """Builds, rolls back, serves; the number of tiles that came back as the folder's archive has them."""
    store = f"{address}/map"
    tilegen("density", "--orders", data / "orders", "--store", store, env=env)
    tilegen("areas", "--areas", data / "areas", "--store", store, env=env)
    tilegen("catalog", "rollback", "1", "--store", store, env=env)
    newest = json.loads(tilegen("catalog", "--store", store, env=env))
    expect("number of the newest map", newest["number"], 3)
    own = json.loads(tilegen("catalog", "--store", local))
    tiles = 0
    for entry, other in zip(newest["layers"], own["layers"], strict=True):
        expect(f"{address}, {entry['layer']}", entry["digest"], other["digest"])
        archive = local / "archives" / entry["layer"] / entry["slot"] / f"{entry['digest']}.pmtiles"
        tiles += compare_served(store, entry["layer"], entry["slot"], entry["digest"], archive, env)
    return tiles


def tilegen(*arguments, env=None):
    done = subprocess.run([RELEASE / "tilegen", *map(str, arguments)], env=env, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"tilegen {' '.join(map(str, arguments))}: {done.stderr[-2000:]}")
    return done.stdout


@contextmanager
def process(command, port, work, env=None, seconds=60):
    """A server in a group of its own, listening, and gone at the end."""
    with open(work / "log", "w") as log:
        server = subprocess.Popen(command, cwd=work, env=env, stdout=log, stderr=subprocess.STDOUT, start_new_session=True)
    try:
        deadline = time.monotonic() + seconds
        while True:
            if server.poll() is not None or time.monotonic() > deadline:
                sys.exit(f"{command[0]} did not start:\n{(work / 'log').read_text()[-2000:]}")
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield server
    finally:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()


def free_port():
    """A port whose double stays free: SeaweedFS listens on each port plus 10,000 too."""
    while True:
        port = random.randrange(18_000, 28_000)
        try:
            for each in (port, port + 10_000):
                socket.create_server(("127.0.0.1", each)).close()
            return port
        except OSError:
            continue


def s3_settings(port):
    return {"AWS_ENDPOINT": f"http://127.0.0.1:{port}", "AWS_ALLOW_HTTP": "true", "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET}


def make_bucket(port, seconds=60):
    client = boto3.client("s3", endpoint_url=f"http://127.0.0.1:{port}", region_name="us-east-1",
                          aws_access_key_id=KEY, aws_secret_access_key=SECRET,
                          config=Config(retries={"max_attempts": 1}, s3={"addressing_style": "path"}))
    deadline = time.monotonic() + seconds
    while True:
        try:
            client.create_bucket(Bucket=BUCKET)
            client.put_object(Bucket=BUCKET, Key="probe", Body=b"x")
            return
        except Exception as error:  # the server listens before it can store anything
            if time.monotonic() > deadline:
                sys.exit(f"the S3 server takes no object: {error}")
            time.sleep(0.5)


@contextmanager
def seaweedfs(work, _):
    weed = Path(sys.executable).parent / "weed"
    port, ports = free_port(), [free_port() for _ in range(3)]
    actions = ["Admin", "Read", "Write", "List", "Tagging"]
    identity = {"name": "dev", "credentials": [{"accessKey": KEY, "secretKey": SECRET}], "actions": actions}
    (work / "s3.json").write_text(json.dumps({"identities": [identity]}))
    (work / "data").mkdir()
    command = [weed, "server", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-dir=data", "-s3", f"-s3.port={port}",
               "-s3.config=s3.json", f"-master.port={ports[0]}", f"-volume.port={ports[1]}", f"-filer.port={ports[2]}",
               "-volume.max=0", "-master.volumeSizeLimitMB=64"]
    with process(command, port, work):
        make_bucket(port)
        yield f"s3://{BUCKET}", s3_settings(port)


@contextmanager
def moto(work, _):
    port = free_port()
    with process([Path(sys.executable).parent / "moto_server", "-H", "127.0.0.1", "-p", str(port)], port, work):
        make_bucket(port)
        yield f"s3://{BUCKET}", s3_settings(port)


@contextmanager
def azurite(work, args):
    port, secret = free_port(), base64.b64encode(os.urandom(32)).decode()
    endpoint = f"http://127.0.0.1:{port}/{KEY}"
    command = [args.azurite, "--silent", "--skipApiVersionCheck", "--blobHost", "127.0.0.1", "--blobPort", str(port),
               "--location", str(work / "data")]
    with process(command, port, work, env=os.environ | {"AZURITE_ACCOUNTS": f"{KEY}:{secret}"}):
        credential = {"account_name": KEY, "account_key": secret}
        BlobServiceClient(endpoint, credential=credential).create_container(BUCKET)
        yield f"az://{BUCKET}", {"AZURE_STORAGE_ACCOUNT_NAME": KEY, "AZURE_STORAGE_ACCOUNT_KEY": secret,
                                 "AZURE_STORAGE_ENDPOINT": endpoint, "AZURE_ALLOW_HTTP": "true"}


if __name__ == "__main__":
    main()
