#!/bin/bash
# Builds the fuzz targets and runs them.
#
#   scripts/fuzz.sh SECONDS [TARGET...]    each target for so long, one after the other
#   scripts/fuzz.sh build                  the program alone: .build-fuzz/fuzz
#
# What a target finds lies in .build-fuzz/finds; the exit code is then 1. Corpora grow from run to
# run in .build-fuzz/corpus.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
build=$root/.build-fuzz
all=(pickle scan zip legacy tar safetensors npy images index keys writers)

# SwiftPM takes only what lies in the package's folder, and cannot link a fuzz target.
mkdir -p "$build/package"
ln -sfn "$root/Sources" "$build/package/Sources"
ln -sfn "$root/Fuzz" "$build/package/Fuzz"
cp Fuzz/Package.swift "$build/package/"
swift build -c release --package-path "$build/package" --scratch-path "$build/objects" \
  --product PthFuzz --sanitize address -Xswiftc -sanitize=fuzzer -Xswiftc -parse-as-library \
  -Xswiftc -enable-testing -Xcc -fsanitize=fuzzer-no-link
swiftc -sanitize=fuzzer,address -o "$build/fuzz" \
  -Xlinker --whole-archive "$build/objects/release/libPthFuzz.a" -Xlinker --no-whole-archive \
  -lz -ldl -lm
[ "${1:-}" != build ] || exit 0

python3 Fuzz/corpus.py Fixtures "$build/corpus"
seconds=$1
shift
[ $# -gt 0 ] || set -- "${all[@]}"
mkdir -p "$build/finds" "$build/logs"
export SWIFT_BACKTRACE=enable=no FUZZ_FIXTURES=$root/Fixtures
export ASAN_OPTIONS=symbolize=0:detect_leaks=0:allocator_may_return_null=1:handle_abort=1
code=0
for target in "$@"; do
  dictionary=()
  [ ! -f "Fuzz/$target.dict" ] || dictionary=(-dict="Fuzz/$target.dict")
  FUZZ_TARGET=$target nice -n 19 "$build/fuzz" -max_total_time="$seconds" -timeout=60 \
    -rss_limit_mb=1500 -malloc_limit_mb=1000 -max_len=16384 -print_final_stats=1 \
    -artifact_prefix="$build/finds/$target-" "${dictionary[@]}" "$build/corpus/$target" \
    >"$build/logs/$target.log" 2>&1 || code=1
  runs=$(sed -n 's/^stat::number_of_executed_units: //p' "$build/logs/$target.log")
  finds=$(find "$build/finds" -name "$target-*" | wc -l)
  printf '%-12s %12s executions %4s finds\n' "$target" "${runs:-?}" "$finds"
done
exit $code
