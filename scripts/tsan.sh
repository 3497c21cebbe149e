#!/usr/bin/env bash
# ThreadSanitizer, on demand (some minutes): the unit tests that have threads, then monitor and
# drill over memif for twenty seconds with twenty reloads. Exit code 1 and the reports if there is
# a race. What is no race of lull's is in tests/tsan.supp, each line with its reason.
source "$(dirname "$0")/common.sh"

install_packages "${build_packages[@]}" "${test_packages[@]}"
build tsan lull lull_unit_tests

reports=$(mktemp -d /tmp/lull-tsan.XXXXXX)
export TSAN_OPTIONS="halt_on_error=0 second_deadlock_stack=1 suppressions=$PWD/tests/tsan.supp log_path=$reports/report"
result=0
say "unit tests that have threads"
build/tsan/tests/lull_unit_tests --gtest_brief=1 \
    --gtest_filter='Engine*:Loop*:Tables*:Server*:Client*:Routes*:Show*:Metrics*:Reload*:Log*:Clock*:Ledger*:Store*:Keeper*:Desk*:Operator*' ||
    result=1
say "monitor and drill over memif, twenty reloads"
(cd tests/scenario && LULL_BINARY=$OLDPWD/build/tsan/lull LULL_SANITIZED=1 LULL_RELOADS=20 \
    PYTHONDONTWRITEBYTECODE=1 python3 -m unittest -v \
    live_test.Live.test_all_that_is_sent_is_counted_through_many_reloads) || result=1
if compgen -G "$reports/*" >/dev/null; then
    cat "$reports"/* >&2
    say "$(cat "$reports"/* | grep -c '^WARNING: ThreadSanitizer') reports, kept in $reports"
    exit 1
fi
rmdir "$reports"
[ $result -eq 0 ] && say "0 reports"
exit $result
