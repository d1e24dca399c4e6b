"""Judges the test files of other scanners: what they hold for dangerous must not be safe here, what they hold for harmless not dangerous.

    python scripts/scanners.py --program PROGRAM --cache FOLDER

Takes picklescan's files as they are committed, makes those of modelscan by its own fixtures, and the pickles of fickling's tests
by running these with a recorder in the place of its check. Nothing is loaded that is found.
"""

import argparse
import contextlib
import importlib
import io
import json
import os
import pathlib
import pickletools
import subprocess
import sys
import tempfile
import types
import unittest
from unittest import mock

SOURCES = {
    "picklescan": ("https://github.com/mmaitre314/picklescan", "f15d54da3dec9aa28a87ede82f87882bb80f1023"),
    "fickling": ("https://github.com/trailofbits/fickling", "854c99acd2637f97162dd2e1aa2dab4e8d55d77d"),
    "modelscan": ("https://github.com/protectai/modelscan", "8b8ed4bf78a863fcf3b664888dc7ff6ae22f5230"),
}
HARMLESS = {
    "picklescan": ("benign", "new_pytorch_model.bin", "pytorch_model.bin", "int_array", "object_array", "not_a_pickle.bin", "broken_model.pkl", "bad_pytorch.pt"),
    "modelscan": ("benign", "a_", "safe", "password_protected", "bad_pytorch.pt", "int_array"),
}
# Pickles that fickling's tests hold for harmless stand under this name.
FINE = "fine"
IMPORTING = {"GLOBAL", "STACK_GLOBAL", "INST", "EXT1", "EXT2", "EXT4", "PERSID", "BINPERSID"}


def checkout(name, cache):
    folder = cache / name
    url, commit = SOURCES[name]
    if not folder.exists():
        run = lambda *words: subprocess.run(["git", *words], check=True, capture_output=True)
        run("init", "-q", str(folder))
        run("-C", str(folder), "fetch", "-q", "--depth", "1", url, commit)
        run("-C", str(folder), "checkout", "-q", "FETCH_HEAD")
    return folder


def picklescan(folder, _):
    for data in ("data", "data2"):
        for path in sorted((folder / "tests" / data).iterdir()):
            if path.is_file() and path.suffix != ".py":
                yield path, not path.name.startswith(HARMLESS["picklescan"])


def fickling(folder, scratch):
    """Every pickle that a test has checked, and whether the test wants it to be more than likely safe."""
    sys.path.insert(0, str(folder))
    import fickling.analysis as analysis

    seen = {}
    genuine = analysis.check_safety

    def recorder(pickled, *args, **kwargs):
        result = genuine(pickled, *args, **kwargs)
        with contextlib.suppress(Exception):
            seen[pickled.dumps()] = result.severity > analysis.Severity.LIKELY_SAFE
        return result

    def imports(data):
        try:
            return any(opcode.name in IMPORTING for opcode, _, _ in pickletools.genops(data))
        except ValueError:
            return False

    analysis.check_safety = recorder
    for module in ("test_bypasses", "test_analysis", "test_crashes", "test_expansion_attack_analysis"):
        with contextlib.suppress(ImportError):
            loaded = importlib.import_module(f"test.{module}")
            tests = unittest.defaultTestLoader.loadTestsFromModule(loaded)
            with contextlib.redirect_stdout(io.StringIO()):
                unittest.TextTestRunner(stream=io.StringIO()).run(tests)
    for index, (data, is_dangerous) in enumerate(seen.items()):
        # Its limits of its own memory, frames and recursion are no danger to who unpickles.
        is_dangerous = is_dangerous and imports(data)
        path = scratch / f"{'call' if is_dangerous else FINE}-{index}.pkl"
        path.write_bytes(data)
        yield path, is_dangerous


def modelscan(folder, scratch):
    """The files that the fixtures of its tests make; what they need of TensorFlow is left out."""
    tests = folder / "tests"
    sys.path.insert(0, str(tests))
    for name in ("tensorflow", "tf_keras", "modelscan", *(f"modelscan.{part}" for part in (
            "modelscan", "cli", "issues", "tools", "tools.picklescanner", "skip", "settings", "model", "tools.utils", "scanners", "_version", "error"))):
        sys.modules[name] = mock.MagicMock()
    import pytest

    plain = lambda *args, **kwargs: args[0] if args and callable(args[0]) else lambda function: function
    with mock.patch.object(pytest, "fixture", plain):
        module = importlib.import_module("test_modelscan")
    places = types.SimpleNamespace(mktemp=lambda name: (scratch / name).mkdir(exist_ok=True) or scratch / name)
    for fixture in ("zip_file_path", "pytorch_file_path", "file_path", "numpy_file_path"):
        with contextlib.suppress(Exception):
            getattr(module, fixture)(places)
    for path in sorted([*scratch.rglob("*"), *(tests / "data").iterdir()]):
        if path.is_file() and path.suffix != ".py":
            yield path, not path.name.startswith(HARMLESS["modelscan"])


def verdict(program, path):
    run = subprocess.run([program, "scan", "--json", str(path)], capture_output=True)
    if run.returncode == 2:
        return "not read"
    return json.loads(run.stdout)["safety"]


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--program", required=True)
    arguments.add_argument("--cache", type=pathlib.Path, required=True)
    options = arguments.parse_args()
    options.cache.mkdir(parents=True, exist_ok=True)
    program = os.path.abspath(options.program)
    wrong = 0
    print(f"{'suite':12} {'files':8} {'dangerous':>9} {'unknown':>8} {'not read':>8} {'safe':>6}")
    for name, collect in (("picklescan", picklescan), ("fickling", fickling), ("modelscan", modelscan)):
        folder = checkout(name, options.cache).absolute()
        with tempfile.TemporaryDirectory() as scratch:
            counts = {True: {}, False: {}}
            for path, is_dangerous in collect(folder, pathlib.Path(scratch)):
                found = verdict(program, path)
                counts[is_dangerous][found] = counts[is_dangerous].get(found, 0) + 1
                if found == ("safe" if is_dangerous else "dangerous"):
                    wrong += 1
                    print(f"wrong: {path}: {found}")
            for is_dangerous, table in counts.items():
                row = " ".join(f"{table.get(key, 0):>{width}}" for key, width in (("dangerous", 9), ("unknown", 8), ("not read", 8), ("safe", 6)))
                print(f"{name:12} {'hostile' if is_dangerous else 'harmless':8} {row}")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
