#!/usr/bin/env bash
# Installs the tools that build guests into .toolchain/ at the project root (or
# $GARDESH_TOOLCHAIN): nothing outside that folder is touched, except that rustup is
# asked for its own wasm target where that is the way. Idempotent.
#
#   install.sh [rust] [python] [javascript] [cargo-deny] [all]
#
# "all", the default, is the three languages.

source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
source "$TOOLCHAINS_SRC/rust.sh"
source "$TOOLCHAINS_SRC/python.sh"
source "$TOOLCHAINS_SRC/javascript.sh"
source "$TOOLCHAINS_SRC/cargo-deny.sh"

main() {
    "$TOOLCHAINS_SRC/check.sh"
    mkdir -p "$TOOLCHAIN_DIR/log"
    local tool
    for tool in "${@:-all}"; do
        case "$tool" in
        rust) install_rust ;;
        python) install_python ;;
        javascript) install_javascript ;;
        cargo-deny) install_cargo_deny ;;
        # cargo-deny takes minutes to compile and only linting needs it.
        all) install_rust && install_python && install_javascript ;;
        *) fail "Expected rust, python, javascript, cargo-deny or all, but got \"$tool\"" "no such toolchain" "install.sh all" ;;
        esac
    done
}

main "$@"
