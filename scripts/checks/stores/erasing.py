"""Erases a person in a bucket: orders and map are both there, as in production.

The users of the inputs are counted with pyarrow, before and after. What the store holds is listed with its own SDK.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from checks.lib import bucket
from checks.lib.serving import RELEASE, expect, tilegen

INPUTS, MAP = "erase/inputs", "erase/map"
UNFINISHED = 5  # exit status of `tilegen erase` that waits for a build
Settings = dict[str, str]
Counts = dict[str, int]


class Erasing:
    """The bucket, and the Python that reads Parquet files."""

    def __init__(self, address: str, settings: Settings, reader: Path, work: Path) -> None:
        self.settings, self.reader, self.env = settings, reader, os.environ | settings
        self.inputs, self.store = f"{address}/{INPUTS}", f"{address}/{MAP}"
        self.list = work / "erased-users.txt"

    def check(self, data: Path) -> int:
        """Erase the person with the most orders; their number of orders."""
        files = self.upload(data)
        before = self.users()
        person, orders = max(before.items(), key=lambda item: item[1])
        self.list.write_text(f"{person}\n")
        digests = self.build()
        with_orders = set(self.erase(UNFINISHED)["days"])
        after = self.users()
        changed = {user for user in before | after if before.get(user) != after.get(user)}
        expect(f"{self.inputs}, people whose orders have changed", changed, {person})
        expect(f"{self.inputs}, orders of the person", after.get(person), None)
        current = self.current_files()
        for day, old in files.items():
            is_replaced = day in with_orders
            expect(f"{self.inputs}, {day} has a new file", current[day] != old, is_replaced)
            expect(f"{self.inputs}, the old file of {day}", self.has(INPUTS, old), not is_replaced)
        built = self.build()
        expect(f"{self.store}, archives that stay", digests & built, set())
        report = self.erase(0)
        expect(f"{self.store}, the erasure", (report["is_finished"], report["rows"]), (True, 0))
        for digest in digests:
            expect(f"{self.store}, objects of {digest}", self.has(MAP, digest), False)
        for key in bucket.keys(self.settings, f"{MAP}/"):
            body = self.get(key)
            named = [digest for digest in digests if digest.encode() in body]
            # The records of public windows and the private reports of builds stay. No map lists them.
            may_name = "/public/" in key or "/private/" in key
            expect(f"{key} names old archives", named, named if may_name else [])
            if "/private/erasures/" in key:
                expect(f"{key} names the person", f'"{person}"' in body.decode(), False)
        expect(f"{self.inputs}, erasing again", self.erase(0)["days"], [])
        return orders

    def upload(self, data: Path) -> dict[str, str]:
        """Write the orders as `tilegen fetch orders` does, with one file for each day; the files by day."""
        files = {}
        for folder in sorted((data / "orders").glob("date=*")):
            day, body = folder.name.removeprefix("date="), min(folder.glob("*.parquet")).read_bytes()
            files[day] = f"part-{hashlib.md5(body).hexdigest()}.parquet"
            manifest = {
                "format": 1,
                "date": day,
                "file": files[day],
                "rows": 0,
                "bytes": len(body),
                "source_rows": None,
                "columns": [],
                "source": "checks",
                "fetched_at": f"{day}T23:59:59Z",
            }
            bucket.put(self.settings, f"{INPUTS}/orders/date={day}/{files[day]}", body)
            bucket.put(self.settings, f"{INPUTS}/orders/date={day}/_day.json", json.dumps(manifest).encode())
        return files

    def build(self) -> set[str]:
        """Build the density; the digests of the archives of the newest map."""
        tilegen("density", "--orders", f"{self.inputs}/orders", "--store", self.store, env=self.env)
        newest = json.loads(tilegen("catalog", "--store", self.store, env=self.env))
        return {entry["digest"] for entry in newest["layers"]}

    def erase(self, status: int) -> dict[str, Any]:
        """Run `tilegen erase`, which must exit with a status; its report."""
        command = [RELEASE / "tilegen", "erase", "--users", self.list, "--inputs", self.inputs, "--store", self.store]
        done = subprocess.run(list(map(str, command)), env=self.env, capture_output=True, text=True)
        if done.returncode != status:
            sys.exit(f"tilegen erase exits with {done.returncode} instead of {status}: {done.stderr[-2000:]}")
        report: dict[str, Any] = json.loads(done.stdout)
        return report

    def users(self) -> Counts:
        """The orders of each user in all Parquet files of the inputs."""
        with tempfile.TemporaryDirectory() as folder:
            for number, key in enumerate(bucket.keys(self.settings, f"{INPUTS}/")):
                if key.endswith(".parquet"):
                    (Path(folder) / f"{number}.parquet").write_bytes(self.get(key))
            command = [str(self.reader), "-P", str(Path(__file__).with_name("users_of.py")), folder]
            counts: Counts = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
        return counts

    def current_files(self) -> dict[str, str]:
        """The file that the manifest of each day names."""
        keys = [key for key in bucket.keys(self.settings, f"{INPUTS}/") if key.endswith("/_day.json")]
        manifests = [json.loads(self.get(key)) for key in keys]
        return {manifest["date"]: manifest["file"] for manifest in manifests}

    def has(self, folder: str, name: str) -> bool:
        """Whether a key below a folder has a name in it."""
        return any(name in key for key in bucket.keys(self.settings, f"{folder}/"))

    def get(self, key: str) -> bytes:
        """Read an object."""
        return bucket.get(self.settings, key)
