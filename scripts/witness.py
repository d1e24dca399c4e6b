"""How often the statistics that a file recorded tell what is wrong with it: networks × faults, counted.

    python scripts/witness.py --program .build/release/pthconv [--report docs/witness.md] [--cache DIR] [--seeds 2]

Networks are calibrated (Fixtures/generate/witness): their running statistics are true. Half of them are
calibrated on random crops of random zoom, so that the images of the test look different from those of
"training"; the test's images are of four kinds, three of which differ in contrast, colour and sharpness.
Each fault is made at a random place. `pthconv verify --images` never learns which it is.
"""
import argparse
import collections
import copy
import hashlib
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "Fixtures/generate/witness"))

import numpy as np
import timm
import torch
from PIL import Image
from torch import nn

import calibrated
import natural_images
import networks

SIZE = 96
IMAGES = 32
MARKS = "<!-- confusion: begin -->", "<!-- confusion: end -->"
LOOKS = {
    "same": {}, "flat": dict(contrast=0.75, saturation=1.5),
    "soft": dict(blur=0.8, slope=1.4, contrast=1.1), "grey": dict(saturation=0.4, tint=0.0, contrast=1.2),
}
STYLES = dict(pytorch="caffe", caffe="pytorch")
D16 = dict(strides=(1, 2, 2, 1), dilations=(1, 1, 1, 2))
D8 = dict(strides=(1, 2, 1, 1), dilations=(1, 1, 2, 4))


def python_list(values):
    return str(list(values))


class Network:
    """A calibrated network and the options that ask pthconv for it."""

    def __init__(self, name, build, options):
        self.name, self.build, self.options = name, build, options


def mmdet_network(name, kind, depth=50, **arguments):
    backbone = "Res2Net" if kind == "Res2Net" else "ResNet"
    options = ["--backbone", backbone, "--flavor", "mmdet", "--depth", str(depth), "--arg", "base_channels=16",
               "--arg", "stem_channels=16"]
    if kind == "Res2Net":
        options += ["--arg", "base_width=8", "--arg", "scales=4"]
    if kind == "ResNetV1d":
        options += ["--deep-stem", "--avg-down"]
    for key, value in arguments.items():
        options += ["--arg", f"{key}={value if isinstance(value, str) else python_list(value)}"]
    return Network(name, lambda: networks.narrow(kind, depth, **arguments), options)


def timm_network(name):
    return Network(name, lambda: timm.create_model(name).eval(), ["--backbone", name])


BASE = [
    mmdet_network("ResNet-18, narrow", "ResNet", 18),
    mmdet_network("ResNet-50, narrow", "ResNet", 50),
    mmdet_network("ResNet-50, caffe, narrow", "ResNet", 50, style="caffe"),
    mmdet_network("ResNet-101, narrow", "ResNet", 101),
    mmdet_network("ResNetV1d-50, narrow", "ResNetV1d", 50),
    mmdet_network("Res2Net-50, narrow", "Res2Net", 50),
    mmdet_network("ResNet-50 D16, narrow", "ResNet", 50, **D16),
    timm_network("resnet18"),
]


# MARK: Faults, each at a random place; they return the state dict and the norm at which they must show.

def convolutions(model):
    """Convolutions in front of a norm, with the name of that norm."""
    modules = dict(model.named_modules())
    found = []
    for name, module in modules.items():
        if not isinstance(module, nn.Conv2d):
            continue
        parts = name.split(".")
        last = parts[-1]
        if last.startswith("conv"):
            norm = ".".join(parts[:-1] + ["bn" + last[4:]])
        elif last.isdigit() and len(parts) > 1 and parts[-2] == "convs":
            norm = ".".join(parts[:-2] + ["bns", last])
        elif last.isdigit():
            norm = ".".join(parts[:-1] + [str(int(last) + 1)])
        else:
            continue
        if norm in modules:
            found.append((name, norm))
    return found


def random_convolution(model, rng):
    state = copy.deepcopy(model.state_dict())
    name, norm = rng.choice(convolutions(model))
    weight = state[f"{name}.weight"]
    generator = torch.Generator().manual_seed(rng.randrange(1 << 30))
    state[f"{name}.weight"] = torch.randn(weight.shape, generator=generator) * weight.std()
    return state, norm


def initial_convolution(model, rng):
    state = copy.deepcopy(model.state_dict())
    name, norm = rng.choice(convolutions(model))
    weight = state[f"{name}.weight"]
    generator = torch.Generator().manual_seed(rng.randrange(1 << 30))
    state[f"{name}.weight"] = torch.randn(weight.shape, generator=generator) * 0.01
    return state, norm


def random_filters(share):
    """Some filters of a convolution, fewer than half: a median over channels does not see them."""
    def fault(model, rng):
        state = copy.deepcopy(model.state_dict())
        # What sees the images sees other images as well.
        name, norm = rng.choice(convolutions(model)[1:])
        weight = state[f"{name}.weight"]
        generator = torch.Generator().manual_seed(rng.randrange(1 << 30))
        rows = torch.randperm(len(weight), generator=generator)[:max(1, int(len(weight) * share))]
        weight[rows] = torch.randn(weight[rows].shape, generator=generator) * weight.std()
        return state, norm
    return fault


def swapped_convolutions(model, rng):
    state = copy.deepcopy(model.state_dict())
    pairs = [(a, b) for a in convolutions(model) for b in convolutions(model)
             if a[0] < b[0] and state[f"{a[0]}.weight"].shape == state[f"{b[0]}.weight"].shape]
    a, b = rng.choice(pairs)
    x, y = f"{a[0]}.weight", f"{b[0]}.weight"
    state[x], state[y] = state[y], state[x]
    order = [norm for _, norm in convolutions(model)]
    return state, min(a[1], b[1], key=order.index)


def calibrated_with(change):
    """A network that was "trained" otherwise than its keys say; the target is the plain one."""
    def fault(model, rng, recalibrate):
        other = copy.deepcopy(model)
        shows = change(other, rng)
        recalibrate(other)
        return other.state_dict(), shows
    return fault


def blocks(model):
    found = [(f"{stage}.{index}", block) for stage in ("layer1", "layer2", "layer3", "layer4")
             for index, block in enumerate(getattr(model, stage, []))]
    # What follows the last block is seen by no norm.
    return found[:-1]


def following(model, name):
    """The first norm behind a block."""
    names = [n for n, m in model.named_modules() if isinstance(m, nn.BatchNorm2d) and n.startswith("layer")]
    stage, index = name.split(".")
    after = f"{stage}.{int(index) + 1}."
    if not any(n.startswith(after) for n in names):
        after = f"layer{int(stage[5:]) + 1}.0."
    return after + "bn1"


def without_residual(model, rng):
    """A block that was trained without its shortcut, or the other way round a target that adds one."""
    name, block = rng.choice([(n, b) for n, b in blocks(model) if getattr(b, "downsample", None) is None])
    forward = block.forward

    def changed(x):
        seen = {}
        last = "bn3" if hasattr(block, "bn3") else "bn2"
        handle = getattr(block, last).register_forward_hook(lambda m, i, o: seen.update(out=o.clone()))
        forward(x)
        handle.remove()
        return torch.relu(seen["out"])

    block.forward = changed
    return following(model, name)


def with_attention(model, rng):
    """Channel attention (squeeze and excitation) in one block, which the target lacks."""
    name, block = rng.choice(blocks(model))
    attend(block, rng)
    return following(model, name)


def with_attention_everywhere(model, rng):
    for _, block in blocks(model):
        attend(block, rng)
    return following(model, "layer1.0")


def attend(block, rng):
    last = getattr(block, "bn3", None) or block.bn2
    generator = torch.Generator().manual_seed(rng.randrange(1 << 30))
    channels = last.num_features
    mixing = torch.randn(channels, channels, generator=generator) / channels ** 0.5

    def gate(module, inputs, output):
        return output * torch.sigmoid(output.mean((2, 3)) @ mixing * 4)[:, :, None, None]

    last.register_forward_hook(gate)


def without_norm(model, rng):
    """A block that was trained with one norm fewer; the file's norm is as new."""
    name, block = rng.choice(blocks(model))
    block.bn1 = block.norm1_name and nn.BatchNorm2d(block.bn1.num_features) if hasattr(block, "norm1_name") \
        else nn.BatchNorm2d(block.bn1.num_features)
    block.bn1.forward = lambda x: x
    # A Res2Net's block has several in place of the second.
    return f"{name}.bns.0" if hasattr(block, "bns") else f"{name}.bn2"


GROSS = {
    "a convolution random": random_convolution,
    "a convolution as initialised": initial_convolution,
    "45 % of a convolution's filters random": random_filters(0.45),
    "20 % of a convolution's filters random": random_filters(0.2),
    "two convolutions swapped": swapped_convolutions,
    "a residual missing": calibrated_with(without_residual),
    "attention missing": calibrated_with(with_attention_everywhere),
    "attention missing in one block": calibrated_with(with_attention),
    "a norm missing": calibrated_with(without_norm),
}

RECALIBRATED = ("a residual missing", "attention missing", "attention missing in one block", "a norm missing")


class Study:
    def __init__(self, options):
        self.options = options
        self.cache = pathlib.Path(options.cache)
        self.cache.mkdir(parents=True, exist_ok=True)
        self.training = self.images("training", 320, 1, 116, {})
        self.folders = {}
        for index, (look, arguments) in enumerate(LOOKS.items()):
            folder = self.cache / f"images-{look}"
            if not folder.exists():
                pixels = natural_images.images(IMAGES, 10 + index, SIZE * 8 // 7, **arguments)
                folder.mkdir()
                for number, picture in enumerate(pixels):
                    Image.fromarray(picture).save(folder / f"{number:02}.png")
            self.folders[look] = folder
        # What this program has been asked already: a run goes on where the last one ended.
        program = hashlib.sha256(pathlib.Path(options.program).read_bytes()).hexdigest()[:12]
        few = "" if options.images == IMAGES else f"-{options.images}"
        self.known = self.cache / f"outcomes-{program}{few}.jsonl"
        self.rows = {}
        if self.known.exists():
            for line in self.known.read_text().splitlines():
                *key, outcome = json.loads(line)
                self.rows[tuple(key)] = outcome
        self.end = time.monotonic() + 60 * options.minutes

    def images(self, name, count, seed, size, look):
        file = self.cache / f"{name}-{count}-{size}.npy"
        if not file.exists():
            np.save(file, natural_images.images(count, seed, size, **look))
        return np.load(file)

    def model(self, network, seed, preparation="rgb-imagenet"):
        """A calibrated network; every second seed is calibrated with zooms."""
        zooms = seed % 2 == 1
        key = f"{network.name}-{seed}-{preparation}".replace(" ", "-").replace(",", "")
        file = self.cache / f"{key}.pth"
        model = network.build()
        if file.exists():
            model.load_state_dict(torch.load(file))
            model.eval()
        else:
            networks.calibrate(model, self.training, SIZE, seed=seed, preparation=preparation, zooms=zooms)
            torch.save(model.state_dict(), file)
        return model

    def recalibrate(self, seed):
        def run(model):
            calibrated.calibrate(model, self.training, SIZE, seed=seed, zooms=seed % 2 == 1)
        return run

    def cached(self, name, make):
        """What `make` returns, made once."""
        file = self.cache / ("-".join(name.replace(",", "").split()) + ".made.pth")
        if not file.exists():
            torch.save(make(), file)
        return torch.load(file)

    def ask(self, state, options, look, command="verify"):
        pictures = sorted(map(str, self.folders[look].glob("*.png")))[:self.options.images]
        with tempfile.TemporaryDirectory() as folder:
            file = f"{folder}/model.pth"
            torch.save(state, file)
            done = subprocess.run(
                [self.options.program, command, file, *options, "--images", *pictures, "--size",
                 str(SIZE), "--json"] + (
                     ["--engine", "onednn", "--threads", "1"] if command == "verify" else []),
                capture_output=True, text=True, env={**os.environ, "OMP_WAIT_POLICY": "passive"})
        if done.returncode not in (0, 1):
            raise SystemExit(f"{command} {options}: {done.stderr}")
        return json.loads(done.stdout)

    def note(self, group, case, network, seed, look, outcome, detail):
        self.rows[group, case, network, seed, look] = outcome
        with open(self.known, "a") as file:
            file.write(json.dumps([group, case, network, seed, look, outcome]) + "\n")
        if time.monotonic() > self.end:
            raise KeyboardInterrupt
        print(f"{group:12} {case:32} {network:26} {seed} {look:5} {outcome:16} {detail}", flush=True)


def statistics(answer):
    return next(c for c in answer["comparisons"] if c["kind"] == "statistics")


def near(names, wanted, named):
    """Whether the named norm is the wanted one or a neighbour in the order of execution."""
    if named is None:
        return False
    return abs(names.index(named) - names.index(wanted)) <= 1


def untouched(study, network, seed, look):
    if ("untouched", "as trained", network.name, seed, look) in study.rows:
        return
    answer = study.ask(study.model(network, seed).state_dict(), network.options, look)
    found = statistics(answer)
    outcome = {"supported": "supported", "failed": "failed"}.get(answer["verdict"], answer["verdict"])
    study.note("untouched", "as trained", network.name, seed, look, outcome, found["what"] or "")


def gross(study, network, seed, look, case, fault):
    if ("gross", case, network.name, seed, look) in study.rows:
        return
    rng = random.Random(f"{network.name}{seed}{case}")

    def make():
        model = study.model(network, seed)
        return fault(model, rng, study.recalibrate(seed)) if case in RECALIBRATED else fault(model, rng)

    state, wanted = study.cached(f"{network.name}-{seed}-{case}", make)
    answer = study.ask(state, network.options, look)
    found = statistics(answer)
    names = [norm["name"] for norm in found["norms"]]
    named = found["first_divergence"]
    if answer["verdict"] in ("supported", "consistent", "proven"):
        outcome = "missed"
    elif found["outcome"] != "fault":
        outcome = "found, norm named" if near(names, wanted, named) else "found, no norm"
    else:
        outcome = "found, norm named" if near(names, wanted, named) else "found, other norm"
    study.note("gross", case, network.name, seed, look, outcome, f"{wanted} {named} {found['outcome']}")


def hypothesis(study, case, truth, target, wanted, seed, look, change=None):
    """`wanted`: a part of the options that ask for the truth; the target is another network."""
    name = truth.name if change is None else f"{truth.name}, {change.__name__}"
    if ("hypothesis", case, name, seed, look) in study.rows:
        return
    def make():
        model = study.model(truth, seed)
        if change:
            model = change(copy.deepcopy(model))
            study.recalibrate(seed)(model)
        return model.state_dict()

    answer = study.ask(study.cached(f"{truth.name}-{seed}-{change.__name__ if change else 'plain'}", make), target.options, look)
    found = statistics(answer)
    best = [a["options"] for a in found["alternatives"] if a["best"]]
    if target is truth and change is None:
        outcome = "wrong" if best else (
            "right" if all(a["answer"] == "worse" for a in found["alternatives"] if wanted in a["options"])
            else "cannot be told")
    elif found["outcome"] == "fault" or best == [option for option in best if wanted in option] != []:
        outcome = "right"
    elif best:
        outcome = "cannot be told" if any(wanted in option for option in best) else "wrong"
    else:
        outcome = "wrong" if answer["verdict"] == "supported" and not any(
            wanted in a["options"] and a["answer"] == "cannot be told" for a in found["alternatives"]
        ) else "cannot be told"
    detail = "; ".join(f"{a['options']}: {a['answer']} {a['ratio']:.2f} {a['deviations']:.1f}"
                       for a in found["alternatives"])
    study.note("hypothesis", case, name, seed, look, outcome, detail)


def exchanged(study, network, seed, look, changed):
    """Weight and bias of two norms exchanged whose outputs are added: the last of a block and its shortcut's."""
    case = "norms exchanged" if changed else "norms exchanged, as trained"
    if ("hypothesis", case, network.name, seed, look) in study.rows:
        return
    model = study.model(network, seed)
    state = model.state_dict()
    norms = [name for name, module in model.named_modules() if isinstance(module, nn.BatchNorm2d)]
    shortcuts = [name for name in norms if "downsample" in name]
    shortcut = random.Random(f"{network.name}{seed}{look}").choice(shortcuts)
    block = shortcut.split(".downsample")[0]
    last = max(name for name in norms if name.startswith(f"{block}.bn") and name.count(".") == 2)
    if changed:
        for part in ("weight", "bias"):
            one, other = f"{last}.{part}", f"{shortcut}.{part}"
            state[one], state[other] = state[other], state[one]
    answer = study.ask(state, network.options, look)
    found = statistics(answer)["exchanges"]
    answers = {tuple(sorted(pair["norms"])): pair["answer"] for pair in found}
    own = answers[tuple(sorted((last, shortcut)))]
    if changed:
        outcome = "wrong" if own == "worse" or own == "better" and answer["verdict"] == "supported" else (
            "right" if own == "better" else "cannot be told")
    else:
        outcome = "wrong" if "better" in answers.values() else (
            "right" if set(answers.values()) == {"worse"} else "cannot be told")
    study.note("hypothesis", case, network.name, seed, look, outcome,
               "; ".join(f"{pair['norms']}: {pair['answer']} {pair['ratio']:.2f} {pair['deviations']:.1f}"
                         for pair in found))


def preparation(study, network, seed, look, name):
    order, scale = name.split("-")
    if ("preparation", f"order {order}", f"{network.name}, {scale}", seed, look) in study.rows:
        return
    model = study.model(network, seed, name)
    answer = study.ask(model.state_dict(), network.options, look, command="prepare")
    outcome = "cannot be told" if answer["scale"] is None else "right" if answer["scale"] == scale else "wrong"
    study.note("preparation", f"scale {scale}", f"{network.name}, {order}", seed, look, outcome, json.dumps(answer["candidates"][:2]))
    bgr = answer["bgr"]
    outcome = "cannot be told" if bgr is None else "right" if bgr == (order == "bgr") else "wrong"
    study.note("preparation", f"order {order}", f"{network.name}, {scale}", seed, look, outcome, "")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    parser.add_argument("--report")
    parser.add_argument("--cache", default=str(pathlib.Path.home() / ".cache/pthconv/witness"))
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--only", default="")
    parser.add_argument("--images", type=int, default=IMAGES, help="of each kind")
    parser.add_argument("--minutes", type=float, default=600, help="ends after that, with what was counted so far")
    options = parser.parse_args()
    torch.set_num_threads(2)
    study = Study(options)
    groups = options.only.split(",") if options.only else ["untouched", "gross", "hypothesis", "preparation"]
    try:
        run(study, options.seeds, groups)
    except KeyboardInterrupt:
        print("interrupted: what was counted so far")
    report(study, options.report)


def run(study, seeds, groups):
    looks = list(LOOKS)
    by_name = {network.name: network for network in BASE}
    for seed in range(seeds):
        for index, network in enumerate(BASE):
            if "untouched" in groups:
                for look in looks:
                    untouched(study, network, seed, look)
            if "gross" in groups:
                for number, (case, fault) in enumerate(GROSS.items()):
                    gross(study, network, seed, looks[(index + number + seed) % 4], case, fault)
        pytorch, caffe = by_name["ResNet-50, narrow"], by_name["ResNet-50, caffe, narrow"]
        d16, res2net = by_name["ResNet-50 D16, narrow"], by_name["Res2Net-50, narrow"]
        always = Network(res2net.name, res2net.build, res2net.options + ["--arg", "stage_pooling=always"])
        if "hypothesis" in groups:
            for look in looks:
                hypothesis(study, "style", pytorch, caffe, "style=pytorch", seed, look)
                hypothesis(study, "style", caffe, pytorch, "style=caffe", seed, look)
                hypothesis(study, "style, as trained", pytorch, pytorch, "style", seed, look)
                hypothesis(study, "style, as trained", caffe, caffe, "style", seed, look)
                hypothesis(study, "dilation", d16, pytorch, "dilations=[1, 1, 1, 2]", seed, look)
                hypothesis(study, "dilation, in the target alone", pytorch, d16, "strides=[1, 2, 2, 2]", seed, look)
                # In this style dilations compute the same, of other pixels.
                hypothesis(study, "style, dilated target", caffe, d16, "style=caffe", seed, look)
                hypothesis(study, "dilation, as trained", pytorch, pytorch, "dilations", seed, look)
                hypothesis(study, "stage pooling", res2net, always, "stage_pooling=strided", seed, look)
                hypothesis(study, "stage pooling", res2net, res2net, "stage_pooling=always", seed, look,
                           networks.pools_always)
                blur = timm_network("resnetblur18")
                plain = Network(blur.name, blur.build, ["--backbone", "resnet18"])
                hypothesis(study, "blur pooling", blur, plain, "blur", seed, look)
                for network in (pytorch, res2net, by_name["ResNet-18, narrow"]):
                    exchanged(study, network, seed, look, True)
                    exchanged(study, network, seed, look, False)
        if "preparation" in groups:
            for name in ("rgb-imagenet", "bgr-caffe", "rgb-unit", "bgr-imagenet", "rgb-symmetric", "bgr-bytes"):
                for network in (pytorch, by_name["ResNetV1d-50, narrow"]):
                    for look in looks:
                        preparation(study, network, seed, look, name)


def report(study, path):
    counts = collections.defaultdict(collections.Counter)
    for (group, case, *_), outcome in study.rows.items():
        counts[group, case][outcome] += 1
    lines = ["", "| | case | cases | outcome |", "| --- | --- | --- | --- |"]
    for (group, case), outcomes in sorted(counts.items()):
        total = sum(outcomes.values())
        text = ", ".join(f"{outcome} {count}" for outcome, count in outcomes.most_common())
        lines.append(f"| {group} | {case} | {total} | {text} |")
    lines += ["", f"{len(study.rows)} cases, PyTorch {torch.__version__}, timm {timm.__version__}.", ""]
    print("\n".join(lines))
    if path:
        file = pathlib.Path(path)
        text = file.read_text()
        head, rest = text.split(MARKS[0])
        tail = rest.split(MARKS[1])[1]
        file.write_text(head + MARKS[0] + "\n" + "\n".join(lines) + "\n" + MARKS[1] + tail)


if __name__ == "__main__":
    main()
