"""Holds what `pthconv preflight` says of arguments against mmdet's own classes.

Configurations of a backbone and a neck are mutated at random: wrong names, wrong types, wrong ranges,
dropped fields. Each is built, initialised and run once by the real classes. Preflight has to find an
error where that stops, or to say that it cannot be told; it must find none where it runs.

    python scripts/constructors.py --program .build/release/pthconv --count 4000 --report docs/preflight.md
    python scripts/constructors.py --program … --table Fixtures/preflight/constructors.json
"""

import argparse
import collections
import concurrent.futures
import contextlib
import copy
import importlib.util
import inspect
import io
import json
import logging
import pathlib
import random
import subprocess
import sys
import tempfile
import warnings

import torch

warnings.filterwarnings("ignore")
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "Fixtures/generate"))

FILE = "b.pth"


class Truth:
    """mmdet's own classes, without the compiled operators that they do not need."""

    def __init__(self):
        import openmmlab
        from mmengine.model import BaseModule

        found = openmmlab.load_mmdet()
        self.base = BaseModule
        self.classes = {name: getattr(found, name) for name in ("ResNet", "ResNeXt", "ResNetV1d", "Res2Net")}
        root = pathlib.Path(importlib.util.find_spec("mmengine").origin).parents[1] / "mmdet"
        sys.modules["mmdet.utils"].MultiConfig = object
        openmmlab._stand_in("mmdet.models.necks")
        for file in ("fpn", "pafpn", "bfp", "channel_mapper", "hrfpn", "dilated_encoder"):
            module = openmmlab._execute(f"mmdet.models.necks.{file}", root / f"models/necks/{file}.py")
            for name, value in vars(module).items():
                if inspect.isclass(value) and value.__module__ == module.__name__:
                    self.classes.setdefault(name, value)
        self.classes.pop("Bottleneck", None)
        self.states = {}

    def build(self, config):
        config = copy.deepcopy(config)
        kind = self.classes.get(config.pop("type"))
        if kind is None:
            raise KeyError("type")
        return kind(**config)

    def outcome(self, model):
        """None, with the keys that arrive and all that count, if it runs; else why it stops."""
        try:
            with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
                backbone = self.build(model["backbone"])
                necks = model.get("neck", [])
                necks = [self.build(neck) for neck in (necks if isinstance(necks, list) else [necks])]
                whole = self.base()
                whole.backbone = backbone
                whole.neck = torch.nn.ModuleList(necks)
                backbone.init_weights()
                for neck in necks:
                    getattr(neck, "init_weights", lambda: None)()
                counted = self.arrived(backbone)
                whole.train()
                if any(isinstance(m, torch.nn.SyncBatchNorm) for m in whole.modules()):
                    whole.eval()
                channels = next(m.in_channels for m in backbone.modules() if isinstance(m, torch.nn.Conv2d))
                with torch.no_grad():
                    values = backbone(torch.randn(2, channels, 64, 64))
                    for neck in necks:
                        values = neck(values)
            return None, counted
        except Exception as error:  # noqa: BLE001: whatever it is, the run stops
            return f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"[:120], None

    def arrived(self, backbone):
        state = {k: v for k, v in backbone.state_dict().items()
                 if not k.endswith("num_batches_tracked") and "conv_offset" not in k}
        file = torch.load(FILE, weights_only=True)
        same = sum(1 for k, v in state.items()
                   if k in file and file[k].shape == v.shape and torch.equal(file[k], v))
        return same, len(state)

    def save(self):
        module = self.classes["ResNet"](50, base_channels=8)
        generator = torch.Generator().manual_seed(1)
        state = {k: torch.rand(v.shape, generator=generator) + 7 if v.is_floating_point() else v
                 for k, v in module.state_dict().items()}
        torch.save(state, FILE)


# What is mutated.

WIDTHS = [32, 64, 128, 256]
INIT = dict(type="Pretrained", checkpoint=FILE)


def net(kind="ResNet", **more):
    return dict(type=kind, depth=50, base_channels=8, num_stages=4, out_indices=(0, 1, 2, 3), frozen_stages=1,
                norm_cfg=dict(type="BN", requires_grad=True), norm_eval=True, init_cfg=INIT) | more


FPN = dict(type="FPN", in_channels=WIDTHS, out_channels=16, num_outs=5)
BASES = [
    dict(backbone=net(style="pytorch"), neck=FPN),
    dict(backbone=net(style="pytorch"), neck=FPN),
    dict(backbone=net(), neck=FPN | dict(start_level=1, add_extra_convs="on_input")),
    dict(backbone=net(depth=18), neck=FPN | dict(in_channels=[8, 16, 32, 64])),
    dict(backbone=net("ResNeXt", groups=2, base_width=4), neck=FPN | dict(type="PAFPN", num_outs=4)),
    dict(backbone=net("Res2Net", scales=4, base_width=26), neck=FPN),
    dict(backbone=net("ResNetV1d", out_indices=(1, 2, 3)),
         neck=dict(type="ChannelMapper", in_channels=WIDTHS[1:], out_channels=16, kernel_size=1, num_outs=4,
                   act_cfg=None, norm_cfg=dict(type="GN", num_groups=8))),
    dict(backbone=net(), neck=[FPN, dict(type="BFP", in_channels=16, num_levels=5, refine_level=2,
                                         refine_type="non_local")]),
    dict(backbone=net(out_indices=(3,)),
         neck=dict(type="DilatedEncoder", in_channels=256, out_channels=16, block_mid_channels=8,
                   num_residual_blocks=4, block_dilations=[2, 4, 6, 8])),
    dict(backbone=net(), neck=dict(type="HRFPN", in_channels=WIDTHS, out_channels=16)),
    dict(backbone=net(norm_cfg=dict(type="GN", num_groups=8)), neck=FPN),
    dict(backbone=net(num_stages=3, strides=(1, 2, 2), dilations=(1, 1, 1), out_indices=(0, 1, 2)),
         neck=FPN | dict(in_channels=WIDTHS[:3])),
]

ANY = [None, True, False, 0, 1, 2, 3, 4, 5, 8, -1, 1.0, 0.5, "x", "", "1", [], [1], [1, 2, 2, 2], (1, 1, 1, 1),
       (1, 2), (0, 1, 2, 3), {}, dict(type="BN"), dict(a=1), [None], ["x"], (1, 2, 2), 16, 50, 64]
NORMS = [None, {}, dict(type="BN"), dict(type="SyncBN"), dict(type="GN", num_groups=8), dict(type="GN"),
         dict(type="GN", num_groups=7), dict(type="GN", num_groups=4), dict(type="IN"), dict(type="LN"),
         dict(type="BatchNorm"), dict(type="BN1d"), dict(type="BN3d"), dict(type="BN2d"), dict(requires_grad=False),
         dict(type="BN", num_groups=32), dict(type="BN", affine=False), dict(type="BN", track_running_stats=False),
         dict(type="BN", eps=1e-3, momentum=0.01), dict(type="BN", eps="x"), dict(type="BN", momentum=None),
         dict(type="SyncBN", affine=False), dict(type="GN", num_groups=8, affine=False), "BN", 3,
         dict(type="BN", foo=1), dict(type="GN", num_groups=8, momentum=0.1), dict(type=None), dict(type=3)]
CONVS = [None, dict(type="Conv2d"), dict(type="Conv"), dict(type="ConvWS"), dict(type="Conv3d"), dict(type="NoSuch"),
         {}, "Conv2d", dict(type="Conv2d", foo=1), dict(type="Conv1d")]
INITS = [
    None, {}, [], "b.pth", "", 5, [INIT], (INIT,), ["x"], dict(type="Pretrained"), dict(checkpoint=FILE),
    INIT | dict(prefix=None), INIT | dict(prefix=""), INIT | dict(prefix="layer1."), INIT | dict(prefix="backbone."),
    INIT | dict(prefix=3), INIT | dict(map_location="cpu"),
    INIT | dict(map_location=None), INIT | dict(revise_keys=[("a", "b")]), INIT | dict(layer="Conv2d"),
    INIT | dict(strict=True), dict(type="Pretrained", checkpoint=None), dict(type="PretrainedInit", checkpoint=FILE),
    dict(type="pretrained", checkpoint=FILE), dict(type="Kaiming", layer="Conv2d"), dict(type="Kaiming"),
    dict(type="Constant", val=1), dict(type="Constant"), dict(type="Constant", layer="Conv2d", val=0),
    dict(type="Xavier", layer="Conv2d"), dict(type="Xavier", layer="BatchNorm2d"), dict(type="Normal", std=0.01),
    dict(type="Normal", layer="Conv2d", std=0.01), dict(type="TruncNormal", layer=["Conv2d"]),
    dict(type="Uniform", layer=("Conv2d",)), dict(type="Caffe2Xavier", layer="Conv2d"),
    dict(type="Xavier", layer="Conv2d", distribution="x"), dict(type="Kaiming", layer="Conv2d", mode="x"),
    dict(type="Kaiming", layer="Conv2d", foo=1), dict(type="Xavier", layer="Conv2d", bias="x"),
    dict(type="Xavier", layer="Conv2d", bias_prob=1), dict(type="Xavier", layer="Conv2d", bias_prob=0.5),
    dict(type="Caffe2Xavier", layer="Conv2d", a=1), dict(type="NoSuch"), dict(type=None),
    [dict(type="Kaiming", layer="Conv2d"), INIT], [INIT, dict(type="Constant", val=1, layer=["_BatchNorm"])],
]
OVERRIDES = [
    dict(type="Constant", name="conv1", val=0), dict(type="Constant", name="layer1", val=0),
    [dict(type="Constant", name="bn1", val=0)], dict(type="Normal", name="layer4", std=0.1), dict(name="conv1"),
    dict(type="Constant", val=0), dict(name="conv1", val=0), dict(type="Constant", name="nosuch", val=0), "conv1", [],
    dict(type="Constant", name="layer1.0", val=0), dict(type="Xavier", name="conv1"),
    dict(type="Xavier", name="layer1"), dict(type="Kaiming", name="bn1"), dict(type="Constant", name="conv1"),
    dict(type="Pretrained", name="layer1", checkpoint=FILE, prefix="layer1."), dict(type="NoSuch", name="conv1"), 3, {},
    dict(type="Constant", name="relu", val=0), dict(type="Constant", name="norm1", val=0),
]
SPECIAL = {
    "norm_cfg": NORMS, "conv_cfg": CONVS, "init_cfg": INITS,
    "act_cfg": [None, dict(type="ReLU"), dict(type="LeakyReLU"), {}, "ReLU", dict(type="NoSuch"), dict(a=1)],
    "depth": [18, 34, 50, 101, 152, 26, 49, 200, 50.0, "50"],
    "style": ["pytorch", "caffe", "tensorflow", None], "num_stages": [1, 2, 3, 4, 5, 0, "4", 4.0],
    "frozen_stages": [-1, 0, 1, 2, 3, 4, 5, -2, None, [1]], "strides": [(1, 2, 2, 1), (1, 1, 1, 1), [1, 2, 2, 2], (1, 2, 0, 2)],
    "dilations": [(1, 1, 2, 4), [1, 1, 1, 1], (1, 1, 1)],
    "out_indices": [(0, 1, 2), (1, 2, 3), [0, 1, 2, 3], (3, 2, 1, 0), (3,), (0, 4), (-1,), (0, 0, 1, 2), 3, (1, 2)],
    "in_channels": [WIDTHS, tuple(WIDTHS), 256, [32, 64, 128], [8, 16, 32, 64], 3, 4, 16, [64, 128, 256], [32, 64, 128, 255]],
    "add_extra_convs": [True, False, "on_input", "on_lateral", "on_output", "bogus", 1, None],
    "start_level": [0, 1, 2, 3, 4, -1], "end_level": [-1, 0, 1, 2, 3, 4, -2], "num_outs": [1, 2, 3, 4, 5, 6, 0, None],
    "upsample_cfg": [dict(mode="nearest"), dict(mode="bilinear"), None, {}, dict(mode="x"), dict(scale_factor=2, mode="nearest")],
    "num_levels": [4, 5, 6], "refine_level": [0, 2, 4, 5, -1], "refine_type": [None, "conv", "non_local", "x"],
    "kernel_size": [1, 3, 2, 0], "pooling_type": ["MAX", "AVG", "x"], "stage_with_dcn": [(False,) * 4, (False,) * 3, (True,), None],
    "pretrained": [None, FILE, 3, ""], "groups": [1, 2, 3, 32, 0], "base_width": [4, 26, 64, 1, 0], "scales": [1, 2, 4, 6, 0],
    "block_dilations": [[2, 4, 6, 8], [2, 4], (1, 1, 1, 1), [1, 1, 1, 1, 1]], "num_residual_blocks": [4, 2, 3],
    "dcn": [None], "plugins": [None, []], "bias": ["auto", True, False], "order": [("conv", "norm", "act")],
    "stem_channels": [8, 16, 1, 0, None], "out_channels": [16, 8, 12, 1, 0, "16"],
}
# Real operators are needed for these.
WRONG = ["foo", "multi_grid", "contract_dilation", "Depth", "revise_keys", "radix", "num_groups", "out_index", "in_channel",
         "activation", "drop_path_rate", "extra_convs_on_inputs", "scale", "baseWidth"]


def arguments(truth, kind):
    names = []
    for parent in truth.classes[kind].__mro__:
        if parent.__module__.startswith("mmdet"):
            names += [n for n, p in inspect.signature(parent.__init__).parameters.items()
                      if n != "self" and p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL)]
    return sorted(set(names) - {"dcn"} if kind.startswith("Res") else set(names))


# Mistakes that people make: each is in the committed table.
CURATED = [
    (0, "model['backbone']['init_cfg'] = dict(type='Pretrained', checkpoint='b.pth', revise_keys=[('a', 'b')])"),
    (0, "model['backbone']['init_cfg'] = dict(type='PretrainedInit', checkpoint='b.pth')"),
    (0, "model['backbone']['init_cfg'] = dict(checkpoint='b.pth')"),
    (0, "model['backbone']['init_cfg'] = 'b.pth'"),
    (0, "model['backbone']['init_cfg'] = dict(type='Pretrained', checkpoint='b.pth', override=dict(type='Constant', name='conv1', val=0))"),
    (0, "model['backbone']['init_cfg'] = dict(type='Pretrained', checkpoint='b.pth', override=dict(type='Xavier', name='layer1'))"),
    (0, "model['backbone']['norm_cfg'] = dict(type='BN', affine=False)"),
    (0, "model['backbone']['norm_cfg'] = dict(type='BN', track_running_stats=False)"),
    (0, "model['backbone']['norm_cfg'] = dict(type='BN', num_groups=32)"),
    (0, "model['backbone']['norm_cfg'] = None"),
    (0, "model['backbone']['norm_cfg'] = dict(requires_grad=True)"),
    (0, "model['backbone']['norm_cfg'] = dict(type='GN', num_groups=7)"),
    (0, "model['backbone']['frozen_stages'] = None"), (0, "model['backbone']['frozen_stages'] = [1]"),
    (0, "model['backbone']['multi_grid'] = (1, 2, 4)"), (0, "model['backbone']['contract_dilation'] = True"),
    (0, "model['backbone']['strides'] = (1, 2, 2)"), (0, "model['backbone']['dilations'] = (1, 1, 1)"),
    (0, "model['backbone']['num_stages'] = 5"), (0, "model['backbone']['num_stages'] = 0"),
    (0, "model['backbone']['style'] = 'tensorflow'"), (3, "model['backbone']['style'] = 'tensorflow'"),
    (0, "model['backbone']['out_indices'] = ()"), (0, "model['backbone']['norm_eval'] = 'False'"),
    (0, "del model['backbone']['depth']"), (5, "model['backbone']['depth'] = 18"), (5, "model['backbone']['scales'] = 1"),
    (5, "model['backbone']['deep_stem'] = False"), (6, "model['backbone']['deep_stem'] = True"),
    (0, "model['neck']['start_level'] = 4"), (0, "model['neck']['in_channels'] = 256"),
    (0, "model['neck']['in_channels'] = (32, 64, 128, 256)"), (0, "model['neck']['add_extra_convs'] = 'bogus'"),
    (0, "model['neck']['foo'] = 1"), (7, "model['neck'][1]['num_levels'] = 4"), (7, "model['neck'][0]['num_outs'] = 6"),
    (9, "model['neck']['in_channels'] = [64, 32, 128, 256]"), (9, "model['neck']['in_channels'] = [32, 64, 128, 128]"),
    (0, "model['neck']['end_level'] = 2"), (8, "model['neck']['in_channels'] = 128"),
]


def mutated(truth, draw):
    """A base and the statements that change it."""
    base = draw.randrange(len(BASES))
    statements = []
    for _ in range(draw.choice([0, 1, 1, 1, 1, 2, 2, 3])):
        model = made(base, statements)
        necks = model.get("neck", [])
        places = ["model['backbone']"] * 2 + (
            [f"model['neck'][{index}]" for index in range(len(necks))] if isinstance(necks, list) else ["model['neck']"] * 2)
        name = draw.choice(places)
        place = eval(name, {"model": model})
        init = place.get("init_cfg")
        if isinstance(init, dict) and init and draw.random() < 0.15:
            init = init | {"override": draw.choice(OVERRIDES)} if draw.random() < 0.6 else draw.choice(INITS)
            statements.append(f"{name}['init_cfg'] = {init!r}")
            continue
        what = draw.random()
        if what < 0.10:
            statements.append(f"del {name}[{draw.choice([key for key in place if key != 'type'])!r}]")
        elif what < 0.18:
            statements.append(f"{name}[{draw.choice(WRONG)!r}] = {draw.choice(ANY)!r}")
        elif what < 0.20 and necks:
            statements.append("del model['neck']")
        else:
            argument = draw.choice(arguments(truth, place["type"]))
            pool = SPECIAL.get(argument, ANY) if draw.random() < 0.7 else ANY
            statements.append(f"{name}[{argument!r}] = {draw.choice(pool)!r}")
    return base, statements


def made(base, statements):
    model = copy.deepcopy(BASES[base])
    for statement in statements:
        exec(statement, {"model": model})
    return model


def text(base, statements):
    return "\n".join(["default_scope = 'mmdet'", f"model = {BASES[base]!r}", "model['type'] = 'FasterRCNN'", *statements, ""])


def said(program, base, statements, folder, number):
    path = pathlib.Path(folder) / f"{number}.py"
    path.write_text(text(base, statements))
    done = subprocess.run([program, "preflight", str(path), "--json"], capture_output=True, text=True)
    if done.returncode not in (0, 1):
        raise SystemExit(f"preflight ended with {done.returncode}: {statements} {done.stderr}")
    path.unlink()
    return json.loads(done.stdout)


def verdict(report):
    """Whether preflight says that the run stops, that it cannot be told, or neither."""
    if any(f["severity"] == "error" and "the run stops" in f["what"] for f in report["findings"]):
        return "an error"
    return "no error" if report["complete"] else "cannot be told"


def compare(program, cases):
    """The cells of the table, what is wrong in them, and how many shares of weights agree."""
    cells, wrong, shares = collections.Counter(), [], [0, 0]
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(3) as pool:
        reports = pool.map(lambda item: said(program, *item[1][:2], folder, item[0]), enumerate(cases))
        for (base, statements, why, keys), report in zip(cases, reports):
            cell = ("runs" if why is None else "stops", verdict(report))
            cells[cell] += 1
            if cell in (("stops", "no error"), ("runs", "an error")):
                wrong.append((base, statements, why, [f["what"] for f in report["findings"]]))
            coverage = report["backbones"][0]["coverage"]
            if why is None and coverage is not None:
                shares[1] += 1
                if round(coverage * keys[1]) == keys[0]:
                    shares[0] += 1
                else:
                    wrong.append((base, statements, keys, coverage))
    return cells, wrong, shares


def written(cells, count, shares):
    lines = [f"{count:,} configurations:", "", "| with mmdetection | an error | cannot be told | no error |", "| --- | --- | --- | --- |"]
    for outcome in ("stops", "runs"):
        lines.append(f"| {outcome} | " + " | ".join(
            f"{cells[outcome, said]:,}" for said in ("an error", "cannot be told", "no error")) + " |")
    return "\n".join(lines) + (
        f"\n\nOf those that run, the share of weights that arrives was told in {shares[1]:,}, and is the true one in "
        f"{shares[0]:,}.")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", type=pathlib.Path)
    parser.add_argument("--count", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--report", type=pathlib.Path, help="the document with the table")
    parser.add_argument("--table", type=pathlib.Path, help="writes the cases of the Swift test here")
    options = parser.parse_args()
    for name in ("program", "report", "table"):
        if getattr(options, name):
            setattr(options, name, getattr(options, name).resolve())
    logging.disable(logging.CRITICAL)
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        truth, draw = Truth(), random.Random(options.seed)
        truth.save()
        chosen = [(base, [statement]) for base, statement in CURATED]
        if options.table is None:
            chosen += [mutated(truth, draw) for _ in range(options.count)]
        else:
            while len(chosen) < 100:
                case = mutated(truth, draw)
                if len(case[1]) == 1 and case not in chosen:
                    chosen.append(case)
        cases = [(base, statements, *truth.outcome(made(base, statements))) for base, statements in chosen]
        if options.table:
            rows = [[base, statements[0], keys] for base, statements, _, keys in cases]
            bases = ",\n    ".join(json.dumps(repr(base)) for base in BASES)
            rows = ",\n    ".join(json.dumps(row) for row in rows)
            options.table.write_text('{\n  "bases": [\n    %s\n  ],\n  "cases": [\n    %s\n  ]\n}\n' % (bases, rows))
            return
        cells, wrong, shares = compare(options.program, cases)
    for case in wrong:
        print("wrong:", *case, sep="\n  ")
    table = written(cells, len(cases), shares)
    print(table)
    if options.report:
        document = options.report.read_text()
        head, tail = document.split("<!-- constructors:begin -->")[0], document.split("<!-- constructors:end -->")[1]
        options.report.write_text(
            f"{head}<!-- constructors:begin -->\n\n{table}\n\n<!-- constructors:end -->{tail}")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
