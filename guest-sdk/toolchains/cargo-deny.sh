# Installs cargo-deny, which checks licences and sources of dependencies, unless it is
# on PATH. Sourced by install.sh.

install_cargo_deny() {
    TOOLCHAIN_NAME=cargo-deny
    local folder="$TOOLCHAIN_DIR/cargo-deny"
    if command -v cargo-deny >/dev/null; then
        say "$(cargo-deny --version) is on PATH: nothing to do"
        return
    fi
    if stamped cargo-deny "$CARGO_DENY_VERSION" && [[ -x "$folder/bin/cargo-deny" ]]; then
        say "$CARGO_DENY_VERSION: up to date"
        return
    fi
    # A debug build: it starts as quickly and compiles in half the time.
    run_logged "$TOOLCHAIN_DIR/log/cargo-deny.log" "compiling cargo-deny $CARGO_DENY_VERSION (some minutes)" \
        "check the network and cargo's registry settings, then run this again" \
        env CARGO_TARGET_DIR="$TOOLCHAIN_DIR/cargo-deny.tmp" cargo install --locked --debug --no-default-features \
        --root "$folder" --version "$CARGO_DENY_VERSION" cargo-deny
    rm -rf "$TOOLCHAIN_DIR/cargo-deny.tmp"
    stamp cargo-deny "$CARGO_DENY_VERSION"
}
