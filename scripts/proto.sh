#!/bin/bash
# Generates the C code of the ONNX schema; with --check, only tells whether the committed code is
# what the schema gives.
set -euo pipefail
cd "$(dirname "$0")/.."

schema=Sources/CONNXSchema
made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT
(cd "$schema" && protoc-c --c_out="$made" onnx.proto)
if [ "${1-}" = --check ]; then
  cmp -s "$made/onnx.pb-c.c" "$schema/onnx.pb-c.c" \
    && cmp -s "$made/onnx.pb-c.h" "$schema/include/onnx.pb-c.h" || {
    echo "The C code of $schema/onnx.proto is not current ($(protoc-c --version | head -1));" \
      "run 'make proto' and commit the result." >&2
    exit 1
  }
else
  cp "$made/onnx.pb-c.c" "$schema/"
  cp "$made/onnx.pb-c.h" "$schema/include/"
fi
