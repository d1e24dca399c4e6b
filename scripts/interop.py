"""Writes every fixture in every format with pthconv and reads it back with the real readers: `make interop`.

    python scripts/interop.py --program .build/release/pthconv [--report docs/interop.md]

What PyTorch (zip: weights_only, also with mmap; legacy: weights_only), safetensors and numpy read must have the
names, types, shapes and bits that PyTorch's own reading of the fixture has. An archive beyond 4 GiB, which takes
as much room on the disk of TMPDIR, is read by PyTorch and by Python's zipfile. Exits with 1 if anything differs.
"""

import argparse
import json
import platform
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import numpy
import safetensors
import safetensors.torch
import torch

ROOT = Path(__file__).resolve().parent.parent
FIXTURES = ROOT / "Fixtures" / "checkpoints"

# numpy's name of what it has no type for never comes up: pthconv refuses to write it.
READERS = {
    "torch.load(weights_only=True)": ("a.pth", [], lambda path: torch.load(path, weights_only=True)),
    "torch.load(weights_only=True, mmap=True)":
        ("a.pth", [], lambda path: torch.load(path, weights_only=True, mmap=True)),
    "torch.load(weights_only=True), views kept":
        ("v.pth", ["--keep-views"], lambda path: torch.load(path, weights_only=True)),
    "torch.load(weights_only=True), legacy container":
        ("l.pth", ["--legacy"], lambda path: torch.load(path, weights_only=True)),
    "torch.load, wrapped":
        ("w.pth", ["--wrap"], lambda path: torch.load(path, weights_only=True)["state_dict"]),
    "safetensors.torch.load_file": ("a.safetensors", [], safetensors.torch.load_file),
    "numpy.load": ("a.npz", [], lambda path: {
        name: torch.from_numpy(numpy.ascontiguousarray(array).reshape(array.shape))
        for name, array in numpy.load(path).items()}),
}


def bits(tensor):
    """The bytes of the elements in C order."""
    tensor = tensor.detach().resolve_conj().resolve_neg()
    if tensor.is_quantized:
        tensor = tensor.int_repr()
    tensor = tensor.contiguous().reshape(-1)
    return tensor.view(torch.uint8).numpy().tobytes() if tensor.numel() else b""


def truths(path):
    """What the fixture's truth file, written by PyTorch, says of its tensors: name -> (dtype, shape, sha256)."""
    import hashlib

    truth = json.loads(Path(f"{path}.json").read_text())
    if truth.get("tensors") is None:
        return None, None
    return {
        entry["name"]: (entry["dtype"], tuple(entry["shape"]), entry.get("sha256"))
        for entry in truth["tensors"]
    }, lambda data: hashlib.sha256(data).hexdigest()


def same(got, truth, digest, kept):
    """A complaint, or None."""
    if set(got) != kept:
        return f"names differ: {sorted(set(got) ^ kept)[:3]}"
    for name, tensor in got.items():
        dtype, shape, sha256 = truth[name]
        if str(tensor.dtype).removeprefix("torch.") != dtype or tuple(tensor.shape) != shape:
            return f"{name}: {tensor.dtype} {tuple(tensor.shape)} instead of {dtype} {shape}"
        if sha256 is not None and digest(bits(tensor)) != sha256:
            return f"{name}: other values"
    return None


def convert(program, source, target, options):
    """Writes what the format can hold, leaving out what pthconv names as impossible; None if nothing is left."""
    import re

    dropped = []
    while True:
        command = [program, "convert", source, target, "--force", "--json", *options]
        for name in dropped:
            command += ["--drop", f"^{re.escape(name)}$"]
        run = subprocess.run(command, capture_output=True, text=True)
        if run.returncode == 0:
            return dropped
        found = re.match(rf"pthconv: {re.escape(str(target))}: (.*?): (.* cannot hold|is on the meta|repeats a far)", run.stderr)
        if not found:
            if "nothing is left" in run.stderr or "no tensors found" in run.stderr:
                return None
            raise RuntimeError(f"{source} -> {target}: {run.stderr.strip()}")
        dropped.append(found.group(1))


def unlike(before, after, left_out, skipped, path=""):
    """The first place where two loaded files differ beyond what pthconv says it left out; None if they are alike."""
    if path.removeprefix(".") == skipped:
        return None
    if isinstance(before, torch.Tensor):
        alike = (isinstance(after, torch.Tensor) and before.dtype == after.dtype and before.shape == after.shape
                 and bits(before) == bits(after))
        return None if alike else path
    if isinstance(before, dict):
        kept = {key: value for key, value in before.items() if f"{path}.{key}".removeprefix(".") not in left_out}
        if type(before) is not type(after) or list(kept) != list(after):
            return path
        pairs = [(key, kept[key], after[key]) for key in kept]
    elif isinstance(before, (list, tuple)):
        if type(before) is not type(after) or len(before) != len(after):
            return path
        pairs = [(index, before[index], after[index]) for index in range(len(before))]
    else:
        return None if type(before) is type(after) and (before == after or before != before) else path
    return next(filter(None, (unlike(a, b, left_out, skipped, f"{path}.{key}") for key, a, b in pairs)), None)


def surroundings(program, folder):
    """Whole training checkpoints, kept with --keep-metadata: how many, and complaints about them."""
    count, faults = 0, []
    for source in sorted(FIXTURES.rglob("*.json")):
        source = source.with_suffix("")
        if source.suffix not in (".pth", ".ckpt") or not source.is_file():
            continue
        shown = subprocess.run([program, "inspect", source, "--json"], capture_output=True, text=True)
        place = None if shown.returncode else json.loads(shown.stdout)["state_dict_key"]
        if not place:
            continue
        try:
            before = torch.load(source, weights_only=False, map_location="cpu")
        except Exception:  # a class that is not here
            continue
        for flags in ([], ["--legacy"]):
            target = folder / "whole.pth"
            command = [program, "convert", source, target, "--force", "--json", "--keep-metadata", *flags]
            run = subprocess.run(command, capture_output=True, text=True)
            if run.returncode:
                faults.append(f"{source.relative_to(FIXTURES)}, --keep-metadata: {run.stderr.strip()}")
                continue
            left_out = {entry["key"] for entry in json.loads(run.stdout)["left_out"]}
            after = torch.load(target, weights_only=True)
            if "meta" in after and "meta" not in before:
                continue  # the state dict lies in an object: wrapped
            count += 1
            # The state dict itself is compared above.
            difference = unlike(before, after, left_out, place)
            if difference is not None:
                faults.append(f"{source.relative_to(FIXTURES)}, --keep-metadata: differs at '{difference}'")
    return count, faults


def large(program, folder):
    """Complaints about archives with a tensor and offsets beyond 4 GiB, whose source is a file with holes."""
    size = (4 << 30) + 4096
    header = json.dumps({
        "large": {"dtype": "U8", "shape": [size], "data_offsets": [0, size]},
        "small": {"dtype": "U8", "shape": [3], "data_offsets": [size, size + 3]},
    }).encode()
    source = folder / "large.safetensors"
    marks = {0: b"begin", (4 << 30) - 2: b"edge", size - 3: b"end", size: b"abc"}
    with open(source, "wb") as file:
        file.write(len(header).to_bytes(8, "little") + header)
        for offset, text in marks.items():
            file.seek(8 + len(header) + offset)
            file.write(text)
    for name, flags in [("large.pth", []), ("large.npz", []), ("large.legacy.pth", ["--legacy"])]:
        target = folder / name
        subprocess.run([program, "convert", source, target, *flags], check=True, stdout=subprocess.DEVNULL)
        if name != "large.legacy.pth":
            with zipfile.ZipFile(target) as archive:
                wrong = archive.testzip()
                if wrong:
                    yield f"{name}: zipfile finds another CRC in {wrong}"
                members = [entry for entry in archive.infolist() if entry.file_size >= size]
                if len(members) != 1:
                    yield f"{name}: zipfile finds {len(members)} large entries"
                if name.endswith(".npz") and numpy.load(target)["small"].tobytes() != b"abc":
                    yield f"{name}: other values"
        if name.endswith(".pth"):
            state = torch.load(target, weights_only=True, mmap=name == "large.pth")
            for offset, text in marks.items():
                got = state["large"][offset:offset + len(text)] if offset < size else state["small"]
                if got.numpy().tobytes() != text:
                    yield f"{name}: other values at {offset}"
            del state
        target.unlink()


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--program", type=Path, required=True)
    options.add_argument("--report", type=Path)
    options = options.parse_args()
    program = str(options.program.resolve())
    counts = {name: [0, 0, 0] for name in READERS}  # files, tensors, left out
    faults = []
    with tempfile.TemporaryDirectory() as folder:
        for truth_file in sorted(FIXTURES.rglob("*.json")):
            source = truth_file.with_suffix("")
            if not source.is_file():
                continue
            truth, digest = truths(source)
            if not truth:
                continue
            for reader, (name, flags, read) in READERS.items():
                target = Path(folder) / name
                try:
                    dropped = convert(program, str(source), target, flags)
                    if dropped is None:
                        continue
                    kept = set(truth) - set(dropped)
                    complaint = same(read(str(target)), truth, digest, kept)
                except Exception as error:  # a reader may fail in any way; all of them are findings
                    complaint, dropped, kept = f"{type(error).__name__}: {str(error)[:200]}", [], set()
                counts[reader][0] += 1
                counts[reader][1] += len(kept)
                counts[reader][2] += len(dropped)
                if complaint:
                    faults.append(f"{source.relative_to(FIXTURES)}, {reader}: {complaint}")
        whole, complaints = surroundings(program, Path(folder))
        faults += complaints
        beyond = list(large(program, Path(folder)))
        faults += beyond
    lines = [
        "# Interoperability", "",
        "The last output of `make interop`.", "", "## State dicts", "",
        "Every fixture that PyTorch could read, written by pthconv in every",
        "format and read back by the real readers. Names, types, shapes and bits are compared with what PyTorch",
        "reads from the fixture itself. *Left out* are tensors that a format cannot hold, which pthconv names",
        "before it writes anything.", "",
        f"Python {platform.python_version()}, PyTorch {torch.__version__}, safetensors {safetensors.__version__}, "
        f"numpy {numpy.__version__}.", "",
        "| reader | files | tensors | left out |", "| --- | ---: | ---: | ---: |",
        *(f"| `{name}` | {files} | {tensors} | {left} |" for name, (files, tensors, left) in counts.items()), "",
        "A tensor of more than 4 GiB with another one behind it, as `.pth` (`torch.load(mmap=True)`), legacy",
        "`.pth` (`torch.load`) and `.npz`, all CRCs by Python's zipfile: "
        + ("as written." if not beyond else "**differs**."), "",
        f"With `--keep-metadata` {whole} whole training checkpoints, zip and legacy: optimizer, schedulers and settings",
        "are what PyTorch reads from the fixture, without what pthconv says it leaves out: "
        + ("as written." if not complaints else "**differs**."), "",
        "All agree." if not faults else f"{len(faults)} differ:", *(f"- {fault}" for fault in faults), "",
    ]
    text = "\n".join(lines)
    print(text)
    if options.report:
        options.report.write_text(text)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
