# Shared by the scripts that build, test and lint guests: where the toolchains are and
# which folders hold guest code. Meant to be sourced.

source "$(dirname "${BASH_SOURCE[0]}")/../toolchains/lib.sh"
cd "$PROJECT_ROOT"

# Guests compile into one folder of their own, so that their workspaces share crates and
# never meet the host's objects.
export GARDESH_TOOLCHAIN="$TOOLCHAIN_DIR"
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$PROJECT_ROOT/target}/guests"

RUST_WORKSPACES=(guest-sdk/rust examples/*/components tests/guests)
PYTHON="$TOOLCHAIN_DIR/python/bin/python"
NODE_TOOLS="$TOOLCHAIN_DIR/javascript/node_modules/.bin"

# rust_workspaces: prints those of the folders that are Cargo workspaces.
rust_workspaces() {
    local folder
    for folder in "${RUST_WORKSPACES[@]}"; do
        if [[ -f "$folder/Cargo.toml" ]]; then echo "$folder"; fi
    done
}
