"""Shipped configurations that the internet may reach limit requests; scripts/check deployment checks the chart."""

import re
import tomllib
import unittest
from pathlib import Path

DEPLOYMENT = Path(__file__).resolve().parents[3] / "deployment"
LOOPBACK = r'^"(127\.0\.0\.1|\$\{FOODMAP_ADDRESS:-127\.0\.0\.1\}):'


class PublicConfigurations(unittest.TestCase):
    def test_compose_limits_clients_behind_varnish(self):
        limits = tomllib.loads((DEPLOYMENT / "compose/tileserve.toml").read_text())["limits"]
        self.assertGreater(limits["requests_per_second"], 0)
        self.assertEqual(limits["trusted_hops"], 1, "the clients are in X-Forwarded-For, which Varnish appends to")

    def test_compose_publishes_ports_on_loopback_only(self):
        text = (DEPLOYMENT / "compose/compose.yaml").read_text()
        ports = re.findall(r"(?m)^ +ports: \[(.*)\]$", text)
        self.assertEqual(len(ports), text.count("ports:"), "each list of ports is in one line")
        self.assertGreaterEqual(len(ports), 2)
        for port in ports:
            self.assertRegex(port, LOOPBACK)

    def test_the_role_of_ansible_limits_clients(self):
        text = (DEPLOYMENT / "ansible/roles/foodmap/defaults/main.yml").read_text()
        [limit] = re.findall(r"(?m)^foodmap_requests_per_second: (\d+)$", text)
        self.assertGreater(int(limit), 0)


if __name__ == "__main__":
    unittest.main()
