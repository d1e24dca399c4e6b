"""Prints, as JSON, the median milliseconds of what Python's libraries take in process.

    python Benchmarks/bench_python.py FOLDER ROUNDS
"""

import json
import pickle
import statistics
import sys
import time
from pathlib import Path

import safetensors.torch
import torch


def median(rounds, operation):
    operation()
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        value = operation()
        times.append((time.perf_counter() - start) * 1e3)
        del value
    return statistics.median(times)


def main(folder, rounds):
    model = folder / "res2net50_26w_6s"
    data = (folder / "million.pkl").read_bytes()
    operations = {
        "torch.load(mmap=True), zip": lambda: torch.load(f"{model}.pth", mmap=True, weights_only=True),
        "torch.load, zip": lambda: torch.load(f"{model}.pth", weights_only=True),
        "torch.load, legacy": lambda: torch.load(f"{model}.legacy.pth", weights_only=True),
        "safetensors load_file": lambda: safetensors.torch.load_file(f"{model}.safetensors"),
        "pickle.loads": lambda: pickle.loads(data),
    }
    print(json.dumps({name: median(rounds, operation) for name, operation in operations.items()}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
