"""Measures kaiming of all convolutions of Res2Net-50-26w-6s against PyTorch, in turns: part of `make bench`.

    python Benchmarks/Initializers/initializers.py --program .build/release --cache FOLDER [--rounds N]

Both fill memory that is there. Medians in milliseconds; exits with 1 if the target is missed.
"""

import argparse
import statistics
import subprocess
import sys
import time
from pathlib import Path

import timm
import torch
from torch import nn

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from bench import Bystanders, Table  # noqa: E402


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--program", type=Path, required=True)
    options.add_argument("--cache", type=Path, required=True)
    options.add_argument("--rounds", type=int, default=15)
    options = options.parse_args()

    model = timm.create_model("res2net50_26w_6s", num_classes=0)
    convolutions = [module for module in model.modules() if isinstance(module, nn.Conv2d)]
    bystanders = Bystanders()
    ours = subprocess.Popen(
        [options.program / "initializers-benchmark"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def pthconv():
        ours.stdin.write("\n")
        ours.stdin.flush()
        return float(ours.stdout.readline())

    def pytorch():
        start = time.perf_counter()
        torch.manual_seed(0)
        for convolution in convolutions:
            nn.init.kaiming_normal_(convolution.weight, mode="fan_out", nonlinearity="relu")
        return (time.perf_counter() - start) * 1e3

    times = [(pthconv(), pytorch()) for _ in range(options.rounds + 1)][1:]
    own, other = (statistics.median(taken) for taken in zip(*times))
    rest, _ = ours.communicate()

    table = Table()
    table.heading("Initialisation of Res2Net-50-26w-6s")
    table.row("kaiming of all convolutions, pthconv", f"{own:.1f} ms")
    table.row("kaiming of all convolutions, PyTorch", f"{other:.1f} ms")
    for line in rest.splitlines():
        what, milliseconds = line.rsplit(": ", 1)
        table.row(f"{what}, pthconv", f"{float(milliseconds):.1f} ms")
    table.target("kaiming / PyTorch", own / other, 1)
    print(f"\nOther programs kept the processors {bystanders.share():.0%} busy meanwhile.")
    return 1 if table.missed else 0


if __name__ == "__main__":
    sys.exit(main())
