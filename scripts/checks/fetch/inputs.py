"""The inputs that tilegen fetch writes, read with DuckDB and compared with the rows of the source."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb

from checks.lib.serving import RELEASE

NOW = "2026-11-23T06:00:00+03:30"
COLUMNS = {
    "order_id": "BIGINT",
    "city_id": "INTEGER",
    "business_line": "VARCHAR",
    "customer_longitude": "DOUBLE",
    "customer_latitude": "DOUBLE",
    "user_id": "BIGINT",
    "organic": "SMALLINT",
    "created_at": "TIMESTAMP WITH TIME ZONE",
}


def fetch(into: Path, config: Path, env: dict[str, str], *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run tilegen fetch orders."""
    command = [RELEASE / "tilegen", "fetch", "orders", "--into", into, "--config", config, "--now", NOW, *arguments]
    return subprocess.run([str(part) for part in command], env=env, capture_output=True, text=True)


def manifest(into: Path, day: str) -> dict[str, Any] | None:
    """The manifest of a day, if it is there."""
    path = into / f"orders/date={day}/_day.json"
    return json.loads(path.read_text()) if path.exists() else None


def differing_rows(into: Path, day: str, expected: Path, types: dict[str, str]) -> int:
    """Rows that only the file of a day has, or only the CSV file of the source. Names and types must be equal too."""
    named = manifest(into, day)
    if named is None:
        sys.exit(f"{day} has no manifest")
    part = into / f"orders/date={day}" / named["file"]
    duck = duckdb.connect()
    duck.execute("SET TimeZone = 'UTC'")
    names = ", ".join(COLUMNS)
    duck.execute(f"CREATE VIEW fetched AS SELECT {names} FROM '{part}'")
    found = {name: kind for name, kind, *_ in duck.execute("DESCRIBE fetched").fetchall()}
    if found != COLUMNS | types:
        sys.exit(f"{day} has the columns {found}")
    listed = ", ".join(f"'{name}': '{kind}'" for name, kind in (COLUMNS | types).items())
    duck.execute(
        f"CREATE VIEW source AS FROM read_csv('{expected}', header = true, nullstr = '\\N', columns = {{{listed}}})"
    )
    query = """SELECT (SELECT count(*) FROM (FROM fetched EXCEPT ALL FROM source))
                    + (SELECT count(*) FROM (FROM source EXCEPT ALL FROM fetched))"""
    row = duck.execute(query).fetchone()
    return int(row[0]) if row else -1
