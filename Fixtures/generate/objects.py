"""Objects that real files hold beside tensors, one pickle each, and what a scan must say of them at worst.

    python Fixtures/generate/objects.py        # writes Fixtures/objects.txt

One line an object: its name, `safe` or `unknown`, the pickle in base64. Never is one of these dangerous.
"""

import argparse
import base64
import collections
import datetime
import decimal
import fractions
import http
import io
import os
import pathlib
import signal
import socket
import types
import uuid
import warnings
import zoneinfo

import numpy as np
import torch
import torchvision
from torch import nn
from torch.optim import lr_scheduler, swa_utils

from common import TensorPickler

warnings.filterwarnings("ignore")
OUTPUT = pathlib.Path(__file__).resolve().parent.parent / "objects.txt"


def parameters():
    return [nn.Parameter(torch.arange(4.0).reshape(2, 2))]


def optimizer(name):
    made = getattr(torch.optim, name)(parameters(), lr=0.1)
    if name != "LBFGS":
        made.param_groups[0]["params"][0].sum().backward()
        made.step()
    return made


def scheduler(name, *arguments, **keywords):
    return getattr(lr_scheduler, name)(torch.optim.SGD(parameters(), lr=0.1), *arguments, **keywords)


def sequential():
    made = torch.optim.SGD(parameters(), lr=0.1)
    return lr_scheduler.SequentialLR(made, [lr_scheduler.ConstantLR(made), lr_scheduler.ExponentialLR(made, 0.9)], [2])


def hooked():
    layer = nn.Linear(1, 1)
    layer.register_forward_hook(torch.relu)
    return layer


def tagged(value):
    value.tag = 3
    return value


SAFE = {
    "generator": lambda: torch.Generator().manual_seed(1),
    **{f"optimizer-{name}": lambda name=name: optimizer(name)
       for name in "SGD Adam AdamW Adamax Adadelta Adagrad ASGD NAdam RAdam RMSprop Rprop LBFGS".split()},
    "scheduler-step": lambda: scheduler("StepLR", 2),
    "scheduler-steps": lambda: scheduler("MultiStepLR", [1, 2]),
    "scheduler-exponential": lambda: scheduler("ExponentialLR", 0.9),
    "scheduler-cosine": lambda: scheduler("CosineAnnealingLR", 5),
    "scheduler-linear": lambda: scheduler("LinearLR"),
    "scheduler-one-cycle": lambda: scheduler("OneCycleLR", max_lr=0.1, total_steps=10),
    "scheduler-plateau": lambda: scheduler("ReduceLROnPlateau"),
    "scheduler-sequential": sequential,
    "packed-sequence": lambda: nn.utils.rnn.pack_sequence([torch.ones(2, 1), torch.ones(1, 1)]),
    "arrays": lambda: [np.arange(3), np.array(["a", "bc"]), np.array([1, "x", None], object), np.array(["2020-01-01"], "M8[D]"),
                       np.arange(3, dtype=">i4"), np.array([True]), np.zeros(1, "V3"), np.zeros(2, [("x", "i4"), ("y", "f8")]),
                       np.float64(2), np.int32(1), np.str_("a"), np.dtype("f4"), np.dtype([("a", "i4"), ("b", "U3")])],
    "random-states": lambda: [np.random.PCG64(3), np.random.default_rng(1), np.random.SeedSequence(2)],
    "random-mersenne": lambda: np.random.RandomState(1),
    "averaged-model": lambda: swa_utils.AveragedModel(nn.Linear(1, 1)),
    "nested": lambda: torch.nested.nested_tensor([torch.ones(1, 2), torch.ones(2, 2)]),
    "sparse": lambda: [torch.eye(2).to_sparse(), torch.eye(2).to_sparse_csr(), torch.eye(2).to_sparse_csc()],
    "quantized": lambda: [torch.quantize_per_tensor(torch.ones(2), 0.1, 0, torch.qint8),
                          torch.quantize_per_channel(torch.ones(2, 1), torch.ones(2), torch.zeros(2), 0, torch.qint8)],
    "transformer-layer": lambda: nn.TransformerEncoderLayer(2, 1, 2),
    "transformer": lambda: nn.TransformerEncoder(nn.TransformerEncoderLayer(2, 1, 2, activation="gelu"), 1),
    "functions": lambda: {"a": torch.relu, "b": nn.functional.gelu},
    "recurrent": lambda: [nn.LSTM(1, 1, 2), nn.GRU(1, 1)],
    "attention": lambda: nn.MultiheadAttention(2, 1),
    "weight-norm": lambda: nn.utils.weight_norm(nn.Linear(1, 1)),
    "spectral-norm": lambda: nn.utils.spectral_norm(nn.Linear(1, 1)),
    "containers": lambda: [nn.ParameterDict({"a": torch.ones(1)}), nn.ParameterList([torch.ones(1)]), nn.ModuleDict({"a": nn.ReLU()}),
                           nn.ModuleList([nn.ReLU()]), nn.Sequential(nn.Conv2d(1, 1, 1), nn.BatchNorm2d(1))],
    "losses": lambda: [nn.CrossEntropyLoss(), nn.TripletMarginWithDistanceLoss(distance_function=nn.PairwiseDistance()),
                       nn.TripletMarginWithDistanceLoss(distance_function=nn.functional.cosine_similarity)],
    "type-of-none": lambda: {"t": type(None)},
    "time-zone": lambda: datetime.datetime(2020, 1, 1, tzinfo=zoneinfo.ZoneInfo("UTC")),
    "library": lambda: [datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone.utc), uuid.UUID(int=5), decimal.Decimal("1.5"),
                        fractions.Fraction(1, 3), collections.Counter("aab"), collections.defaultdict(list, {"a": [1]}),
                        collections.deque([1, 2], maxlen=4), argparse.Namespace(a=1, b=nn.ReLU), types.SimpleNamespace(x=2),
                        pathlib.PurePosixPath("/a/b"), frozenset([1, 2]), {1, 2}, b"abc", bytearray(b"x"), 1j, slice(1, 2), range(3), Ellipsis,
                        NotImplemented, ValueError("x"), collections.OrderedDict(a=1)],
    "torch-values": lambda: {"dtype": torch.float32, "device": torch.device("cpu"), "size": torch.Size([1, 2]), "class": torch.Tensor,
                             "typed": torch.ones(2).storage(), "untyped": torch.ones(2).untyped_storage(), "layout": torch.strided},
    "tensors-with-attributes": lambda: [tagged(torch.ones(1)), tagged(nn.Parameter(torch.ones(1)))],
    # Protocol 4: below it, pickle finds no module that has their names.
    "memory-formats": lambda: [torch.contiguous_format, torch.channels_last, torch.channels_last_3d, torch.preserve_format],
    "counters": lambda: [collections.defaultdict(int, {"a": 1}), collections.defaultdict(list), collections.defaultdict(float)],
    "meta": lambda: torch.empty(2, device="meta"),
    "data-parallel": lambda: nn.DataParallel(nn.Linear(1, 1)),
}

# At worst: the class is named.
UNKNOWN = {
    "scheduler-cyclic": lambda: scheduler("CyclicLR", 0.1, 0.2),
    "optimizer-Adafactor": lambda: optimizer("Adafactor"),
    "masked-array": lambda: np.ma.masked_array([1.0, 2.0], mask=[0, 1]),
    "matrix": lambda: np.matrix([[1, 2]]),
    "record-array": lambda: np.rec.array([(1, 2.0)], dtype=[("a", "i4"), ("b", "f8")]),
    "jagged": lambda: torch.nested.nested_tensor([torch.ones(1, 2), torch.ones(2, 2)], layout=torch.jagged),
    "lazy-layer": lambda: nn.LazyLinear(1),
    "hook": hooked,
    "weights-enum": lambda: torchvision.models.ResNet18_Weights.IMAGENET1K_V1,
    "transform": lambda: torchvision.transforms.Compose([torchvision.transforms.Resize(3)]),
    "distribution": lambda: torch.distributions.Normal(torch.zeros(1), torch.ones(1)),
    "dataset": lambda: torch.utils.data.Subset(torch.utils.data.TensorDataset(torch.ones(2)), [0]),
    "grad-scaler": lambda: torch.amp.GradScaler("cpu"),
    "values-of-modules-that-do-harm": lambda: [http.HTTPStatus.OK, os.stat_result(range(10)), io.BytesIO(b"abc"), io.StringIO("abc"),
                                               signal.SIGINT, socket.AF_INET],
}


def pickled(value, protocol):
    out = io.BytesIO()
    TensorPickler(out, protocol).dump(value)
    return base64.b64encode(out.getvalue()).decode()


def main():
    with open(OUTPUT, "w") as file:
        for verdict, objects in (("safe", SAFE), ("unknown", UNKNOWN)):
            for name, make in objects.items():
                for protocol in {"library": (2, 4), "memory-formats": (4,)}.get(name, (2,)):
                    torch.manual_seed(0)
                    file.write(f"{name}-{protocol} {verdict} {pickled(make(), protocol)}\n")


if __name__ == "__main__":
    main()
