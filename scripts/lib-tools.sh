# shellcheck shell=bash
# What the measuring and checking scripts share besides lib.sh: pinned Python tools, one venv a list.
# Sourced, not run; leaves the working directory as it was, so that arguments may be relative paths.

started_in=$PWD
# shellcheck source=scripts/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cd "$started_in"

# make_venv NAME REQUIREMENTS: a venv with exactly these packages, made again when the list changes.
make_venv() {
  local venv="$TOOLS/$1" wanted="$ROOT/benches/$2"
  if ! cmp -s "$wanted" "$venv/installed.txt"; then
    say "installing benches/$2 into .tools/$1" >&2
    rm -rf "$venv"
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check --requirement "$wanted"
    cp "$wanted" "$venv/installed.txt"
  fi
}

# tool_python ARGUMENT…: the python of the checks, its packages installed first if need be.
tool_python() {
  make_venv venv requirements.txt
  "$TOOLS/venv/bin/python" "$@"
}

# need_binaries NAME…: says what to build if a release binary is missing.
need_binaries() {
  local name
  for name in "$@"; do
    [ -x "$BIN/$name" ] || die "$BIN/$name is missing: cargo build --release"
  done
}
