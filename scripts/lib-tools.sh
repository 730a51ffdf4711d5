# shellcheck shell=bash
# Sourced by the measuring and checking scripts: the repository's root and the pinned Python tools.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
tools="$root/.tools"
release="$root/target/release"

# make_venv NAME REQUIREMENTS: a venv with exactly these packages, made again when the list changes.
make_venv() {
    local venv="$tools/$1" wanted="$root/benches/$2"
    if ! cmp -s "$wanted" "$venv/requirements.txt"; then
        echo "installing benches/$2 into .tools/$1" >&2
        rm -rf "$venv"
        python3 -m venv "$venv"
        "$venv/bin/pip" install --quiet --disable-pip-version-check --requirement "$wanted"
        cp "$wanted" "$venv/requirements.txt"
    fi
}

# tool_python: the python of the checks, its packages installed first if need be.
tool_python() {
    make_venv venv requirements.txt
    "$tools/venv/bin/python" "$@"
}

# need_binaries NAME…: says what to build if a release binary is missing.
need_binaries() {
    local name
    for name in "$@"; do
        if [[ ! -x "$release/$name" ]]; then
            echo "$release/$name is missing: cargo build --release" >&2
            return 1
        fi
    done
}
