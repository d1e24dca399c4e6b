"""Classes of an imaginary user's own project: a reader without Python never has them."""

import torch
from torch import nn


class ConvUnit(nn.Module):
    """Convolution and norm, with a counter that is a buffer but is not saved."""

    def __init__(self, inputs, outputs):
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(outputs)
        self.register_buffer("calls", torch.zeros(1), persistent=False)
        self.register_buffer("scale", torch.full((outputs,), 0.5))
        self.register_parameter("unused", None)

    def forward(self, x):
        return torch.relu(self.norm(self.conv(x))) * self.scale[:, None, None]


class Detector(nn.Module):
    def __init__(self, classes=3):
        super().__init__()
        self.names = ["cat", "dog", "bird"][:classes]
        self.stride = torch.tensor([8.0, 16.0, 32.0])  # a plain attribute, not part of the state dict
        self.anchor = nn.Parameter(torch.linspace(0, 1, 6).reshape(3, 2))
        self.units = nn.ModuleList([ConvUnit(3, 4), ConvUnit(4, 4)])
        self.head = nn.ModuleDict({"box": nn.Linear(4, 4), "cls": nn.Linear(4, classes)})
        self.head["cls"].weight = nn.Parameter(torch.ones(classes, 4))
        self.tied = self.units[0].conv

    def forward(self, x):
        return x


class Tagged(torch.Tensor):
    """A tensor subclass with data of its own."""


class Pair(torch.Tensor):
    """A wrapper subclass: no storage of its own, it holds two tensors."""

    held_tensors = ("first", "second")

    @staticmethod
    def __new__(cls, first, second):
        made = torch.Tensor._make_wrapper_subclass(cls, first.shape, dtype=first.dtype)
        made.first, made.second = first, second
        return made

    @classmethod
    def __torch_dispatch__(cls, function, types, args=(), kwargs=None):
        raise NotImplementedError("only held, never computed with")


class Config:
    def __init__(self, **values):
        self.__dict__.update(values)


def small_net():
    """A conv-bn-linear network made only of torch.nn classes."""
    return nn.Sequential(
        nn.Conv2d(3, 4, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(4), nn.ReLU(inplace=True),
        nn.Sequential(nn.Conv2d(4, 4, 1), nn.GroupNorm(2, 4), nn.SiLU()),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.1), nn.Linear(4, 5),
    )
