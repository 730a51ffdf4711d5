#!/usr/bin/env bash
# scripts/check browser STORE [ARGUMENT…]: the browser tests against two servers of the map in the folder STORE, one
# with internal layers and one without. If a folder `dated` lies next to STORE, it is a map with a timeline, and a third server
# shows it to the tests of the timeline. ARGUMENT… goes to public/tests/browser/run.mjs: --tier change|nightly,
# --shots DIR, names of test files.
# shellcheck source=scripts/lib/tools.sh
. "$(dirname "$0")/../lib/tools.sh"

store=$(realpath "${1:?usage: scripts/check browser STORE [ARGUMENT…]}")
shift
internal=http://127.0.0.1:8097/ public=http://127.0.0.1:8098/ dated=http://127.0.0.1:8099/ servers=() logs=$(mktemp -d)
timeline=()

stop_servers() {
  kill "${servers[@]}" || true
  wait "${servers[@]}" || true
  rm -rf "$logs"
}
trap stop_servers EXIT

cd "$ROOT"
"$BIN/tileserve" --store "$store" --listen 127.0.0.1:8097 --serve-internal --page public/dist 2>"$logs/internal.log" &
servers+=($!)
"$BIN/tileserve" --store "$store" --listen 127.0.0.1:8098 --page public/dist 2>"$logs/public.log" &
servers+=($!)
if [ -d "$(dirname "$store")/dated" ]; then
  "$BIN/tileserve" --store "$(dirname "$store")/dated" --listen 127.0.0.1:8099 --serve-internal --page public/dist \
    2>"$logs/dated.log" &
  servers+=($!)
  timeline=(--timeline-url "$dated")
  wait_for "${dated}health/ready" 20
fi
wait_for "${internal}health/ready" 20
wait_for "${public}health/ready" 20
(cd public && npm run --silent test:browser -- --url "$internal" --public-url "$public" "${timeline[@]}" "$@") ||
  die "browser tests failed"
