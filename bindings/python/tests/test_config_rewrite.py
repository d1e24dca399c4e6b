"""Configurations that `pthconv config` gave another backbone, loaded by the real mmengine and built by mmdet."""
import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("mmengine")

HERE = Path(__file__).resolve().parent
FIXTURES = HERE.parents[2] / "Fixtures/configs"
EXTENSION = importlib.util.find_spec("mmcv") and importlib.util.find_spec("mmdet")
needs_mmdet = pytest.mark.skipif(not EXTENSION, reason="mmdet is not installed")


def program(*arguments: Any, code: int = 0) -> str:
    run = subprocess.run(
        [os.environ["PTHCONV_PROGRAM"], *map(str, arguments)], capture_output=True, text=True)
    assert run.returncode == code, run.stderr
    return run.stdout if code == 0 else run.stderr


def real(*arguments: Any) -> Any:
    run = subprocess.run(
        [sys.executable, "-W", "ignore", HERE / "real_mmdet.py", *map(str, arguments)], capture_output=True,
        text=True, check=False)
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout.splitlines()[-1]) if arguments[0] != "weights" else None


def configs() -> Path:
    return Path(importlib.util.find_spec("mmdet").submodule_search_locations[0]) / ".mim/configs"  # type: ignore


@needs_mmdet
@pytest.mark.parametrize("name", [
    "cascade_rcnn/cascade-rcnn_r50_fpn_1x_coco.py", "faster_rcnn/faster-rcnn_r50-caffe_fpn_1x_coco.py",
    "retinanet/retinanet_r50_fpn_1x_coco.py"])
def test_the_rewritten_detector_has_the_weights(name: str, tmp_path: Path) -> None:
    file, new = tmp_path / "res2net50.pth", tmp_path / "new.py"
    real("weights", "res2net50", file)
    program("config", configs() / name, "--backbone", "Res2Net", "--pretrained", file,
            "--gpus", 4, "--images-per-gpu", 1, "--output", new)
    assert real("build", new, file) == {"weights": True, "channels": [256, 512, 1024, 2048], "levels": 5}
    before, after = real("values", configs() / name), real("values", new)
    assert after["optim_wrapper"]["optimizer"]["lr"] == before["optim_wrapper"]["optimizer"]["lr"] / 4
    assert after["train_dataloader"]["batch_size"] == 1
    assert after["auto_scale_lr"] == {"enable": False, "base_batch_size": 4}
    assert after["model"]["data_preprocessor"]["bgr_to_rgb"] is True
    assert after["model"]["data_preprocessor"]["std"] == [58.395, 57.12, 57.375]
    # Everything else is as it was.
    for values in (before, after):
        values["optim_wrapper"]["optimizer"].pop("lr"), values["train_dataloader"].pop("batch_size")
        values.pop("auto_scale_lr"), values["model"].pop("backbone"), values["model"].pop("data_preprocessor")
    assert before == after


@needs_mmdet
def test_the_neck_follows_a_smaller_backbone(tmp_path: Path) -> None:
    file, new = tmp_path / "resnet18.pth", tmp_path / "new.py"
    real("weights", "resnet18", file)
    program("config", configs() / "retinanet/retinanet_r50_fpn_1x_coco.py", "--backbone", "ResNet",
            "--pretrained", file, "--output", new)
    # The neck takes the last three.
    assert real("build", new, file) == {"weights": True, "channels": [64, 128, 256, 512], "levels": 5}
    assert real("values", new)["model"]["neck"]["in_channels"] == [64, 128, 256, 512]


@needs_mmdet
def test_a_backbone_in_a_detector_is_found_behind_its_prefix(tmp_path: Path) -> None:
    file, new = tmp_path / "detector.pth", tmp_path / "new.py"
    real("weights", "res2net50_8s", file)
    program("config", configs() / "cascade_rcnn/cascade-rcnn_r50_fpn_1x_coco.py", "--backbone", "Res2Net",
            "--pretrained", file, "--output", new)
    assert real("build", new, file)["weights"]
    assert real("values", new)["model"]["backbone"]["init_cfg"]["prefix"] == "backbone."


def official(folder: Path) -> Path:
    timm = pytest.importorskip("timm")
    file = folder / "res2net50_26w_6s.pth"
    torch.save(timm.create_model("res2net50_26w_6s").state_dict(), file)
    return file


def test_the_first_era_gets_its_own_words(tmp_path: Path) -> None:
    file, new, old = official(tmp_path), tmp_path / "new.py", FIXTURES / "cascade_rcnn_r50_fpn_1x.py"
    program("config", old, "--backbone", "Res2Net", "--pretrained", file, "--gpus", 4,
            "--images-per-gpu", 2, "--output", new)
    values = real("values", new)
    assert values["model"]["pretrained"] == str(file)
    assert values["model"]["backbone"] == dict(
        type="Res2Net", layers=[3, 4, 6, 3], baseWidth=26, scale=6, num_classes=1000)
    assert values["optimizer"]["lr"] == 0.01
    before, after = old.read_text().splitlines(), new.read_text().splitlines()
    assert len([line for line in after if line not in before]) == 7
    # The lines before and behind are in their places.
    assert after[:4] == before[:4] and after[-5:] == before[-5:]
    if EXTENSION:
        assert real("first", new) == {
            "weights": True, "channels": [256, 512, 1024, 2048], "in_channels": [256, 512, 1024, 2048]}


def test_weights_that_mmdet_would_not_load_are_refused(tmp_path: Path) -> None:
    file, new = official(tmp_path), tmp_path / "new.py"
    error = program("config", FIXTURES / "cascade-rcnn_r50_fpn_1x_coco.py", "--backbone", "Res2Net",
                    "--pretrained", file, "--output", new, code=2)
    assert "keys of Res2Net (mmdet) would be loaded" in error and not new.exists()


@needs_mmdet
def test_the_detector_inside_of_another_model(tmp_path: Path) -> None:
    file, new = tmp_path / "res2net50.pth", tmp_path / "new.py"
    real("weights", "res2net50", file)
    old = configs() / "soft_teacher/soft-teacher_faster-rcnn_r50-caffe_fpn_180k_semi-0.1-coco.py"
    program("config", old, "--backbone", "Res2Net", "--pretrained", file, "--output", new)
    for part in ("student", "teacher"):
        assert real("build", new, file, part) == {
            "weights": True, "channels": [256, 512, 1024, 2048], "levels": 5}
    after = real("values", new)["model"]
    assert after["data_preprocessor"]["data_preprocessor"]["std"] == [58.395, 57.12, 57.375]


def test_one_of_several_networks(tmp_path: Path) -> None:
    file, old, new = official(tmp_path), tmp_path / "old.py", tmp_path / "new.py"
    old.write_text("""\
model = dict(
    type='Tracker',
    data_preprocessor=dict(type='TrackDataPreprocessor', mean=[0, 0, 0], std=[1, 1, 1], bgr_to_rgb=False),
    detector=dict(pretrained='a.pth', backbone=dict(type='ResNet', depth=50)),
    reid=dict(pretrained='b.pth', backbone=dict(type='ResNet', depth=50)),
    other=dict(pretrained='c.pth', backbone=dict(type='ResNet', depth=50)))
data = dict(imgs_per_gpu=2)
""")
    command = ["config", old, "--backbone", "Res2Net", "--pretrained", file, "--output", new]
    text = program(*command, "--part", "model.reid")
    values = real("values", new)["model"]
    assert values["reid"]["pretrained"] == str(file) and values["reid"]["backbone"]["scale"] == 6
    assert values["detector"] == dict(pretrained="a.pth", backbone=dict(type="ResNet", depth=50))
    assert "left alone" in text.replace("\n ", "")
    assert "choose a part: model.detector, model.reid, model.other" in program(
        *command, "--part", "model.head", code=2)
    program(*command)
    assert real("values", new)["model"]["detector"]["pretrained"] == str(file)


def test_a_lazy_configuration_in_another_folder(tmp_path: Path) -> None:
    for folder in ("a/b", "a/c", "my-configs"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "a/base.py").write_text("optim_wrapper = dict(optimizer=dict(type='SGD', lr=0.02))\n")
    (tmp_path / "a/b/model.py").write_text("""\
model = dict(type='X', pretrained='a.pth', backbone=dict(type='ResNet', depth=50))
data = dict(imgs_per_gpu=2)
""")
    old = tmp_path / "a/b/old.py"
    old.write_text("""\
from mmengine.config import read_base

with read_base():
    from ..base import *
    from .model import *  # the network
""")
    file = official(tmp_path)
    for place, lines in (
            ("a/c/new.py", ["    from ..base import *", "    from ..b.model import *  # the network"]),
            ("a/new.py", ["    from .base import *", "    from .b.model import *  # the network"]),
            ("new.py", ["    from .a.base import *", "    from .a.b.model import *  # the network"])):
        new = tmp_path / place
        program("config", old, "--backbone", "Res2Net", "--pretrained", file, "--output", new)
        assert new.read_text().splitlines()[3:5] == lines
        values = real("values", new)
        assert values["model"]["backbone"]["scale"] == 6 and values["model"]["pretrained"] == str(file)
        assert values["optim_wrapper"]["optimizer"]["lr"] == 0.02
    # What no import can say is not written.
    old = tmp_path / "my-configs/old.py"
    (tmp_path / "my-configs/model.py").write_text((tmp_path / "a/b/model.py").read_text())
    old.write_text("from mmengine.config import read_base\n\nwith read_base():\n    from .model import *\n")
    error = program("config", old, "--backbone", "Res2Net", "--pretrained", file, "--output",
                    tmp_path / "other.py", code=2)
    assert "'my-configs', which no import can name" in error and not (tmp_path / "other.py").exists()
