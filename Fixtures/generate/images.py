"""Writes Fixtures/images/: small pictures of every kind, and what Pillow and torchvision make of them.

    python Fixtures/generate/images.py

needs torch, torchvision, numpy and Pillow. `tensors.safetensors` holds for every picture, under its file's name,
the normalised float32 tensor [1, 3, H, W]; its metadata the versions of torchvision, Pillow and its JPEG library.
"""

import json
from pathlib import Path

import numpy as np
import PIL
import torch
import torchvision
import torchvision.transforms.functional as F
from PIL import Image, features
from safetensors.torch import save_file

OUT = Path(__file__).resolve().parents[1] / "images"
MEAN, STD = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]


def picture(height, width, channels):
    """A gradient with some noise, which compresses neither to nothing nor badly."""
    random = np.random.default_rng(0)
    y, x, c = np.meshgrid(np.arange(height), np.arange(width), np.arange(channels), indexing="ij")
    values = 120 + 100 * np.sin(x / 5 + c) * np.cos(y / 7 - c) + random.normal(0, 6, (height, width, channels))
    return values.clip(0, 255).astype(np.uint8).squeeze()


def main():
    OUT.mkdir(exist_ok=True)
    rgb, rgba = Image.fromarray(picture(37, 45, 3)), Image.fromarray(picture(20, 17, 4), "RGBA")
    grey = Image.fromarray(picture(20, 17, 1))
    palette = rgba.convert("RGB").quantize(16)
    palette.info["transparency"] = 3
    rgb.save(OUT / "rgb.png")
    rgba.save(OUT / "alpha.png")
    grey.save(OUT / "grey.png")
    palette.save(OUT / "palette.png", transparency=3)
    grey.point(lambda value: 255 * (value > 120)).convert("1").save(OUT / "bits.png")
    rgb.save(OUT / "rgb.jpg", quality=90)
    rgb.save(OUT / "progressive.jpg", quality=70, progressive=True, subsampling="4:4:4")
    grey.save(OUT / "grey.jpg", quality=90)
    # Refused: what it becomes in RGB depends on a printer's profile.
    rgb.resize((8, 8)).convert("CMYK").save(OUT / "cmyk.jpg", quality=70)
    tensors = {
        path.name: F.normalize(F.to_tensor(Image.open(path).convert("RGB")), MEAN, STD)[None].contiguous()
        for path in sorted(OUT.iterdir()) if path.suffix in (".png", ".jpg") and path.name != "cmyk.jpg"
    }
    versions = {
        "torch": torch.__version__, "torchvision": torchvision.__version__, "Pillow": PIL.__version__,
        "libjpeg-turbo": features.version("libjpeg_turbo") or "",
    }
    # One entry: safetensors writes several in another order each time.
    save_file(tensors, OUT / "tensors.safetensors", {"versions": json.dumps(versions)})


if __name__ == "__main__":
    main()
