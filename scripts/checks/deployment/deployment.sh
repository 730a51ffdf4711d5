#!/usr/bin/env bash
# scripts/check deployment [--write] [DATA]: chart, manifests and Containerfiles; with DATA, a folder that
# `tilegen sample` wrote, also images, pods and Compose. --write rewrites deployment/kubernetes from the chart.
# shellcheck source=scripts/lib/tools.sh
. "$(dirname "$0")/../../lib/tools.sh"
# shellcheck source=scripts/lib/containers.sh
. "$ROOT/scripts/lib/containers.sh"

write=()
[ "${1:-}" != --write ] || { write=(--write) && shift; }
run() { "$TOOLS/deployment/bin/python" -P -m "checks.deployment.$1" "${@:2}"; }
run install
run chart --tools "$TOOLS" --checkov "$TOOLS/checkov/bin/checkov" "${write[@]}"
[ $# -gt 0 ] || exit 0

need_binaries tilegen tileserve
run ways --tools "$TOOLS"
need_containers
need_apt prometheus=prometheus prometheus-alertmanager=prometheus-alertmanager
need_apt prometheus-node-exporter=prometheus-node-exporter skopeo=skopeo docker-registry=docker-registry
build_images
run images
run pins
run pods "$1" --tools "$TOOLS"
run compose "$1"
