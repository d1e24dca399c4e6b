"""Compares ONNX models that pthconv writes, run by onnxruntime, with the PyTorch models behind them.

    python scripts/interop_onnx.py --program .build/release/pthconv --cache FOLDER [--only WORD]
        [--report docs/interop.md]

Makes seeded checkpoints with the real timm, torchvision and mmdet, converts each one, has onnx.checker look at
the result in full, and compares every output with that of PyTorch in float64, at two sizes and two batches. Prints
a table of the largest relative L2 errors as Markdown, and appends it to the report; exits with 1 if one is above
1e-5 or a check fails. The largest case takes 14 GB of memory and 8 GB of disk.

Needs scripts/requirements.txt beside Benchmarks/requirements.txt and Fixtures/generate/requirements.txt.
"""

import argparse
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import timm
import torch
import torchvision
from torch import nn

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "Fixtures" / "generate"))
import openmmlab  # noqa: E402

TOLERANCE = 1e-5
# Batch, height, width: one odd size, so that paddings, strides and ceil mode show.
INPUTS = [(2, 64, 96), (1, 97, 75)]
GROUP_NORM = dict(type="GN", num_groups=32)


def cases(mmdet):
    """(name, flavor, backbone, arguments for pthconv, maker of the model)."""

    def of_timm(name, asked, **options):
        return f"timm {name}", "timm", asked, {}, lambda: timm.create_model(name, **options)

    def of_mmdet(title, kind, **arguments):
        def make():
            # The models take options out of the dictionaries that they are given.
            return getattr(mmdet, kind)(**{k: dict(v) if isinstance(v, dict) else v for k, v in arguments.items()})

        return f"mmdet {title}", "mmdet", kind, arguments, make

    def dcn(version, groups=1):
        return dict(dcn=dict(type=version, deform_groups=groups), stage_with_dcn=(False, True, True, True))

    yield of_timm("res2net50_26w_4s", "res2net50_26w_4s", num_classes=0)
    name, _, *rest = of_timm("res2net50_26w_6s", "res2net50_26w_6s", num_classes=0)
    yield f"{name} as official", "official", *rest
    yield of_timm("res2net50d", "res2net50d", num_classes=0)
    name, _, *rest = of_timm("res2net50d", "res2net50d", num_classes=0)
    yield f"{name} as official", "official", *rest
    name, flavor, backbone, _, make = of_timm("res2net50_14w_8s", "res2net50_14w_8s", num_classes=10)
    yield f"{name} with head", flavor, backbone, {"num_classes": 10}, make
    yield of_timm("res2next50", "res2next50", num_classes=0)
    yield of_timm("resnet50d", "resnet50d", num_classes=0)
    yield of_timm("resnet50_gn", "resnet50_gn", num_classes=0)
    for name in ("resnet18", "resnet50", "resnext50_32x4d"):
        yield (f"torchvision {name} with head", "torchvision", name, {"num_classes": 1000},
               lambda name=name: torchvision.models.get_model(name))
    dilated = dict(strides=(1, 2, 1, 1), dilations=(1, 1, 2, 4))
    yield ("torchvision resnet50 dilated", "torchvision", "resnet50", dilated | {"num_classes": 1000},
           lambda: torchvision.models.resnet50(replace_stride_with_dilation=[False, True, True]))
    yield of_mmdet("Res2Net", "Res2Net", depth=50, scales=4, base_width=26)
    yield of_mmdet("Res2Net GN", "Res2Net", depth=50, base_width=32, norm_cfg=GROUP_NORM)
    yield of_mmdet("Res2Net DCN", "Res2Net", depth=50, **dcn("DCN"))
    yield of_mmdet("Res2Net DCNv2", "Res2Net", depth=50, **dcn("DCNv2"))
    yield of_mmdet("ResNet deep stem", "ResNet", depth=50, deep_stem=True)
    yield of_mmdet("ResNetV1d", "ResNetV1d", depth=50)
    yield of_mmdet("ResNet caffe", "ResNet", depth=50, style="caffe")
    yield of_mmdet("ResNet DCN, 4 deformable groups", "ResNet", depth=50, **dcn("DCN", 4))
    yield of_mmdet("ResNet DCNv2, 2 deformable groups", "ResNet", depth=50, **dcn("DCNv2", 2))
    # The weights are in a second file.
    yield of_mmdet("Res2Net, 240 wide, beyond 2 GB", "Res2Net", depth=50, base_width=240)


def literal(value):
    """An argument as pthconv reads it: Python's own notation, dictionaries as dict(…)."""
    if isinstance(value, dict):
        return "dict(" + ", ".join(f"{key}={literal(item)}" for key, item in value.items()) + ")"
    return repr(value)


def seeded(make):
    """The model, with values that tell its parts from each other: norms that are not the identity, offsets that
    are not whole pixels."""
    torch.manual_seed(20200401)
    model = make()
    model.eval()  # mmdet's returns nothing
    for name, module in model.named_modules():
        if "conv_offset" in name:
            nn.init.normal_(module.weight, std=0.5 / np.sqrt(module.weight[0].numel()))
            nn.init.uniform_(module.bias, -1, 1)
        elif isinstance(module, (nn.Conv2d, openmmlab.DeformPack)):
            nn.init.kaiming_normal_(module.weight)
        elif isinstance(module, (nn.BatchNorm2d, nn.GroupNorm)):
            nn.init.uniform_(module.weight, 0.3, 0.9)
            nn.init.normal_(module.bias, std=0.1)
        if isinstance(module, nn.BatchNorm2d):
            nn.init.normal_(module.running_mean, std=0.1)
            nn.init.uniform_(module.running_var, 0.5, 2)
    return model


def expected(model, image):
    """The outputs of the stages, and the classifier's, in float64."""
    outputs = {}
    hooks = [
        getattr(model, f"layer{stage}").register_forward_hook(
            lambda module, inputs, output, stage=stage: outputs.__setitem__(f"layer{stage}", output))
        for stage in range(1, 5)
    ]
    with torch.no_grad():
        result = model(image)
    for hook in hooks:
        hook.remove()
    if isinstance(getattr(model, "fc", None), nn.Linear):
        outputs["fc"] = result
    return {name: value.numpy() for name, value in outputs.items()}


def compare(program, folder, case, fold):
    """The largest relative L2 error over all outputs and inputs."""
    name, flavor, backbone, arguments, make = case
    model = seeded(make)
    checkpoint, written = folder / "model.pth", folder / "model.onnx"
    torch.save(model.state_dict(), checkpoint)
    command = [program, "map", checkpoint, "--backbone", backbone, "--flavor", flavor, "--strict"]
    for key, value in arguments.items():
        command += ["--arg", f"{key}={literal(value)}"]
    command += ["--output", written] + (["--fold"] if fold else [])
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, command))}: {result.stdout}{result.stderr}")

    onnx.checker.check_model(str(written), full_check=True)
    proto = onnx.load(str(written))
    has_batch_norm = any(node.op_type == "BatchNormalization" for node in proto.graph.node)
    if has_batch_norm and fold:
        raise RuntimeError("a batch norm was not folded")
    state = model.state_dict()
    for initializer in proto.graph.initializer:
        if not fold and initializer.raw_data != state[initializer.name].numpy().tobytes():
            raise RuntimeError(f"{initializer.name} is not the checkpoint's")
    if not fold:
        kept = {key for key in state if not key.endswith("num_batches_tracked")}
        if kept != {initializer.name for initializer in proto.graph.initializer}:
            raise RuntimeError("the initialisers are not the state dict's keys")

    session = onnxruntime.InferenceSession(str(written), providers=["CPUExecutionProvider"])
    model = model.double()
    worst = 0.0
    for batch, height, width in INPUTS:
        image = torch.randn(batch, 3, height, width)
        wanted = expected(model, image.double())
        names = [output.name for output in session.get_outputs()]
        if names != list(wanted):
            raise RuntimeError(f"the outputs are {names}, not {list(wanted)}")
        for key, got in zip(names, session.run(None, {"input": image.numpy()})):
            if got.shape != wanted[key].shape:
                raise RuntimeError(f"{key} has shape {got.shape}, not {wanted[key].shape}")
            error = np.linalg.norm(got - wanted[key]) / np.linalg.norm(wanted[key])
            worst = max(worst, float(error)) if np.isfinite(error) else float("inf")
    return worst


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", type=Path, required=True)
    parser.add_argument("--cache", type=Path, required=True, help="folder for temporary files")
    parser.add_argument("--only", default="", help="run the cases whose name contains this")
    parser.add_argument("--report", type=Path, help="file that the output is appended to")
    options = parser.parse_args()
    warnings.filterwarnings("ignore")
    options.cache.mkdir(parents=True, exist_ok=True)
    chosen = [case for case in cases(openmmlab.load_mmdet()) if options.only in case[0]]
    if not chosen:
        parser.error(f"no model's name contains '{options.only}'")
    lines = []

    def say(line):
        lines.append(line)
        print(line, flush=True)

    say("\n## ONNX\n")
    say("Seeded checkpoints of timm, torchvision and mmdet, written as ONNX, checked by `onnx.checker` in full, run by\n"
        "onnxruntime: the largest relative L2 error of all outputs against PyTorch's in float64, at "
        + " and ".join("×".join(map(str, (batch, 3, *size))) for batch, *size in INPUTS)
        + f".\nAt most {TOLERANCE:.0e} is allowed.\n")
    say(f"onnx {onnx.__version__}, onnxruntime {onnxruntime.__version__}, torch {torch.__version__}, "
          f"timm {timm.__version__}, torchvision {torchvision.__version__}\n")
    say("| model | batch norm kept | folded |\n| --- | --- | --- |")
    failed = False
    for case in chosen:
        cells = []
        for fold in (False, True):
            with tempfile.TemporaryDirectory(dir=options.cache) as folder:
                try:
                    error = compare(options.program.resolve(), Path(folder), case, fold)
                    cells.append(f"{error:.1e}" + ("" if error <= TOLERANCE else " **too much**"))
                    failed = failed or error > TOLERANCE
                except Exception as problem:  # the other cases are worth a look all the same
                    cells.append(f"**{problem}**")
                    failed = True
        say(f"| {case[0]} | {cells[0]} | {cells[1]} |")
    if options.report:
        with options.report.open("a") as report:
            report.write("\n".join(lines) + "\n")
    sys.exit(failed)


if __name__ == "__main__":
    main()
