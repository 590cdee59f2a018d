# The versions that the toolchain scripts install or ask for: raise them here. The
# JavaScript tools are pinned in javascript/package-lock.json, the Python ones in
# python/requirements.txt.

# shellcheck disable=SC2034  # the scripts that source this file use these
MIN_RUST=1.95.0
MIN_PYTHON=3.11
MIN_NODE=20
# shellcheck disable=SC2034  # used by the scripts that source this file
WASM_TARGET=wasm32-unknown-unknown
CARGO_DENY_VERSION=0.20.2
