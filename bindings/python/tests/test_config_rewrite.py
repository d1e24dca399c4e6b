"""Configurations that `pthconv config` gave another backbone, loaded by the real mmengine and built by mmdet."""
import os
import subprocess
import sys
import types
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("mmcv")
pytest.importorskip("mmdet")

FIXTURES = Path(__file__).resolve().parents[3] / "Fixtures/configs"


def program(*arguments: Any, code: int = 0) -> str:
    run = subprocess.run(
        [os.environ["PTHCONV_PROGRAM"], *map(str, arguments)], capture_output=True, text=True)
    assert run.returncode == code, run.stderr
    return run.stdout if code == 0 else run.stderr


@pytest.fixture(scope="module")
def mmdet() -> Any:
    """mmdet with stand-ins for mmcv's compiled operators, none of which is called here."""
    class Operators(types.ModuleType):
        def __getattr__(self, name: str) -> Any:
            if name.startswith("__"):
                raise AttributeError(name)
            return lambda *_, **__: None

    if any(name == "mmdet" or name.startswith("mmdet.") for name in sys.modules):
        pytest.skip("other tests have put a stand-in in mmdet's place")
    sys.modules["mmcv._ext"] = Operators("mmcv._ext")
    try:
        import mmdet.models
    except ImportError as error:
        pytest.skip(f"mmdet cannot be imported: {error}")
    return mmdet.models


def configs(mmdet: Any) -> Path:
    return Path(mmdet.__file__).parents[1] / ".mim/configs"


@pytest.mark.parametrize("name", [
    "cascade_rcnn/cascade-rcnn_r50_fpn_1x_coco.py", "faster_rcnn/faster-rcnn_r101-caffe_fpn_1x_coco.py",
    "retinanet/retinanet_r50_fpn_1x_coco.py"])
def test_the_rewritten_detector_has_the_weights(mmdet: Any, name: str, tmp_path: Path) -> None:
    from mmengine.config import Config
    from mmdet.registry import MODELS
    from mmdet.models.backbones import Res2Net

    torch.manual_seed(0)
    weights = Res2Net(depth=50, scales=4, base_width=26).state_dict()
    file = tmp_path / "res2net50.pth"
    torch.save(weights, file)
    new = tmp_path / "new.py"
    program("config", configs(mmdet) / name, "--backbone", "Res2Net", "--pretrained", file,
            "--gpus", 4, "--images-per-gpu", 1, "--output", new)
    config = Config.fromfile(str(new))
    old = Config.fromfile(str(configs(mmdet) / name))
    assert config.optim_wrapper.optimizer.lr == old.optim_wrapper.optimizer.lr / 4
    assert config.model.data_preprocessor.bgr_to_rgb is True
    assert config.model.data_preprocessor.std == [58.395, 57.12, 57.375]
    config.model.backbone.norm_eval = False
    model = MODELS.build(config.model)
    model.backbone.init_weights()
    state = model.backbone.state_dict()
    assert set(state) == set(weights)
    assert all(torch.equal(state[key], weights[key]) for key in weights)
    channels = [output.shape[1] for output in model.backbone(torch.zeros(1, 3, 64, 64))]
    assert channels == list(config.model.neck.in_channels)
    # Everything else is as it was.
    for key in ("train_dataloader", "auto_scale_lr", "optim_wrapper", "model"):
        old.pop(key), config.pop(key)
    assert config.to_dict() == old.to_dict()


def test_the_neck_follows_a_smaller_backbone(mmdet: Any, tmp_path: Path) -> None:
    from mmengine.config import Config
    from mmdet.registry import MODELS
    from mmdet.models.backbones import ResNet

    file = tmp_path / "resnet18.pth"
    torch.save({"state_dict": ResNet(18).state_dict()}, file)
    new = tmp_path / "new.py"
    program("config", configs(mmdet) / "retinanet/retinanet_r50_fpn_1x_coco.py", "--backbone", "ResNet",
            "--pretrained", file, "--output", new)
    config = Config.fromfile(str(new))
    assert config.model.backbone.depth == 18
    assert config.model.neck.in_channels == [64, 128, 256, 512]
    model = MODELS.build(config.model)
    assert model.neck(model.backbone(torch.zeros(1, 3, 64, 64)))


def test_a_backbone_in_a_detector_is_found_behind_its_prefix(mmdet: Any, tmp_path: Path) -> None:
    from mmengine.config import Config
    from mmdet.registry import MODELS
    from mmdet.models.backbones import Res2Net

    weights = Res2Net(depth=50, scales=8, base_width=26).state_dict()
    file = tmp_path / "detector.pth"
    torch.save({"state_dict": {f"backbone.{key}": value for key, value in weights.items()}}, file)
    new = FIXTURES.parent / "configs" / "cascade-rcnn_r50_fpn_1x_coco.py"
    output = tmp_path / "new.py"
    program("config", new, "--backbone", "Res2Net", "--pretrained", file, "--output", output)
    config = Config.fromfile(str(output))
    assert config.model.backbone.init_cfg.prefix == "backbone."
    backbone = MODELS.build(config.model.backbone)
    backbone.init_weights()
    assert all(torch.equal(value, weights[key]) for key, value in backbone.state_dict().items())


def test_the_first_era_gets_its_own_words(tmp_path: Path) -> None:
    from mmengine.config import Config
    timm = pytest.importorskip("timm")

    file = tmp_path / "res2net50_26w_6s.pth"
    torch.save(timm.create_model("res2net50_26w_6s").state_dict(), file)
    output = tmp_path / "new.py"
    source = FIXTURES / "cascade_rcnn_r50_fpn_1x.py"
    program("config", source, "--backbone", "Res2Net", "--pretrained", file, "--gpus", 4,
            "--images-per-gpu", 2, "--output", output)
    config = Config.fromfile(str(output))
    assert config.model.pretrained == str(file)
    assert config.model.backbone.to_dict() == dict(
        type="Res2Net", layers=[3, 4, 6, 3], baseWidth=26, scale=6, num_classes=1000)
    assert config.optimizer.lr == 0.01
    before, after = source.read_text().splitlines(), output.read_text().splitlines()
    changed = ("pretrained=", "type='ResNet'", "depth=", "num_stages=4", "out_indices", "frozen_stages", "style",
               "optimizer = dict(")
    assert [line for line in before if not line.strip().startswith(changed)] == [
        line for line in after if line in before and not line.strip().startswith(changed)]


def test_weights_that_mmdet_would_not_load_are_refused(tmp_path: Path) -> None:
    timm = pytest.importorskip("timm")
    file = tmp_path / "res2net50_26w_6s.pth"
    torch.save(timm.create_model("res2net50_26w_6s").state_dict(), file)
    output = tmp_path / "new.py"
    error = program("config", FIXTURES / "cascade-rcnn_r50_fpn_1x_coco.py", "--backbone", "Res2Net",
                    "--pretrained", file, "--output", output, code=2)
    assert "keys of Res2Net (mmdet) would be loaded" in error and not output.exists()
