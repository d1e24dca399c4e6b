#!/bin/bash
# Runs the tests under a sanitizer.
#
#   scripts/sanitize.sh address|thread|undefined [FILTER]
#
# Swift has no sanitizer of undefined behaviour here (its own checks trap): `undefined` is for the
# parts in C, which then end the process at the first find.
set -euo pipefail
cd "$(dirname "$0")/.."
kind=$1
filter=${2:-}
# Optimised, as `make test` is: tests under a sanitizer take long enough.
flags=(-c release -Xswiftc -enable-testing --scratch-path ".build-$kind")
case $kind in
  # The program is linked so that the sanitizer's `malloc` stays outside of it.
  address)
    flags+=(--sanitize address)
    selection=(--skip CommandTests)
    ;;
  # The thread sanitizer sees neither libgomp's barriers nor how a waiting thread gets Swift's
  # `Mutex`, and would call what these guard a race: oneDNN stays out, and locks are pthread's.
  thread)
    flags+=(--sanitize thread --disable-default-traits -Xswiftc -DSANITIZE_THREAD)
    selection=(--skip CommandTests)
    ;;
  undefined)
    flags+=(-Xcc -fsanitize=undefined -Xcc -fsanitize-trap=undefined)
    mkdir -p .build-undefined
    clang -g -O1 -fsanitize=undefined,address -fno-sanitize-recover=all \
      -ISources/CImages/include -ISources/CFold/include -ISources/COnDemand/include -ISources/CForkGate/include \
      Fuzz/c_parts.c Sources/CImages/*.c Sources/CFold/*.c Sources/COnDemand/*.c Sources/CForkGate/*.c -ldl \
      -o .build-undefined/c-parts
    .build-undefined/c-parts Fixtures/images/*.png Fixtures/images/*.jpg \
      Fixtures/hostile/nested-{fine.tar.bz2,fine.tar.xz,lzma-dictionary.joblib,lz4.joblib} \
      Fixtures/hostile/packed.*.pth
    # The tests that reach the C code.
    selection=(--filter 'Checkpoints|Images|Initializers|Engines|ONNXExport')
    ;;
  *)
    echo "scripts/sanitize.sh: no sanitizer '$kind'" >&2
    exit 64
    ;;
esac
export SWIFT_BACKTRACE=enable=no
# What the Swift runtime keeps until the end is no leak.
export ASAN_OPTIONS=detect_leaks=0:abort_on_error=1
export TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1
export PTHCONV_STRESS_SECONDS=${PTHCONV_STRESS_SECONDS:-60}
swift build --build-tests "${flags[@]}"
[ -z "$filter" ] || selection=(--filter "$filter")
nice -n 19 swift test --skip-build --disable-xctest "${flags[@]}" "${selection[@]}"
