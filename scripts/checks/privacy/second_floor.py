"""Compares what archives show with the second implementation of the floor, by cell and by line."""

from __future__ import annotations

import duckdb
import numpy as np

from checks.lib.floor import published_lines, shown_cells
from checks.privacy.places import LINE_BITS, LINE_MASK, MAX_ZOOM, MIN_ZOOM, cells, is_line, with_line
from checks.privacy.published import Published
from checks.privacy.subtractions import ZOOMS
from checks.privacy.town import REGISTRY
from checks.privacy.truth import NO_USER, Truth


def differences(archive: Published, number: int, truth: Truth) -> list[str]:
    """One sentence for each zoom at which the archive shows other cells or lines than the second implementation.

    Of equal lines, the one with the lower index is withheld, so their names here begin with the index.
    """
    ranked = [f"{REGISTRY.index(name)} {name}" for name in archive.lines]
    db = database(truth, number, ranked)
    shown = shown_cells(db, archive.min_users, MIN_ZOOM, MAX_ZOOM)
    lines = published_lines(db, shown, archive.min_users, MIN_ZOOM, MAX_ZOOM) if archive.has_floor_by_line else None
    found = []
    for zoom in ZOOMS:
        places = archive.zooms[zoom].places
        expected = cells(shown[zoom])
        if lines is not None:
            pairs = np.array([(key, ranked.index(name)) for key, name in lines[zoom]], np.int64).reshape(-1, 2)
            expected = np.union1d(expected, with_line(cells(pairs[:, 0]), pairs[:, 1]))
        else:
            places = places[~is_line(places)]
        for what, other in (("too many", np.setdiff1d(places, expected)), ("missing", np.setdiff1d(expected, places))):
            if len(other):
                example = int(other[0])
                line = f", line {archive.lines[(example & LINE_MASK) - 1]}" if example & LINE_MASK else ""
                key = example >> LINE_BITS
                found.append(
                    f"{archive.label}: zoom {zoom}: {len(other)} places are {what}, such as "
                    f"{key >> 32}/{key & 0xFFFFFFFF}{line}"
                )
    return found


def database(truth: Truth, number: int, names: list[str]) -> duckdb.DuckDBPyConnection:
    """The orders of an archive as the second implementation reads them."""
    rows = truth.members[number]
    counted = {  # noqa: F841  DuckDB reads it
        "col": truth.column[rows],
        "row": truth.row[rows],
        "line": truth.line[rows],
        "user": truth.user[rows],
    }
    db = duckdb.connect()
    db.execute(f"""CREATE TABLE orders AS SELECT col, "row", {names!r}[line + 1] AS line,
        CASE WHEN "user" <> {NO_USER} THEN "user" END AS "user" FROM counted""")
    return db
