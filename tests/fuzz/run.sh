#!/usr/bin/env bash
# Builds the fuzz targets and runs them, each for so many seconds, from the seeds in corpus/.
# Ends with an error at the first input that breaks what src/ says must hold, and keeps that input.
#
#   run.sh SECONDS [TARGET...]
#
# Stable Rust will do: coverage counters are an LLVM pass that any rustc runs, and no sanitizer is
# needed where there is no unsafe code. What was found interesting is kept under the target folder
# and tried first the next time; delete it to start from the seeds again.
set -euo pipefail

here="$(cd "$(dirname "$0")" && pwd)"
seconds="${1:?Expected how many seconds each target runs, as in: run.sh 60 feel}"
shift
targets=("$@")
[[ ${#targets[@]} -gt 0 ]] || targets=(bpmn dmn feel json)

# Longest inputs by target: a little more than the largest seed. Longer ones only run slower.
declare -A MAX_LEN=([bpmn]=16384 [dmn]=6144 [feel]=512 [json]=1024)
# An input that takes longer has found work that costs no fuel.
TIMEOUT_S=5
RSS_LIMIT_MB=1024
# What the product's threads have. Frames are larger here, so this is stricter than it looks.
STACK_KB=2048

command -v c++ >/dev/null || {
    echo "Expected a C++ compiler to build libFuzzer, but there is no c++; install g++ or clang." >&2
    exit 1
}

triple="$(rustc -vV | sed -n 's/^host: //p')"
build="${CARGO_TARGET_DIR:-$here/../../target}/fuzz"
counters=(
    --cfg fuzzing
    -Cpasses=sancov-module
    -Cllvm-args=-sanitizer-coverage-level=4
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters
    -Cllvm-args=-sanitizer-coverage-pc-table
    -Cllvm-args=-sanitizer-coverage-trace-compares
)
# Naming the platform keeps the counters out of build scripts and macros.
RUSTFLAGS="${counters[*]}" CARGO_TARGET_DIR="$build" cargo build --release --locked \
    --manifest-path "$here/Cargo.toml" --target "$triple" "${targets[@]/#/--bin=}"

ulimit -s "$STACK_KB"
# A panic is a finding by itself; where it came from costs a second more and is worth it.
export RUST_BACKTRACE=1
for target in "${targets[@]}"; do
    found="$build/corpus/$target" crashes="$build/findings/$target"
    mkdir -p "$found" "$crashes"
    seed="${GARDESH_FUZZ_SEED:-$RANDOM}"
    echo "== $target for $seconds s, seed $seed (GARDESH_FUZZ_SEED=$seed repeats it)"
    log="$build/$target.log"
    if ! "$build/$triple/release/$target" "$found" "$here/corpus/$target" \
        -seed="$seed" -max_total_time="$seconds" -max_len="${MAX_LEN[$target]}" \
        -dict="$here/dictionaries/$target.dict" -timeout="$TIMEOUT_S" -rss_limit_mb="$RSS_LIMIT_MB" \
        -report_slow_units=1 -artifact_prefix="$crashes/" -print_final_stats=1 >"$log" 2>&1; then
        tail -n 40 "$log" >&2
        echo "Expected $target to hold for every input, but the above broke it; the input is in $crashes" >&2
        exit 1
    fi
    grep -E '^stat::(number_of_executed_units|average_exec_per_sec|new_units_added|slowest_unit_time_sec)' "$log"
    grep -E ' cov: ' "$log" | tail -n 1
done
