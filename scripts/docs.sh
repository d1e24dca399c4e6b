#!/bin/bash
# Builds the reference of PthConvKit with its articles: scripts/docs.sh BUILD OUTPUT
#
# BUILD is a folder of finished modules, such as .build/release. A warning is an error. What PthConvKit
# re-exports counts as its own, which swift-docc-plugin cannot be told.
set -euo pipefail
cd "$(dirname "$0")/.."
build=$(readlink -f "$1")
output=$2
graphs=$(mktemp -d)
trap 'rm -rf "$graphs"' EXIT

modules=PthBackbones,PthCheckpoints,PthConfigs,PthEngines,PthInitializers,PthKeyMapping,PthONNXExport
modules+=,PthPreflight,PthReports,PthTensors
options=()
while read -r map; do options+=(-Xcc "-fmodule-map-file=$map"); done \
  < <(find "$PWD/Sources" "$build"/CPth*.build -name module.modulemap)
while read -r folder; do options+=(-I "$folder"); done \
  < <(find "$PWD/Sources" -name include -type d)
swift symbolgraph-extract -module-name PthConvKit -target "$(uname -m)-unknown-linux-gnu" \
  -I "$build/Modules" "${options[@]}" -module-cache-path "$graphs/cache" -output-dir "$graphs" \
  -minimum-access-level public -skip-synthesized-members -skip-inherited-docs \
  -experimental-allowed-reexported-modules="$modules"
rm -rf "$graphs/cache"
rm -rf "$output"
# Next to the compiler; a link in PATH may lead to swift alone.
docc=$(command -v docc || echo "$(dirname "$(readlink -f "$(command -v swift)")")/docc")
"$docc" convert Sources/PthConvKit/PthConvKit.docc --additional-symbol-graph-dir "$graphs" \
  --output-dir "$output" --fallback-display-name PthConvKit \
  --fallback-bundle-identifier pthconv.PthConvKit --warnings-as-errors
python3 scripts/declarations.py "$graphs"
