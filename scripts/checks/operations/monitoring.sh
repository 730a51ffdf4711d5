#!/usr/bin/env bash
# scripts/check monitoring DATA: rules, routes and dashboards with promtool and amtool, then against the metrics that
# both programs expose.
# shellcheck source=scripts/lib/tools.sh
. "$(dirname "$0")/../../lib/tools.sh"

data=$(realpath "${1:?usage: scripts/check monitoring DATA}")
cd "$ROOT/deployment/monitoring"
promtool check config prometheus.yml >/dev/null
promtool test rules foodmap.test.yml foodmap-days.test.yml
promtool test rules foodmap-hours.test.yml & # takes half a minute
hours=$!
amtool check-config alertmanager.yml >/dev/null
prometheus-blackbox-exporter --config.check --config.file=blackbox.yml 2>/dev/null
for route in "page on-call" "ticket morning" "watchdog watchdog"; do
  receiver=$(amtool config routes test --config.file=alertmanager.yml "severity=${route% *}" 2>/dev/null)
  [ "$receiver" = "${route#* }" ] || die "severity ${route% *} goes to $receiver, not to ${route#* }"
done
cd "$ROOT"
"$TOOLS/operations/bin/python" -P -m checks.operations.monitoring "$data"
wait "$hours"
