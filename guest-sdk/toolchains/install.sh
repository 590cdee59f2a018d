#!/usr/bin/env bash
# Installs the tools that build guests into .toolchain/ at the project root (or
# $GARDESH_TOOLCHAIN): nothing outside that folder is touched, except that rustup is
# asked for its own wasm target where that is the way. Idempotent.
#
#   install.sh [rust] [python] [javascript] [cargo-deny] [all]

source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
source "$TOOLCHAINS_SRC/rust.sh"

main() {
    mkdir -p "$TOOLCHAIN_DIR/log"
    local tool
    for tool in "${@:-all}"; do
        case "$tool" in
        rust) install_rust ;;
        *) fail "Expected rust, python, javascript, cargo-deny or all, but got \"$tool\"" "no such toolchain" "install.sh all" ;;
        esac
    done
}

main "$@"
