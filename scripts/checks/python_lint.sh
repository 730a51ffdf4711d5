#!/usr/bin/env bash
# scripts/check python-lint [--fix]: ruff's rules and format, mypy's types. --fix rewrites what ruff can correct.
# shellcheck source=scripts/lib/tools.sh
. "$(dirname "$0")/../lib/tools.sh"

cd "$ROOT"
tools=$TOOLS/lint/bin config=scripts/checks/pyproject.toml
# Python files by name, and scripts without a suffix by their first line.
mapfile -t files < <(git ls-files --cached --others --exclude-standard '*.py' && git grep -l --untracked '^#!/usr/bin/env python3' -- scripts)
mapfile -t files < <(printf '%s\n' "${files[@]}" | sort -u | while read -r file; do [ ! -e "$file" ] || echo "$file"; done)
fix=() check=(--check --diff)
[ "${1:-}" != --fix ] || { fix=(--fix) check=(); }
"$tools/ruff" check --quiet --config "$config" "${fix[@]}" "${files[@]}"
"$tools/ruff" format --quiet --config "$config" "${check[@]}" "${files[@]}"
"$tools/mypy" --config-file "$config" scripts/checks benches
"$tools/mypy" --config-file "$config" scripts/operations
echo "${#files[@]} Python files: ruff and mypy agree"
