#!/usr/bin/env bash
# scripts/check ansible [DATA]: lints the role and the units. With DATA, a folder that `tilegen sample` wrote, it also
# installs the role into a separate root that shares this machine's /usr: twice, then a second release, then a rollback.
# Runs what it installed as the units describe it, as their user.
# shellcheck source=scripts/lib/tools.sh
. "$(dirname "$0")/../../lib/tools.sh"

export PATH="$TOOLS/operations/bin:$PATH"
cd "$ROOT/deployment/ansible"
ansible-lint --offline --profile production -q
for playbook in site.yml rollback.yml; do
  ansible-playbook --inventory inventory/example.yml --syntax-check "$playbook" >/dev/null
done
for unit in ../systemd/*.service; do
  # systemd's exposure score: 100 is a process without any restriction.
  systemd-analyze security --no-pager --offline=true --threshold=15 "$unit" >/dev/null ||
    die "$unit is less restricted than its limit allows"
done
grep -h '^OnCalendar=' ../systemd/*.timer | cut -d = -f 2- | while read -r when; do
  systemd-analyze calendar "$when" >/dev/null
done

PYTHONPATH=$ROOT/scripts "$TOOLS/operations/bin/python" -P -m checks.deployment.units
[ $# -gt 0 ] || exit 0

data=$(realpath "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
mkdir -p "$work/bundles"
for version in one two; do
  "$ROOT/scripts/package" --out "$work/bundles" --version "$version" >/dev/null
done
unshare --mount --propagation private "$ROOT/scripts/checks/deployment/ansible_root.sh" "$work" "$data" "$ROOT"
