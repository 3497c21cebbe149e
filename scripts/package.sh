#!/usr/bin/env bash
# Builds the Debian package, build/lull_VERSION_amd64.deb, and has lintian look at it.
#   scripts/package.sh              builds it
#   scripts/package.sh --try        and tries it in a clean chroot (root, some minutes): installed by
#                                   apt, upgraded with a changed conffile, removed, purged
# LULL_CHROOT=DIR keeps the bare chroot there for the next time.
source "$(dirname "$0")/common.sh"

[ $# -eq 0 ] || [ "$*" = --try ] || { sed -n '2,6s/^# \?//p' scripts/package.sh; exit 2; }
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
root=$work/root base=${LULL_CHROOT:-$work/base}
finish() {
    local folder
    for folder in proc sys dev; do mountpoint -q "$root/$folder" && umount -l "$root/$folder"; done
    rm -rf --one-file-system "$work"
}
trap finish EXIT
if [ ! -e "$base/.complete" ]; then
    say "debootstrap"
    rm -rf --one-file-system "$base"
    debootstrap --variant=minbase bookworm "$base" http://deb.debian.org/debian >"$work/debootstrap.log" ||
        { tail -5 "$work/debootstrap.log" >&2; exit 1; }
    touch "$base/.complete"
fi
cp -a "$base" "$root"
# The next version: the same, but for its number and a key of lull.yaml that the operator changed too.
next=$work/lull_next_amd64.deb
dpkg-deb -R "$deb" "$work/next"
sed -i 's/^Version: .*/&+next/' "$work/next/DEBIAN/control"
sed -i 's/^site: .*/site: ix-another-example/' "$work/next/etc/lull/lull.yaml"
dpkg-deb --root-owner-group -b "$work/next" "$next" >/dev/null
mkdir "$root/packages"
cp "$deb" "$next" "$root/packages/"
mount -t proc proc "$root/proc"
mount -t sysfs -o ro sysfs "$root/sys"
mount --rbind /dev "$root/dev"
mount --make-rslave "$root/dev"
cat >"$root/try" <<'INSIDE'
set -u
export DEBIAN_FRONTEND=noninteractive
failed=0
# want WHAT COMMAND…: the command is to succeed.
want() {
    local what=$1
    shift
    if "$@" >/tmp/said 2>&1; then echo "ok      $what"; else
        echo "FAILED  $what: $*"; tail -5 /tmp/said; failed=1
    fi
}
step() { echo "== $*"; }
cd /packages
echo 'deb http://deb.debian.org/debian-security bookworm-security main' >>/etc/apt/sources.list
want "apt-get update" apt-get update -q
step "apt install ./$1"
want "installs with what it needs" apt-get install -q -y --no-install-recommends "./$1"
grep -E 'newly installed|Need to get|After this' /tmp/said
step "lull version"; lull version
step "lull check --config /etc/lull/lull.yaml (the example's devices are not there: exit 3)"
lull check --config /etc/lull/lull.yaml; code=$?
want "refuses a machine that has not these ports" test $code -eq 3
want "user lull" id lull
want "/var/lib/lull is lull's alone" test "$(stat -c '%U:%G %a' /var/lib/lull)" = 'lull:lull 750'
want "nothing is enabled" test -z "$(find /etc/systemd/system -name 'lull*')"
want "units hold together" systemd-analyze verify --man=no lull.service lull-routes.service
want "a drill becomes packets, and is read back" sh -c '
    printf "net: 175.45.176.0/24\ncountry: KP\naut-num: 131279\n\nnet: 20.0.0.0/8\ncountry: US\naut-num: 64500\n" >/tmp/loc
    runuser -u lull -- lull table build --out /var/lib/lull/origins.lut --location-dump /tmp/loc &&
    cd /tmp && lull drill --scenario /usr/share/lull/drills/quiet-day.yaml --duration 2m \
        --table /var/lib/lull/origins.lut --pcap /tmp/day.pcap &&
    lull replay --table /var/lib/lull/origins.lut --json /tmp/day.pcap | grep -q "\"packets\""'
step "upgrade to a version with another lull.yaml, after ours was changed"
sed -i 's/^site: .*/site: changed-by-hand/' /etc/lull/lull.yaml
want "upgrades" apt-get install -q -y --no-install-recommends -o Dpkg::Options::=--force-confold "./$2"
want "is the new version" sh -c "dpkg-query -W lull | grep -qF +next"
want "the changed conffile is kept" grep -q changed-by-hand /etc/lull/lull.yaml
want "what was learned is kept" test -s /var/lib/lull/origins.lut
step "remove"
want "removes" apt-get remove -q -y lull
want "the binary is gone" test ! -e /usr/bin/lull
want "conffiles stay" grep -q changed-by-hand /etc/lull/lull.yaml
want "what was learned stays" test -s /var/lib/lull/origins.lut
step "purge"
want "purges" apt-get purge -q -y lull
want "/etc/lull is gone" test ! -e /etc/lull
want "/var/lib/lull is gone" test ! -e /var/lib/lull
left=$(find / -xdev \( -path /proc -o -path /sys -o -path /dev -o -path /packages \) -prune -o -iname '*lull*' -print)
want "no file is left" test -z "$left"
[ -z "$left" ] || echo "$left"
exit $failed
INSIDE
chroot "$root" bash /try "$(basename "$deb")" "$(basename "$next")"
say "the package was installed, upgraded, removed and purged"
