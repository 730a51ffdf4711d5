"""Checks what a deployment needs before it changes anything. Exit status 1 if something is missing."""

import argparse
import json
import shutil
import socket
import ssl
import subprocess
import sys
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import urlsplit

from client import CheckError, Server, report

RIGHTS = (
    "deployments.apps",
    "cronjobs.batch",
    "jobs.batch",
    "services",
    "configmaps",
    "serviceaccounts",
    "horizontalpodautoscalers.autoscaling",
    "poddisruptionbudgets.policy",
    "ingresses.networking.k8s.io",
    "networkpolicies.networking.k8s.io",
)
CLOCK_SECONDS = 30


def main():
    parser = argparse.ArgumentParser(prog="scripts/preflight", description=__doc__)
    parser.add_argument("--way", choices=["kubernetes", "machine"], required=True, help="how the map is deployed")
    parser.add_argument("--namespace", default="foodmap", help="the namespace on Kubernetes (foodmap)")
    parser.add_argument("--inventory", type=Path, metavar="FILE", help="Ansible's list of machines")
    parser.add_argument("--url", help="the address that clients use; its name must resolve")
    parser.add_argument("--store", help="the store, with credentials in the environment that may publish")
    parser.add_argument("--tilegen", default="tilegen", metavar="PROGRAM", help="the program that checks the store")
    parser.add_argument("--certificate-days", type=int, default=14, metavar="N", help="least days to its expiry (14)")
    parser.add_argument(
        "--new",
        action="store_true",
        help="nothing is deployed yet: no server answers, and the certificate may be made later",
    )
    parser.add_argument("--dry-run", action="store_true", help="print the checks without running them")
    args = parser.parse_args()
    checks = list(checks_of(args))
    if args.dry_run:
        print("\n".join(f"would check: {name}" for name, _ in checks))
        return 0
    return report(checks)


def checks_of(args):
    if args.way == "kubernetes":
        yield "tools", lambda: tools("helm", "kubectl")
        yield f"rights in {args.namespace}", lambda: rights(args.namespace)
    else:
        yield "tools", lambda: tools("ansible-playbook", "ssh")
        yield "machines", lambda: machines(args.inventory)
    if args.store:
        yield f"store {args.store}", lambda: store(args.tilegen, args.store)
    if args.url:
        parts = urlsplit(args.url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        yield f"DNS of {parts.hostname}", lambda: resolve(parts.hostname, port)
        if not args.new:
            if parts.scheme == "https":
                yield "certificate", lambda: certificate(parts.hostname, port, args.certificate_days)
            yield "clock", lambda: clock(Server(args.url))


def tools(*names):
    missing = [name for name in names if not shutil.which(name)]
    if missing:
        raise CheckError(f"{', '.join(missing)} must be installed")
    return ", ".join(names)


def rights(namespace):
    """What the release consists of may be created here."""
    refused = []
    for kind in RIGHTS:
        command = ["kubectl", "auth", "can-i", "create", kind, "--namespace", namespace]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        if done.stdout.split()[:1] != ["yes"]:
            refused.append(kind + (f" ({done.stderr.strip()[:120]})" if done.stderr.strip() else ""))
    if refused:
        raise CheckError(f"you may not create {', '.join(refused)}")
    return f"{len(RIGHTS)} kinds"


def machines(inventory):
    if not inventory or not inventory.is_file():
        raise CheckError(f"the inventory {inventory} does not exist")
    done = subprocess.run(
        ["ansible", "all", "--inventory", str(inventory), "--module-name", "ping"],
        capture_output=True,
        text=True,
        timeout=120,
    )
    if done.returncode:
        raise CheckError(f"a machine does not answer: {(done.stdout + done.stderr).strip()[:400]}")
    return f"{done.stdout.count('SUCCESS')} answer"


def store(tilegen, address):
    """The bucket exists, may be written, creates objects only if they are absent, and its clock is right."""
    done = subprocess.run(
        [tilegen, "catalog", "probe", "--store", address], capture_output=True, text=True, timeout=120
    )
    if done.returncode:
        raise CheckError(done.stderr.strip()[-400:])
    probed = json.loads(done.stdout)
    ahead = probed["clock_ahead_seconds"]
    if abs(ahead) > CLOCK_SECONDS:
        raise CheckError(f"its clock is {ahead} s ahead of the clock of this machine")
    return f"map {probed['newest_map'] or 'none'}, create-only"


def resolve(host, port):
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        raise CheckError(f"the name does not resolve: {error}") from error
    return ", ".join(sorted({str(address[4][0]) for address in found}))


def certificate(host, port, days):
    context = ssl.create_default_context()
    try:
        with (
            socket.create_connection((host, port), timeout=20) as plain,
            context.wrap_socket(plain, server_hostname=host) as secure,
        ):
            expiry = ssl.cert_time_to_seconds(str((secure.getpeercert() or {})["notAfter"]))
    except ssl.SSLCertVerificationError as error:
        raise CheckError(f"no client trusts it: {error.verify_message}") from error
    left = int((expiry - datetime.now(UTC).timestamp()) // 86400)
    if left < days:
        raise CheckError(f"it expires in {left} days")
    return f"expires in {left} days"


def clock(server):
    """This machine and the server agree about the time: signatures and leases depend on it."""
    _, headers, _ = server.get("/health/live")
    if not headers["Date"]:
        raise CheckError("the server sends no Date")
    ahead = (parsedate_to_datetime(headers["Date"]) - datetime.now(UTC)).total_seconds()
    if abs(ahead) > CLOCK_SECONDS:
        raise CheckError(f"the clock of the server is {ahead:.0f} s ahead of the clock of this machine")
    return f"{abs(ahead):.0f} s apart"


if __name__ == "__main__":
    sys.exit(main())
