#!/usr/bin/env bash
# Unit tests of the guest SDKs and the example components, in their own languages and
# outside any sandbox. Running them as components is the host's tests' business.

source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

test_rust() {
    local workspace
    while read -r workspace; do
        echo "== cargo test in $workspace"
        cargo test --quiet --locked --workspace --lib --manifest-path "$workspace/Cargo.toml"
    done < <(rust_workspaces)
}

test_python() {
    local folder
    for folder in guest-sdk/python/tests $(dirname examples/*/components/*/test_*.py | sort -u); do
        echo "== python -m unittest in $folder"
        (cd "$folder" && PYTHONPATH="$PROJECT_ROOT/guest-sdk/python" PYTHONDONTWRITEBYTECODE=1 "$PYTHON" -m unittest --quiet)
    done
}

# The host's modules exist in components only; a stand-in takes their place.
test_javascript() {
    local work name aliases=()
    for name in host context verdict ad-hoc; do
        aliases+=("--alias:gardesh:step/$name@0.1.0=$PROJECT_ROOT/guest-sdk/javascript/src/host-stand-in.ts")
    done
    work="$(mktemp -d)"
    trap 'rm -rf "$work"' RETURN
    local file
    for file in guest-sdk/javascript/test/*.test.ts examples/*/components/*/*.test.ts; do
        "$NODE_TOOLS/esbuild" "$file" --bundle --platform=node --format=esm --log-level=warning \
            "${aliases[@]}" \
            --outfile="$work/$(tr / - <<<"${file%.ts}").mjs"
    done
    echo "== node --test"
    node --test --test-reporter=dot "$work"
}

test_rust
test_python
test_javascript
echo "All guest tests passed"
