"""Checks that a server is healthy and its map is current. Exit status 1 if anything is wrong."""

import argparse
import sys
import time
from datetime import UTC, datetime

from client import CheckError, Server, report


def main():
    parser = argparse.ArgumentParser(prog="scripts/health-check", description=__doc__)
    parser.add_argument("url", nargs="+", help="a server's address, as its clients see it")
    parser.add_argument("--admin", metavar="URL", help="the admin listener, which reports what is wrong")
    parser.add_argument(
        "--wait", type=float, default=0, metavar="SECONDS", help="how long to wait until the server is ready"
    )
    parser.add_argument(
        "--vendors-minutes", type=float, default=20, metavar="N", help="maximum age of vendors (20); 0: any age"
    )
    parser.add_argument("--dry-run", action="store_true", help="print the checks without running them")
    args = parser.parse_args()
    checks = [check for url in args.url for check in checks_of(Server(url), args)]
    if args.admin:
        checks.append((f"{args.admin} complete", lambda: complete(Server(args.admin))))
    if args.dry_run:
        print("\n".join(f"would check: {name}" for name, _ in checks))
        return 0
    return report(checks)


def checks_of(server, args):
    return [
        (f"{server.url} live", lambda: word(server, "live", "live")),
        (f"{server.url} ready", lambda: in_time(lambda: word(server, "ready", "ready"), args.wait)),
        (f"{server.url} vendors", lambda: vendors(server, args.vendors_minutes)),
        (f"{server.url} due", lambda: due(server)),
    ]


def word(server, path, wanted):
    reply = server.json(f"/health/{path}")
    if reply["status"] != wanted:
        raise CheckError(f"the status is {reply['status']}, not {wanted}")
    return f"map {reply['number']}" if "number" in reply else ""


def in_time(check, seconds):
    deadline = time.monotonic() + seconds
    while True:
        try:
            return check()
        except (CheckError, OSError):
            if time.monotonic() >= deadline:
                raise
            time.sleep(0.5)


def vendors(server, most):
    ages = [
        age(entry["data_at"])
        for entry in server.json("/v1/catalog.json")["layers"]
        if entry["layer"] == "vendors" and entry["data_at"]
    ]
    if not ages:
        raise CheckError("the map has no vendors")
    if most and min(ages) > most * 60:
        raise CheckError(f"they are {min(ages) / 60:.1f} minutes old")
    return f"{min(ages) / 60:.1f} minutes old"


def due(server):
    """No layer is overdue; builds publish when their next run is due (--every)."""
    catalog = server.json("/v1/catalog.json")
    late = [
        f"{entry['layer']}/{entry['slot']}"
        for entry in catalog["layers"]
        if entry["next_due"] and age(entry["next_due"]) > 900
    ]
    if late:
        raise CheckError(f"overdue: {', '.join(late)}")
    return f"{len(catalog['layers'])} layers, none is overdue"


def complete(server):
    reply = server.json("/health/ready")
    if "error" in reply:
        raise CheckError(reply["error"])


def age(text):
    return (datetime.now(UTC) - datetime.fromisoformat(text.replace("Z", "+00:00"))).total_seconds()


if __name__ == "__main__":
    sys.exit(main())
