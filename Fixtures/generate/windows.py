"""Writes Fixtures/backbones/pooling.txt: output lengths of PyTorch's pooling.

    python Fixtures/generate/windows.py

A line: length kernel stride padding ceil_mode, and the output's length (0 if PyTorch refuses).
"""
from itertools import product
from pathlib import Path

import torch
from torch.nn import functional as F

OUTPUT = Path(__file__).parents[1] / "backbones"


def output_length(length, kernel, stride, padding, ceil_mode):
    try:
        x = torch.zeros(1, 1, length, length)
        return F.max_pool2d(x, kernel, stride, padding, ceil_mode=bool(ceil_mode)).shape[-1]
    except RuntimeError:
        return 0


OUTPUT.mkdir(exist_ok=True)
lines = [f"# torch {torch.__version__.partition('+')[0]}"]
for kernel in range(1, 5):
    for case in product(range(1, 10), [kernel], range(1, 5), range(kernel // 2 + 1), (0, 1)):
        lines.append(" ".join(map(str, (*case, output_length(*case)))))
(OUTPUT / "pooling.txt").write_text("\n".join(lines) + "\n")
