#!/usr/bin/env bash
# scripts/check workflows: yamllint, JSON schemas, zizmor's security rules, and our own rules for workflows.
# shellcheck source=scripts/lib/tools.sh
. "$(dirname "$0")/../../lib/tools.sh"

tools=$TOOLS/operations/bin
cd "$ROOT"
"$tools/yamllint" --strict --config-data '{extends: default, rules: {line-length: {max: 140}, document-start: disable, truthy: {check-keys: false}, comments: {min-spaces-from-content: 1}}}' .github
"$tools/check-jsonschema" --quiet --builtin-schema vendor.github-workflows .github/workflows/*.yml
"$tools/check-jsonschema" --quiet --builtin-schema vendor.dependabot .github/dependabot.yml
"$tools/zizmor" --offline --quiet --persona=pedantic --no-progress .github
"$tools/python" -P -m checks.operations.workflows
