# shellcheck shell=bash
# Shared by all scripts: folders, messages, and installing what is missing. Sourced, not run.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
ROOT=$PWD
TOOLS=$ROOT/.tools
export PATH="$TOOLS/bin:$PATH"
: "${CARGO_TARGET_DIR:=$ROOT/target}"
export CARGO_TARGET_DIR
# shellcheck disable=SC2034 # used by the scripts that source this
BIN=$CARGO_TARGET_DIR/release

# The commit that archive metadata name: the last one that changed the sources of tilegen.
FOODMAP_COMMIT=$(git log -1 --format=%H -- Cargo.lock Cargo.toml tilegen 2>/dev/null || true)
export FOODMAP_COMMIT

say() { printf '\n== %s\n' "$*"; }
die() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

# need_apt COMMAND=PACKAGE…: installs the Debian packages whose command is missing. A COMMAND with a slash is a file.
need_apt() {
  local missing=() pair what
  for pair in "$@"; do
    what=${pair%%=*}
    case $what in
      /*) [ -e "$what" ] || missing+=("${pair#*=}") ;;
      *) command -v "$what" >/dev/null || missing+=("${pair#*=}") ;;
    esac
  done
  [ ${#missing[@]} -eq 0 ] && return
  say "installing ${missing[*]}"
  local sudo=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || die "run as root, or install ${missing[*]} yourself"
    sudo=(sudo)
  fi
  # Checks run side by side, and apt takes one caller at a time.
  (
    flock 9
    "${sudo[@]}" apt-get update -qq
    "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive \
      apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
  ) 9>"${TMPDIR:-/tmp}/foodmap-apt.lock"
}

need_toolchain() {
  need_apt cc=gcc make=make curl=curl
  need_apt python3=python3
  python3 -c 'import venv, ensurepip' 2>/dev/null || need_apt /no/venv=python3-venv
  command -v cargo >/dev/null || die "Rust is missing: install rustup, then run this again"
  command -v npm >/dev/null || die "Node is missing: install Node 20.19 or newer, then run this again"
}

# need_node_packages FOLDER: installs exactly what its lock file lists.
need_node_packages() {
  local folder=$1
  cmp -s "$folder/package-lock.json" "$folder/node_modules/.installed-lock.json" && return
  mkdir -p "$TOOLS"
  (
    flock 9
    cmp -s "$folder/package-lock.json" "$folder/node_modules/.installed-lock.json" && exit
    say "installing the Node packages of $folder"
    (cd "$folder" && npm ci --no-audit --no-fund --loglevel=error)
    cp "$folder/package-lock.json" "$folder/node_modules/.installed-lock.json"
  ) 9>"$TOOLS/node.lock"
}

# need_cargo_tool COMMAND PACKAGE: builds a cargo subcommand once, without optimisation: it mostly waits for other
# processes, and its build takes half as long.
need_cargo_tool() {
  local command=$1 package=$2
  command -v "$command" >/dev/null && return
  say "building $package (once)"
  CARGO_PROFILE_DEV_DEBUG=0 cargo install --quiet --locked --debug --root "$TOOLS" "$package"
}

# Whether a source of the page is newer than the built page.
page_is_stale() {
  [ ! -f public/dist/index.html ] ||
    [ -n "$(find public styles -newer public/dist/index.html -type f \
      -not -path '*/node_modules/*' -not -path '*/dist/*' -print -quit)" ]
}

# Builds the page if one of its sources is newer. Runs in $ROOT.
build_page() {
  need_node_packages public
  if page_is_stale; then
    say "building the page"
    (cd public && npm run --silent build)
  fi
}

# wait_for URL SECONDS: returns when the URL answers with a 2xx status.
wait_for() {
  local deadline=$((SECONDS + $2))
  until curl -fsS -o /dev/null "$1" 2>/dev/null; do
    [ $SECONDS -lt $deadline ] || die "$1 did not answer within $2 s"
    sleep 0.1
  done
}

# build_layers DATA STORE REPORTS WINDOW…: builds every layer from demo data into a store.
build_layers() {
  local data=$1 store=$2 reports=$3 windows=() folders
  shift 3
  while [ $# -gt 0 ]; do windows+=(--window "$1") && shift; done
  folders=(--areas "$data/areas" --regions "$data/regions" --neighbourhoods "$data/neighbourhoods")
  mkdir -p "$reports"
  "$BIN/tilegen" density --orders "$data/orders" --store "$store" "${windows[@]}" \
    --report "$reports/density.json"
  "$BIN/tilegen" areas "${folders[@]}" --store "$store" --report "$reports/areas.json"
  "$BIN/tilegen" snapshot --vendors "$data/vendors/snapshot.parquet" --grades "$data/grades.csv" \
    --grades "$data/grades_b.csv" "${folders[@]}" --targets "$data/targets" --store "$store" \
    --report "$reports/snapshot.json"
  "$BIN/tilegen" area-stats --orders "$data/orders" "${folders[@]}" --store "$store" \
    --report "$reports/area-stats.json"
}

# small_map FOLDER: a small demo map with every layer, for the checks of a tier. Does nothing if it exists.
small_map() {
  local folder=$1
  [ -e "$folder/complete" ] && return
  # 40 days, so that there is a whole public window.
  "$BIN/tilegen" sample --out "$folder/data" --orders 80000 --days 40 --seed 3
  build_layers "$folder/data" "$folder/store" "$folder/reports" 30d 7d 2>"$folder/build.log"
  "$BIN/tilegen" density --orders "$folder/data/orders" --store "$folder/by-cell" \
    --layer density-public --floor-lines=false 2>>"$folder/build.log"
  "$BIN/tilegen" timeline --orders "$folder/data/orders" --areas "$folder/data/areas" \
    --regions "$folder/data/regions" --neighbourhoods "$folder/data/neighbourhoods" \
    --store "$folder/timeline" --report "$folder/reports/timeline.json" 2>>"$folder/build.log"
  # The same map with the days of orders, for the timeline of the page.
  cp -r "$folder/store" "$folder/dated"
  "$BIN/tilegen" timeline --orders "$folder/data/orders" --areas "$folder/data/areas" \
    --regions "$folder/data/regions" --neighbourhoods "$folder/data/neighbourhoods" \
    --store "$folder/dated" 2>>"$folder/build.log"
  touch "$folder/complete"
}
