"""`pthconv.mmengine`, with the real mmengine and mmdet."""

from __future__ import annotations

import copy as copying
import logging
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import pthconv

torch = pytest.importorskip("torch")
mmengine = pytest.importorskip("mmengine")

import pthconv.mmengine  # noqa: E402


def trained(module: Any, seed: int = 4) -> Any:
    torch.manual_seed(seed)
    for tensor in [*module.parameters(), *module.buffers()]:
        tensor.data = torch.rand_like(tensor) + 0.5 if tensor.is_floating_point() else tensor + 7
    module.eval()  # mmdet's returns nothing
    return module


def res2net(backbones: Any, **options: Any) -> Any:
    return backbones.Res2Net(depth=50, scales=4, base_width=26, **options)


def equal(a: Any, b: Any) -> bool:
    a, b = a.state_dict(), b.state_dict()
    return a.keys() == b.keys() and all(torch.equal(a[k], b[k]) for k in a)


def test_a_pretrained_backbone(backbones: Any, tmp_path: Path) -> None:
    pthconv.mmengine.register()
    pthconv.mmengine.register()
    source = trained(res2net(backbones))
    torch.save({"state_dict": {f"backbone.{k}": v for k, v in source.state_dict().items()},
                "meta": {}}, tmp_path / "detector.pth")
    target = res2net(backbones, init_cfg=dict(
        type="Pthconv", checkpoint=str(tmp_path / "detector.pth"), min_coverage=1.0))
    target.init_weights()
    assert equal(source, target)


def test_it_fails_where_it_was_asked_to(backbones: Any, tmp_path: Path) -> None:
    pthconv.mmengine.register()
    state = res2net(backbones).state_dict()
    for name in [k for k in state if k.startswith("layer3")]:
        del state[name]
    torch.save(state, tmp_path / "x.pth")
    target = res2net(backbones, init_cfg=dict(
        type="Pthconv", checkpoint=str(tmp_path / "x.pth"), min_coverage=0.9))
    with pytest.raises(pthconv.LoadError, match="layer3"):
        target.init_weights()


def test_other_names_for_the_same_parameters(backbones: Any, tmp_path: Path) -> None:
    """The stem is called otherwise in the files of Res2Net's authors."""
    timm = pytest.importorskip("timm")
    source = trained(timm.create_model("res2net50d", num_classes=10))
    torch.save(source.state_dict(), tmp_path / "v1b.pth")
    target = res2net(backbones)
    report = pthconv.mmengine.load_checkpoint(target, tmp_path / "v1b.pth", min_coverage=1.0)
    assert report.loaded["stem.0.weight"] == "conv1.0.weight"
    assert torch.equal(target.stem[0].weight, source.conv1[0].weight)
    assert any("comput" in text for text in report.warnings)


def test_mmdets_resnet_and_its_own_initialiser(backbones: Any, tmp_path: Path) -> None:
    pthconv.mmengine.register()
    source = trained(backbones.ResNet(depth=50))
    pthconv.save(source.state_dict(), tmp_path / "x.safetensors")
    checkpoint = "pthconv://" + str(tmp_path / "x.safetensors")
    for init in (dict(type="Pretrained"), dict(type="Pthconv")):
        target = backbones.ResNet(depth=50, init_cfg=dict(checkpoint=checkpoint, **init))
        target.init_weights()
        assert equal(source, target)
    from mmengine.runner import load_checkpoint

    target = backbones.ResNet(depth=50)
    load_checkpoint(target, checkpoint, strict=True)
    assert equal(source, target)


def test_other_paths_go_mmengines_own_ways(tmp_path: Path) -> None:
    pthconv.mmengine.register()
    torch.save({"state_dict": {"a": torch.ones(2)}, "optimizer": {"lr": 1}}, tmp_path / "x.pth")
    loaded = mmengine.runner.CheckpointLoader.load_checkpoint(str(tmp_path / "x.pth"))
    assert loaded["optimizer"] == {"lr": 1}


def test_two_lines_in_a_hand_written_init_weights(tmp_path: Path) -> None:
    class Backbone(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv1 = torch.nn.Conv2d(3, 4, 3)

        def init_weights(self, pretrained: str) -> None:
            from pthconv.mmengine import load_checkpoint

            load_checkpoint(self, pretrained, min_coverage=0.9)

    source, target = Backbone(), Backbone()
    torch.save({f"module.{k}": v for k, v in source.state_dict().items()}, tmp_path / "x.pth")
    target.init_weights(str(tmp_path / "x.pth"))
    assert equal(source, target)


def test_the_report_is_logged_once(tmp_path: Path, recwarn: Any) -> None:
    from mmengine.logging import MMLogger

    logger = MMLogger.get_instance(f"pthconv-{os.getpid()}")
    lines: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(record.getMessage())

    logger.addHandler(Keep())
    module = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.Conv2d(4, 4, 3))
    state = module.state_dict()
    del state["1.bias"]
    torch.save(state, tmp_path / "x.pth")
    pthconv.mmengine.load_checkpoint(copying.deepcopy(module), tmp_path / "x.pth", logger=logger)
    assert len([line for line in lines if "pthconv: " in line]) == 1
    assert "missing: 1.bias" in lines[0] and "warning: not all" in lines[0]
    assert not [w for w in recwarn if w.category is pthconv.PthconvWarning]


def test_pthconv_alone_does_not_bring_mmengine() -> None:
    code = "import pthconv, sys; print('mmengine' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
