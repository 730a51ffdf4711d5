"""Tests of the checks: the floor on cases that are small enough to compute by hand, the decoder on bad tiles."""

import unittest

import duckdb
import numpy as np
from pmtiles.tile import zxy_to_tileid
from successive import few_users, isolated, placed, places_at

from checks.counts.cells import compare_cells, quantile_faults
from checks.lib.archive import ArchiveError, Zoom, decode_tile
from checks.lib.floor import shown_cells


def shown(orders, k=2, zooms=(5, 6)):
    """Shown cells as (column, row) for orders (column, row, user) given at the cells of the last zoom."""
    db = duckdb.connect()
    db.execute('CREATE TABLE orders (col BIGINT, "row" BIGINT, "user" BIGINT)')
    shift = 20 - (zooms[1] + 6)
    db.executemany("INSERT INTO orders VALUES (?, ?, ?)", [(x << shift, y << shift, user) for x, y, user in orders])
    found = shown_cells(db, k, *zooms)
    return [{(int(key) >> 32, int(key) & 0xFFFFFFFF) for key in found[zoom]} for zoom in range(zooms[0], zooms[1] + 1)]


class TheFloor(unittest.TestCase):
    def test_a_cell_of_one_user_is_hidden_and_takes_the_smallest_neighbour_with_it(self):
        orders = [(0, 0, 1), (1, 0, 1), (1, 0, 2), (0, 1, 1), (0, 1, 2), (0, 1, 3)]
        self.assertEqual(shown(orders), [{(0, 0)}, {(0, 1)}])

    def test_two_hidden_cells_of_two_users_hide_no_other_cell(self):
        orders = [(0, 0, 1), (1, 0, 2), (0, 1, 1), (0, 1, 2)]
        self.assertEqual(shown(orders), [{(0, 0)}, {(0, 1)}])

    def test_two_hidden_cells_of_the_same_user_are_one_user(self):
        orders = [(0, 0, 1), (1, 0, 1), (0, 1, 2), (0, 1, 3)]
        self.assertEqual(shown(orders), [{(0, 0)}, set()])

    def test_a_cell_below_a_hidden_one_stays_hidden(self):
        # Cell (0, 0) of zoom 5 has one user and hides; the other one must hide too, by rule 2 of the root.
        orders = [(0, 0, 1), (4, 0, 2), (4, 0, 3), (8, 0, 4), (8, 0, 5), (8, 0, 6)]
        self.assertEqual(shown(orders), [{(4, 0)}, {(8, 0)}])

    def test_of_equally_small_cells_the_first_on_the_curve_is_hidden(self):
        # Level 12, children of (0, 0): the curve runs (0,0) (0,1) (1,1) (1,0) or its mirror.
        orders = [(0, 0, 1)] + [(x, y, user) for x, y in [(0, 1), (1, 1), (1, 0)] for user in (2, 3)]
        first = min([(0, 1), (1, 1), (1, 0)], key=lambda cell: zxy_to_tileid(12, *cell))
        self.assertEqual(shown(orders)[1], {(0, 1), (1, 1), (1, 0)} - {first})

    def test_a_null_user_is_not_a_user(self):
        orders = [(0, 0, None), (0, 0, None), (1, 0, 1), (1, 0, 2), (0, 1, 1), (0, 1, 2), (0, 1, 3)]
        self.assertEqual(shown(orders), [{(0, 0)}, {(0, 1)}])

    def test_every_cell_with_enough_users_is_shown(self):
        orders = [(x, 0, user) for x in (0, 1) for user in (1, 2)]
        self.assertEqual(shown(orders), [{(0, 0)}, {(0, 0), (1, 0)}])


def message(*fields):
    """A protobuf message of (field, int | bytes) pairs, numbers below 128 only."""
    return b"".join(
        bytes([number << 3, value]) if isinstance(value, int) else bytes([number << 3 | 2, len(value)]) + value
        for number, value in fields
    )


def tile(geometry=(9, 2, 6), tags=(0, 0), value=5, extent=(0x80, 0x01), name=b"density"):
    feature = message((2, bytes(tags)), (3, 1), (4, bytes(geometry)))
    layer = message((15, 2), (1, name), (2, feature), (3, b"orders"), (4, message((5, value))))
    return message((3, layer + bytes([5 << 3, *extent])))


class TheDecoder(unittest.TestCase):
    def test_a_feature_is_a_cell_with_its_counts(self):
        columns, rows, counts = decode_tile(tile())
        self.assertEqual((columns.tolist(), rows.tolist(), counts["orders"].tolist()), ([0], [1], [5]))

    def test_cells_are_found_in_any_extent_that_has_centres(self):
        columns, rows, _ = decode_tile(tile(geometry=(9, 64, 0xC0, 0x01), extent=(0x80, 0x20)))
        self.assertEqual((columns.tolist(), rows.tolist()), ([0], [1]))

    def test_tiles_that_break_the_contract_are_rejected(self):
        for name, bad in {
            "a zero": tile(value=0),
            "off centre": tile(geometry=(9, 4, 6)),
            "no centres": tile(extent=(0xC0, 0x01)),
            "other layer": tile(name=b"cells"),
            "no point": tile(geometry=(17, 2, 6)),
            "a tag twice": tile(tags=(0, 0, 0, 0)),
            "no layer": b"",
        }.items():
            with self.subTest(name), self.assertRaises(ArchiveError):
                decode_tile(bad)


class TheComparison(unittest.TestCase):
    def test_one_wrong_count_one_missing_and_one_extra_cell_are_three_differences(self):
        keys, truth = np.array([1, 2, 3]), {"orders": np.array([5, 6, 7])}
        found = Zoom(np.array([1, 2, 4]), {"orders": np.array([5, 9, 1])})
        self.assertEqual(len(compare_cells(7, found, keys, truth)), 3)
        self.assertEqual(compare_cells(7, Zoom(keys, truth), keys, truth), [])

    def test_quantiles_must_match_their_ranks(self):
        cells = np.arange(1, 1001)
        good = [1, 51, 250, 500, 750, 900, 950, 990, 1000]
        self.assertEqual(quantile_faults(cells, good), [])
        self.assertEqual(len(quantile_faults(cells, [*good[:3], 600, *good[4:]])), 1)
        self.assertEqual(quantile_faults(cells, None), ["missing"])


class SuccessiveArchives(unittest.TestCase):
    """At zoom 6 the cells (0, 0) and (1, 0) of the shown parent (0, 0) changed; only (0, 0) is shown."""

    def placed(self, *orders):
        columns = np.array([(x << 8, 0, line, 0, user, sign) for x, line, user, sign in orders]).T
        changed = dict(zip(("col", "row", "line", "organic", "user_rank", "sign"), columns))
        return placed(changed, places_at(6, np.array([0]), np.array([0]), changed))

    def test_a_shown_cell_and_the_rest_of_its_parent_are_two_places(self):
        db = self.placed((0, 0, 7, 1), (0, 0, 8, 1), (1, 0, 7, 1))
        self.assertEqual(isolated(db, 3), (2, 1, 1, 2, "100% of 1"))
        self.assertEqual(few_users(db, 2), {7})

    def test_an_order_that_left_and_one_that_entered_cancel_unless_their_lines_differ(self):
        self.assertEqual(isolated(self.placed((0, 0, 7, 1), (0, 0, 8, -1)), 3)[:3], (0, 0, 0))
        self.assertEqual(isolated(self.placed((0, 0, 7, 1), (0, 1, 8, -1)), 3)[:3], (1, 0, 1))

    def test_a_null_user_isolates_no_user_and_hidden_places_are_not_counted(self):
        self.assertEqual(isolated(self.placed((0, 0, 0, 1)), 3)[:3], (1, 0, 0))
        self.assertEqual(isolated(self.placed((2, 0, 7, 1)), 3)[0], 0)


if __name__ == "__main__":
    unittest.main()
