#!/usr/bin/env bash
# Runs one stage of a build or of the tests as one line: what is done, and how long it took. All that
# the command says goes to a log. When it fails, the end of the log is shown and its exit code kept.
#
#   stage.sh "building the program" cargo build --release
#
# VERBOSE=1 shows all as it comes. STAGE_LINES is how much is shown of a failure: 40 lines, or `all`
# but what says that things went well, which CI asks for because there the log is out of reach.
set -euo pipefail

what="$1"
shift
lines="${STAGE_LINES:-40}"
target="${CARGO_TARGET_DIR:-$(cd "$(dirname "$0")/.." && pwd)/target}"
log="$target/log/$(tr -cs '[:alnum:]' '-' <<<"$what" | sed 's/^-*//; s/-*$//').log"
mkdir -p "$(dirname "$log")"

# Seconds between signs of life: on a terminal the line itself counts up.
if [[ -t 1 ]]; then pause=1; else pause=30; fi

took() {
    local seconds=$SECONDS
    if ((seconds < 60)); then echo "$seconds s"; else echo "$((seconds / 60)) min $((seconds % 60)) s"; fi
}

# What can be said while a stage runs: how many crates are done, or the last line that it wrote.
progress() {
    local crates
    crates="$(grep -cE '^ *(Compiling|Checking) ' "$log" || true)"
    if ((crates > 0)); then echo "$crates crates"; else tail -n 1 "$log" | tr -d '\r' | cut -c 1-60 | sed 's/^ *//'; fi
}

show_progress() {
    if [[ -t 1 ]]; then
        printf '\r\033[K%s … %s, %s' "$what" "$(took)" "$(progress)"
    else
        printf '%s … %s, %s\n' "$what" "$(took)" "$(progress)"
    fi
}

# All of the log but lines about what was compiled and which tests passed.
what_failed() {
    grep -vE '^test .* \.\.\. (ok|ignored)|^ *(Blocking|Checking|Compiling|Downloaded|Downloading|Finished|Fresh|Locking|Updating) |^running [0-9]+ tests?$|^test result: ok|^$' "$log" || true
}

if [[ "${VERBOSE:-}" == 1 ]]; then
    printf '%s …\n' "$what"
    code=0
    "$@" 2>&1 | tee "$log" || code=$?
    printf '%s … %s (%s)\n' "$what" "$(took)" "$log"
    exit "$code"
fi

# A process group of its own, so that an interrupt ends all of it and not this script alone.
set -m
"$@" >"$log" 2>&1 </dev/null &
pid=$!
set +m
trap 'kill -- "-$pid" 2>/dev/null; printf "\n"; exit 130' INT TERM HUP
[[ -t 1 ]] && show_progress
next=$((SECONDS + pause))
while kill -0 "$pid" 2>/dev/null; do
    sleep 0.2
    if ((SECONDS >= next)); then
        next=$((SECONDS + pause))
        show_progress
    fi
done
code=0
wait "$pid" || code=$?
[[ -t 1 ]] && printf '\r\033[K'
if ((code == 0)); then
    printf '%s … %s (%s)\n' "$what" "$(took)" "$log"
    exit 0
fi
printf '%s … failed after %s\n' "$what" "$(took)"
if [[ "$lines" == all ]]; then what_failed; else tail -n "$lines" "$log"; fi | sed 's/^/  | /'
printf 'Expected "%s" to succeed, but it ended with exit code %s. All of its output is in %s; VERBOSE=1 shows it as it comes.\n' \
    "$what" "$code" "$log" >&2
exit "$code"
