"""Prints how many orders each user has in the Parquet files below a folder, as JSON: {"user": orders}."""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq


def main() -> None:
    """Count."""
    counts: Counter[str] = Counter()
    for file in Path(sys.argv[1]).rglob("*.parquet"):
        users = pq.read_table(file, columns=["user_id"], partitioning=None)["user_id"]
        counts.update(str(user) for user in users.drop_null().to_pylist())
    print(json.dumps(counts))


if __name__ == "__main__":
    main()
