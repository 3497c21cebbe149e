# In a chroot: installs the package $1, upgrades it to $2, removes and purges it.
set -u
export DEBIAN_FRONTEND=noninteractive
. /packages/said.sh
cd /packages
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
    . /packages/said.sh && small_table && cd /tmp && lull drill --scenario /usr/share/lull/drills/quiet-day.yaml --duration 2m \
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
