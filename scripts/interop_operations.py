"""Compares ONNX models of single operations, run by onnxruntime, with what PyTorch computed.

    PTHCONV_OPERATION_MODELS=FOLDER swift test --filter OperationModelTests
    python scripts/interop_operations.py FOLDER

needs onnx, onnxruntime, numpy and torch. The cases are those of Fixtures/engines/operations.json, with
settings that no network has. Ends with 1 if a model is missing, invalid or computes something else.
"""
import json
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch

CASES = Path(__file__).parents[1] / "Fixtures" / "engines" / "operations.json"
TOLERANCE = 1e-5


def image(shape, seed):
    """As Fixtures/generate/engines.py makes it."""
    torch.manual_seed(seed + 1)
    return ((torch.rand(shape) - 0.5) * 4).numpy()


def error(case, folder):
    """The relative L2 error of the sampled elements."""
    path = str(folder / f"{case['name']}.onnx")
    onnx.checker.check_model(path, full_check=True)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    [got] = session.run(None, {"input": image(case["input"], case["seed"])})
    [wanted] = case["outputs"]
    if list(got.shape) != wanted["shape"]:
        raise RuntimeError(f"has shape {got.shape}, not {wanted['shape']}")
    count, values = got.size, np.array(wanted["values"])
    sampled = got.ravel()[[i if count <= 256 else i * count // 256 for i in range(len(values))]]
    return float(np.linalg.norm(sampled - values) / np.linalg.norm(values))


def main():
    folder, failed = Path(sys.argv[1]), False
    for case in json.loads(CASES.read_text())["cases"]:
        try:
            found = error(case, folder)
            bad = not found <= TOLERANCE
            print(f"{case['name']:24} {found:.1e}{' too much' if bad else ''}")
        except Exception as problem:  # the other cases are worth a look all the same
            bad = True
            print(f"{case['name']:24} {problem}")
        failed = failed or bad
    sys.exit(failed)


if __name__ == "__main__":
    main()
