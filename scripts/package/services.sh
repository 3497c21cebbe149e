# On a machine that systemd has booted: lull's services, as an operator and as bad luck treat them.
set -u
. /packages/said.sh
main_pid() { systemctl show -p MainPID --value "$1"; }
api() { curl -s --fail --max-time 5 "http://127.0.0.1:9464$1"; }
ready() { api /-/ready >/dev/null; }
# hit SIGNAL UNIT: its main process, whose number is then in pid.
hit() {
    pid=$(main_pid "$2")
    [ "$pid" -ne 0 ] && kill "-$1" "$pid"
}
other_pid() { local now; now=$(main_pid lull); [ "$now" -ne 0 ] && [ "$now" -ne "$1" ] && ready; }
said() { journalctl -u "$1" --no-pager -o cat | grep -q "$2"; }

step "systemd $(systemctl --version | head -1)"
within 30 sh -c 'systemctl is-system-running | grep -qE "running|degraded"'
small_table
cat >/etc/lull/lull.yaml <<'YAML'
site: booted
dpdk: {power: sleep, main_core: 0}
ports: [{name: tap0, cores: [1], device: "net_memif0,role=client,id=0,socket=/run/lull/memif.sock,socket-abstract=no"}]
origins: {table: /var/lib/lull/origins.lut}
detect: {tick: 1s}
http: {listen: ["127.0.0.1:9464"], enable_lifecycle: true}
routes: {bmp_listen: ["127.0.0.1:11019"], location_dump: [/var/lib/lull/locations.txt], publish_every: 1s, publish_pause: 1s}
YAML
install -o lull -g lull /tmp/loc /var/lib/lull/locations.txt

step "lull.service"
want "starts, after lull check, and is ready" systemctl start lull
want "answers" within 10 ready
systemctl status lull --no-pager | sed -n '1,12p'
want "runs as lull" test "$(ps -o user= -p "$(main_pid lull)")" = lull
sed -i 's/tick: 1s/tick: 1s, false_alarms_per_year: 2/' /etc/lull/lull.yaml
want "reloads" systemctl reload lull
want "and has the file's setting" within 20 sh -c 'curl -s http://127.0.0.1:9464/api/v1/config | grep -q "\"false_alarms_per_year\": *2[.,0}]"'
sed -i 's/tick: 1s/tick: nonsense/' /etc/lull/lull.yaml
systemctl reload lull
want "a file of nonsense is refused and said" within 20 said lull 'nonsense'
want "and the monitor goes on" ready
sed -i 's/tick: nonsense/tick: 1s/' /etc/lull/lull.yaml
hit KILL lull
want "killed, it is restarted" within 60 other_pid "$pid"
hit STOP lull
want "stopped dead, the watchdog restarts it" within 90 other_pid "$pid"
want "for that reason" said lull 'Watchdog timeout'

step "a wrong file, and the same mended"
want "stops" systemctl stop lull
sed -i 's/tick: 1s/tick: nonsense/' /etc/lull/lull.yaml
systemctl start lull
sleep 12
want "a wrong file is not tried again" test "$(systemctl show -p NRestarts --value lull)" = 0
want "and is the reason" test "$(systemctl show -p ExecMainStatus --value lull)" = 3
sed -i 's/tick: nonsense/tick: 1s/' /etc/lull/lull.yaml
want "mended, it starts at once" systemctl start lull
want "answers" within 10 ready

step "lull-routes.service"
before=$(stat -c %Y /var/lib/lull/origins.lut)
want "starts and is ready" systemctl start lull-routes
want "its own metrics answer" within 10 curl -s --fail -o /dev/null http://127.0.0.1:9465/metrics
want "keeps the table" test "$(stat -c %Y /var/lib/lull/origins.lut)" -ge "$before"
want "reloads" systemctl reload lull-routes
hit KILL lull-routes
want "killed, it is restarted" within 60 sh -c "p=\$(systemctl show -p MainPID --value lull-routes); [ \$p -ne 0 ] && [ \$p -ne $pid ] && curl -s --fail -o /dev/null http://127.0.0.1:9465/metrics"
want "stops" systemctl stop lull-routes
want "and ended well" test "$(systemctl show -p Result --value lull-routes)" = success

step "stop, and start again"
want "stops" systemctl stop lull
want "and ended well" test "$(systemctl show -p Result --value lull)" = success
want "what was learned is there" sh -c 'ls /var/lib/lull/*.db >/dev/null'
want "starts again" systemctl start lull
want "answers" within 10 ready
want "stops" systemctl stop lull
[ "$failed" -eq 0 ] || journalctl -u lull -u lull-routes --no-pager -o cat | tail -80
exit "$failed"
