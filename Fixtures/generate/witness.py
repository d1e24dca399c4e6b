"""Writes Fixtures/witness/: two small networks with true running statistics, images, and what PyTorch's norms see.

    python Fixtures/generate/witness.py

needs torch, mmdet, mmengine, numpy and Pillow. `resnet.pth` is mmdet's ResNet-50 with two stages and 16 base
channels, calibrated on RGB images with ImageNet's mean and standard deviation; `caffe.pth` the same in caffe style on
BGR images with the mean subtracted. `truth.json` has the figures of every norm of `resnet.pth` on `images/`, from
PyTorch in training mode. `crop-N.png` is what torchvision's `Resize` and `CenterCrop` make of `../images/rgb.png` for
evaluation at N pixels. `labels.json` has what a classifier of 1000 classes, whose weights are a formula of their
indices, makes of the images behind `resnet.pth`.
"""
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "witness"))

import numpy as np
import torch
import torchvision.transforms as T
from PIL import Image

import calibrated
import natural_images
import networks

OUT = Path(__file__).resolve().parents[1] / "witness"
SIZE = 64
OPTIONS = dict(depth=50, num_stages=2, strides=(1, 2), dilations=(1, 1), out_indices=(0, 1))


def classifier(features, classes=1000):
    """Weights of a formula, so that a test can make them without a file."""
    row, column = np.arange(classes)[:, None], np.arange(features)[None]
    return torch.tensor(((row * row * 7 + row * 131 + column * 17 + row * column * 3) % 2003 - 1001) / 8000).float()


@torch.no_grad()
def labels(model, x):
    """The five most probable classes of every image, and their probabilities."""
    pooled = model(x)[-1].mean((2, 3))
    probabilities = (pooled @ classifier(pooled.shape[1]).T).softmax(1)
    values, classes = probabilities.topk(5)
    return [dict(classes=c, probabilities=[round(p, 7) for p in v])
            for c, v in zip(classes.tolist(), values.tolist())]


def main():
    (OUT / "images").mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    picture = Image.open(OUT.parent / "images" / "rgb.png").convert("RGB")
    for size in (21, 64):
        crop = T.Compose([T.Resize(size * 8 // 7), T.CenterCrop(size)])
        crop(picture).save(OUT / f"crop-{size}.png")
    training = natural_images.images(320, 1, 84)
    for index, picture in enumerate(natural_images.images(24, 2, SIZE * 8 // 7)):
        Image.fromarray(picture).save(OUT / "images" / f"{index:02}.jpg", quality=85)
    resnet = networks.calibrate(networks.narrow("ResNet", **OPTIONS), training, SIZE, seed=1)
    torch.save(resnet.state_dict(), OUT / "resnet.pth")
    caffe = networks.calibrate(
        networks.narrow("ResNet", style="caffe", **OPTIONS), training, SIZE, seed=2, preparation="bgr-caffe")
    torch.save(caffe.state_dict(), OUT / "caffe.pth")
    files = sorted((OUT / "images").iterdir())
    edge = round((SIZE * 8 // 7 - SIZE) / 2)
    pixels = np.stack([np.array(Image.open(file).convert("RGB")) for file in files])
    pixels = pixels[:, edge:edge + SIZE, edge:edge + SIZE]
    truth = networks.figures(resnet, calibrated.prepare(pixels))
    (OUT / "labels.json").write_text(
        json.dumps(dict(zip([file.name for file in files], labels(resnet, calibrated.prepare(pixels))))) + "\n")
    (OUT / "truth.json").write_text(json.dumps(truth, indent=1) + "\n")


if __name__ == "__main__":
    main()
