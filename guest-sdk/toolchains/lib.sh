# Shared by the toolchain scripts: where things go, how progress and errors are
# printed, stamps. Versions that people may want to raise are in versions.sh.
# Nothing here installs anything.

set -euo pipefail

TOOLCHAINS_SRC="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
PROJECT_ROOT="$(cd "$TOOLCHAINS_SRC/../.." && pwd)"
# The packager looks in the same two places (host/packager/src/toolchain.rs).
TOOLCHAIN_DIR="${GARDESH_TOOLCHAIN:-$PROJECT_ROOT/.toolchain}"

# shellcheck source=versions.sh
source "$TOOLCHAINS_SRC/versions.sh"

say() { printf '  [%s] %s\n' "${TOOLCHAIN_NAME:-toolchains}" "$*" >&2; }

# fail WHAT WHY HOW: what was being done, what came instead, what to do about it.
fail() {
    printf '\n  [%s] error: %s\n' "${TOOLCHAIN_NAME:-toolchains}" "$1" >&2
    printf '    why:  %s\n' "$2" >&2
    printf '    then: %s\n\n' "$3" >&2
    exit 1
}

# run_logged LOG WHAT HOW COMMAND...: runs a command with its output in LOG, a dot
# every few seconds, and the log's last lines when it fails.
run_logged() {
    local log="$1" what="$2" how="$3"
    shift 3
    mkdir -p "$(dirname "$log")"
    say "$what ..."
    local started=$SECONDS
    "$@" >"$log" 2>&1 &
    local pid=$! ticks=0
    while kill -0 "$pid" 2>/dev/null; do
        sleep 0.5
        ticks=$((ticks + 1))
        if ((ticks % 40 == 0)); then say "$what ... $((SECONDS - started)) s"; fi
    done
    if ! wait "$pid"; then
        tail -n 15 "$log" | sed 's/^/      | /' >&2
        fail "Expected \"$what\" to succeed, but it failed" "the lines above; the whole log is $log" "$how"
    fi
}

# A stamp holds the versions that an installation was made from, so that a second
# run costs one comparison and a raised version installs again.
stamped() { [[ -f "$TOOLCHAIN_DIR/$1.stamp" && "$(cat "$TOOLCHAIN_DIR/$1.stamp")" == "$2" ]]; }
stamp() { printf '%s\n' "$2" >"$TOOLCHAIN_DIR/$1.stamp"; }

# version_at_least HAVE WANT: compares dotted numbers.
version_at_least() { [[ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" == "$2" ]]; }

# find_python: prints the first Python that is new enough.
find_python() {
    local candidate
    for candidate in python3 python3.14 python3.13 python3.12 python3.11; do
        if "$candidate" -c "import sys; sys.exit(sys.version_info < (${MIN_PYTHON/./, }))" 2>/dev/null; then
            command -v "$candidate"
            return
        fi
    done
    return 1
}
