# shellcheck shell=bash
# What scripts share: where things are, and installing what is missing. Sourced, not run.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
ROOT=$PWD
TOOLS=$ROOT/.tools
export PATH="$TOOLS/bin:$PATH"
: "${CARGO_TARGET_DIR:=$ROOT/target}"
export CARGO_TARGET_DIR
# shellcheck disable=SC2034 # used by the scripts that source this
BIN=$CARGO_TARGET_DIR/release

# What maps say of the program that made them: the last commit of its sources.
FOODMAP_COMMIT=$(git log -1 --format=%H -- Cargo.lock Cargo.toml tilegen 2>/dev/null || true)
export FOODMAP_COMMIT

say() { printf '\n== %s\n' "$*"; }
die() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

# Installs Debian packages whose command is not there: need_apt command=package …
need_apt() {
  local missing=() pair
  for pair in "$@"; do
    command -v "${pair%%=*}" >/dev/null || missing+=("${pair#*=}")
  done
  [ ${#missing[@]} -eq 0 ] && return
  say "installing ${missing[*]}"
  local sudo=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || die "run as root, or install ${missing[*]} yourself"
    sudo=(sudo)
  fi
  "${sudo[@]}" apt-get update -qq
  "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

need_toolchain() {
  need_apt cc=gcc make=make curl=curl
  need_apt python3=python3
  python3 -c 'import venv, ensurepip' 2>/dev/null || need_apt no-such-command=python3-venv
  command -v cargo >/dev/null || die "Rust is missing: install rustup, then run this again"
  command -v npm >/dev/null || die "Node is missing: install Node 20.19 or newer, then run this again"
}

# Node packages of a folder, exactly as its lock file says.
need_node_packages() {
  local folder=$1
  if ! cmp -s "$folder/package-lock.json" "$folder/node_modules/.installed-lock.json"; then
    say "installing the Node packages of $folder"
    (cd "$folder" && npm ci --no-audit --no-fund --loglevel=error)
    cp "$folder/package-lock.json" "$folder/node_modules/.installed-lock.json"
  fi
}

# Cargo subcommands, built once, and not optimised: they wait for others, and it halves their build.
need_cargo_tool() {
  local command=$1 package=$2
  command -v "$command" >/dev/null && return
  say "building $package (once)"
  cargo install --quiet --locked --debug --root "$TOOLS" "$package"
}

# Builds the page when a source of it is newer than what was built.
build_page() {
  need_node_packages public
  if [ ! -f public/dist/index.html ] ||
    [ -n "$(find public styles -newer public/dist/index.html -type f \
      -not -path '*/node_modules/*' -not -path '*/dist/*' -print -quit)" ]; then
    say "building the page"
    (cd public && npm run --silent build)
  fi
}

# Waits until an address answers: wait_for URL SECONDS
wait_for() {
  local deadline=$((SECONDS + $2))
  until curl -fsS -o /dev/null "$1" 2>/dev/null; do
    [ $SECONDS -lt $deadline ] || die "$1 did not answer within $2 s"
    sleep 0.1
  done
}

# Builds every layer from demo data into a store: build_layers DATA STORE REPORTS WINDOW…
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
