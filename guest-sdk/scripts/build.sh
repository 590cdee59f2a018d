#!/usr/bin/env bash
# Builds components, each with `gardesh component build`, into one folder. A component
# that is newer than everything it is made from is left alone.
#
#   build.sh GARDESH OUT_FOLDER PROJECT...

source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

gardesh="$1" out_folder="$2"
shift 2

# is_current COMPONENT PROJECT: nothing that can go into the component is newer.
is_current() {
    local component="$1" project="$2" sources=(wit guest-sdk "$2" "$TOOLCHAIN_DIR"/*.stamp)
    [[ -f "$component" ]] || return 1
    # A Rust workspace's own manifest lies above its member.
    [[ -f "$project/../Cargo.toml" ]] && sources+=("$project/../Cargo.toml" "$project/../Cargo.lock")
    [[ -z "$(find "${sources[@]}" -name target -prune -o -name __pycache__ -prune -o -type f -newer "$component" -print -quit)" ]]
}

mkdir -p "$out_folder"
for project in "$@"; do
    component="$out_folder/$(basename "$project").wasm"
    if is_current "$component" "$project"; then
        echo "$component is up to date"
    else
        "$gardesh" component build "$project" --out "$component"
    fi
done
