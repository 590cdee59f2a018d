# Installs componentize-py into a virtual environment of its own. Sourced by install.sh.

install_python() {
    TOOLCHAIN_NAME=python
    local folder="$TOOLCHAIN_DIR/python" requirements="$TOOLCHAINS_SRC/python/requirements.txt" python stamp_text
    python="$(find_python)" || fail "Expected Python $MIN_PYTHON or later, but found none" \
        "looked for python3, python3.11 to python3.14 on PATH" "install it, or run check.sh for how"
    stamp_text="$("$python" --version), $(grep -v '^#' "$requirements" | tr '\n' ' ')"
    if stamped python "$stamp_text" && [[ -x "$folder/bin/componentize-py" ]]; then
        say "$stamp_text: up to date"
        return
    fi
    rm -rf "$folder"
    run_logged "$TOOLCHAIN_DIR/log/python-venv.log" "making a virtual environment" \
        "install Python's venv module (Debian: apt-get install python3-venv), then run this again" \
        "$python" -m venv "$folder"
    run_logged "$TOOLCHAIN_DIR/log/python-pip.log" "installing componentize-py from PyPI (17 MB)" \
        "check the network and pip's index settings (pip config list), then run this again" \
        "$folder/bin/pip" install --disable-pip-version-check --no-input --requirement "$requirements"
    stamp python "$stamp_text"
    say "done: $("$folder/bin/componentize-py" --version)"
}
