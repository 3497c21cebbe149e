#!/usr/bin/env bash
# The long tests, on demand; what they do a few times in every test run they do often here.
#   scripts/soak.sh reloads [N]   N (1,000) reloads of full tables under the highest rate, twice:
#                                 over memif, all that was sent counted, and on a port that never
#                                 runs dry; some 40 minutes
#   scripts/soak.sh kills [N]     N (100) peers killed with kill -9; some 5 minutes
#   scripts/soak.sh hour [S]      S seconds (3,600) of traffic with scrapes: every count exact, and
#                                 memory that does not grow
#   scripts/soak.sh publications [N]  N (1,000) tables that `lull routes` publishes and the monitor
#                                 takes under traffic; two seconds each
#   scripts/soak.sh withdrawals [N]   N (10) withdrawals with 1.1 million prefixes from real BGP
#                                 daemons, to the monitor's metrics; some 10 minutes
#   scripts/soak.sh sites         two and three monitors, Prometheus (federated, and written to) and
#                                 Alertmanager: what falls at one site alone, moves, or falls at all;
#                                 some four minutes
#   scripts/soak.sh collector [S] S seconds (600) of a high rate while the collector of flow
#                                 records is dead: no packet lost, memory that does not grow
#   scripts/soak.sh pipeline [N]  flow records over the ends of N (3) minutes: nfacctd's files, and
#                                 Kafka and ClickHouse behind it, have what was counted; some 8 minutes
#   scripts/soak.sh http          clients that mean harm, on loopback, beside an honest scraper: memory
#                                 that stays, no packet lost; some 7 minutes
#   scripts/soak.sh outage        North Korea's afternoon live, packets and routes; some 7 minutes
source "$(dirname "$0")/common.sh"

usage() { sed -n '2,22s/^# \?//p' scripts/soak.sh; exit "$1"; }
[ $# -ge 1 ] || usage 2
more_packages=()
case "$1" in
    reloads) export LULL_RELOADS=${2:-1000}; tests=(changes_test) ;;
    kills) export LULL_KILLS=${2:-100}; tests=(live_test.Live.test_killed_peers_do_not_harm_the_monitor) ;;
    hour) export LULL_SOAK_SECONDS=${2:-3600}; tests=(soak_test) ;;
    publications) export LULL_PUBLICATIONS=${2:-1000}; tests=(routes_soak.Publications) ;;
    withdrawals) export LULL_WITHDRAWALS=${2:-10}; tests=(routes_soak.FullTable) ;;
    sites) tests=(sites_soak) ;;
    collector) export LULL_SOAK_SECONDS=${2:-600}; tests=(flows_soak.DeadCollector.test_costs_neither_packets_nor_memory) ;;
    pipeline) export LULL_MINUTES=${2:-3}; tests=(pipeline_soak)
              more_packages=(clickhouse-server clickhouse-client python3-confluent-kafka) ;;
    http) tests=(http_soak) ;;
    outage) tests=(routes_soak.Outage) ;;
    --help) usage 0 ;;
    *) usage 2 ;;
esac
install_packages "${build_packages[@]}" "${test_packages[@]}" "${more_packages[@]}"
build release lull lull_sender
build_table
export LULL_BINARY=$PWD/build/release/lull LULL_SENDER=$PWD/build/release/tests/lull_sender
export PYTHONDONTWRITEBYTECODE=1
cd tests/scenario
exec python3 -m unittest -v "${tests[@]}"
