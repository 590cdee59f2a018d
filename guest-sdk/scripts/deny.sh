#!/usr/bin/env bash
# Checks the dependencies of every Cargo workspace against deny.toml. Advisories join in
# where a copy of their database is at hand, because there may be no way to fetch it.

source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

deny="$(command -v cargo-deny || echo "$TOOLCHAIN_DIR/cargo-deny/bin/cargo-deny")"
checks=(licenses bans sources)
if compgen -G "${CARGO_HOME:-$HOME/.cargo}/advisory-db*" >/dev/null; then
    checks+=(advisories)
fi

while read -r workspace; do
    echo "== cargo deny check ${checks[*]} in $workspace"
    # Crates may come from the network, the advisories' database only from this machine.
    cargo fetch --quiet --locked --manifest-path "$workspace/Cargo.toml"
    "$deny" --log-level warn --manifest-path "$workspace/Cargo.toml" --frozen --config deny.toml check "${checks[@]}"
done < <(echo .; rust_workspaces)
