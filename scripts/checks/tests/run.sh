#!/usr/bin/env bash
# scripts/check checks: the unit tests of the checks and of the measurements that share code with them.
# shellcheck source=scripts/lib/tools.sh
. "$(dirname "$0")/../../lib/tools.sh"

cd "$ROOT/scripts/checks/tests"
PYTHONPATH=$ROOT/scripts:$ROOT/benches "$TOOLS/counts/bin/python" -m unittest --quiet
