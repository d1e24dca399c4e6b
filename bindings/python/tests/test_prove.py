"""`pthconv.prove`, with the real modules of timm and mmdet."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import pthconv

torch = pytest.importorskip("torch")
timm = pytest.importorskip("timm")
pytestmark = pytest.mark.filterwarnings("ignore::pthconv.PthconvWarning")


def trained(name: str) -> Any:
    torch.manual_seed(2)
    module = timm.create_model(name, num_classes=10)
    for name, buffer in module.named_buffers():
        if buffer.is_floating_point():
            buffer.copy_(torch.rand_like(buffer) * 0.2 + (0.9 if "var" in name else -0.1))
    for name, parameter in module.named_parameters():
        if parameter.dim() == 1:
            parameter.data = torch.rand_like(parameter) * 0.4 + 0.4
    return module


def test_a_module_that_computes_what_the_file_does(tmp_path: Path) -> None:
    module = trained("resnet18").train()
    torch.save(module.state_dict(), tmp_path / "x.pth")
    report = pthconv.prove(module, tmp_path / "x.pth", "ResNet", size=(64, 64))
    assert report.agrees and report.first_module is None
    assert [stage["name"] for stage in report["stages"]] == ["layer1", "layer2", "layer3", "layer4"]
    assert module.training and module.bn1.training
    x = torch.randn(2, 3, 40, 48)
    assert pthconv.prove(module, tmp_path / "x.pth", "ResNet", input=x).agrees


def test_a_layer_that_was_not_loaded_is_named(tmp_path: Path) -> None:
    module = trained("resnet18")
    torch.save(module.state_dict(), tmp_path / "x.pth")
    module.layer2[1].conv1.weight.data *= 1.1
    report = pthconv.prove(module, tmp_path / "x.pth", "ResNet", size=(64, 64))
    assert not report.agrees and report.first_module == "layer2.1.conv1"
    assert "differs, first at layer2.1.conv1" in repr(report)


def test_a_difference_that_the_stages_do_not_show(tmp_path: Path) -> None:
    """A norm of weight 0 switches off what is before it, as before training; the layer differs all the same."""
    module = trained("resnet18")
    module.layer2[1].bn2.weight.data.zero_()
    torch.save(module.state_dict(), tmp_path / "x.pth")
    assert pthconv.prove(module, tmp_path / "x.pth", "ResNet", size=(64, 64)).agrees
    module.layer2[1].bn1.eps = 0.1
    report = pthconv.prove(module, tmp_path / "x.pth", "ResNet", size=(64, 64))
    assert all(stage["pass"] for stage in report["stages"])
    assert not report.agrees and report.first_module == "layer2.1.bn1"


def test_the_same_keys_and_another_arithmetic(tmp_path: Path, backbones: Any) -> None:
    """The weights of Res2Net's authors in mmdet's: all keys match, the outputs do not."""
    source = trained("res2net50d")
    torch.save(source.state_dict(), tmp_path / "v1b.pth")
    target = backbones.Res2Net(depth=50, scales=4, base_width=26)
    assert pthconv.load_into(target, tmp_path / "v1b.pth").coverage == 1
    report = pthconv.prove(target, tmp_path / "v1b.pth", "Res2Net", size=(64, 64))
    assert not report.agrees
    assert report.first_module and report.first_module.startswith("layer1.0")
    assert pthconv.prove(source, tmp_path / "v1b.pth", "Res2Net", size=(64, 64)).agrees


def test_what_cannot_be_compared(tmp_path: Path) -> None:
    class Odd(torch.nn.Module):
        def forward(self, x: Any) -> str:
            return "no tensor"

    torch.save(trained("resnet18").state_dict(), tmp_path / "x.pth")
    with pytest.raises(pthconv.ArgumentError, match="no tensors"):
        pthconv.prove(Odd(), tmp_path / "x.pth", "ResNet", size=(64, 64))
