"""What `pthconv.preflight` takes beside mmdetection's configurations: photographs, detectron2's files, names."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import pytest

import pthconv

numpy = pytest.importorskip("numpy")
FIXTURES = Path(__file__).resolve().parents[3] / "Fixtures"

CONFIG = """\
model = dict(
    type='X',
    data_preprocessor=dict(type='DetDataPreprocessor', mean={mean}, std={std}, bgr_to_rgb=True),
    backbone=dict(
        type='ResNet', depth=50, base_channels=16, num_stages=2, strides=(1, 2), dilations=(1, 1),
        out_indices=(0, 1), init_cfg=dict(type='Pretrained', checkpoint={file!r})))
"""


@pytest.mark.parametrize("std, agrees", [([58.395, 57.12, 57.375], True), ([1.0, 1.0, 1.0], False)])
def test_photographs(tmp_path: Path, std: list[float], agrees: bool) -> None:
    path = tmp_path / "config.py"
    path.write_text(CONFIG.format(
        mean=[123.675, 116.28, 103.53], std=std, file=str(FIXTURES / "witness/resnet.pth")))
    report = pthconv.preflight(path, images=[FIXTURES / "witness/images"])
    assert report["images"][0]["agrees"] is agrees
    assert report["images"][0]["prepare"]["scale"] == "imagenet"
    assert [item["kind"] for item in report.errors] == ([] if agrees else ["preparation"])
    assert "ImageNet" in report.to_html()
    files = sorted((FIXTURES / "witness/images").iterdir())
    assert pthconv.preflight(path, images=files)["images"] == report["images"]


def test_too_few_photographs(tmp_path: Path) -> None:
    path = tmp_path / "config.py"
    path.write_text("model = dict(type='X')")
    with pytest.raises(pthconv.PthconvError, match="need at least 8"):
        pthconv.preflight(path, images=[tmp_path])


# detectron2.

YAML = """\
MODEL:
  WEIGHTS: {weights!r}
  RESNETS: {{DEPTH: 18, RES2_OUT_CHANNELS: 64, OUT_FEATURES: ["res2"], STRIDE_IN_1X1: False}}
{more}
"""
RGB = "  PIXEL_MEAN: [123.675, 116.28, 103.53]\n  PIXEL_STD: [58.395, 57.12, 57.375]\nINPUT: {FORMAT: RGB}"
NORM = {"weight": "gamma", "bias": "beta", "running_mean": "running_mean", "running_var": "running_var"}


def state(names: str) -> dict[str, Any]:
    """A stem and a stage of a ResNet-18, by detectron2's names or by those of Caffe2's files."""
    def add(module: str, blob: str, shape: tuple[int, ...]) -> None:
        arrays[f"{module}.weight" if names == "detectron2" else f"{blob}_w"] = numpy.zeros(shape, "float32")
        for name, end in NORM.items():
            key = f"{module}.norm.{name}" if names == "detectron2" else f"{blob if blob != 'conv1' else 'res_conv1'}_bn_{end}"
            arrays[key] = numpy.ones(shape[0], "float32")

    arrays: dict[str, Any] = {}
    add("stem.conv1", "conv1", (64, 3, 7, 7))
    for block in range(2):
        add(f"res2.{block}.conv1", f"res2_{block}_branch2a", (64, 64, 3, 3))
        add(f"res2.{block}.conv2", f"res2_{block}_branch2b", (64, 64, 3, 3))
    return arrays


def detectron2(folder: Path, contents: Any, more: str = "") -> pthconv.PreflightReport:
    file, path = folder / "weights.pkl", folder / "config.yaml"
    file.write_bytes(pickle.dumps(contents))
    path.write_text(YAML.format(weights=str(file), more=more))
    return pthconv.preflight(path)


def test_a_converted_file_of_torchvision(tmp_path: Path) -> None:
    contents = {"model": state("detectron2"), "__author__": "torchvision", "matching_heuristics": True}
    assert detectron2(tmp_path, contents, RGB).findings == []
    report = detectron2(tmp_path, contents)
    assert [(item["kind"], item["severity"]) for item in report.findings] == [("channel-order", "error")]
    assert report["backbones"][0]["coverage"] == 1


@pytest.mark.parametrize("contents", [
    {"model": state("caffe2"), "__author__": "Caffe2", "matching_heuristics": True}, state("caffe2"),
    {"blobs": state("caffe2")}])
def test_files_of_caffe2(tmp_path: Path, contents: dict[str, Any]) -> None:
    report = detectron2(tmp_path, contents)
    assert report.findings == [] and report["backbones"][0]["coverage"] == 1
    # Without statistics the norms are what their weights say.
    for holder in (contents, contents.get("model", {}), contents.get("blobs", {})):
        for key in [key for key in holder if "running" in key]:
            del holder[key]
    report = detectron2(tmp_path, contents)
    assert report.findings == [] and report["backbones"][0]["coverage"] == 1


def test_a_file_of_the_zoo_has_whole_names(tmp_path: Path) -> None:
    whole = {f"backbone.{key}": value for key, value in state("detectron2").items()}
    assert detectron2(tmp_path, {"model": whole, "__author__": "Detectron2 Model Zoo"}).findings == []
    report = detectron2(tmp_path, {"model": state("detectron2"), "__author__": "Detectron2 Model Zoo"})
    assert {item["kind"] for item in report.errors} == {"wrong-prefix", "frozen-but-random"}


def test_a_pickle_that_pickle_does_not_read(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    torch.save(
        {key: torch.from_numpy(value) for key, value in state("detectron2").items()}, tmp_path / "weights.pkl")
    (tmp_path / "a.yaml").write_text(YAML.format(weights=str(tmp_path / "weights.pkl"), more=""))
    assert [item["kind"] for item in pthconv.preflight(tmp_path / "a.yaml").errors] == ["unreadable"]


def test_a_name(tmp_path: Path) -> None:
    torchvision = pytest.importorskip("torchvision")
    torch = pytest.importorskip("torch")
    torch.save(torchvision.models.resnet18(weights=None).state_dict(), tmp_path / "a.pth")
    report = pthconv.preflight("resnet18", checkpoint=tmp_path / "a.pth")
    assert report.errors == [] and report["backbones"][0]["coverage"] == 1
    with pytest.raises(pthconv.PthconvError, match="neither a configuration"):
        pthconv.preflight("resnet5O")


def test_a_config_in_yaml(tmp_path: Path) -> None:
    mmengine = pytest.importorskip("mmengine")
    (tmp_path / "a.yaml").write_text(
        "model: {type: X, backbone: {type: ResNet, depth: 50, frozen_stages: 1}}\n")
    cfg = mmengine.Config.fromfile(str(tmp_path / "a.yaml"))
    assert [item["line"] for item in pthconv.preflight(cfg).errors] == [1]
    cfg.model.backbone.frozen_stages = -1
    assert pthconv.preflight(cfg).errors == []
