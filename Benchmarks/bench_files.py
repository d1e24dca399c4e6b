"""Writes the files that bench.py measures with into a folder, unless they are there.

    python Benchmarks/bench_files.py FOLDER

A full-size res2net50_26w_6s (timm, seeded) in three containers; an 8 GB zip64 checkpoint whose storages are
holes, so that it takes no room on disk; a pickle of a million small objects.
"""

import pickle
import sys
from pathlib import Path


def res2net(folder):
    import safetensors.torch
    import timm
    import torch

    torch.manual_seed(0)
    state = timm.create_model("res2net50_26w_6s").state_dict()
    torch.save(state, folder / "res2net50_26w_6s.pth")
    torch.save(state, folder / "res2net50_26w_6s.legacy.pth", _use_new_zipfile_serialization=False)
    safetensors.torch.save_file(state, folder / "res2net50_26w_6s.safetensors")


def huge(folder):
    import torch

    state = {f"layers.{index}.weight": torch.empty(2048, 2800, dtype=torch.bfloat16) for index in range(704)}
    with torch.serialization.skip_data():
        torch.save(state, folder / "8gb.pth")


def million_objects(folder):
    # A quarter of a million each of str, tuple, int and float, as a record of a training run might be.
    value = {f"key {index}": (index, index * 0.5) for index in range(250_000)}
    with open(folder / "million.pkl", "wb") as file:
        pickle.dump(value, file, protocol=2)


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    for name, write in [("res2net50_26w_6s.safetensors", res2net), ("8gb.pth", huge), ("million.pkl", million_objects)]:
        if not (folder / name).exists():
            write(folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
