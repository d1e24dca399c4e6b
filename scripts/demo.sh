#!/bin/bash
# Shows the program at work on the small files that come with it: `make demo`.
set -euo pipefail
cd "$(dirname "$0")/.."

program=.build/release/pthconv
checkpoints=Fixtures/checkpoints

# show EXIT-CODE HEADING ARGUMENT...: runs the program, which must end with that code.
show() {
  local expected=$1 heading=$2 code=0
  shift 2
  # Patterns in quotes, as one would type them.
  printf '\n== %s\n$ pthconv%s\n' "$heading" \
    "$(for word; do [[ $word == *[*\[]* ]] && printf " '%s'" "$word" || printf ' %s' "$word"; done)"
  "$program" "$@" || code=$?
  if [ "$code" -ne "$expected" ]; then
    echo "demo: expected exit code $expected, got $code" >&2
    exit 1
  fi
}

show 0 "A small Res2Net, saved by PyTorch 2" inspect $checkpoints/zip-res2net.pth
show 0 "The legacy container, in which the Res2Net v1 weights are published" \
  inspect --flat --filter '^layer1.*conv' $checkpoints/legacy-res2net.pth
show 0 "A training checkpoint: the weights, and all the rest" inspect $checkpoints/train-mmcv.pth
show 0 "The values of a tensor, as PyTorch prints them" \
  inspect --tensor fc.bias $checkpoints/zip-res2net.pth
show 0 "Statistics of the running variances" \
  inspect --stats --filter 'layer[12].*running_var' $checkpoints/zip-res2net.pth
show 1 "A file that would run a program if Python loaded it" scan Fixtures/hostile/zip-call.pth
show 0 "Which of a backbone's parameters a file fills: all of them" \
  map Fixtures/demo/res2net-small.pth --backbone Res2Net
show 1 "A file from another trainer, with another prefix and a damaged stage that is to be frozen" \
  map Fixtures/demo/res2net-small-mutilated.pth --backbone Res2Net --frozen-stages 3 --strict
show 0 "The same network and weights compute what they did in PyTorch" \
  verify Fixtures/demo/res2net-small.pth --backbone Res2Net \
  --input Fixtures/demo/res2net-small-input.npy --reference Fixtures/demo/res2net-small-outputs.npz
show 1 "Every key of this file matches mmdet's Res2Net, which computes something else with it" \
  verify Fixtures/demo/res2net-v1b-two-stages.pth --backbone Res2Net --flavor mmdet --size 96,96
