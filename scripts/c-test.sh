#!/bin/bash
# Tests the C library that was built into a folder, with each compiler that is there, and under
# valgrind if that is.
#
#   scripts/c-test.sh .build/release
set -euo pipefail
cd "$(dirname "$0")/.."

library=$1/libpthconv-c.so
[ -f "$library" ] || { echo "$library is not there; build the product pthconv-c first" >&2; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# What is shown is what the header declares, and no more.
declared=$(grep -oE '\bpthconv_[a-z_]+\(' Sources/CInterface/pthconv.h | tr -d '(' | sort -u)
shown=$(nm -D --defined-only "$library" | awk '$2 != "A" {print $3}' | sed 's/@.*//' | sort -u)
[ "$declared" = "$shown" ] || {
  echo "The header and what $library shows differ:" >&2
  diff <(echo "$declared") <(echo "$shown") >&2
  exit 1
}

# Without the symbols that a debugger wants: valgrind would read them all.
strip -o "$work/libpthconv.so.1" "$library"
ln -s libpthconv.so.1 "$work/libpthconv.so"

tested=0
for compiler in gcc clang; do
  command -v "$compiler" >/dev/null || continue
  "$compiler" -std=c11 -Wall -Wextra -Werror -O1 -gdwarf-4 -ISources/CInterface \
    bindings/c/tests/interface.c -o "$work/interface" -L"$work" -lpthconv -pthread \
    -Wl,-rpath,"$work"
  "$work/interface" Fixtures
  # Where the compiler has its address sanitizer: it sees what a caller may do with what it is given.
  if "$compiler" -std=c11 -O1 -fsanitize=address -ISources/CInterface \
    bindings/c/tests/interface.c -o "$work/address" -L"$work" -lpthconv -pthread \
    -Wl,-rpath,"$work" 2>/dev/null; then
    ASAN_OPTIONS=detect_leaks=0 "$work/address" Fixtures
  fi
  if command -v valgrind >/dev/null; then
    # The test looks for leaks by itself: Swift's pointers carry bits that hide them from valgrind.
    valgrind -q --error-exitcode=9 "$work/interface" Fixtures
  fi
  tested=$((tested + 1))
done
[ "$tested" -gt 0 ] || { echo "There is no C compiler to test the library with." >&2; exit 1; }
# The example of the manual.
sed -n '/^```c$/,/^```$/p' docs/c.md | grep -v '^```' >"$work/example.c"
clang -std=c11 -Wall -Wextra -Werror "$work/example.c" -ISources/CInterface -o "$work/example" \
  -L"$work" -lpthconv -Wl,-rpath,"$work"
"$work/example" Fixtures/checkpoints/zip-views.pth | grep -q '^base: float32, 96 bytes at 0x'
if command -v g++ >/dev/null; then
  g++ -std=c++17 -Wall -Wextra -Werror -ISources/CInterface bindings/c/tests/header.cpp \
    -o "$work/header" -L"$work" -lpthconv -Wl,-rpath,"$work"
  "$work/header"
fi
echo "The C library holds with $tested compilers."
