"""Compares every query of the rules and dashboards with the metrics that tileserve and tilegen expose.

Builds a map, serves it with TLS, lets a real Prometheus scrape both programs, and runs every query. A real
blackbox_exporter probes the map over HTTP, over TLS with a certificate that no client trusts, and where no server
listens. Errors are: a query that names a metric that no program exposes; a dashboard query without data; an alert
without its runbook page; a metric that promtool rejects; a wrong result of a probe. Exit status 1 after any error.
"""

import argparse
import json
import re
import shutil
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from checks.lib import monitoring
from checks.lib.serving import RELEASE, ROOT, free_port

# These have a value only when something is wrong or has been going on for a while.
QUIET = {
    "foodmap:build_running_seconds",
    "tileserve_rejected_total",
    "foodmap:trouble_share:rate5m",
    "foodmap:tile_cache_miss_share:rate5m",
    "tilegen_published_rejected_rows",
    # These are recorded once an hour.
    "foodmap:error_budget_left:30d",
    "foodmap:reachable_share:30d",
}
NAME = re.compile(r"\b(?:tile(?:serve|gen)_\w+|foodmap:[\w:]+)")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="a folder that tilegen sample wrote")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        faults = check(args.data, Path(folder))
    faults += pages_without_alert_and_alerts_without_page()
    for fault in faults:
        print(fault, file=sys.stderr)
    queries = len(dashboard_queries())
    print(json.dumps({"alerts": len(monitoring.alerts()), "queries": queries, "faults": len(faults)}))
    sys.exit(1 if faults else 0)


def check(data, folder):
    store, metrics = folder / "store", folder / "metrics"
    metrics.mkdir()
    build(data, store, metrics)
    certificate(folder)
    port, admin, node, box, plain = (free_port() for _ in range(5))
    # Without archives in memory, requests go through the tile cache, so its counters have values.
    more = (
        f'memory_mb = 0\ntls.certificate = "{folder}/tls.crt"\ntls.key = "{folder}/tls.key"\nlimits.burst = 8\n'
        f'limits.requests_per_second = 1\npage = "{folder}/page"\n'
    )
    # A page, so that there is a beacon.
    (folder / "page").mkdir()
    (folder / "page/index.html").write_text("<!doctype html><title>page</title>")
    with (
        monitoring.process(
            monitoring.server(store, folder, port, admin, more), f"http://127.0.0.1:{admin}/health/ready"
        ),
        monitoring.process(
            monitoring.server(store, folder, plain, free_port()), f"http://127.0.0.1:{plain}/health/ready"
        ),
        monitoring.node_exporter(metrics, node),
        monitoring.blackbox_exporter(box),
    ):
        look(port)
        texts = {
            "tileserve": monitoring.fetch(f"http://127.0.0.1:{admin}/metrics"),
            "tilegen": "".join(file.read_text() for file in sorted(metrics.glob("density.prom"))),
        }
        faults = [fault for name, text in texts.items() for fault in refused(name, text)]
        probes = {
            f"http://127.0.0.1:{plain}/v1/catalog.json": "1",
            f"http://127.0.0.1:{plain}/health/ready": "0",  # not a catalog
            f"https://127.0.0.1:{port}/v1/catalog.json": "0",  # not a trusted certificate
            "http://127.0.0.1:9/v1/catalog.json": "0",  # no server
        }
        targets = {
            "tileserve": [f"127.0.0.1:{admin}"],
            "tilegen": [f"127.0.0.1:{node}"],
            "foodmap-probe": list(probes),
        }
        with monitoring.prometheus(folder, targets, blackbox=f"127.0.0.1:{box}") as prometheus:
            # Rates need two scrapes with requests between them.
            for scrapes in (1, 3):
                wait_for_scrapes(prometheus, scrapes)
                look(port)
            wait_for_scrapes(prometheus, 6)
            faults += wrong_probes(prometheus, probes)
            return faults + unknown_names(prometheus) + list(empty_queries(prometheus))


def wrong_probes(prometheus, wanted):
    """Probes with another result than they should have."""
    found = {
        probe["metric"]["instance"]: probe["value"][1]
        for probe in monitoring.query(prometheus, 'probe_success{job="foodmap-probe"}')
    }
    return [
        f"the probe of {url} has the result {found.get(url)}, not {result}"
        for url, result in wanted.items()
        if found.get(url) != result
    ]


def wait_for_scrapes(prometheus, number):
    """Wait until both programs have been scraped this number of times."""
    deadline = time.monotonic() + 60
    while (
        sum(
            int(found["value"][1]) >= number
            for found in monitoring.query(prometheus, 'sum_over_time(up{job=~"tileserve|tilegen"}[5m])')
        )
        < 2
    ):
        if time.monotonic() > deadline:
            sys.exit("Prometheus has not scraped both programs")
        time.sleep(0.3)


def build(data, store, metrics):
    """Run each build once, with everything that dashboards show: rejects, and a program after publishing."""
    orders = ["--orders", data / "orders", "--store", store]
    areas = ["--areas", data / "areas", "--regions", data / "regions", "--neighbourhoods", data / "neighbourhoods"]
    (data / "vendors/snapshot.parquet").touch()  # the demo data may be older than max_age_minutes
    runs = {
        "density": [*orders, "--window", "7d", "--after-publish", shutil.which("true")],
        "areas": [*areas, "--store", store],
        "area-stats": [*orders, *areas],
        "snapshot": monitoring.snapshot_arguments(data, store, fetched_vendors(data, metrics)),
        "privacy-audit": ["--store", store],
    }
    for name, arguments in runs.items():
        if monitoring.tilegen(metrics, name, *arguments) != 0:
            sys.exit(f"tilegen {name} failed")


def fetched_vendors(data, metrics):
    """Fetch the vendors of the demo data as those of one source; the file that a snapshot reads."""
    into = metrics.parent / "inputs"
    config = metrics.parent / "fetch.toml"
    url = data / "vendors/snapshot.parquet"
    config.write_text(f'[[fetch.vendors]]\nplatform = "tapsifood"\nmax_age = "2h"\nurl = "{url}"\n')
    command = [RELEASE / "tilegen", "fetch", "vendors", "--into", into, "--config", config]
    command += ["--metrics-file", metrics / "fetch-vendors.prom"]
    subprocess.run(command, check=True, capture_output=True)
    return max((into / "vendors").glob("*.parquet"))


def certificate(folder, days=90):
    subprocess.run(
        [
            "openssl",
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
            "-days",
            str(days),
            "-subj",
            "/CN=map.example",
            "-keyout",
            folder / "tls.key",
            "-out",
            folder / "tls.crt",
        ],
        check=True,
        capture_output=True,
    )


def look(port):
    """Request tiles that exist, and an address that does not, as a page that then reports itself."""
    trust = ssl._create_unverified_context()  # the certificate was created above, for this address only
    beacon = f"https://127.0.0.1:{port}/v1/beacon?map=1850&lcp=900&inp=48&cls=10&errors=1&used=heat,search"
    with urllib.request.urlopen(urllib.request.Request(beacon, method="POST"), context=trust, timeout=10) as counted:
        assert counted.status == 204, counted.status
    for path in [
        "/v1/catalog.json",
        "/v1/nothing",
        *(
            f"/v1/tiles/density/7d/{z}/{x}/{y}.mvt"
            for z, x, y in [(5, 20, 12), (6, 41, 25), (7, 82, 50), (8, 164, 100)]
        ),
    ]:
        try:
            urllib.request.urlopen(f"https://127.0.0.1:{port}{path}", context=trust, timeout=10).read()
        except urllib.error.HTTPError as error:
            if error.code not in (404, 429):
                raise


def refused(name, text):
    checked = subprocess.run(["promtool", "check", "metrics"], input=text, text=True, capture_output=True)
    return [f"promtool of {name}: {checked.stderr.strip()}"] if checked.returncode or checked.stderr else []


def dashboard_queries():
    files = sorted((monitoring.MONITORING / "dashboards").glob("*.json"))
    boards = {file.name: json.loads(file.read_text()) for file in files}
    return {
        f"{name}: {panel['title']}: {target['refId']}": target["expr"]
        for name, board in boards.items()
        for panel in board["panels"]
        for target in panel["targets"]
    }


def unknown_names(prometheus):
    known = set(json.loads(monitoring.fetch(f"http://{prometheus}/api/v1/label/__name__/values"))["data"])
    asked = dashboard_queries() | {name: rule["expr"] for name, rule in monitoring.alerts().items()}
    text = (monitoring.MONITORING / "rules/foodmap.yml").read_text()
    known |= set(re.findall(r"record: (\S+)", text))
    return [
        f"{place}: no program exposes {name}"
        for place, query in (asked | {"rules": text}).items()
        for name in NAME.findall(query)
        if name not in known
    ]


def empty_queries(prometheus):
    for place, query in list(dashboard_queries().items()):
        found = monitoring.query(prometheus, query)
        if not found and not QUIET & set(NAME.findall(query)):
            yield f"{place}: has no data: {query}"


def pages_without_alert_and_alerts_without_page():
    wanted = {rule["annotations"]["runbook"] for rule in monitoring.alerts().values()}
    there = {str(file.relative_to(ROOT)) for file in (ROOT / "docs/runbook").glob("*.md") if file.name != "README.md"}
    return [f"there is no page {page}" for page in sorted(wanted - there)] + [
        f"no alert links to {page}" for page in sorted(there - wanted)
    ]


if __name__ == "__main__":
    main()
