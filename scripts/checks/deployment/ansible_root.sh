#!/usr/bin/env bash
# The part of scripts/check ansible that runs in its own mount namespace: creates a root, installs into it, and runs
# what it installed.
set -euo pipefail
work=$1 data=$2 source=$3
root=$work/root

fail() {
  printf 'wrong: %s\n' "$*" >&2
  exit 1
}

# A root with this machine's programs, and separate /etc, /opt and /var.
mkdir -p "$root"/{etc,opt,proc,dev,tmp,run,root,usr,var/lib/foodmap,var/lib/nginx,var/log/nginx,var/cache/nginx,data,work,bundles,small}
chmod 1777 "$root/tmp"
for link in bin sbin lib lib64; do
  [ -L "/$link" ] && cp -a "/$link" "$root/$link"
done
cp -a /etc/. "$root/etc"
mount --rbind /usr "$root/usr"
mount --rbind /dev "$root/dev"
mount -t proc proc "$root/proc"
for folder in /var/lib/dpkg /var/lib/apt /var/cache/apt; do
  mkdir -p "$root$folder"
  mount --bind "$folder" "$root$folder"
done
# The demo data may be older than max_age_minutes.
touch "$data/vendors/snapshot.parquet"
mount --bind -o ro "$data" "$root/data"
mount --bind -o ro "$work/bundles" "$root/bundles"
cp -r "$data"/{areas,regions,neighbourhoods,targets,grades.csv,grades_b.csv} "$root/small"
# Ansible where it is installed, and the sources with the role.
for folder in "$source" "$HOME" "$(realpath "$source/.tools")"; do
  mkdir -p "$root$folder"
  mount --rbind "$folder" "$root$folder"
done

# In a subshell, so that a background process can be stopped by its pid.
inside() { (become_inside "$@"); }
become_inside() { exec chroot "$root" /usr/bin/env -i PATH="$PATH" HOME="$HOME" LANG=C.UTF-8 SYSTEMD_OFFLINE=1 "$@"; }

cat >"$root/tmp/inventory.yml" <<'Y'
foodmap:
  hosts:
    localhost:
      ansible_connection: local
      ansible_python_interpreter: /usr/bin/python3
      foodmap_start: false
      foodmap_cache_listen: 127.0.0.1:8160
      foodmap_servers:
        a: {listen: "127.0.0.1:8161", admin_listen: "127.0.0.1:8162"}
        b: {listen: "127.0.0.1:8163", admin_listen: "127.0.0.1:8164"}
      foodmap_server_config: {timeouts: {drain_timeout_seconds: 3}, limits: {max_connections: 500, burst: 300}}
      foodmap_disk_cache_mb: 64
      foodmap_backup_store: /var/lib/foodmap/copy
      foodmap_input_folder: /small
      foodmap_builds:
        density: --orders /data/orders --window 7d
        snapshot: >-
          --vendors /data/vendors/snapshot.parquet --grades /data/grades.csv --areas /data/areas
          --regions /data/regions --neighbourhoods /data/neighbourhoods --targets /data/targets
Y

play() { # PLAYBOOK ARGUMENT…; prints the number of changes from the recap
  local log=$work/play.log
  inside env -C "$source/deployment/ansible" ANSIBLE_CONFIG=ansible.cfg \
    ansible-playbook --inventory /tmp/inventory.yml "$@" >"$log" 2>&1 || { cat "$log" >&2 && fail "ansible-playbook $*"; }
  grep -o 'changed=[0-9]*' "$log" | tail -n 1
}

current() { basename "$(readlink "$root/opt/foodmap/current")"; }

# The first deployment as docs/deployment.md shows it.
inside env ANSIBLE_CONFIG="$source/deployment/ansible/ansible.cfg" "$source/scripts/deploy" --way machine \
  --inventory /tmp/inventory.yml --bundle /bundles/foodmap-one.tar.gz >"$work/deploy.log" 2>&1 ||
  { cat "$work/deploy.log" >&2 && fail "scripts/deploy --way machine"; }
cmp "$root/data/grades.csv" "$root/var/lib/foodmap/input/grades.csv" || fail "the small inputs are not copied"
[ "$(current)" = foodmap-one ] || fail "the current release is $(current)"
changes=$(play site.yml -e foodmap_bundle=/bundles/foodmap-one.tar.gz)
[ "$changes" = changed=0 ] || fail "the second run changes something: $(grep -B 3 changed: "$work/play.log")"
[ -L "$root/etc/systemd/system/timers.target.wants/tilegen-snapshot.timer" ] || fail "the timer is not enabled"
for timer in density area-stats snapshot retire privacy-audit backup restore-check rebuild@density; do
  [ -L "$root/etc/systemd/system/timers.target.wants/tilegen-$timer.timer" ] || fail "the timer $timer is not enabled"
done
for server in a b; do
  grep -qx "disk_cache = \"/var/cache/foodmap-$server\"" "$root/etc/foodmap/tileserve-$server.toml" ||
    fail "server $server has no disk cache of its own"
  mkdir -p "$root/var/cache/foodmap-$server" && inside chown foodmap:foodmap "/var/cache/foodmap-$server"
done
inside systemd-analyze verify --man=no tileserve@a.service tilegen@density.service tilegen-density.timer \
  tilegen-area-stats.timer tilegen-snapshot.timer tilegen-retire.timer tilegen-privacy-audit.timer tilegen-rebuild@density.timer \
  tilegen-rebuild@density.service tilegen-backup.timer tilegen-backup.service tilegen-restore-check.timer \
  tilegen-restore-check.service 2>"$work/verify" || true
! grep -E 'foodmap|tile(gen|serve)' "$work/verify" || fail "systemd reports errors in the units"
inside nginx -t -q || fail "nginx rejects its configuration"

# Starts the command of a unit with its environment, user and arguments.
unit=(python3 "$source/scripts/checks/deployment/run_unit.py")
inside "${unit[@]}" tilegen@density || fail "the build of orders failed"
inside "${unit[@]}" tilegen@snapshot || fail "the build of vendors failed"
inside "${unit[@]}" tilegen-retire >/dev/null || fail "retire failed"
inside "${unit[@]}" tilegen-privacy-audit >/dev/null || fail "the privacy audit failed"
maps() { inside /opt/foodmap/current/bin/tilegen catalog list --store /var/lib/foodmap/store | grep -c '"number"'; }
before=$(maps)
inside "${unit[@]}" tilegen-rebuild@density || fail "the rebuild that no client requested failed"
[ "$(maps)" = "$before" ] || fail "a rebuild was built that no client requested"
inside install -d -o foodmap /var/lib/foodmap/store/requests/density
request=/var/lib/foodmap/store/requests/density/$(date +%s%3N)-3f2a.json
echo '{}' >"$root$request"
inside "${unit[@]}" tilegen-rebuild@density || fail "the requested rebuild failed"
[ ! -e "$root$request" ] || fail "the requested rebuild was not built"
inside "${unit[@]}" tilegen-backup || fail "the backup failed"
inside "${unit[@]}" tilegen-restore-check || fail "the restore check failed"
for build in backup restore-check; do
  grep -q "^foodmap_backup_success_timestamp_seconds{build=\"$build\"} [0-9]*$" \
    "$root/var/lib/foodmap/metrics/$build.prom" || fail "$build writes no metrics"
done
damaged=$(find "$root/var/lib/foodmap/copy/archives" -name '*.pmtiles' | head -n 1)
truncate -s -1 "$damaged"
rm -r "$root/tmp/restored"
! inside "${unit[@]}" tilegen-restore-check 2>/dev/null || fail "the restore check accepts a damaged copy"
grep -q '^tilegen_run_failed{build="density"} 0$' "$root/var/lib/foodmap/metrics/density.prom" || fail "no metrics"
started=()
trap 'kill "${started[@]}" 2>/dev/null || true; wait || true' EXIT
start() { become_inside "$@" 2>/dev/null & started+=($!); }
start "${unit[@]}" tileserve@a
start nginx -g 'daemon off;'
# A server that has started and has no map yet: nginx uses the other one.
start python3 -c '
from http.server import BaseHTTPRequestHandler, HTTPServer
class NotReady(BaseHTTPRequestHandler):
    def do_GET(self): self.send_error(503)
HTTPServer(("127.0.0.1", 8163), NotReady).serve_forever()'
"$source/scripts/health-check" --wait 20 --any-age http://127.0.0.1:8161 >/dev/null || fail "server a does not answer"
for request in 1 2 3 4 5 6; do
  curl -fsS -o /dev/null "http://127.0.0.1:8160/health/ready?$request" || fail "nginx uses a server without a map"
done
kill "${started[2]}"
wait "${started[2]}" || true
start "${unit[@]}" tileserve@b
"$source/scripts/health-check" --wait 20 --any-age --admin http://127.0.0.1:8162 http://127.0.0.1:8161 http://127.0.0.1:8160
"$source/scripts/smoke-test" --page http://127.0.0.1:8160
grep -q 'server 127.0.0.1:8163 max_fails=0;' "$root/etc/nginx/nginx.conf" || fail "nginx knows only one server"

# With sources, other timers fetch and build; without them, the first ones are back.
cat >"$root/tmp/sources.yml" <<'Y'
foodmap_until: "00:00"
foodmap_tilegen_config: |
  [fetch.orders]
  source = "postgresql"
  url_env = "ORDERS_URL"
  query = "SELECT * FROM orders WHERE created_at >= {from} AND created_at < {to}"
  [[fetch.vendors]]
  platform = "tapsifood"
  url = "/data/vendors/snapshot.parquet"
  [[fetch.vendors]]
  platform = "snappfood"
  url = "/data/vendors/snapshot.parquet"
Y
wants=$root/etc/systemd/system/timers.target.wants
play site.yml -e foodmap_bundle=/bundles/foodmap-one.tar.gz -e @/tmp/sources.yml >/dev/null
for timer in run-orders run-snapshot retire; do
  [ -L "$wants/tilegen-$timer.timer" ] || fail "with sources, the timer $timer is not enabled"
done
for timer in density area-stats snapshot; do
  [ ! -e "$wants/tilegen-$timer.timer" ] || fail "with sources, the timer $timer is still enabled"
done
inside systemd-analyze verify --man=no tilegen-run@orders.service tilegen-run-orders.timer tilegen-run@snapshot.service \
  tilegen-run-snapshot.timer 2>"$work/verify" || true
! grep -E 'foodmap|tilegen' "$work/verify" || fail "systemd reports errors in the units of runs"
grep -q -- '--until 00:00' "$root/etc/foodmap/builds/run-orders.env" || fail "a late source of orders is not asked again"
before=$(maps)
inside "${unit[@]}" tilegen-run@snapshot >/dev/null || fail "the run of vendors failed"
[ "$(maps)" -gt "$before" ] || fail "the run of vendors published nothing"
grep -q '^tilegen_fetch_failed{source="vendors-tapsifood"} 0$' "$root/var/lib/foodmap/metrics/fetch-vendors.prom" ||
  fail "the vendors were not fetched"
status=0
inside "${unit[@]}" tilegen-run@orders >/dev/null 2>"$work/orders.log" || status=$?
[ "$status" = 1 ] || fail "a source of orders without an address ends with $status, so that systemd does not repeat the run"
play site.yml -e foodmap_bundle=/bundles/foodmap-one.tar.gz >/dev/null
[ -L "$wants/tilegen-density.timer" ] || fail "without sources, the timer density is not enabled"
[ ! -e "$wants/tilegen-run-orders.timer" ] || fail "without sources, the timer run-orders is still enabled"

changes=$(play site.yml -e foodmap_bundle=/bundles/foodmap-two.tar.gz)
[ "$changes" != changed=0 ] || fail "the new release changes nothing"
[ "$(current)" = foodmap-two ] || fail "the current release is $(current)"
play rollback.yml >/dev/null
[ "$(current)" = foodmap-one ] || fail "after the rollback the current release is $(current)"
echo "installed, ran, upgraded and rolled back"
