"""The second reader of the timeline against the shared test vectors of the packed columns."""

from __future__ import annotations

import json
import unittest
from pathlib import Path

from checks.lib.archive import ArchiveError
from checks.lib.timeline import KEYS, Cell, numbers, rows_of, tile_columns

VECTORS = Path(__file__).resolve().parents[3] / "data" / "timeline-columns.json"


class TimelineTest(unittest.TestCase):
    def test_columns_and_tiles_of_the_vectors_have_their_rows(self) -> None:
        vectors = json.loads(VECTORS.read_text())
        self.assertEqual({vector["layer"] for vector in vectors}, set(KEYS))
        for vector in vectors:
            columns = tile_columns(bytes.fromhex(vector["tile"]), vector["layer"])
            self.assertEqual(columns, vector["columns"])
            names = [*vector["keys"][1:], *vector["counts"]]
            found = [
                [cell, *(row.get(name, 0) for name in names)]
                for cell, rows in rows_of(vector["layer"], columns).items()
                for row in rows
            ]
            self.assertEqual(found, vector["rows"])

    def test_columns_that_do_not_fit_together_are_rejected(self) -> None:
        vector = json.loads(VECTORS.read_text())[1]
        for name in vector["columns"]:
            columns = vector["columns"] | {name: vector["columns"][name] + "\0"}
            with self.assertRaises((ArchiveError, StopIteration, IndexError, RuntimeError), msg=name):
                rows_of(vector["layer"], columns)
        with self.assertRaises(ArchiveError):
            numbers("\u8000")

    def test_the_number_of_a_cell_is_its_place_on_the_curve_of_its_tile(self) -> None:
        # The 1024 cells of a tile have the numbers 0 to 1023.
        places = [(column, row) for column in range(32) for row in range(32)]
        numbers_of_cells = {Cell(14, (10528 << 5) + column, (6450 << 5) + row).number for column, row in places}
        self.assertEqual(numbers_of_cells, set(range(1024)))


if __name__ == "__main__":
    unittest.main()
