# shellcheck shell=bash
# What the operators' scripts share: --help, --dry-run, and the programs that they call. Sourced, not run.
# They work on a machine without the sources' tools: bash, curl and python3 are enough.

dry_run=no

stop() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

# The comment at the script's head is its help.
show_help() {
  awk 'NR > 1 { if (!/^#/ || /shellcheck/) exit; sub(/^# ?/, ""); print }' "$0"
  exit 0
}

# Does something, or tells it if only that is wanted.
act() {
  printf '+' >&2
  printf ' %q' "$@" >&2
  printf '\n' >&2
  [ "$dry_run" = yes ] || "$@"
}

# wanted NAME VALUE: an option that must be given.
wanted() { [ -n "$2" ] || stop "$1 is missing; see --help"; }

# Finds one of our programs: FOODMAP_BIN, then the release build, then the PATH.
program() {
  local folder here
  here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
  for folder in "${FOODMAP_BIN:-}" "${CARGO_TARGET_DIR:-$here/target}/release"; do
    if [ -n "$folder" ] && [ -x "$folder/$1" ]; then
      printf '%s\n' "$folder/$1"
      return
    fi
  done
  command -v "$1" || stop "$1 is not there; name its folder by FOODMAP_BIN"
}

needs() {
  local one
  for one in "$@"; do
    command -v "$one" >/dev/null || stop "$one is needed and not installed"
  done
}
