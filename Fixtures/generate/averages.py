"""Training checkpoints with more than one set of weights: keymapping/averages-*.pth.

    python generate/averages.py
"""
import copy
from pathlib import Path

import torch
from torch import nn
from torch.optim.swa_utils import AveragedModel

OUT = Path(__file__).resolve().parent.parent / "keymapping"


def main():
    torch.manual_seed(0)
    layers = [module for _ in range(3) for module in (nn.Conv2d(3, 3, 1, bias=False), nn.BatchNorm2d(3))]
    model = nn.Sequential(*layers)
    optimizer = torch.optim.AdamW(model.parameters())
    model(torch.randn(2, 3, 2, 2)).sum().backward()
    optimizer.step()
    averages = copy.deepcopy(model)
    common = {"epoch": 1, "optimizer": optimizer.state_dict()}
    torch.save(
        {**common, "state_dict": model.state_dict(), "state_dict_ema": averages.state_dict()},
        OUT / "averages-timm.pth")
    torch.save(
        {**common, "model": model.state_dict(), "model_ema": AveragedModel(model).state_dict()},
        OUT / "averages-torchvision.pth")
    torch.save(
        {**common, "state_dict": model.state_dict(), "ema_state_dict": AveragedModel(model).state_dict()},
        OUT / "averages-mmengine.pth")
    torch.save({**common, "state_dict": model.state_dict()}, OUT / "averages-none.pth")


if __name__ == "__main__":
    main()
