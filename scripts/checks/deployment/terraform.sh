#!/usr/bin/env bash
# scripts/check terraform [--with-providers]: `terraform validate` needs providers, which are not available everywhere,
# so it runs only with --with-providers.
# shellcheck source=scripts/lib/tools.sh
. "$(dirname "$0")/../../lib/tools.sh"

folder=$ROOT/deployment/terraform
"$TOOLS/operations/bin/python" -P -m checks.deployment.terraform --folder "$folder"
if command -v terraform >/dev/null; then
  terraform fmt -check -diff -recursive "$folder"
else
  echo "terraform is not installed: the format of its files is not checked"
fi
"$TOOLS/checkov/bin/checkov" --directory "$folder" --framework terraform --quiet --compact
if [ "${1:-}" = --with-providers ]; then
  for environment in "$folder"/environments/*; do
    terraform -chdir="$environment" init -backend=false -input=false >/dev/null
    terraform -chdir="$environment" validate
  done
fi
