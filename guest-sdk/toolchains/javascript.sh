# Installs esbuild, componentize-qjs and the TypeScript checker from npm, as the lock
# file beside package.json has them. Sourced by install.sh.

install_javascript() {
    TOOLCHAIN_NAME=javascript
    local folder="$TOOLCHAIN_DIR/javascript" source="$TOOLCHAINS_SRC/javascript" stamp_text
    stamp_text="node $(node --version), lock $(cksum <"$source/package-lock.json")"
    if stamped javascript "$stamp_text" && [[ -x "$folder/node_modules/.bin/componentize-qjs" ]]; then
        say "$stamp_text: up to date"
        return
    fi
    rm -rf "$folder"
    mkdir -p "$folder"
    cp "$source/package.json" "$source/package-lock.json" "$folder/"
    # No package needs its install script: the programs come as optional packages.
    run_logged "$TOOLCHAIN_DIR/log/javascript-npm.log" "installing esbuild, componentize-qjs and tsc from npm" \
        "check the network and npm's registry setting (npm config get registry), then run this again" \
        npm --prefix "$folder" ci --ignore-scripts --no-audit --no-fund
    stamp javascript "$stamp_text"
    say "done: esbuild $("$folder/node_modules/.bin/esbuild" --version)"
}
