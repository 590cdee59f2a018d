#!/usr/bin/env bash
# Formatting, lints and types of guest code; warnings are errors.

source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

while read -r workspace; do
    echo "== rustfmt and clippy in $workspace"
    cargo fmt --all --check --manifest-path "$workspace/Cargo.toml"
    cargo clippy --quiet --locked --workspace --all-targets --manifest-path "$workspace/Cargo.toml" -- -D warnings
done < <(rust_workspaces)

for config in guest-sdk/javascript/tsconfig.json examples/*/components/*/tsconfig.json tests/guests/*/tsconfig.json; do
    echo "== tsc -p $config"
    "$NODE_TOOLS/tsc" --noEmit --project "$config"
done

if command -v shellcheck >/dev/null; then
    echo "== shellcheck"
    shellcheck --external-sources --source-path=SCRIPTDIR guest-sdk/toolchains/*.sh guest-sdk/scripts/*.sh
fi
