"""Memory: the limit holds, or the sentence names the least that the data need."""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
import pyarrow as pa

from checks.inputs.case import Case, Either, Flags, Prepare, Published, refused
from checks.inputs.files import YESTERDAY, Inputs, at

ROWS = 1_000_000
LOCK = threading.Lock()
SENTENCE = refused("memory", r"\d ?(?:MB|MiB|GB|GiB)")


@cache
def shared() -> tempfile.TemporaryDirectory[str]:
    """A folder for files that several cases read; it is removed at the end."""
    return tempfile.TemporaryDirectory(prefix="inputs-memory-")


def many_orders(name: str) -> Path:
    """A million orders of as many users: written once."""
    with LOCK:
        path = Path(shared().name) / f"{name}.parquet"
        if not path.exists():
            Inputs(path.parent).orders(table(name), path.name, row_group_size=200_000, compression="snappy")
        return path


def table(name: str) -> pa.Table:
    """Orders that differ in what takes memory."""
    rng = np.random.default_rng(18)
    rows = ROWS if name != "long texts" else ROWS // 2
    numbers = np.arange(rows, dtype=np.int64)
    noon = int(at(f"{YESTERDAY} 12:00").timestamp() * 1e6)
    times = noon - (numbers % 20) * 86_400_000_000
    users = pa.array(rng.permutation(rows).astype(np.int64))
    if name == "texts":
        users = users.cast(pa.string())
    if name == "long texts":
        users = pa.array([f"{number:0100}" for number in range(rows)])
    return pa.table(
        {
            "order_id": pa.array(numbers) if name == "integers" else pa.array(numbers).cast(pa.string()),
            "city_id": pa.array(np.full(rows, 2, np.int32)),
            "business_line": pa.DictionaryArray.from_arrays(
                pa.array((numbers % 2).astype(np.int32)), ["Restaurant", "Cafe"]
            ),
            "customer_latitude": pa.array(35.66 + rng.random(rows) * 0.1),
            "customer_longitude": pa.array(51.31 + rng.random(rows) * 0.15),
            "user_id": users,
            "organic": pa.array((numbers % 2).astype(np.int8)),
            "created_at": pa.array(times).cast(pa.timestamp("us", "UTC")),
        }
    )


def reading(name: str) -> Prepare:
    """Orders of the shared file, by a link."""

    def prepare(inputs: Inputs) -> None:
        inputs.remove(*(["orders/part-0.parquet"] if (inputs.root / "orders/part-0.parquet").exists() else []))
        os.link(many_orders(name), inputs.path("orders/many.parquet"))

    return prepare


def cases() -> Iterator[Case]:
    """Every case of this kind."""
    for name, rows in (("integers", ROWS), ("texts", ROWS), ("long texts", ROWS // 2)):
        for size in ("64MB", "100MB", "150MB"):
            limit = int(size[:-2]) * 1_000_000
            either = Either(Published(orders=rows), SENTENCE)
            flags: Flags = {"memory": size}
            label = f"{rows:,} orders, users as {name}, --memory {size}"
            yield Case("memory", label, "density", either, reading(name), flags, memory=limit, seconds=90, slow=True)
    both: Flags = {"memory": "150MB", "layer": ["density", "density-public"], "window": ["30d", "all"]}
    yield Case(
        "memory",
        "three layers at once, --memory 150MB",
        "density",
        Either(Published(orders=ROWS), SENTENCE),
        reading("integers"),
        both,
        memory=150_000_000,
        seconds=120,
        slow=True,
    )
    yield Case(
        "memory",
        "orders of areas, --memory 150MB",
        "area-stats",
        Either(Published(), SENTENCE),
        reading("integers"),
        {"memory": "150MB"},
        memory=150_000_000,
        seconds=90,
        slow=True,
    )
    yield Case("memory", "--memory 2MB", "density", SENTENCE, flags={"memory": "2MB"}, memory=60_000_000)
    for size in ("much", "0", "-1GB", "4XB", ""):
        sentence = refused("--memory", "4GB|size", size or "value")
        yield Case("memory", f"--memory `{size}`", "density", sentence, flags={"memory": size})
