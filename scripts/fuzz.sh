#!/bin/bash
# Builds the fuzz targets and runs them.
#
#   scripts/fuzz.sh SECONDS [TARGET...]    each target for so long, one after the other
#   scripts/fuzz.sh build                  the program alone: .build-fuzz/fuzz
#
# Each target reads all of its seeds once; what is made of them is short, since short inputs are a
# hundred times quicker and find the same. What a target finds lies in .build-fuzz/finds; the exit
# code is then 1. Corpora grow from run to run in .build-fuzz/grown, and .build-fuzz/executions.txt
# counts.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
build=$root/.build-fuzz
all=(pickle scan zip legacy tar safetensors npy images index keys writers)
declare -A longest=([pickle]=512 [tar]=4096 [keys]=4096 [scan]=2048 [writers]=2048 [images]=2048)

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
# Short seeds are where growing begins.
for folder in "$build"/corpus/*; do
  mkdir -p "$build/grown/${folder##*/}"
  find "$folder" -size -2k -exec cp -nt "$build/grown/${folder##*/}" {} +
done
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
  mkdir -p "$build/grown/$target"
  options=(-timeout=60 -rss_limit_mb=1800 -malloc_limit_mb=1000 -print_final_stats=1
    -artifact_prefix="$build/finds/$target-")
  log=$build/logs/$target.log
  { FUZZ_TARGET=$target nice -n 19 "$build/fuzz" "${options[@]}" -runs=0 -max_len=65536 \
      "$build/corpus/$target" &&
    FUZZ_TARGET=$target nice -n 19 "$build/fuzz" "${options[@]}" -max_total_time="$seconds" \
      -max_len="${longest[$target]:-1024}" "${dictionary[@]}" "$build/grown/$target"; } >"$log" 2>&1 ||
    code=1
  runs=$(awk '/^stat::number_of_executed_units: / { sum += $2 } END { print sum }' "$log")
  echo "$target ${runs:-0}" >>"$build/executions.txt"
  finds=$(find "$build/finds" -name "$target-*" | wc -l)
  printf '%-12s %12s executions %4s finds\n' "$target" "${runs:-?}" "$finds"
done
exit $code
