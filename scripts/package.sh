#!/usr/bin/env bash
# Builds the Debian package, build/lull_VERSION_amd64.deb, and has lintian look at it.
#   scripts/package.sh              builds it
#   scripts/package.sh --try        and tries it in a clean chroot (root, some minutes): installed by
#                                   apt, upgraded with a changed conffile, removed, purged
#   scripts/package.sh --boot       and boots such a chroot's systemd in namespaces: the services are
#                                   started, reloaded, killed, stopped dead, stopped
# LULL_CHROOT=DIR keeps the bare chroots there for the next time.
source "$(dirname "$0")/common.sh"

case "$*" in
    "" | --try | --boot) ;;
    *) sed -n '2,8s/^# \?//p' scripts/package.sh; exit 2 ;;
esac
install_packages "${build_packages[@]}" dpkg-dev fakeroot lintian

rm -f build/lull_*.deb
cmake --preset release -DLULL_UNITY=ON -DCMAKE_INSTALL_PREFIX=/usr >/dev/null
build release lull share
(cd build/release && fakeroot cpack -G DEB >cpack.log 2>&1) || { tail -20 build/release/cpack.log >&2; exit 1; }
deb=$(echo build/lull_*_amd64.deb)
say "$deb: $(stat -c %s "$deb") bytes"
# A package outside the archive has no bug of its own there to close.
lintian --suppress-tags initial-upload-closes-no-bugs --fail-on error "$deb"
[ $# -eq 1 ] || exit 0

[ "$(id -u)" -eq 0 ] || { echo "only root can make a chroot" >&2; exit 1; }
install_packages debootstrap
work=$(mktemp -d /tmp/lull-package.XXXXXX)
root=$work/root booted=
finish() {
    local folder
    if [ -n "$booted" ]; then
        kill -9 "$booted" 2>/dev/null && tail --pid="$booted" -f /dev/null || true
    fi
    for folder in proc sys dev; do mountpoint -q "$root/$folder" && umount -l "$root/$folder"; done
    rm -rf --one-file-system "$work"
}
trap finish EXIT

# bare_chroot NAME [OPTION…]: Debian as debootstrap makes it, as $root.
bare_chroot() {
    local base=${LULL_CHROOT:-$work}/$1
    shift
    if [ ! -e "$base/.complete" ]; then
        say "debootstrap"
        rm -rf --one-file-system "$base"
        mkdir -p "$base"
        debootstrap --variant=minbase "$@" bookworm "$base" http://deb.debian.org/debian >"$work/debootstrap.log" ||
            { tail -5 "$work/debootstrap.log" >&2; exit 1; }
        touch "$base/.complete"
    fi
    cp -a "$base" "$root"
    echo 'deb http://deb.debian.org/debian-security bookworm-security main' >>"$root/etc/apt/sources.list"
    mkdir "$root/packages"
    cp "$deb" scripts/package/*.sh "$root/packages/"
}

if [ "$1" = --try ]; then
    bare_chroot plain
    # The next version: the same, but for its number and a key of lull.yaml that the operator changed too.
    next=$work/lull_next_amd64.deb
    dpkg-deb -R "$deb" "$work/next"
    sed -i 's/^Version: .*/&+next/' "$work/next/DEBIAN/control"
    sed -i 's/^site: .*/site: ix-another-example/' "$work/next/etc/lull/lull.yaml"
    dpkg-deb --root-owner-group -b "$work/next" "$next" >/dev/null
    cp "$next" "$root/packages/"
    mount -t proc proc "$root/proc"
    mount -t sysfs -o ro sysfs "$root/sys"
    mount --rbind /dev "$root/dev"
    mount --make-rslave "$root/dev"
    chroot "$root" bash /packages/install.sh "$(basename "$deb")" "$(basename "$next")"
    say "the package was installed, upgraded, removed and purged"
    exit 0
fi

bare_chroot booting --include=systemd,dbus,iproute2,curl,procps
mount -t proc proc "$root/proc"
chroot "$root" env DEBIAN_FRONTEND=noninteractive bash -c "
    apt-get update -q && apt-get install -q -y --no-install-recommends /packages/$(basename "$deb")" \
    >"$work/apt.log" 2>&1 || { tail -5 "$work/apt.log" >&2; exit 1; }
umount "$root/proc"
unshare --pid --fork --kill-child --mount --uts --ipc --net bash scripts/package/boot.sh "$root" \
    >"$work/boot.log" 2>&1 </dev/null &
unshared=$!
for _ in $(seq 100); do
    booted=$(pgrep -P "$unshared" || true)
    [ -n "$booted" ] && [ "$(cat "/proc/$booted/comm")" = systemd ] && break
    sleep 0.2
done
[ -n "$booted" ] || { cat "$work/boot.log" >&2; exit 1; }
nsenter -t "$booted" -p -m -u -i -n bash /packages/services.sh ||
    { tail -20 "$work/boot.log" >&2; exit 1; }
say "the services were started, reloaded, killed, held up and stopped"
