"""Whole pickled modules, small backbones, and checkpoints as training programs write them."""

import argparse
import sys
import types
from collections import OrderedDict

import numpy as np
import torch
from torch import nn

import user_project
from common import CHECKPOINTS, save_legacy, save_zip, seeded, torch_truth
from containers import on_cuda, settled_net


def both(name, value, **options):
    """The same object in the zip and in the legacy container."""
    for kind, save in (("zip", save_zip), ("legacy", save_legacy)):
        path = CHECKPOINTS / f"{kind}-{name}.pth"
        save(path, value)
        torch_truth(path, f"torch-{kind}", **options)


def one(name, value, **options):
    path = CHECKPOINTS / f"{name}.pth"
    save_zip(path, value)
    torch_truth(path, "torch-zip", **options)


def randomise(net):
    """Running statistics and zero-initialised norms get values that show when they are misread."""
    for name, tensor in net.state_dict().items():
        if name.endswith("running_var"):
            tensor.uniform_(0.5, 2)
        elif name.endswith("running_mean"):
            tensor.normal_()
        elif name.endswith("num_batches_tracked"):
            tensor.fill_(1000)
        elif tensor.ndim == 1:
            tensor.uniform_(-1, 1)
    return net.eval()


def small_res2net(*, deep, scale=4, classes=10):
    """timm's res2net50_26w_4s, or with a deep stem its res2net50d, at an eighth of the width and one block a stage."""
    from timm.models.res2net import Bottle2neck
    from timm.models.resnet import ResNet

    stem = dict(stem_type="deep", stem_width=4, avg_down=True) if deep else dict(stem_width=8)
    return randomise(ResNet(
        block=Bottle2neck, layers=[1, 1, 1, 1], base_width=26, block_args=dict(scale=scale), num_classes=classes,
        channels=(8, 12, 16, 20), zero_init_last=False, **stem,
    ))


@seeded
def modules():
    both("module", settled_net())
    detector = user_project.Detector()
    both("user-module", detector, scan="unknown")
    both("module-in-dict", {"model": settled_net(), "epoch": 3}, key="model")
    everything = nn.ModuleDict({
        "lstm": nn.LSTM(2, 3), "attention": nn.MultiheadAttention(4, 2), "embedding": nn.Embedding(3, 2),
        "transposed": nn.ConvTranspose2d(2, 3, 2), "prelu": nn.PReLU(), "norm": nn.LayerNorm(4),
        "instance": nn.InstanceNorm2d(2, affine=True, track_running_stats=True), "bilinear": nn.Bilinear(2, 2, 2),
        "encoder": nn.TransformerEncoderLayer(4, 2, 4), "listed": nn.ParameterList([torch.ones(2), torch.zeros(1)]),
        "pool": nn.MaxPool2d(2), "upsample": nn.Upsample(scale_factor=2), "lazy": nn.Identity(),
        "named": nn.ParameterDict({"a": torch.ones(1)}),
    })
    one("zip-module-kinds", everything)
    weight_norm = nn.utils.parametrizations.weight_norm(nn.Linear(2, 3))
    one("zip-parametrized-state", weight_norm.state_dict())
    one("zip-module-old-weight-norm", nn.utils.weight_norm(nn.Linear(2, 3)))
    one("zip-parallel-module", nn.DataParallel(settled_net()))


@seeded
def backbones():
    for name, deep in (("res2net", False), ("res2net-v1b", True)):
        both(name, small_res2net(deep=deep).state_dict())
    one("zip-res2net-module", small_res2net(deep=False), scan="unknown")


def trained(optimizer_class, **options):
    """A network after two steps, and its optimizer."""
    net = settled_net().train()
    optimizer = optimizer_class(net.parameters(), **options)
    for _ in range(2):
        optimizer.zero_grad()
        net(torch.randn(2, 3, 8, 8)).square().mean().backward()
        optimizer.step()
    return net.eval(), optimizer


@seeded
def plain_training():
    net, optimizer = trained(torch.optim.SGD, lr=0.1, momentum=0.9, weight_decay=1e-4, nesterov=True)
    scheduler = torch.optim.lr_scheduler.MultiStepLR(optimizer, [30, 60])
    args = argparse.Namespace(arch="small", lr=0.1, epochs=90, data="cats", gpu=None, pretrained=False, betas=(0.9, 0.999))
    imagenet = {
        "epoch": 90, "arch": "small", "state_dict": nn.DataParallel(net).state_dict(), "best_acc1": torch.tensor(77.25),
        "optimizer": optimizer.state_dict(),
    }
    both("train-imagenet", imagenet, key="state_dict")
    one("train-namespace", {
        "epoch": 12, "model": net.state_dict(), "optimizer": optimizer.state_dict(),
        "scheduler": scheduler.state_dict(), "best_acc": 0.875, "args": args,
    }, key="model")

    net, optimizer = trained(torch.optim.AdamW, lr=1e-3, amsgrad=True)
    one("train-adam", {
        "model_state_dict": net.state_dict(), "optimizer_state_dict": optimizer.state_dict(), "epoch": 4,
        "loss": np.float64(0.25), "history": {"loss": [1.0, 0.5, 0.25]}, "rng": torch.get_rng_state()[:16],
    }, key="model_state_dict")
    one("train-optimizer-only", optimizer.state_dict(), key="state.0")

    ema = OrderedDict((name, value.clone() * 2 if value.is_floating_point() else value) for name, value in net.state_dict().items())
    one("train-ema", {"params": net.state_dict(), "params_ema": ema}, key="params")
    one("train-candidates", {
        "student": net.state_dict(), "teacher": ema, "center": torch.zeros(1, 5), "optimizer": optimizer.state_dict(), "epoch": 1,
    }, key="teacher")
    one("train-net", {"net": net.state_dict(), "acc": 93.5, "epoch": 199}, key="net")
    one("train-nested", {"checkpoint": {"weights": {"backbone": net.state_dict()}}, "version": 2}, key="checkpoint.weights.backbone")
    one("train-yolo", {
        "epoch": -1, "best_fitness": None, "model": user_project.Detector().half(), "ema": None, "updates": None,
        "optimizer": None, "date": "2020-04-01T12:30:00",
    }, key="model", scan="unknown")
    one("train-user-config", {"model": net.state_dict(), "config": user_project.Config(depth=50, name="small")}, key="model", scan="unknown")


def stand_in(module, name, base):
    """A class under a library's name, so that its pickle reads like the library's own without installing it."""
    parts = module.split(".")
    for end in range(1, len(parts) + 1):
        sys.modules.setdefault(".".join(parts[:end]), types.ModuleType(".".join(parts[:end])))
    made = type(name, (base,), {"__module__": module})
    setattr(sys.modules[module], name, made)
    return made


@seeded
def lightning():
    net, optimizer = trained(torch.optim.Adam, lr=1e-3)
    attributes = stand_in("lightning_fabric.utilities.data", "AttributeDict", dict)
    state = OrderedDict((f"model.{name}", value) for name, value in net.state_dict().items())
    state["criterion.weight"] = torch.ones(5)
    best = {"monitor": "val_loss", "best_model_score": torch.tensor(0.25), "best_model_path": "epoch=3-step=100.ckpt",
            "current_score": torch.tensor(0.25), "dirpath": "checkpoints", "best_k_models": {"epoch=3-step=100.ckpt": torch.tensor(0.25)}}
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 10)
    value = {
        "epoch": 3, "global_step": 100, "pytorch-lightning_version": "2.1.0", "state_dict": state,
        "loops": {"fit_loop": {"state_dict": {}, "epoch_progress": {"total": {"ready": 4, "completed": 3}}}},
        "callbacks": {"ModelCheckpoint{'monitor': 'val_loss', 'mode': 'min'}": best},
        "optimizer_states": [optimizer.state_dict()], "lr_schedulers": [scheduler.state_dict()],
        "hparams_name": "kwargs", "hyper_parameters": attributes(lr=0.001, layers=[1, 1], name="small"),
        "MixedPrecision": {"scale": 65536.0, "growth_factor": 2.0},
    }
    path = CHECKPOINTS / "train-lightning.ckpt"
    save_zip(path, value)
    torch_truth(path, "torch-zip", key="state_dict")

    # Before version 1.5 the callbacks' keys were the classes themselves.
    callback = stand_in("pytorch_lightning.callbacks.model_checkpoint", "ModelCheckpoint", object)
    path = CHECKPOINTS / "train-lightning-old.ckpt"
    save_zip(path, {**value, "pytorch-lightning_version": "1.1.0", "callbacks": {callback: best}})
    torch_truth(path, "torch-zip", key="state_dict")


@seeded
def mmengine_runner():
    from mmengine.logging import MessageHub
    from mmengine.runner.checkpoint import weights_to_cpu

    net, optimizer = trained(torch.optim.SGD, lr=0.02, momentum=0.9)
    hub = MessageHub("fixture")
    for step in range(3):
        hub.update_scalar("train/loss", 1.0 / (step + 1))
        hub.update_scalar("train/lr", np.float64(0.02))
    hub.update_info("iter", 3)
    hub.update_info("dataset_meta", {"classes": ("cat", "dog"), "palette": [(220, 20, 60), (119, 11, 32)]})
    net_state = OrderedDict((f"backbone.{name}", value) for name, value in net.state_dict().items())
    value = {
        "meta": {"epoch": 1, "iter": 3, "cfg": "model = dict(type='Small')\n", "seed": 20200401, "experiment_name": "small",
                 "time": "20200401_123000", "mmengine_version": "0.10.7",
                 "dataset_meta": {"classes": ("cat", "dog")}, "hook_msgs": {}},
        "state_dict": weights_to_cpu(net_state),
        "message_hub": hub.state_dict(),
        "optimizer": optimizer.state_dict(),
        "param_schedulers": [torch.optim.lr_scheduler.LinearLR(optimizer).state_dict()],
    }
    both("mmengine", value, key="state_dict")
    one("train-mmcv", {
        "meta": {"mmdet_version": "2.25.0", "epoch": 12, "iter": 100, "CLASSES": ("cat", "dog"), "env_info": "sys.platform: linux"},
        "state_dict": net_state, "optimizer": optimizer.state_dict(),
    }, key="state_dict")


@seeded
def devices():
    net, optimizer = trained(torch.optim.Adam, lr=1e-3)
    path = CHECKPOINTS / "train-cuda.pth"
    save_zip(path, {"model": net.state_dict(), "optimizer": optimizer.state_dict()}, persistent_id=on_cuda)
    torch_truth(path, "torch-zip", key="model")


def alike_keys():
    """Keys that Python tells apart and that read alike."""
    keys = [1, "1", "caf\u00e9", "cafe\u0301", "other"]
    both("alike-keys", {key: torch.full((2,), float(index)) for index, key in enumerate(keys)})


def tied_lists():
    """An optimizer's list of tensors as full as the state dict, before it."""
    one("zip-tied-list", {"first": [torch.zeros(2), torch.ones(2)], "other": {"a": torch.ones(3), "b": torch.zeros(3)}},
        key="other")


def generate():
    alike_keys()
    tied_lists()
    modules()
    backbones()
    plain_training()
    lightning()
    mmengine_runner()
    devices()
