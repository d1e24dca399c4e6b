"""What pthconv promises of every residual network that timm has, held against PyTorch's outputs.

    python scripts/residual_networks.py --program .build/release/pthconv [--report docs/verify.md] [NAME ...]

Each network gets seeded weights (norms included, so that no block is an identity) and is saved as timm
saves it. `map` and `verify` are asked without PyTorch's outputs what they promise, and `verify
--reference` what is true. A promise that PyTorch's outputs refute is an error, unless what differs is
among the assumptions that `verify` lists. Exit code 1 if there is any.
"""
import argparse
import collections
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy
import timm
import torch

FAMILIES = ("resnet", "seresnet", "ecaresnet", "skresnet", "gcresnet", "resnest", "resnetrs", "resnetblur",
            "resnetaa", "res2net", "res2next", "resnext", "seresnext", "ecaresnext", "skresnext", "gcresnext",
            "wide_resnet", "legacy_seres")
# What the parts of a name say that names and shapes of tensors cannot: the assumption it breaks.
ASSUMED = {"blur": "anti-aliasing", "aa": "anti-aliasing", "ts": "ReLU"}
SIZE = 96
MARKS = "<!-- residual networks: begin -->", "<!-- residual networks: end -->"


def names(chosen):
    return chosen or [name for name in timm.list_models() if name.startswith(FAMILIES)]


def seeded(name):
    torch.manual_seed(0)
    model = timm.create_model(name, pretrained=False).eval()
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for module in model.modules():
            if isinstance(module, (torch.nn.BatchNorm2d, torch.nn.GroupNorm)) and module.weight is not None:
                module.weight.uniform_(0.5, 1.2, generator=generator)
                module.bias.normal_(0, 0.1, generator=generator)
            if isinstance(module, torch.nn.BatchNorm2d) and module.running_mean is not None:
                module.running_mean.normal_(0, 0.1, generator=generator)
                module.running_var.uniform_(0.5, 1.5, generator=generator)
    return model


def stage_outputs(model):
    outputs = {}
    for stage in ("layer1", "layer2", "layer3", "layer4"):
        module = getattr(model, stage, None)
        if module is None:
            return None
        module.register_forward_hook(lambda _, __, y, stage=stage: outputs.__setitem__(stage, y.numpy()))
    torch.manual_seed(0)
    with torch.no_grad():
        model(torch.randn(1, 3, SIZE, SIZE))
    return outputs


def ask(program, *arguments):
    run = subprocess.run([program, *arguments, "--json"], capture_output=True, text=True, timeout=600)
    try:
        return json.loads(run.stdout), run.returncode
    except ValueError:
        return {"verdict": "refused"}, run.returncode


def judge(program, name, folder):
    model = seeded(name)
    outputs = stage_outputs(model)
    if outputs is None:
        return None
    file, reference = folder / "model.pth", folder / "outputs.npz"
    torch.save(model.state_dict(), file)
    numpy.savez(reference, **outputs)
    backbone = "Res2Net" if "res2ne" in name else "ResNet"
    mapped, _ = ask(program, "map", file, "--backbone", backbone)
    options = ["--backbone", backbone, "--size", str(SIZE), "--engine", "onednn"]
    promised, promised_code = ask(program, "verify", file, *options)
    truth, truth_code = ask(program, "verify", file, *options, "--reference", reference)
    row = dict(name=name, map=mapped["verdict"], promise=promised["verdict"], truth=truth["verdict"], note="")
    is_true = truth["verdict"] == "proven"
    assumption = next((text for part, text in ASSUMED.items() if part in name), None)
    is_assumed = assumption is not None and any(
        assumption in listed for listed in promised.get("assumptions", []))
    if is_true:
        row["wrong"] = truth_code != 0 or mapped["verdict"] != "complete"
    elif promised["verdict"] in ("proven", "supported", "consistent"):
        row["wrong"] = not is_assumed
        row["note"] = assumption or ""
    else:
        row["wrong"] = promised_code == 0 or (mapped["verdict"] == "complete" and not is_assumed)
    return row


def table(rows):
    kinds = collections.OrderedDict()
    for row in rows:
        kinds.setdefault((row["map"], row["promise"], row["truth"], row["note"]), []).append(row["name"])
    lines = [MARKS[0], "",
             f"{len(rows)} networks of timm {timm.__version__} with seeded weights, PyTorch {torch.__version__}; "
             f"wrong promises: {sum(row['wrong'] for row in rows)}.", "",
             "| `map` | `verify` | with PyTorch's outputs | assumption that does not hold | networks |",
             "| --- | --- | --- | --- | --- |"]
    for (mapped, promise, truth, note), group in sorted(kinds.items(), key=lambda kind: -len(kind[1])):
        lines.append(f"| {mapped} | {promise} | {truth} | {note or '–'} | {len(group)}: {', '.join(group)} |")
    return "\n".join(lines + ["", MARKS[1]])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", default=".build/release/pthconv")
    parser.add_argument("--report", type=pathlib.Path)
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for name in names(arguments.names):
            row = judge(arguments.program, name, pathlib.Path(folder))
            if row is None:
                continue
            rows.append(row)
            print(("WRONG " if row["wrong"] else "      ")
                  + f"{name}: map {row['map']}, verify {row['promise']}, truth {row['truth']}", flush=True)
    text = table(rows)
    if arguments.report:
        page = arguments.report.read_text()
        start, end = page.index(MARKS[0]), page.index(MARKS[1]) + len(MARKS[1])
        arguments.report.write_text(page[:start] + text + page[end:])
    wrong = [row["name"] for row in rows if row["wrong"]]
    print(f"{len(rows)} networks, {len(wrong)} wrong: {', '.join(wrong)}")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
