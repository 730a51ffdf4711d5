# shellcheck shell=bash
# Images and containers on a machine without a container registry: the final stages of deployment/images are built from
# this machine's binaries. Sourced after common.sh, not run.

IMAGES=localhost/foodmap
CONTAINERS=$TOOLS/containers

# Installs buildah and podman, configured for machines with fixed limits and old cgroups.
need_containers() {
  need_apt buildah=buildah podman=podman runc=runc catatonit=catatonit
  mkdir -p "$CONTAINERS"
  cat >"$CONTAINERS/containers.conf" <<'CONF'
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
CONF
  export CONTAINERS_CONF=$CONTAINERS/containers.conf BUILDAH_ISOLATION=chroot
}

# The content of the shipped base image: the C library, the certificates, the user.
base_image() {
  local root=$CONTAINERS/base file
  rm -rf "$root"
  mkdir -p "$root/etc/ssl/certs" "$root/tmp"
  chmod 1777 "$root/tmp"
  for file in $(ldd "$BIN/tilegen" "$BIN/tileserve" | grep -oE '/[^ )]+\.so[^ )]*' | sort -u); do
    install -D "$(readlink -f "$file")" "$root$file"
  done
  cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
  echo 'nonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin' >"$root/etc/passwd"
  printf 'FROM scratch\nCOPY base/ /\n' |
    buildah bud --quiet --format oci --tag "$IMAGES/base:local" --file - "$CONTAINERS" >/dev/null
}

# The last stage of a Containerfile, after stages with the programs that were built here.
final_stage() {
  printf 'ARG BASE\n'
  printf 'FROM scratch AS build\nCOPY bin/ /src/target/release/\nCOPY bin/ /src/target/shipped/\nCOPY empty /empty\n'
  printf 'FROM scratch AS page\nCOPY page/ /src/public/dist/\n'
  awk '/^FROM /{stage = ""} {stage = stage $0 "\n"} END {printf "%s", stage}' "$1"
}

# A digest of all that the images are made from.
images_digest() {
  {
    cat "$BIN/tilegen" "$BIN/tileserve" "${ROOT:?}"/deployment/images/*.Containerfile "$ROOT/scripts/lib/containers.sh"
    find "$ROOT/public/dist" -type f -print0 | sort -z | xargs -0 cat
    printf '%s' "$FOODMAP_COMMIT"
  } | sha256sum
}

# have_images: whether the images exist, made from what is there now. Several checks use them one after the other.
have_images() {
  local name
  [ "$(images_digest)" = "$(cat "$CONTAINERS/images.sum" 2>/dev/null)" ] || return 1
  for name in base tilegen tileserve; do buildah inspect --type image "$IMAGES/$name:local" >/dev/null 2>&1 || return 1; done
}

# build_images: tilegen and tileserve as localhost/foodmap/NAME:local, from $BIN and public/dist.
build_images() {
  local context=$CONTAINERS/context name
  (cd "${ROOT:?}" && build_page)
  ! have_images || return 0
  base_image
  rm -rf "$context"
  mkdir -p "$context/bin" "$context/empty"
  cp "$BIN/tilegen" "$BIN/tileserve" "$context/bin/"
  cp -r "$ROOT/public/dist" "$context/page"
  for name in tilegen tileserve; do
    final_stage "$ROOT/deployment/images/$name.Containerfile" >"$context/$name"
    buildah bud --quiet --format docker --build-arg BASE="$IMAGES/base:local" \
      --build-arg COMMIT="$FOODMAP_COMMIT" --build-arg VERSION=local \
      --tag "$IMAGES/$name:local" --file "$context/$name" "$context" >/dev/null
  done
  images_digest >"$CONTAINERS/images.sum"
}

# Everything that the local stack needs in addition to the images.
need_stack() {
  need_containers
  need_apt varnishd=varnish
  need_apt "/usr/lib/$(uname -m)-linux-gnu/varnish/vmods/libvmod_xkey.so=varnish-modules"
  make_venv stores
}
