"""Times the initialisation of Res2Net-50-26w-6s in PyTorch: medians of 15 runs, in milliseconds."""

import statistics
import time

import timm
import torch
from torch import nn


def median(what, body):
    times = []
    for _ in range(15):
        start = time.perf_counter()
        body()
        times.append((time.perf_counter() - start) * 1000)
    print(f"{what}: {statistics.median(times):.1f} (fastest {min(times):.1f})")


model = timm.create_model("res2net50_26w_6s", num_classes=0)
convolutions = [module for module in model.modules() if isinstance(module, nn.Conv2d)]


def kaiming():
    torch.manual_seed(0)
    for convolution in convolutions:
        nn.init.kaiming_normal_(convolution.weight, mode="fan_out", nonlinearity="relu")


median("all convolutions, in memory that is there", kaiming)
