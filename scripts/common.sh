# What run.sh and test.sh share: packages, build, the origin table. Source it; it changes to the
# project's top folder. Nothing here asks a question.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# What lull is built with and runs on (Debian 12).
build_packages=(
    g++ cmake ninja-build ccache mold pkg-config git ca-certificates
    libdpdk-dev libpcap-dev libhyperscan-dev nettle-dev libmicrohttpd-dev libgnutls28-dev libsystemd-dev
    prometheus-cpp-dev libspdlog-dev libfmt-dev libyaml-cpp-dev libcli11-dev nlohmann-json3-dev
    libexpected-dev libhowardhinnant-date-dev zlib1g-dev libbz2-dev liblzma-dev
    libmaxminddb-dev
    libncurses-dev
    libgtest-dev libgmock-dev
    libcurl4-openssl-dev libfixbuf-dev libsqlite3-dev
    libloc-database location tzdata curl python3 python3-yaml procps
)
# What its tests need besides.
test_packages=(clang-14 libclang-rt-14-dev prometheus prometheus-alertmanager bgpdump frr gobgpd bird2 iproute2 tor-geoipdb)
test_packages+=(man-db)   # manual pages render without a warning
test_packages+=(systemd)  # systemd-analyze looks at the units
test_packages+=(tmux)     # lull top on a real terminal
test_packages+=(openssl)  # certificates for the web configuration
test_packages+=(nfdump pmacct libfixbuf-tools tshark wireshark-common)  # read flow records
test_packages+=(chromium)  # looks at the page; node drives it, Debian's where there is none
command -v npm >/dev/null || test_packages+=(nodejs npm)

say() { printf '== %s\n' "$*" >&2; }

# Installs what is missing of the named packages; a tenth of a second when nothing is.
install_packages() {
    local missing=() package
    for package in "$@"; do
        dpkg-query -W -f='${Status}\n' "$package" 2>/dev/null | grep -q '^install ok' ||
            missing+=("$package")
    done
    [ ${#missing[@]} -eq 0 ] && return 0
    local as_root=()
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || {
            echo "missing packages, and no right to install them; as root: apt-get install ${missing[*]}" >&2
            exit 1
        }
        as_root=(sudo)
    fi
    say "installing ${missing[*]}"
    local log
    log=$(mktemp)
    # Services of packages that tests use (Prometheus) are not to be started on the host.
    if ! { "${as_root[@]}" apt-get update -q &&
        "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 \
            apt-get install -q -y --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
        tail -20 "$log" >&2
        echo "apt-get failed; its whole output is in $log" >&2
        exit 1
    fi
    rm -f "$log"
}

# build PRESET [TARGET…]: configures once, builds what changed.
build() {
    local preset=$1 log
    shift
    say "building ($preset)"
    if [ ! -f "build/$preset/build.ninja" ]; then
        log=$(mktemp)
        cmake --preset "$preset" -DLULL_UNITY=ON >"$log" 2>&1 || { cat "$log" >&2; exit 1; }
        rm -f "$log"
    fi
    ninja -C "build/$preset" --quiet "$@"
}

table=build/data/origins.lut
other_table=build/data/origins-other.lut

# The full origin table from Debian's libloc-database, built anew when the database is newer; and,
# for tests that swap tables, the same with a few networks given to other countries.
build_table() {
    local database file=build/data/location.txt
    database=$(dpkg -L libloc-database | grep -m1 '\.db$')
    # Anew too for other overrides, and when this lull does not read what an older one wrote.
    if [ -s "$table" ] && [ -s "$other_table" ] && [ ! "$database" -nt "$table" ] &&
        [ ! configs/overrides.yaml -nt "$table" ] &&
        build/release/lull table info "$table" >/dev/null 2>&1; then
        return 0
    fi
    say "building the origin tables from Debian's libloc-database (once, some 20 s)"
    mkdir -p build/data
    location dump $file >/dev/null
    build/release/lull table build --out "$table" --location-dump $file \
        --overrides configs/overrides.yaml >&2
    cat >build/data/other.yaml <<'YAML'
countries: [{country: KP, asns: [131279]}]
prefixes:
  - {prefix: 22.0.0.0/8, country: FR}
  - {prefix: 31.3.0.0/17, country: KP}
  - {prefix: 2a02:2::/32, country: JP, asn: 64500}
YAML
    build/release/lull table build --out "$other_table" --location-dump $file \
        --overrides build/data/other.yaml >&2
    rm -f $file build/data/other.yaml
}
