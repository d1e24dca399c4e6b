"""One peer of the oneDNN engine, as engines.py drives it.

    python Benchmarks/Engines/peers.py PyTorch|PyTorch-float64|onnxruntime|OpenVINO FOLDER HEIGHT WIDTH THREADS

Answers with the milliseconds of the first run, then, for each line that comes in, of another one, and at the end
with the peak memory in bytes. The ONNX file is made once, in FOLDER.
"""

import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy

NAME = "res2net50_26w_6s"


def network(folder):
    import timm
    import torch

    model = timm.create_model(NAME, features_only=True, out_indices=(1, 2, 3, 4)).eval()
    weights = torch.load(folder / f"{NAME}.pth", weights_only=True)
    missing = model.load_state_dict(weights, strict=False).missing_keys
    assert not missing, missing
    return model


def pytorch(folder, threads, double=False):
    import torch

    torch.set_num_threads(threads)
    dtype = torch.float64 if double else torch.float32
    model = network(folder).to(dtype)

    def run(image):
        with torch.inference_mode():
            return model(torch.from_numpy(image).to(dtype))

    return run


def onnx_file(folder, image):
    """Exported in another process: PyTorch's memory is not that of the engines that read it."""
    path = folder / f"{NAME}-{image.shape[2]}x{image.shape[3]}.onnx"
    if not path.exists():
        script = "import sys; from peers import export; export(*sys.argv[1:])"
        size = [str(length) for length in image.shape[2:]]
        subprocess.check_call(
            [sys.executable, "-c", script, str(folder), str(path), *size], cwd=Path(__file__).parent,
            stdout=subprocess.DEVNULL)
    return path


def export(folder, path, height, width):
    import torch

    image = torch.zeros(1, 3, int(height), int(width))
    part = Path(path).with_suffix(".part")
    torch.onnx.export(network(Path(folder)), (image,), str(part), dynamo=False, input_names=["x"])
    part.rename(path)


def onnxruntime(folder, threads, image):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(str(onnx_file(folder, image)), options, ["CPUExecutionProvider"])
    return lambda image: session.run(None, {"x": image})


def openvino(folder, threads, image):
    import openvino

    # float32 as everybody else: its default may be bfloat16 where the processor has it.
    settings = {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": threads, "PERFORMANCE_HINT": "LATENCY"}
    model = openvino.Core().compile_model(str(onnx_file(folder, image)), "CPU", settings)
    request = model.create_infer_request()
    return lambda image: request.infer({0: image})


def main(name, folder, height, width, threads):
    shape = (1, 3, int(height), int(width))
    image = numpy.random.default_rng(0).standard_normal(shape, numpy.float32)
    if not name.startswith("PyTorch"):
        onnx_file(Path(folder), image)

    def timed(operation):
        start = time.perf_counter()
        result = operation()
        print((time.perf_counter() - start) * 1e3, flush=True)
        return result

    def create():
        if name.startswith("PyTorch"):
            run = pytorch(Path(folder), int(threads), double=name.endswith("float64"))
        else:
            run = (onnxruntime if name == "onnxruntime" else openvino)(Path(folder), int(threads), image)
        run(image)
        return run

    run = timed(create)
    for _ in sys.stdin:
        timed(lambda: run(image))
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
