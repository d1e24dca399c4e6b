"""Holds `pthconv preflight` against every configuration of mmdet with a registered backbone.

Each is read untouched, where no error may be reported that is not true, and with each of twelve
faults in a configuration that builds on it, where the fault has to be reported at its line. The
checkpoints that the configurations name are generated: true keys and shapes, seeded values.

    python scripts/preflight.py --program .build/release/pthconv --cache DIR --report docs/preflight.md
"""

import argparse
import collections
import concurrent.futures
import contextlib
import dataclasses
import importlib.metadata
import io
import json
import os
import pathlib
import subprocess
import sys
import warnings
import zlib

import torch

warnings.filterwarnings("ignore")
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "Fixtures/generate"))

GPUS, BASE = 4, 16
REGISTERED = {"ResNet", "ResNeXt", "Res2Net", "ResNetV1c", "ResNetV1d"}
NECKS = {
    "FPN", "PAFPN", "FPN_CARAFE", "FPN_DropBlock", "NASFPN", "NASFCOS_FPN", "FPG", "RFP",
    "ChannelMapper", "DilatedEncoder", "CTResNetNeck"}
# Findings in untouched configurations of mmdet that were looked at and are true.
TRUE = {
    "crowddet/": "channel-order: torchvision's ResNet-50 is given BGR",
    "guided_anchoring/ga-fast-rcnn_r50-caffe_fpn_1x_coco.py": "channel-order: caffe weights are given RGB",
    "faster_rcnn/faster-rcnn_r101-caffe_fpn_ms-3x_coco.py": "channel-order: caffe weights are given RGB",
}


# Checkpoints: keys and shapes of the real networks. All tensors look into one storage, so that a file
# takes 17 MB and not 200.

def pool():
    generator = torch.Generator().manual_seed(0)
    return torch.rand(4_194_304, generator=generator) + 0.5


POOL = pool()


def values(state):
    return collections.OrderedDict(
        (key, POOL[: value.numel()].view(value.shape) if value.is_floating_point() else torch.zeros((), dtype=value.dtype))
        for key, value in state.items())


class Networks:
    """The state dicts of the backbones, made with mmdet's own classes."""

    def __init__(self):
        import openmmlab

        self.backbones = openmmlab.load_mmdet()
        self.made = {}

    def state(self, kind, depth, **options):
        key = (kind, depth, str(sorted(options.items(), key=str)))
        if key not in self.made:
            with torch.device("meta"):
                module = getattr(self.backbones, kind)(depth=depth, **options)
            self.made[key] = values(module.state_dict())
        return self.made[key]


GN = dict(type="GN", num_groups=32)
X32 = dict(groups=32, base_width=4)
PUBLISHED = {
    "resnet18-5c106cde": ("ResNet", 18, {}), "resnet34-333f7ec4": ("ResNet", 34, {}),
    "resnet18-f37072fd": ("ResNet", 18, {}), "resnet34-b627a593": ("ResNet", 34, {}),
    "resnet50-19c8e357": ("ResNet", 50, {}), "resnet101-5d3b4d8f": ("ResNet", 101, {}),
    "resnet50-0676ba61": ("ResNet", 50, {}), "resnet101-63fe2227": ("ResNet", 101, {}),
    "resnet50-11ad3fa6": ("ResNet", 50, {}),
    "resnet50_msra-5891d200": ("ResNet", 50, {}), "resnet101_msra-6cc46731": ("ResNet", 101, {}),
    "resnet50_caffe-788b5fa3": ("ResNet", 50, {}), "resnet101_caffe-3ad79236": ("ResNet", 101, {}),
    "resnext101_32x8d-1516f1aa": ("ResNeXt", 101, dict(groups=32, base_width=8)),
    "resnext101_32x4d-a5af3160": ("ResNeXt", 101, X32),
    "resnext101_64x4d-ee2c6f71": ("ResNeXt", 101, dict(groups=64, base_width=4)),
    "resnet50_gn_thangvubk-ad1730dd": ("ResNet", 50, dict(norm_cfg=GN)),
    "resnet50_gn-9186a21c": ("ResNet", 50, dict(norm_cfg=GN)),
    "resnet101_gn-cac0ab98": ("ResNet", 101, dict(norm_cfg=GN)),
    "resnet50_gn_ws-15beedd8": ("ResNet", 50, dict(norm_cfg=GN)),
    "resnet101_gn_ws-3e3c308c": ("ResNet", 101, dict(norm_cfg=GN)),
    "resnext50_32x4d_gn_ws-0d87ac85": ("ResNeXt", 50, dict(norm_cfg=GN, **X32)),
    "resnext101_32x4d_gn_ws-34ac1a9e": ("ResNeXt", 101, dict(norm_cfg=GN, **X32)),
    "res2net101_v1d_26w_4s_mmdetv2-f0a600f9": (
        "Res2Net", 101, dict(scales=4, base_width=26)),
}
CLASSIFIERS = ["resnet50_8xb256-rsb-a1-600e_in1k_20211228-20e21305",
               "resnet50_batch256_imagenet_20200708-cfb998bf"]
DETECTORS = ["faster_rcnn_r50_fpn_1x_coco_20200130-047c8118",
             "mask_rcnn_r50_fpn_1x_coco_20200205-d4b0c5d6",
             "faster_rcnn_r50_caffe_fpn_mstrain_3x_coco_bbox_mAP-0.398_20200504_163323-30042637"]


def behind(prefix, state):
    return collections.OrderedDict((prefix + key, value) for key, value in state.items())


def classifier(state):
    head = {"head.fc.weight": POOL[: 10 * 2048].view(10, 2048), "head.fc.bias": POOL[:10]}
    return {"state_dict": behind("backbone.", state) | head, "meta": {}}


def detector(state):
    rest = {
        "neck.lateral_convs.0.conv.weight": POOL[: 256 * 256].view(256, 256, 1, 1),
        "neck.lateral_convs.0.conv.bias": POOL[:256],
        "rpn_head.rpn_cls.weight": POOL[: 3 * 256].view(3, 256, 1, 1),
        "rpn_head.rpn_cls.bias": POOL[:3],
        "roi_head.bbox_head.fc_cls.weight": POOL[: 81 * 1024].view(81, 1024),
    }
    return {"state_dict": behind("backbone.", state) | rest, "meta": {"epoch": 12}}


def save(contents, path):
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        torch.save(contents, path)
    return path


def fill_cache(networks, hub):
    for name, (kind, depth, options) in PUBLISHED.items():
        save(networks.state(kind, depth, **options), hub / f"{name}.pth")
    for name in CLASSIFIERS:
        save(classifier(networks.state("ResNet", 50)), hub / f"{name}.pth")
    for name in DETECTORS:
        save(detector(networks.state("ResNet", 50)), hub / f"{name}.pth")


# Configurations.

@dataclasses.dataclass
class Case:
    name: str
    path: pathlib.Path
    config: dict
    owners: list  # keys that lead to the detector: ["model"] or ["model", "detector"]

    @property
    def owner(self):
        value = self.config
        for key in self.owners:
            value = value[key]
        return value

    @property
    def backbone(self):
        return self.owner["backbone"]

    @property
    def checkpoint(self):
        init = self.backbone.get("init_cfg")
        return init.get("checkpoint") if isinstance(init, dict) else None

    @property
    def family(self):
        return self.backbone["type"].split(".")[-1]


def owners(config):
    """The first place with a registered backbone."""
    model = config.get("model") or {}
    for keys in (["model"], ["model", "detector"], ["model", "reid"]):
        value = model if len(keys) == 1 else model.get(keys[1])
        backbone = value.get("backbone") if isinstance(value, dict) else None
        if isinstance(backbone, dict) and str(backbone.get("type")).split(".")[-1] in REGISTERED:
            return keys
    return None


def cases(limit):
    from mmengine.config import Config

    # Not by importing: a stand-in for the package is in its place.
    root = pathlib.Path(importlib.metadata.distribution("mmdet").locate_file("mmdet/.mim/configs"))
    found, unread = [], 0
    for path in sorted(root.rglob("*.py")):
        if "_base_" in path.parts:
            continue
        try:
            config = Config.fromfile(str(path))._cfg_dict.to_dict()
        except Exception:
            unread += 1
            continue
        keys = owners(config)
        if keys:
            found.append(Case(str(path.relative_to(root)), path, config, keys))
    return found[:: max(1, len(found) // limit)] if limit else found, unread


# Faults: the text of a configuration that builds on another one, with the line that is wrong.

HERE = "  # here"


def nested(keys, lines):
    """`model=dict(detector=dict(…))`, a line for each level."""
    text, pad = [], ""
    for index, key in enumerate(keys):
        text.append(f"{pad}{key}{' = ' if index == 0 else '='}dict(")
        pad += "    "
    text += [pad + line for line in lines]
    text[-1] = text[-1].rstrip()
    tail = ")" * len(keys)
    last = text[-1]
    text[-1] = last.replace(HERE, "") + tail + (HERE if HERE in last else "")
    return text


def pretrained(case, checkpoint, prefix=None, at="checkpoint"):
    had = "init_cfg" in case.backbone
    lines = ["init_cfg=dict("] + (["    _delete_=True,"] if had else [])
    lines += ["    type='Pretrained',"]
    lines += [f"    checkpoint={str(checkpoint)!r}," + (HERE if at == "checkpoint" else "")]
    if prefix is not None:
        lines += [f"    prefix={prefix!r}," + (HERE if at == "prefix" else "")]
    return nested(case.owners + ["backbone"], lines + [")"]) + no_load_from(case)


def no_load_from(case):
    return ["load_from = None"] if case.config.get("load_from") else []


class Faults:
    def __init__(self, networks, work):
        self.networks, self.work = networks, work

    def own(self, case):
        """The backbone's state dict."""
        keys = ["groups", "base_width", "scales", "norm_cfg"]
        if case.backbone.get("num_stages", 4) != 4:
            keys += ["num_stages", "strides", "dilations", "out_indices"]
        options = {key: value for key, value in case.backbone.items() if key in keys}
        norm = options.get("norm_cfg")
        if norm:
            options["norm_cfg"] = {k: v for k, v in norm.items() if k in ("type", "num_groups")}
            if norm["type"] == "SyncBN":
                options["norm_cfg"] = dict(type="BN")
        kind = case.family
        return kind, case.backbone["depth"], options

    def file(self, case, what):
        kind, depth, options = self.own(case)
        if what == "other depth":
            depth = {18: 34, 34: 18, 50: 101, 101: 50}[depth]
        name = f"{kind}{depth}-{zlib.crc32(str(sorted(options.items(), key=str)).encode()):08x}"
        path = self.work / "files" / f"{name}-{what.replace(' ', '-')}.pth"
        if path.exists():
            return path
        state = self.networks.state(kind, depth, **options)
        if what == "classifier":
            return save(classifier(state), path)
        if what == "detector":
            return save(detector(state), path)
        if what == "no layer3":
            # The stage that is the last for those with three.
            return save({k: v for k, v in state.items() if not k.startswith("layer3.")}, path)
        whole = save(state, path)
        if what == "truncated":
            content = whole.read_bytes()
            whole.write_bytes(content[: len(content) * 6 // 10])
        return whole

    # Each gives the lines, or None where the fault cannot be.

    def wrong_prefix(self, case):
        return pretrained(case, self.file(case, "classifier"), "encoder.", at="prefix")

    def wrong_depth(self, case):
        return pretrained(case, self.file(case, "other depth"))

    def missing_stage(self, case):
        return pretrained(case, self.file(case, "no layer3"))

    def frozen_and_random(self, case):
        frozen = case.backbone.get("frozen_stages", -1)
        lines = ["init_cfg=None," + HERE]
        if frozen < 1:
            lines.insert(0, "frozen_stages=1,")
        if case.owner.get("init_cfg"):
            return None
        return nested(case.owners + ["backbone"], lines) + no_load_from(case)

    def bgr_rgb_swapped(self, case):
        name = case.checkpoint
        if not name or name.startswith("./") or case.name.startswith(tuple(TRUE)):
            return None
        for keys in (case.owners, ["model"], []):
            value = case.config
            for key in keys:
                value = value[key]
            data = value.get("data_preprocessor")
            if data:
                keys = keys + ["data_preprocessor"]
                if "mean" not in data and data.get("data_preprocessor"):
                    data, keys = data["data_preprocessor"], keys + ["data_preprocessor"]
                break
        else:
            return None
        key = "bgr_to_rgb" if "bgr_to_rgb" in data else "to_rgb"
        if "mean" not in data:
            return None
        return nested(keys, [f"{key}={not data.get(key)},{HERE}"])

    def caffe_in_pytorch_style(self, case):
        if case.family != "ResNet" or case.backbone["depth"] not in (50, 101):
            return None
        if case.backbone.get("norm_cfg", {}).get("type") == "GN":
            return None
        if case.backbone.get("style") == "caffe" and "caffe" in (case.checkpoint or ""):
            return nested(case.owners + ["backbone"], ["style='pytorch'," + HERE])
        checkpoint = f"open-mmlab://detectron2/resnet{case.backbone['depth']}_caffe"
        lines = pretrained(case, checkpoint, at=None)
        at = 1 + len(case.owners)
        lines.insert(at, "    " * at + "style='pytorch'," + HERE)
        return lines

    def rate(self, case):
        wrapper = case.config.get("optim_wrapper") or {}
        rate = (wrapper.get("optimizer") or {}).get("lr")
        images = (case.config.get("train_dataloader") or {}).get("batch_size")
        base = (case.config.get("auto_scale_lr") or {}).get("base_batch_size", BASE)
        if not rate or not images or GPUS * images == base:
            return None
        return rate, GPUS * images / base, base

    def lr_not_scaled(self, case):
        rate = self.rate(case)
        return rate and nested(["optim_wrapper", "optimizer"], [f"lr={rate[0]!r},{HERE}"])

    def lr_scaled_twice(self, case):
        rate = self.rate(case)
        return rate and nested(
            ["optim_wrapper", "optimizer"], [f"lr={rate[0] * rate[1]!r},{HERE}"]) + [
                f"auto_scale_lr = dict(enable=True, base_batch_size={rate[2]})"]

    def detector_as_backbone(self, case):
        return pretrained(case, self.file(case, "detector"))

    def wrong_neck_channels(self, case):
        necks = case.owner.get("neck")
        first = necks[0] if isinstance(necks, (list, tuple)) else necks
        if not first or first.get("type") not in NECKS:
            return None
        given = first["in_channels"]
        wrong = given * 2 if isinstance(given, int) else [number // 2 for number in given]
        if not isinstance(necks, (list, tuple)):
            return nested(case.owners + ["neck"], [f"in_channels={wrong!r},{HERE}"])
        items = ", ".join(f"{k}={v!r}" for k, v in first.items() if k != "in_channels")
        others = "".join(f", {neck!r}" for neck in necks[1:])
        return nested(case.owners, [
            f"neck=[dict({items},", f"    in_channels={wrong!r}){HERE}", f"    {others}]"])

    def unreachable_scheme(self, case):
        names = ["torchvison://resnet50", "open-mmlab://resnet50_imagenet", "torchvision://resnet49"]
        return pretrained(case, names[len(case.name) % 3])

    def truncated_file(self, case):
        return pretrained(case, self.file(case, "truncated"))


FAULTS = {
    "wrong prefix": ("wrong_prefix", {"wrong-prefix"}),
    "wrong depth": ("wrong_depth", {"wrong-network"}),
    "missing stage": ("missing_stage", {"partly-loaded", "wrong-network"}),
    "frozen and random": ("frozen_and_random", {"frozen-but-random"}),
    "BGR and RGB swapped": ("bgr_rgb_swapped", {"channel-order"}),
    "caffe weights in pytorch style": ("caffe_in_pytorch_style", {"style"}),
    "learning rate not scaled": ("lr_not_scaled", {"lr-not-scaled"}),
    "learning rate scaled twice": ("lr_scaled_twice", {"lr-scaled-twice"}),
    "detector's file as backbone": ("detector_as_backbone", {"detector-for-backbone"}),
    "wrong channels in the neck": ("wrong_neck_channels", {"neck-channels"}),
    "unreachable scheme": ("unreachable_scheme", {"unknown-source"}),
    "truncated file": ("truncated_file", {"unreadable"}),
}


def run(program, path, work, *options):
    environment = dict(os.environ, TORCH_HOME=str(work / "torch"), MMENGINE_HOME=str(work / "mm"))
    done = subprocess.run(
        [program, "preflight", str(path), "--json", *options], capture_output=True, text=True,
        env=environment, cwd=work, timeout=120)
    if done.returncode not in (0, 1):
        return None, done.stderr.strip()
    return json.loads(done.stdout), None


def write(case, fault, lines, work):
    lines = [f"_base_ = [{str(case.path)!r}]"] + lines
    at = next(number for number, line in enumerate(lines, 1) if HERE in line)
    path = work / "faults" / fault.replace(" ", "-").replace("'", "") / case.name.replace("/", "--")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(line.replace(HERE, "") for line in lines) + "\n")
    return path, at


def untouched(case, program, work):
    report, problem = run(program, case.path, work)
    if report is None:
        return [("unreadable configuration", problem)]
    errors = [item for item in report["findings"] if item["severity"] == "error"]
    return [(item["kind"], item["what"]) for item in errors]


def seeded(case, fault, faults, program, work):
    """None where the fault cannot be; whether it was found; and what was said instead."""
    method, kinds = FAULTS[fault]
    lines = getattr(faults, method)(case)
    if not lines:
        return None
    path, at = write(case, fault, lines, work)
    options = ("--gpus", str(GPUS)) if "rate" in fault else ()
    report, problem = run(program, path, work, *options)
    if report is None:
        return False, problem
    for item in report["findings"]:
        if item["kind"] in kinds and item["line"] == at and item["in"] == str(path):
            if item["severity"] != "note":
                return True, item["severity"]
    return False, [(i["kind"], i["severity"], i["in"], i["line"]) for i in report["findings"]]


def loaded(networks, kind, depth, options, file, prefix):
    """The share of a backbone's keys that mmengine's own loader really fills."""
    init = dict(type="Pretrained", checkpoint=str(file)) | ({"prefix": prefix} if prefix else {})
    module = getattr(networks.backbones, kind)(depth=depth, init_cfg=init, **options)
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            module.init_weights()
    except AssertionError:
        return 0.0
    contents = torch.load(file, mmap=True)
    contents = contents.get("state_dict", contents)
    state = {key: value for key, value in module.state_dict().items()
             if not key.endswith("num_batches_tracked")}
    given = [contents.get((prefix or "") + key) for key in state]
    same = sum(value is not None and value.shape == own.shape and bool(torch.equal(value, own))
               for own, value in zip(state.values(), given))
    return same / len(state)


def against_the_loader(found, faults, networks, program, work):
    """For each kind of backbone and each kind of file: coverage as foretold and as it comes about."""
    import logging

    logging.disable(logging.WARNING)
    kinds = {}
    for case in found:
        kind, depth, options = faults.own(case)
        if not case.owner.get("init_cfg") and not case.config.get("load_from"):
            kinds.setdefault((kind, depth, str(options)), case)
    good, rows = 0, []
    for case in kinds.values():
        kind, depth, options = faults.own(case)
        for what, prefix in (("classifier", "backbone."), ("classifier", None), ("detector", None),
                             ("other depth", None), ("no layer3", None)):
            file = faults.file(case, what)
            # Line ends and marks are for the faults.
            path, _ = write(case, "loader", pretrained(case, file, prefix), work)
            report, _ = run(program, path, work)
            foretold = report["backbones"][0]["coverage"]
            real = loaded(networks, kind, depth, options, file, prefix)
            rows.append((case.name, what, prefix, foretold, real))
            good += foretold is not None and abs(foretold - real) < 1e-9
    return good, rows


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    parser.add_argument("--cache", required=True, type=pathlib.Path)
    parser.add_argument("--report", type=pathlib.Path)
    parser.add_argument("--limit", type=int, default=0, help="about so many configurations")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    program = str(pathlib.Path(options.program).resolve())
    work = options.cache.resolve()
    work.mkdir(parents=True, exist_ok=True)
    networks = Networks()
    fill_cache(networks, work / "torch/hub/checkpoints")
    found, unread = cases(options.limit)
    print(f"{len(found)} configurations with a registered backbone; mmengine cannot read {unread}")
    faults = Faults(networks, work)
    # Files are made by one thread: many configurations share them.
    for case in found:
        for what in ("classifier", "other depth", "no layer3", "detector", "truncated"):
            faults.file(case, what)
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as jobs:
        clean, true, untrue = 0, [], []
        for case, errors in zip(found, jobs.map(lambda c: untouched(c, program, work), found)):
            clean += not errors
            for kind, what in errors:
                known = next((text for name, text in TRUE.items() if case.name.startswith(name)), "")
                (true if known.split(":")[0] == kind else untrue).append((case.name, kind, what))
        print(f"untouched: {clean} without an error, {len(true)} true errors, {len(untrue)} untrue")
        for item in untrue:
            print("  UNTRUE", *item)
        failed += len(untrue)
        agreed, loads = against_the_loader(found, faults, networks, program, work)
        print(f"what arrives is what mmengine's loader loads: {agreed} of {len(loads)}")
        for load in loads:
            if load[3] is None or abs(load[3] - load[4]) > 1e-9:
                print("  OTHERWISE", *load)
        failed += len(loads) - agreed
        rows, total, hits = [], 0, 0
        for fault in FAULTS:
            results = list(jobs.map(lambda c: seeded(c, fault, faults, program, work), found))
            seen = [(case, result) for case, result in zip(found, results) if result is not None]
            good = [result for _, result in seen if result[0]]
            as_error = sum(result[1] == "error" for result in good)
            rows.append((fault, len(seen), len(good), as_error))
            total, hits = total + len(seen), hits + len(good)
            print(f"{fault}: {len(good)} of {len(seen)} found, {as_error} as errors")
            for case, result in seen:
                if not result[0]:
                    print("  MISSED", case.name, str(result[1])[:400])
    share = hits / max(1, total)
    print(f"found {hits} of {total} ({share:.2%})")
    if options.report:
        report(options.report, rows, len(found), clean, true, hits, total, (agreed, len(loads)))
    return 1 if failed or share < 0.98 else 0


def report(path, rows, count, clean, true, hits, total, loads):
    lines = ["| fault | configurations | found at its line | as an error |", "| --- | --- | --- | --- |"]
    lines += [f"| {fault} | {seen} | {good} | {errors} |" for fault, seen, good, errors in rows]
    lines += [
        f"| **all** | **{total}** | **{hits}** ({100 * hits / total:.1f} %) | "
        f"{sum(row[3] for row in rows)} |", "",
        "What is said to arrive is what mmengine's own loader puts into mmdet's own backbones, in "
        f"{loads[0]} of {loads[1]} pairs of a kind of backbone and a kind of file.", "",
        f"Untouched: {count} configurations, {clean} without an error, and {len(true)} errors that "
        "are true:", ""]
    lines += [f"- `{name}`: {kind}: {what}" for name, kind, what in true]
    text = path.read_text()
    begin, end = "<!-- matrix:begin -->", "<!-- matrix:end -->"
    head, rest = text.split(begin)
    path.write_text(head + begin + "\n" + "\n".join(lines) + "\n" + end + rest.split(end)[1])


if __name__ == "__main__":
    sys.exit(main())
