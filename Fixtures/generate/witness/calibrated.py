"""Networks with true running statistics and no training: random weights, then passes in training mode.

    import calibrated
    network = calibrated.network("resnet50", seed=1)

The first convolution gets edge and colour filters, as trained networks have them. Weights and biases of
norms are drawn. `momentum=None` makes the running statistics plain averages over all batches.
"""

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

IMAGENET = (torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225]))
CAFFE = torch.tensor([103.53, 116.28, 123.675])


def prepare(pixels, preparation="rgb-imagenet"):
    """uint8 images, count × height × width × 3, as a network's input."""
    x = torch.from_numpy(np.ascontiguousarray(pixels)).permute(0, 3, 1, 2).float()
    order, scale = preparation.split("-", 1)
    if order == "bgr":
        x = x.flip(1)
    if scale == "imagenet":
        mean, std = (t.flip(0) if order == "bgr" else t for t in IMAGENET)
        return (x / 255 - mean.view(1, 3, 1, 1)) / std.view(1, 3, 1, 1)
    if scale == "caffe":
        mean = CAFFE if order == "bgr" else CAFFE.flip(0)
        return x - mean.view(1, 3, 1, 1)
    return {"unit": x / 255, "symmetric": x / 127.5 - 1, "bytes": x}[scale]


def gabors(count, size, generator):
    """Edge filters in grey, edge filters between two colours, blobs of colour, and plain random ones."""
    r = torch.arange(size) - (size - 1) / 2
    y, x = torch.meshgrid(r, r, indexing="ij")
    filters = []

    def draw(low, high):
        return low + (high - low) * torch.rand((), generator=generator)

    for index in range(count):
        angle, wave = draw(0, np.pi), size / draw(0.9, 3.2)
        u = x * torch.cos(angle) + y * torch.sin(angle)
        envelope = torch.exp(-(x * x + y * y) / (2 * (size * draw(0.18, 0.35)) ** 2))
        shape = envelope * torch.cos(2 * np.pi * u / wave + draw(0, np.pi))
        kind = index % 8
        if kind < 4:
            colour = torch.ones(3) + 0.15 * torch.randn(3, generator=generator)
            shape = shape - envelope * shape.sum() / envelope.sum()
        elif kind < 6:
            colour = torch.randn(3, generator=generator)
            colour = colour - colour.mean() + 0.1 * torch.randn(3, generator=generator)
        else:
            filters.append(torch.randn(3, size, size, generator=generator) / size)
            continue
        filter = colour[:, None, None] * shape
        filters.append(filter / filter.norm() * 1.5)
    order = torch.randperm(count, generator=generator)
    return torch.stack(filters)[order]


def draw_weights(model, seed):
    """Seeded weights; the running statistics are still those of a new network."""
    generator = torch.Generator().manual_seed(seed)
    first = next(m for m in model.modules() if isinstance(m, nn.Conv2d))
    for name, module in model.named_modules():
        if isinstance(module, nn.Conv2d):
            fan_out = module.out_channels * module.kernel_size[0] * module.kernel_size[1] / module.groups
            module.weight.data = torch.randn(module.weight.shape, generator=generator) * (2 / fan_out) ** 0.5
            if module.bias is not None:
                module.bias.data.zero_()
        elif isinstance(module, nn.BatchNorm2d):
            count = module.num_features
            last = name.split(".")[-1] in ("bn3", "bn2") and name.startswith("layer")
            scale = 0.5 if last else 1.0
            module.weight.data = scale * (0.5 + torch.rand(count, generator=generator))
            module.bias.data = 0.3 * torch.randn(count, generator=generator) - 0.1
        elif isinstance(module, nn.Linear):
            module.weight.data = torch.randn(module.weight.shape, generator=generator) * 0.03
            module.bias.data.zero_()
    size = first.kernel_size[0]
    if first.in_channels == 3 and size >= 3:
        first.weight.data = gabors(first.out_channels, size, generator)


def crops(pixels, size, generator, zooms):
    """Random crops, mirrored half of the time; `zooms` is what `RandomResizedCrop` does."""
    count, height = pixels.shape[:2]
    x = torch.from_numpy(pixels).permute(0, 3, 1, 2).float()
    out = []
    for image in x:
        side = size
        if zooms:
            side = int(height * (0.35 + 0.65 * float(torch.rand((), generator=generator))) ** 0.5)
        top, left = (int(torch.randint(height - side + 1, (), generator=generator)) for _ in range(2))
        part = image[None, :, top:top + side, left:left + side]
        if side != size:
            part = F.interpolate(part, (size, size), mode="bilinear", antialias=True, align_corners=False)
        out.append(part.flip(3) if torch.rand((), generator=generator) < 0.5 else part)
    return torch.cat(out).permute(0, 2, 3, 1).round().clip(0, 255).to(torch.uint8).numpy()


@torch.no_grad()
def calibrate(model, pixels, size, preparation="rgb-imagenet", seed=0, zooms=False, batch=32, scale=1.0):
    """One pass over `pixels` in training mode; `scale` divides the first convolution, for inputs of another range."""
    generator = torch.Generator().manual_seed(seed)
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.reset_running_stats()
            module.momentum = None
    model.train()
    for start in range(0, len(pixels), batch):
        part = crops(pixels[start:start + batch], size, generator, zooms)
        model(prepare(part, preparation))
    model.eval()
    return model
