"""Tries every subtraction among the public archives of a simulated quarter of daily runs, and finds planted leaks.

Exit status 1 if a planted leak is not found, or if the archives of tilegen leak; 2 if the attack cannot be trusted.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from checks.privacy import audited, planted, republished
from checks.privacy.attack import attack
from checks.privacy.published import AttackError, Published
from checks.privacy.quarter import QUICK, Plan, Quarter
from checks.privacy.second_floor import differences
from checks.privacy.truth import Truth


def main() -> int:
    """Simulate, attack, report."""
    args = parse_arguments()
    try:
        with tempfile.TemporaryDirectory(dir=args.temporary) as folder:
            return run(args, Path(folder))
    except AttackError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2


def parse_arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--tilegen", required=True)
    parser.add_argument("--quick", action="store_true", help="16 days instead of a quarter, and fewer orders")
    parser.add_argument("--orders", type=int, help="orders a day; 3000, or 700 with --quick")
    parser.add_argument("--min-users", type=int, default=5, help="the k that the archives promise")
    parser.add_argument("--seed", type=int, default=20)
    parser.add_argument(
        "--option", action="append", default=[], help="for tilegen density, such as --option=--floor-lines"
    )
    parser.add_argument("--expect-leaks", action="store_true", help="exit with 0 although the archives leak")
    parser.add_argument("--temporary", help="folder for temporary files")
    return parser.parse_args()


def run(args: argparse.Namespace, folder: Path) -> int:
    """The simulation and the attack."""
    planted.check(print)
    audited.check(args.tilegen, folder / "audited", print)
    republished.check(args.tilegen, folder / "republished", args.min_users, args.seed, print)
    plan = QUICK if args.quick else Plan()
    started = time.monotonic()
    quarter = Quarter(args.tilegen, folder, plan, args.orders or (700 if args.quick else 3000), args.seed, args.option)
    quarter.simulate()
    archives, truth = quarter.result()
    print(f"{plan.runs} daily runs with {', '.join(plan.events())}")
    for outcome, number in quarter.outcomes.items():
        print(f"  {number} × {outcome}")
    windows = len({(archive.first, archive.last) for archive in archives})
    print(
        f"{len(archives)} public archives of {windows} windows kept, of {len(truth.user):,} orders "
        f"({time.monotonic() - started:.0f} s)",
        flush=True,
    )
    planted.check_archive(quarter, args.min_users, print)
    other = compare_floors(archives, truth)
    started = time.monotonic()
    tally = attack(archives, truth, args.min_users)
    print(f"\n{tally.table()}\n\n{tally.leaks:,} leaks below k = {args.min_users} ({time.monotonic() - started:.0f} s)")
    found = audited.count(args.tilegen, quarter.store, args.min_users)
    print(f"tilegen privacy-audit finds {found:,} in the store of the last run")
    return 0 if not other and (args.expect_leaks or not tally.leaks + found) else 1


def compare_floors(archives: list[Published], truth: Truth) -> list[str]:
    """Compare the newest archive of each window and floor with the second implementation; what differs."""
    newest = {(archive.first, archive.last, archive.min_users): at for at, archive in enumerate(archives)}
    found = [line for at in newest.values() for line in differences(archives[at], at, truth)]
    for line in found:
        print(line)
    by_line = sum(archives[at].has_floor_by_line for at in newest.values())
    print(
        f"{len(newest)} archives ({by_line} by line) compared with the second floor, {len(found)} differences",
        flush=True,
    )
    return found


if __name__ == "__main__":
    sys.exit(main())
