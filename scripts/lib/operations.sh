# shellcheck shell=bash
# Shared by the operators' scripts: --help, --dry-run, and finding programs. Sourced, not run.
# These scripts need only bash, curl and python3.

dry_run=no

stop() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

# The comment at the top of a script is its help.
show_help() {
  awk 'NR > 1 { if (!/^#/ || /shellcheck/) exit; sub(/^# ?/, ""); print }' "$0"
  exit 0
}

# Runs a command, or only prints it with --dry-run.
act() {
  printf '+' >&2
  printf ' %q' "$@" >&2
  printf '\n' >&2
  [ "$dry_run" = yes ] || "$@"
}

# wanted NAME VALUE: stops if a required option is missing.
wanted() { [ -n "$2" ] || stop "$1 is missing; see --help"; }

# Finds one of our programs: FOODMAP_BIN, then the release build, then the PATH.
program() {
  local folder here
  here=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
  for folder in "${FOODMAP_BIN:-}" "${CARGO_TARGET_DIR:-$here/target}/release"; do
    if [ -n "$folder" ] && [ -x "$folder/$1" ]; then
      printf '%s\n' "$folder/$1"
      return
    fi
  done
  command -v "$1" || stop "$1 is not installed; set FOODMAP_BIN to its folder"
}

needs() {
  local one
  for one in "$@"; do
    command -v "$one" >/dev/null || stop "$one is required, but not installed"
  done
}
