# Sourced by the checks beside it: starts the built server on a data directory of its own and ends it with the check.
#   start_server [serve options…]   sets $server_url, $PLATEAU_DATA_DIR, $work
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

plateau=${PLATEAU_BINARY:-$(swift build -c release --show-bin-path)/plateau}
work=$(mktemp -d "${TMPDIR:-/tmp}/plateau-check.XXXXXX")
server_process=

stop_server() {
    if [ -n "$server_process" ]; then
        kill "$server_process" 2>/dev/null || true
        wait "$server_process" 2>/dev/null || true
        server_process=
    fi
}

clean_up() {
    status=$?
    stop_server
    if [ "$status" != 0 ] && [ -s "$work/log" ]; then tail -n 30 "$work/log" >&2; fi
    rm -rf "$work"
    exit "$status"
}
trap clean_up EXIT

start_server() {
    "$plateau" serve --data-dir "$work/var" --listen http://127.0.0.1:0 "$@" 2>>"$work/log" &
    server_process=$!
    for _ in $(seq 200); do
        if [ -s "$work/var/server-url" ] && curl -fsS "$(cat "$work/var/server-url")/readyz" >/dev/null 2>&1; then break; fi
        kill -0 "$server_process" || return 1
        sleep 0.05
    done
    server_url=$(cat "$work/var/server-url")
    export PLATEAU_DATA_DIR="$work/var"
}
