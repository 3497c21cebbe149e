# What the scripts that try a package say: source it.
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
# within SECONDS COMMAND…: it succeeds before that.
within() {
    local end=$((SECONDS + $1))
    shift
    until "$@"; do
        [ "$SECONDS" -lt "$end" ] || return 1
        sleep 0.2
    done
}
# A small table of origins, as the service's user keeps it.
small_table() {
    printf 'net: 175.45.176.0/24\ncountry: KP\naut-num: 131279\n\nnet: 20.0.0.0/8\ncountry: US\naut-num: 64500\n' >/tmp/loc
    runuser -u lull -- lull table build --out /var/lib/lull/origins.lut --location-dump /tmp/loc
}
