#!/usr/bin/env bash
# The main job on a machine without a NIC: North Korea's December 2014 as packets on a DPDK port.
# Sets up, builds, makes the origin table, starts the monitor on one end of a memif port and the
# drill on the other, and says where to look. Ctrl-C ends both.
#   scripts/run.sh                          60 hours of December 2014 in five minutes
#   scripts/run.sh --scenario quiet-day     a day without any outage
#   scripts/run.sh --once                   ends by itself when the drill is over; exit code 1 if
#                                           the expected sequence was not seen
# Other options: --scale N (720), --listen ADDRESS:PORT (127.0.0.1:9464)
source "$(dirname "$0")/common.sh"

scenario=nk-2014 scale=720 once=no listen=127.0.0.1:9464
while [ $# -gt 0 ]; do
    case "$1" in
        --scenario) scenario=$2; shift 2 ;;
        --scale) scale=$2; shift 2 ;;
        --listen) listen=$2; shift 2 ;;
        --once) once=yes; shift ;;
        *) sed -n '2,10s/^# \?//p' scripts/run.sh; [ "$1" = --help ] && exit 0 || exit 2 ;;
    esac
done
file=configs/drills/$scenario.yaml
[ -f "$file" ] || { echo "$file is not there; drills: $(ls configs/drills)" >&2; exit 2; }

install_packages "${build_packages[@]}"
build release lull
build_table

work=$(mktemp -d /tmp/lull-run.XXXXXX)
pids=()
finish() {
    trap - EXIT INT TERM
    # The drill first, then the monitor: it sees the line go dark, as it should.
    for pid in "${pids[@]}"; do kill -TERM "$pid" 2>/dev/null || true; done
    for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null || true; done
    rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT TERM

core=$(($(nproc) > 1 ? 1 : 0))
epoch=$(sed -n 's/^from: *\([^ #]*\).*/\1/p' "$file")
at=$(date -u -d '+6 seconds' +%Y-%m-%dT%H:%M:%SZ)
sed -e "s|@TABLE@|$PWD/$table|" -e "s|@SOCKET@|$work/memif.sock|" -e "s|@EPOCH@|$epoch|" \
    -e "s|@AT@|$at|" -e "s|@SCALE@|$scale|" -e "s|@LISTEN@|$listen|" -e "s|@CORE@|$core|" \
    -e "s|@STORE@|$work/lull.db|" -e "s|@MEMBERS@|$PWD/configs/drills/members.json|" \
    configs/drill-monitor.yaml >"$work/lull.yaml"

say "starting monitor and drill"
build/release/lull run --config "$work/lull.yaml" &
monitor=$!
build/release/lull drill --scenario "$file" --table "$table" --config "$work/lull.yaml" --json \
    --to "net_memif0,role=server,id=0,socket=$work/memif.sock,socket-abstract=no,bsize=2048,rsize=10" \
    >"$work/drill.json" &
drill=$!
pids=("$drill" "$monitor")
prometheus_url="not installed (apt-get install prometheus)"
if command -v prometheus >/dev/null; then
    cat >"$work/prometheus.yml" <<YAML
global: {scrape_interval: 1s}
scrape_configs: [{job_name: lull, static_configs: [{targets: ["$listen"]}]}]
YAML
    prometheus --config.file="$work/prometheus.yml" --storage.tsdb.path="$work/prometheus" \
        --web.listen-address=127.0.0.1:9490 --log.level=error &
    pids+=("$!")
    prometheus_url="http://127.0.0.1:9490/graph?g0.expr=lull_country_volume_ratio%7Bcountry%3D%22KP%22%7D&g0.tab=0&g0.range_input=5m"
fi
cat >&2 <<TEXT

  page        http://$listen/
  metrics     curl -s http://$listen/metrics | grep KP
  terminal    build/release/lull top --url http://$listen
  state       build/release/lull show country KP --explain --url http://$listen
  incidents   build/release/lull show incidents --url http://$listen
  Prometheus  $prometheus_url

  $scenario runs at ${scale}x. Ctrl-C ends it.

TEXT
wait -n "$drill" "$monitor" || true
if ! kill -0 "$monitor" 2>/dev/null; then
    code=0
    wait "$monitor" || code=$?
    say "the monitor has ended before its drill, exit code $code: what it said last stands above"
    exit 1
fi
say "the drill is over: $(tr -s ' \n' ' ' <"$work/drill.json" | grep -o '"\(offered\|sent\|refused\)": [0-9]*' | paste -sd' ')"
build/release/lull show incidents --json --url "http://$listen" >"$work/incidents.json"
result=0
if [ -f "configs/drills/$scenario.expect.yaml" ]; then
    python3 scripts/check_expectation.py --live "configs/drills/$scenario.expect.yaml" \
        "$work/incidents.json" || result=$?
fi
if [ "$once" = no ]; then
    say "the monitor goes on, on a line that is dark now; Ctrl-C ends it"
    wait "$monitor" || true
fi
exit $result
