#!/usr/bin/env bash
# Checks what the toolchain scripts cannot install themselves. One message lists
# everything that is missing and how to get it; silent with exit code 0 otherwise.

source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

missing=()

# need WHAT FOUND HOW: notes a prerequisite that is not met.
need() { missing+=("$(printf '  - Expected %s, but %s.\n      %s' "$1" "$2" "$3")"); }

check_rust() {
    local how="Install it from https://rustup.rs, or run 'rustup update stable'." have
    command -v cargo >/dev/null && command -v rustc >/dev/null || { need "Rust $MIN_RUST or later" "found none" "$how"; return; }
    have="$(rustc --version 2>/dev/null | awk '{print $2}')"
    version_at_least "${have:-0}" "$MIN_RUST" || need "Rust $MIN_RUST or later" "found ${have:-one that does not run}" "$how"
}

check_python() {
    find_python >/dev/null || need "Python $MIN_PYTHON or later" "found $(python3 --version 2>/dev/null || echo none)" \
        "Debian 12 and Ubuntu: apt-get install python3 python3-venv; macOS: brew install python@3.12."
}

check_node() {
    local how="Install it from https://nodejs.org, or with your system's packages (npm comes with it)." have
    have="$(node --version 2>/dev/null | tr -d v || true)"
    version_at_least "${have:-0}" "$MIN_NODE" || need "Node $MIN_NODE or later" "found ${have:-none}" "$how"
    command -v npm >/dev/null || need "npm" "found none" "$how"
}

check_linker() {
    command -v cc >/dev/null || need "a C compiler as cc (SQLite is compiled)" "found none" \
        "Debian and Ubuntu: apt-get install build-essential; macOS: xcode-select --install."
}

check_rust
check_python
check_node
check_linker
if ((${#missing[@]} > 0)); then
    printf 'Some prerequisites are missing:\n' >&2
    printf '%s\n' "${missing[@]}" >&2
    exit 1
fi
