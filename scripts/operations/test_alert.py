"""Sends a test alert to Alertmanager and waits until its receivers have been notified. Exit status 1 if one was not."""

import argparse
import http.client
import json
import re
import sys
import time
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, urlsplit

from client import CheckError, Server, report

NAME = "TestAlert"
# Counted when a receiver has answered.
COUNTED = re.compile(r"^alertmanager_notification_requests(_failed)?_total\{(.*?)\} (\S+)$", re.MULTILINE)


def main():
    parser = argparse.ArgumentParser(prog="scripts/test-alert", description=__doc__)
    parser.add_argument("url", help="the address of Alertmanager")
    parser.add_argument(
        "--severity", action="append", choices=["page", "ticket"], help="page and ticket, if omitted; may be repeated"
    )
    parser.add_argument("--environment", default="test", help="the label environment of the alert (test)")
    parser.add_argument("--wait", type=float, default=90, metavar="SECONDS", help="how long to wait for delivery (90)")
    parser.add_argument("--dry-run", action="store_true", help="print what would be sent")
    args = parser.parse_args()
    severities = args.severity or ["page", "ticket"]
    if args.dry_run:
        print("\n".join(f"would send {NAME} with severity {severity} to {args.url}" for severity in severities))
        return 0
    manager = Server(args.url)
    return report(
        [(f"alert of severity {each}", lambda each=each: deliver(manager, each, args)) for each in severities]
    )


def deliver(manager, severity, args):
    before = notifications(manager)
    labels = {"alertname": NAME, "severity": severity, "environment": args.environment}
    send(manager, labels, timedelta(minutes=5))
    deadline = time.monotonic() + args.wait
    try:
        while True:
            sent, failed = (
                {key: count - old.get(key, 0) for key, count in new.items() if count > old.get(key, 0)}
                for new, old in zip(notifications(manager), before)
            )
            if failed:
                raise CheckError(f"Alertmanager could not notify: {', '.join(failed)}")
            if sent:
                return f"{', '.join(receivers(manager, severity))} by {', '.join(sent)}"
            if time.monotonic() > deadline:
                raise CheckError(f"no receiver was notified within {args.wait:.0f} s")
            time.sleep(0.5)
    finally:
        send(manager, labels, timedelta())


def send(manager, labels, duration):
    """An alert that ends after this time; none ends it now."""
    now = datetime.now(UTC)
    alert = {
        "labels": labels,
        "annotations": {
            "summary": f"This is a test of alerts of severity {labels['severity']}; nothing is wrong",
            "runbook": "docs/deployment.md",
        },
        "startsAt": (now - timedelta(seconds=1)).isoformat(),
        "endsAt": (now + duration).isoformat(),
    }
    parts = urlsplit(manager.url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.netloc, timeout=20)
    try:
        path = f"{parts.path.rstrip('/')}/api/v2/alerts"
        connection.request("POST", path, json.dumps([alert]), {"Content-Type": "application/json"})
        response = connection.getresponse()
        if response.status != 200:
            raise CheckError(f"Alertmanager answers {response.status}: {response.read(200).decode(errors='replace')}")
    finally:
        connection.close()


def notifications(manager):
    """How many notifications were sent and how many of them failed, by integration."""
    status, _, body = manager.get("metrics", Accept_Encoding="identity")
    if status != 200:
        raise CheckError(f"/metrics of Alertmanager answers {status}")
    counts: tuple[dict[str, float], dict[str, float]] = ({}, {})
    for failed, labels, value in COUNTED.findall(body.decode()):
        integration = re.search(r'integration="([^"]+)"', labels)
        key = integration[1] if integration else labels
        counts[bool(failed)][key] = counts[bool(failed)].get(key, 0) + float(value)
    return counts


def receivers(manager, severity):
    query = quote(f'alertname="{NAME}"'), quote(f'severity="{severity}"')
    alerts = manager.json(f"api/v2/alerts?filter={query[0]}&filter={query[1]}")
    return sorted({receiver["name"] for alert in alerts for receiver in alert["receivers"]})


if __name__ == "__main__":
    sys.exit(main())
