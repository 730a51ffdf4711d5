"""scripts/health-check reports late orders, by slot and by complete days."""

import importlib
import sys
import unittest
from argparse import Namespace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

OPERATIONS = Path(__file__).resolve().parents[2] / "operations"
sys.path.insert(0, str(OPERATIONS))
health = importlib.import_module("health")

ARGS = Namespace(orders_due="09:00", public_step=28, any_age=False)


class Catalog:
    """A server with a catalog."""

    def __init__(self, *layers, holds=()):
        self.layers, self.holds = layers, list(holds)

    def json(self, _path):
        layers = [
            {"layer": layer, "slot": slot, "visibility": visibility, "to": to, "job": "orders"}
            for layer, slot, visibility, to in self.layers
        ]
        return {"layers": layers, "holds": self.holds}


def found(catalog, hour, args=ARGS):
    """What the check reports at an hour of 24 November in Tehran."""
    now = datetime(2026, 11, 24, hour, 0, tzinfo=ZoneInfo("Asia/Tehran"))
    try:
        return health.orders(catalog, args, now)
    except health.CheckError as error:
        return str(error)


class OrdersOfTheHealthCheck(unittest.TestCase):
    def test_yesterday_must_be_there_from_nine_on(self):
        old = Catalog(("density", "30d", "internal", "2026-11-22"))
        self.assertEqual(found(old, 8), "1 layers")
        self.assertEqual(found(old, 9), "density/30d: there are no orders of 2026-11-23")
        self.assertEqual(found(Catalog(("density", "30d", "internal", "2026-11-23")), 23), "1 layers")

    def test_one_late_slot_is_enough(self):
        mixed = Catalog(("density", "7d", "internal", "2026-11-23"), ("density", "30d", "internal", "2026-11-20"))
        self.assertIn("density/30d", found(mixed, 10))
        self.assertNotIn("density/7d", found(mixed, 10))

    def test_a_public_slot_may_be_thirty_days_older(self):
        self.assertEqual(found(Catalog(("density-public", "28d", "public", "2026-10-24")), 10), "1 layers")
        self.assertIn("density-public/28d", found(Catalog(("density-public", "28d", "public", "2026-10-23")), 10))

    def test_a_held_job_and_a_map_of_any_age_are_not_late(self):
        hold = {"job": "orders", "until": "2100-01-01T00:00:00Z"}
        late = ("density", "30d", "internal", "2026-11-01")
        self.assertEqual(found(Catalog(late, holds=[hold]), 10), "1 layers, held")
        self.assertEqual(found(Catalog(late), 10, Namespace(**{**vars(ARGS), "any_age": True})), "1 layers")
        self.assertEqual(found(Catalog(), 10), "the map has no orders")


if __name__ == "__main__":
    unittest.main()
