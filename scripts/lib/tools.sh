# shellcheck shell=bash
# Shared by the scripts that measure and check, in addition to common.sh: Python venvs and release binaries.
# Sourced, not run. Keeps the working directory, so that arguments may be relative paths.

started_in=$PWD
# shellcheck source=scripts/lib/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
cd "$started_in"

# make_venv NAME…: .tools/NAME with exactly the packages of requirements/NAME.txt, built again when that file changes.
make_venv() {
  local name
  for name in "$@"; do
    local venv=$TOOLS/$name wanted=$ROOT/scripts/checks/requirements/$name.txt
    cmp -s "$wanted" "$venv/installed.txt" && continue
    mkdir -p "$TOOLS"
    (
      flock 9
      cmp -s "$wanted" "$venv/installed.txt" && exit
      say "installing the Python packages of requirements/$name.txt" >&2
      rm -rf "$venv"
      python3 -m venv "$venv"
      "$venv/bin/pip" install --quiet --disable-pip-version-check --requirement "$wanted"
      cp "$wanted" "$venv/installed.txt"
    ) 9>"$TOOLS/$name.lock"
  done
}

# venv_python NAME ARGUMENT…: runs the Python of a venv; programs import the package `checks` of scripts/checks.
venv_python() {
  make_venv "$1"
  PYTHONPATH=$ROOT/scripts${PYTHONPATH:+:$PYTHONPATH} "$TOOLS/$1/bin/python" "${@:2}"
}

# need_binaries NAME…: stops if a release binary is missing.
need_binaries() {
  local name
  for name in "$@"; do
    [ -x "$BIN/$name" ] || die "$BIN/$name is missing: cargo build --release"
  done
}
