"""The privacy attack finds every planted leak, and the second floor by line decides small cases as by hand."""

import unittest

import duckdb
import numpy as np

from checks.lib.floor import published_lines
from checks.privacy import planted
from checks.privacy.attack import attack
from checks.privacy.places import MAX_ZOOM, MIN_ZOOM, WHOLE, describe, find, parent_of
from checks.privacy.published import AttackError


class TheAttack(unittest.TestCase):
    def test_every_planted_leak_is_found_under_its_own_kind(self):
        for name, (kind, made) in planted.cases().items():
            with self.subTest(name):
                self.assertGreater(planted.run(made).kind(kind).leaks, 0)

    def test_archives_that_give_no_one_away_have_no_leak(self):
        self.assertEqual(planted.run(planted.safe()).leaks, 0)

    def test_groups_of_k_users_do_not_leak(self):
        made = planted.Made([*planted.CROWD, *planted.orders(3, 0, planted.CAFE, range(20, 20 + planted.K))])
        tally = planted.run([made, made])
        self.assertEqual({name for name, kind in tally.kinds.items() if kind.leaks}, set())

    def test_an_archive_with_other_orders_than_the_files_stops_the_attack(self):
        archives, truth = planted.publish([planted.Made(planted.CROWD)])
        truth.members[0] = truth.members[0][1:]
        with self.assertRaisesRegex(AttackError, "are not those of the orders"):
            attack(archives, truth, planted.K)

    def test_two_archives_are_explained_with_place_numbers_and_people(self):
        kind = planted.run([planted.Made(planted.CROWD), planted.Made([*planted.CROWD, *planted.LATE])])
        example = kind.kind("two archives: a cell").example
        self.assertRegex(example, r"zoom 14 .*derived orders -1, .*In truth 1 order \(Restaurant\) of 1 user")


class Places(unittest.TestCase):
    def test_a_place_is_found_or_missing(self):
        self.assertEqual(find(np.array([3, 5, 9]), np.array([5, 4, 10])).tolist(), [1, -1, -1])
        self.assertEqual(find(np.array([], np.int64), np.array([5])).tolist(), [-1])

    def test_the_parent_keeps_the_line_and_the_lowest_zoom_has_one_parent(self):
        place = (7 << 32 | 5) << 4 | 2
        self.assertEqual(parent_of(np.array([place]), MAX_ZOOM).tolist(), [(3 << 32 | 2) << 4 | 2])
        self.assertEqual(parent_of(np.array([place & ~15]), MIN_ZOOM).tolist(), [WHOLE])
        self.assertEqual(describe(WHOLE, MIN_ZOOM - 1, []), "the whole archive")


def lines_shown(orders, k=2, zooms=(5, 6)):
    """Shown (column, row, line) by zoom, for orders (column, row, line, user) at the cells of the last zoom."""
    db = duckdb.connect()
    db.execute('CREATE TABLE orders (col BIGINT, "row" BIGINT, line VARCHAR, "user" BIGINT)')
    shift = 20 - (zooms[1] + 6)
    rows = [(x << shift, y << shift, line, user) for x, y, line, user in orders]
    db.executemany("INSERT INTO orders VALUES (?, ?, ?, ?)", rows)
    cells = {
        zoom: np.unique([(x >> zooms[1] - zoom) << 32 | y >> zooms[1] - zoom for x, y, _, _ in orders])
        for zoom in range(zooms[0], zooms[1] + 1)
    }
    found = published_lines(db, cells, k, *zooms)
    return [{(key >> 32, key & 0xFFFFFFFF, line) for key, line in found[zoom]} for zoom in sorted(found)]


class TheFloorByLine(unittest.TestCase):
    def test_a_line_of_one_user_is_withheld_and_takes_the_smallest_other_line_with_it(self):
        orders = [(0, 0, "a", 1), *[(0, 0, "b", user) for user in (2, 3)], *[(0, 0, "c", user) for user in (4, 5, 6)]]
        self.assertEqual(lines_shown(orders), [{(0, 0, "c")}] * 2)

    def test_two_withheld_lines_of_two_users_withhold_no_other_line(self):
        orders = [(0, 0, "a", 1), (0, 0, "b", 2), *[(0, 0, "c", user) for user in (4, 5, 6)]]
        self.assertEqual(lines_shown(orders), [{(0, 0, "c")}] * 2)

    def test_a_line_that_one_child_withholds_is_withheld_by_its_smallest_sibling(self):
        others = [(x, 0, line, user) for x in (0, 1) for line in "bc" for user in (7, 8)]
        orders = [(0, 0, "a", 1), *[(1, 0, "a", user) for user in (2, 3)], *others]
        parent, children = lines_shown(orders)
        self.assertIn((0, 0, "a"), parent)
        self.assertNotIn((1, 0, "a"), children)

    def test_a_child_shows_no_line_that_its_parent_withholds(self):
        # The parent withholds "b" because "a" has one user; the child (1, 0) alone would show it.
        orders = [(0, 0, "a", 1), *[(1, 0, "b", user) for user in (2, 3)], *[(1, 0, "c", user) for user in (4, 5, 6)]]
        self.assertEqual(lines_shown(orders), [{(0, 0, "c")}, {(1, 0, "c")}])

    def test_a_null_user_is_not_a_user(self):
        orders = [(0, 0, "a", None), (0, 0, "a", 1), *[(0, 0, "c", user) for user in (4, 5, 6)]]
        self.assertEqual(lines_shown(orders), [set()] * 2)


if __name__ == "__main__":
    unittest.main()
