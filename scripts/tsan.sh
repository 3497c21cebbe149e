#!/usr/bin/env bash
# ThreadSanitizer, on demand (half an hour with the build): the unit tests that have threads, then each
# kind of thread at work in the real binary: a monitor through twenty reloads with a client on its stream,
# one whose flow records leave, webhooks that change, users and TLS, words of operators, two workers on a
# spread device, routes from speakers, and lull top. Exit code 1 and the reports if there is a race. What
# is no race of lull's is in tests/tsan.supp, each line with its reason.
source "$(dirname "$0")/common.sh"

install_packages "${build_packages[@]}" "${test_packages[@]}"
build tsan lull lull_unit_tests lull_sender

reports=$(mktemp -d /tmp/lull-tsan.XXXXXX)
chmod 1777 "$reports"  # a test that becomes another user may have a report too
# die_after_fork: gtest's death tests fork while DPDK has threads, and start some of their own.
export TSAN_OPTIONS="halt_on_error=0 second_deadlock_stack=1 die_after_fork=0 suppressions=$PWD/tests/tsan.supp log_path=$reports/report"
result=0
say "unit tests that have threads"
build/tsan/tests/lull_unit_tests --gtest_brief=1 \
    --gtest_filter='Engine*:Tables*:CoreTime*:FlowRecords*:RecordQueue*:Files*:Log*:Clock*:Ledger*:Reload*:Metrics*:Store*:Keeper*:Desk*:Operator*:Office*:Publisher*:Server*:Client*:Routes*:Show*:Bodies*:Patience*:Gate*:Web*:Stream*' ||
    result=1
say "the real binary"
export LULL_BINARY=$PWD/build/tsan/lull LULL_SENDER=$PWD/build/tsan/tests/lull_sender
export LULL_SANITIZED=1 LULL_RELOADS=20 PYTHONDONTWRITEBYTECODE=1
(cd tests/scenario && python3 -m unittest -v \
    live_test.Live.test_all_that_is_sent_is_counted_through_many_reloads \
    flows_test.Flows.test_nfcapd_adds_up_to_what_was_counted \
    notify_test.Notify.test_what_is_not_delivered_is_said_at_the_stop_and_a_reload_changes_hooks \
    web_test.Web.test_a_file_is_taken_when_it_changes_and_nonsense_changes_nothing \
    web_test.Web.test_tls_and_client_certificates \
    store_trouble_test.Trouble.test_announced_maintenance_makes_ticks_missing_until_it_is_removed \
    devices_test.Devices.test_a_device_of_one_queue_is_spread_over_two_workers_and_adds_up \
    speakers_test.Exchange \
    top_test.Top.test_q_does_not_wait_for_a_monitor_that_hangs) || result=1
if compgen -G "$reports/*" >/dev/null; then
    cat "$reports"/* >&2
    say "$(cat "$reports"/* | grep -c '^WARNING: ThreadSanitizer') reports, kept in $reports"
    exit 1
fi
rmdir "$reports"
[ $result -eq 0 ] && say "0 reports"
exit $result
