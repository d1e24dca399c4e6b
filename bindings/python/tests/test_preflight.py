"""`pthconv.preflight`, and the hook that ends a run before its first iteration."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import pthconv

torch = pytest.importorskip("torch")
mmengine = pytest.importorskip("mmengine")

import pthconv.mmengine  # noqa: E402

CONFIG = """\
model = dict(
    type='FasterRCNN',
    backbone=dict(
        type='ResNet', depth=50, base_channels=8, frozen_stages=1,
        init_cfg={init}),
    neck=dict(type='FPN', in_channels=[32, 64, 128, 256], out_channels=256, num_outs=5))
optim_wrapper = dict(optimizer=dict(type='SGD', lr=0.02))
train_dataloader = dict(batch_size=2)
auto_scale_lr = dict(enable=False, base_batch_size=16)
"""


@pytest.fixture
def config(tmp_path: Path) -> Any:
    def make(init: str = "None") -> Path:
        path = tmp_path / "config.py"
        path.write_text(CONFIG.format(init=init))
        return path
    return make


@pytest.fixture
def weights(backbones: Any, tmp_path: Path) -> Path:
    state = backbones.ResNet(depth=50, base_channels=8).state_dict()
    torch.save({"state_dict": {f"backbone.{k}": v for k, v in state.items()}}, tmp_path / "x.pth")
    return tmp_path / "x.pth"


def test_a_path(config: Any) -> None:
    report = pthconv.preflight(config())
    assert [item["kind"] for item in report.errors] == ["frozen-but-random"]
    assert report.errors[0]["line"] == 5
    assert report.errors[0]["in"] == str(config())
    with pytest.raises(pthconv.PreflightError, match="stay so") as caught:
        report.raise_if_errors()
    assert caught.value.report is report
    assert "config.py:5: error" in str(report) and "1 error" in report.summary()


def test_a_config_is_its_file_unless_it_was_changed(config: Any, weights: Path) -> None:
    path = config(f"dict(type='Pretrained', checkpoint={str(weights)!r}, prefix='backbone.')")
    cfg = mmengine.Config.fromfile(str(path))
    report = pthconv.preflight(cfg, gpus=8)
    assert not report.errors and report["backbones"][0]["coverage"] == 1
    assert report["config"] == str(path)
    cfg.work_dir = "elsewhere"  # nothing that a run's result depends on
    assert pthconv.preflight(cfg)["config"] == str(path)
    cfg.merge_from_dict({"model.backbone.init_cfg.prefix": "encoder."})
    made = mmengine.Config(dict(model=cfg.model))
    for changed in (cfg, made):
        kinds = [item["kind"] for item in pthconv.preflight(changed).errors]
        assert kinds == ["wrong-prefix"]


def test_what_the_real_loader_does_is_what_was_foretold(
        backbones: Any, config: Any, weights: Path) -> None:
    """Coverage, against the parameters that mmengine's loader really changes."""
    for prefix, share in (("backbone.", 1), (None, 0)):
        init = dict(type="Pretrained", checkpoint=str(weights))
        if prefix:
            init["prefix"] = prefix
        report = pthconv.preflight(config(repr(init)))
        module = backbones.ResNet(depth=50, base_channels=8, init_cfg=init)
        module.init_weights()
        wanted = pthconv.load(str(weights))
        same = all(torch.equal(value, wanted[f"backbone.{key}"])
                   for key, value in module.state_dict().items() if key.endswith("conv1.weight"))
        assert same == bool(share)
        assert report["backbones"][0]["coverage"] == share
        assert bool(report.errors) != bool(share)


def test_errors(tmp_path: Path, config: Any) -> None:
    with pytest.raises(pthconv.ConfigError):
        pthconv.preflight(tmp_path / "nowhere.py")
    (tmp_path / "bad.py").write_text("model = dict(\n")
    with pytest.raises(pthconv.ConfigError, match="bad.py"):
        pthconv.preflight(tmp_path / "bad.py")
    with pytest.raises(pthconv.MissingFileError):
        pthconv.preflight(config(), checkpoint=tmp_path / "nowhere.pth")
    with pytest.raises(pthconv.ArgumentError):
        pthconv.preflight(config(), gpus=0)
    with pytest.raises(pthconv.ArgumentError):
        pthconv.preflight({"model": 1})


class Data(torch.utils.data.Dataset):
    def __len__(self) -> int:
        return 4

    def __getitem__(self, index: int) -> Any:
        return {"inputs": torch.zeros(3)}


def run(path: Path, work: Path, **options: Any) -> list[int]:
    """Trains a small model with the run's configuration; gives the iterations that it came to."""
    from mmengine.model import BaseModel
    from mmengine.runner import Runner

    steps: list[int] = []

    class Model(BaseModel):
        def __init__(self) -> None:
            super().__init__()
            self.layer = torch.nn.Linear(3, 1)

        def forward(self, inputs: Any, mode: str = "loss") -> Any:
            steps.append(1)
            return {"loss": self.layer(inputs).sum()}

    cfg = mmengine.Config.fromfile(str(path))
    # The real model is not built: what counts is the configuration that the runner has.
    runner = Runner(
        Model(), work_dir=str(work), cfg=cfg, experiment_name=f"preflight-{id(steps)}",
        train_dataloader=torch.utils.data.DataLoader(Data(), batch_size=2),
        train_cfg=dict(by_epoch=True, max_epochs=1), default_scope="mmengine",
        optim_wrapper=dict(optimizer=dict(type="SGD", lr=0.01)),
        custom_hooks=[dict(type="PthconvPreflight", **options)])
    runner.train()
    return steps


def test_a_run_ends_before_its_first_iteration(config: Any, tmp_path: Path) -> None:
    pthconv.mmengine.register()
    with pytest.raises(pthconv.PreflightError, match="frozen_stages=1"):
        run(config(), tmp_path / "work")
    assert run(config(), tmp_path / "work", fails=False) == [1, 1]


def test_a_run_that_does_what_it_says_goes_on(
        config: Any, weights: Path, tmp_path: Path) -> None:
    pthconv.mmengine.register()
    path = config(f"dict(type='Pretrained', checkpoint={str(weights)!r}, prefix='backbone.')")
    # One GPU with two images: the rate is for 16.
    with pytest.raises(pthconv.PreflightError, match="learning rate"):
        path.write_text("_base_ = 'base.py'\n") if (
            tmp_path / "base.py").write_text(path.read_text()) else None
        run(path, tmp_path / "work")
    (tmp_path / "base.py").write_text(
        (tmp_path / "base.py").read_text().replace("enable=False", "enable=True"))
    assert run(path, tmp_path / "work") == [1, 1]


def test_what_a_file_says_of_its_own_training(
        backbones: Any, config: Any, tmp_path: Path) -> None:
    """Files keep the configuration with which they were trained."""
    trained = ("model = dict(data_preprocessor=dict(type='DetDataPreprocessor', "
               "mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375], bgr_to_rgb=True))")
    state = backbones.ResNet(depth=50, base_channels=8).state_dict()
    torch.save({"state_dict": state, "meta": {"cfg": trained, "epoch": 1}}, tmp_path / "x.pth")
    path = config(f"dict(type='Pretrained', checkpoint={str(tmp_path / 'x.pth')!r})")
    for rgb, kinds in ((True, []), (False, ["channel-order"])):
        path.write_text(CONFIG.format(
            init=f"dict(type='Pretrained', checkpoint={str(tmp_path / 'x.pth')!r})") + (
                "data_preprocessor = dict(type='DetDataPreprocessor', "
                f"mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375], bgr_to_rgb={rgb})\n"))
        report = pthconv.preflight(path)
        assert [item["kind"] for item in report.errors] == kinds
        assert all("meta" in item["why"] and item["line"] == 10 for item in report.errors)
    assert "<title>errors found" in report.to_html()
