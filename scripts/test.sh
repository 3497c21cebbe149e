#!/usr/bin/env bash
# Sets up, builds and passes the tests: unit tests, fuzz corpora and scenarios in the release build
# (g++) and under ASan and UBSan (clang 14), so that both compilers stay clean.
#   scripts/test.sh            everything CI runs
#   scripts/test.sh -R NAME    what `ctest -R NAME` matches, release build alone
source "$(dirname "$0")/common.sh"

install_packages "${build_packages[@]}" "${test_packages[@]}"
build release
build_table
if [ $# -gt 0 ]; then
    exec ctest --test-dir build/release --output-on-failure "$@"
fi
say "tests, release build"
ctest --test-dir build/release --output-on-failure -j "$(nproc)"
build asan
say "tests, AddressSanitizer and UndefinedBehaviorSanitizer"
ctest --test-dir build/asan --output-on-failure -j "$(nproc)"
say "all tests passed"
