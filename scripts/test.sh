#!/usr/bin/env bash
# Sets up, builds and passes the tests.
#   scripts/test.sh            what CI runs: scenarios and worlds (the detector over made-up weeks) in
#                              the release build (g++); unit tests, fuzz corpora and some scenarios
#                              under ASan and UBSan (clang 14), so that both compilers stay clean
#   scripts/test.sh --full     all of it in both builds, drills and loops at their full length
#   scripts/test.sh -R NAME    what `ctest -R NAME` matches, release build alone
source "$(dirname "$0")/common.sh"

release_targets=(lull lull_sender lull_world_tests) release_tests=(-E '^(unit|fuzz_corpus)')
asan_targets=(lull lull_unit_tests lull_fuzz_targets) asan_tests=(-E '^(worlds|lint)$')
case "${1:-}" in
    --full)
        export LULL_FULL=1
        release_targets=() release_tests=() asan_targets=() asan_tests=()
        shift ;;
    --help) sed -n '2,8s/^# \?//p' scripts/test.sh; exit 0 ;;
esac

install_packages "${build_packages[@]}" "${test_packages[@]}"
if [ $# -gt 0 ]; then
    build release
    build_table
    exec ctest --test-dir build/release --output-on-failure "$@"
fi
build release "${release_targets[@]}"
build_table
say "tests, release build"
ctest --test-dir build/release --output-on-failure -j "$(nproc)" "${release_tests[@]}"
build asan "${asan_targets[@]}"
say "tests, AddressSanitizer and UndefinedBehaviorSanitizer"
ctest --test-dir build/asan --output-on-failure -j "$(nproc)" "${asan_tests[@]}"
say "all tests passed"
