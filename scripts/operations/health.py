"""Checks that a server is healthy and its map is current. Exit status 1 if anything is wrong."""

import argparse
import sys
import time
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from client import CheckError, Server, report

PUBLIC_GRACE_DAYS = 3  # between the end of a public window and its publication


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
    parser.add_argument(
        "--orders-due", default="09:00", metavar="HH:MM", help="from when on yesterday's orders must be there (09:00)"
    )
    parser.add_argument("--time-zone", default="Asia/Tehran", metavar="ZONE", help="the zone of days (Asia/Tehran)")
    parser.add_argument(
        "--public-step", type=int, default=28, metavar="DAYS", help="days by which public windows advance (28)"
    )
    parser.add_argument("--any-age", action="store_true", help="do not check how old vendors and orders are")
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
        (f"{server.url} vendors", lambda: vendors(server, 0 if args.any_age else args.vendors_minutes)),
        (f"{server.url} orders", lambda: orders(server, args, datetime.now(ZoneInfo(args.time_zone)))),
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


def orders(server, args, now):
    """Every slot has the orders of yesterday, once they are due. A public slot may be some days older."""
    catalog = server.json("/v1/catalog.json")
    ends = {
        f"{entry['layer']}/{entry['slot']}": date.fromisoformat(entry["to"])
        + timedelta(days=args.public_step - 1 + PUBLIC_GRACE_DAYS if entry["visibility"] == "public" else 0)
        for entry in catalog["layers"]
        if entry["job"] == "orders"
    }
    if not ends:
        raise CheckError("the map has no orders")
    held = [hold for hold in catalog["holds"] if hold["job"] == "orders" and age(hold["until"]) < 0]
    expected = now.date() - timedelta(days=1 if f"{now:%H:%M}" >= args.orders_due else 2)
    late = [name for name, end in ends.items() if end < expected]
    if args.any_age or held or not late:
        return f"{len(ends)} layers{', held' if held else ''}"
    raise CheckError(f"{', '.join(late)}: there are no orders of {expected}")


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
