# Makes Rust's wasm32-unknown-unknown target available, whichever way this machine
# allows. Sourced by install.sh. Leaves $TOOLCHAIN_DIR/rust/bin/rustc, or nothing when
# the rustc on PATH has the target already.

RUST_DIR="$TOOLCHAIN_DIR/rust"

install_rust() {
    TOOLCHAIN_NAME=rust
    if [[ -d "$(rustc --print sysroot)/lib/rustlib/$WASM_TARGET/lib" ]]; then
        say "rustc has $WASM_TARGET: nothing to do"
        return
    fi
    if debian_has_rust; then
        install_rust_from_debian
    else
        install_rust_with_rustup
    fi
}

install_rust_with_rustup() {
    local how="run 'rustup target add $WASM_TARGET' by hand (https://rustup.rs), then this again"
    command -v rustup >/dev/null || fail "Expected rustup, but it is not on PATH" \
        "the $WASM_TARGET standard library comes with rustup" "$how"
    run_logged "$TOOLCHAIN_DIR/log/rustup.log" "rustup target add $WASM_TARGET" "$how" \
        rustup target add "$WASM_TARGET"
}

# Debian packages a newer rustc (for its browsers) with sources, but without the
# wasm standard library that we need.
debian_has_rust() {
    command -v apt-get >/dev/null && command -v dpkg >/dev/null || return 1
    # shellcheck source=/dev/null
    [[ "$(. /etc/os-release && echo "${ID:-}:${VERSION_ID:-}")" == debian:12 ]] || return 1
    [[ -n "$(debian_version)" ]] || { refresh_package_lists; [[ -n "$(debian_version)" ]]; }
}

debian_version() { apt-cache policy rustc-web 2>/dev/null | awk '/Candidate:/ && $2 != "(none)" {print $2}'; }

refresh_package_lists() {
    ((EUID == 0)) || return 0
    say "refreshing Debian's package lists"
    apt-get update -qq >/dev/null 2>&1 || true
}

install_rust_from_debian() {
    local version stamp_text
    version="$(debian_version)"
    stamp_text="debian rustc-web $version, std with bitcode"
    if stamped rust "$stamp_text" && [[ -x "$RUST_DIR/bin/rustc" ]]; then
        say "$stamp_text: up to date"
        return
    fi
    say "Debian's rustc $version and a $WASM_TARGET standard library built from its sources (about 2 minutes)"
    rm -rf "$RUST_DIR" "$TOOLCHAIN_DIR/rust.tmp"
    mkdir -p "$TOOLCHAIN_DIR/rust.tmp/deb" "$RUST_DIR/bin" "$RUST_DIR/lib"
    unpack_debian_rust "$TOOLCHAIN_DIR/rust.tmp"
    arrange_sysroot "$TOOLCHAIN_DIR/rust.tmp/root"
    build_std "$TOOLCHAIN_DIR/rust.tmp/std"
    rm -rf "$TOOLCHAIN_DIR/rust.tmp" "$RUST_DIR/lib/rustlib/src"
    stamp rust "$stamp_text"
        say "done: $("$RUST_DIR/bin/rustc" --version)"
}

# Downloads and unpacks, and never installs: the packages conflict with rustup.
unpack_debian_rust() {
    local work="$1" std_package packages
    std_package="$(apt-cache depends rustc-web libstd-rust-web-dev | awk '/Depends: libstd-rust-web-[0-9]/ {print $2; exit}')"
    packages=(rustc-web libstd-rust-web-dev rust-web-src "$std_package")
    # The libraries that the compiler needs and this machine lacks: its LLVM, mostly.
    local library
    for library in $(apt-cache depends "$std_package" | awk '/Depends: lib/ {print $2}'); do
        dpkg -s "$library" >/dev/null 2>&1 || packages+=("$library")
    done
    refresh_package_lists
    run_logged "$TOOLCHAIN_DIR/log/rust-download.log" "downloading ${packages[*]} (about 130 MB)" \
        "check the network and Debian's mirror (/etc/apt/sources.list), then run this again" \
        env -C "$work/deb" apt-get download "${packages[@]}"
    say "unpacking"
    local deb
    for deb in "$work"/deb/*.deb; do dpkg -x "$deb" "$work/root"; done
}

# Debian's split layout becomes one folder in rustc's own: bin, lib, lib/rustlib.
arrange_sysroot() {
    local root="$1" libraries host_bin
    mv "$root/usr/lib/rustlib" "$RUST_DIR/lib/rustlib"
    libraries=("$root"/usr/lib/*-linux-gnu/*.so*)
    mv "${libraries[@]}" "$RUST_DIR/lib/"
    mv "$root/usr/bin/rustc" "$RUST_DIR/bin/rustc.bin"
    rm -f "$RUST_DIR/lib/rustlib/src/rust"
    mkdir -p "$RUST_DIR/lib/rustlib/src/rust"
    mv "$root"/usr/src/rustc-*/library "$RUST_DIR/lib/rustlib/src/rust/library"
    host_bin="lib/rustlib/$(rustc -vV | awk '/^host:/ {print $2}')/bin"
    [[ -x "$(rustc --print sysroot)/$host_bin/rust-lld" ]] || fail \
        "Expected rust-lld in rustup's toolchain, but it is not there" \
        "looked in $(rustc --print sysroot)/$host_bin" "install Rust $MIN_RUST or later with rustup"
    ln -sfn "$(rustc --print sysroot)/$host_bin" "$RUST_DIR/$host_bin"
    cat >"$RUST_DIR/bin/rustc" <<'WRAPPER'
#!/bin/sh
# The compiler beside this file, with its libraries beside it.
here="$(cd "$(dirname "$0")/.." && pwd)"
LD_LIBRARY_PATH="$here/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}" exec "$here/bin/rustc.bin" --sysroot "$here" "$@"
WRAPPER
    chmod +x "$RUST_DIR/bin/rustc"
}

# Builds std and panic_abort once, from the vendored crates in the sources, and puts
# them where rustc looks. Bitcode is embedded because guests are built with LTO.
build_std() {
    local work="$1" library="$RUST_DIR/lib/rustlib/src/rust/library"
    mkdir -p "$work/src"
    printf '[package]\nname = "std-for-wasm"\nversion = "0.0.0"\nedition = "2021"\n[workspace]\n' >"$work/Cargo.toml"
    printf '' >"$work/src/lib.rs"
    mkdir -p "$work/.cargo"
    printf '[source.crates-io]\nreplace-with = "vendored"\n[source.vendored]\ndirectory = "%s/vendor"\n' "$library" >"$work/.cargo/config.toml"
    run_logged "$TOOLCHAIN_DIR/log/rust-std.log" "building the standard library for $WASM_TARGET" \
        "see the log; a compiler and sources of different versions are the usual cause: run 'apt-get update', then this again" \
        env -C "$work" RUSTC="$RUST_DIR/bin/rustc" RUSTC_BOOTSTRAP=1 RUSTFLAGS=-Cembed-bitcode=yes CARGO_TARGET_DIR="$work/target" \
        CARGO_PROFILE_RELEASE_DEBUG=0 cargo build --release -Zbuild-std=std,panic_abort --target "$WASM_TARGET"
    mkdir -p "$RUST_DIR/lib/rustlib/$WASM_TARGET/lib"
    cp "$work/target/$WASM_TARGET"/release/deps/*.rlib "$RUST_DIR/lib/rustlib/$WASM_TARGET/lib/"
    rm -f "$RUST_DIR/lib/rustlib/$WASM_TARGET"/lib/libstd_for_wasm*
}
