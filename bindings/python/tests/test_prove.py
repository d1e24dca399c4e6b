"""`pthconv.prove`, with the real modules of timm and mmdet."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import pthconv

torch = pytest.importorskip("torch")
timm = pytest.importorskip("timm")
pytestmark = pytest.mark.filterwarnings("ignore::pthconv.PthconvWarning")


def trained(name: str, **options: Any) -> Any:
    torch.manual_seed(2)
    return randomised(timm.create_model(name, **(options or {"num_classes": 10})))


def randomised(module: Any) -> Any:
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
    assert [stage["name"] for stage in report["stages"]] == ["layer1", "layer2", "layer3", "layer4", "fc"]
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


def test_a_classifier_is_compared_where_the_file_has_one(tmp_path: Path) -> None:
    torchvision = pytest.importorskip("torchvision")
    for module in (trained("resnet18"), randomised(torchvision.models.resnet18(num_classes=10))):
        torch.save(module.state_dict(), tmp_path / "x.pth")
        for options in ({}, {"num_classes": 10}):
            report = pthconv.prove(module, tmp_path / "x.pth", "ResNet", size=(64, 64), **options)
            assert report.agrees and report["verdict"] == "proven" and not report.not_compared
            assert report["stages"][-1]["name"] == "fc"
        weight = module.fc.weight.detach().clone()
        module.fc.reset_parameters()
        report = pthconv.prove(module, tmp_path / "x.pth", "ResNet", size=(64, 64))
        assert not report.agrees and report.first_module == "fc" and report["verdict"] == "failed"
        with torch.no_grad():
            module.fc.weight.copy_(weight)


def test_what_the_file_does_not_have_is_named(tmp_path: Path) -> None:
    module = trained("resnet18")
    torch.save(module.state_dict(), tmp_path / "x.pth")
    module.fc = torch.nn.Linear(512, 7)
    module.neck = torch.nn.Sequential(torch.nn.Conv2d(512, 8, 1), torch.nn.BatchNorm2d(8))
    report = pthconv.prove(module, tmp_path / "x.pth", "ResNet", size=(64, 64))
    assert report.not_compared == ["fc", "neck"] and report.first_module is None
    assert not report.agrees and report["verdict"] == "unproven" and not report["pass"]
    assert "not compared: fc, neck" in repr(report) and "fc, neck" in report["reasons"][-1]
    module.fc, module.neck = torch.nn.Identity(), torch.nn.Identity()
    assert pthconv.prove(module, tmp_path / "x.pth", "ResNet", size=(64, 64)).agrees
    module.layer4.register_forward_hook(lambda part, inputs, output: output * 2)
    assert not pthconv.prove(module, tmp_path / "x.pth", "ResNet", size=(64, 64)).agrees


@pytest.mark.parametrize("name, backbone, options", [
    ("mobilenetv2_100", "MobileNetV2", {"features_only": True}),
    ("mobilenetv2_100", "MobileNetV2", {"num_classes": 5}),
    ("tf_efficientnet_lite0", "EfficientNetLite", {"num_classes": 3}),
    ("torchvision", "MobileNetV2", {}),
])
def test_norms_with_an_activation_inside(
        name: str, backbone: str, options: dict[str, Any], tmp_path: Path) -> None:
    if name == "torchvision":
        module = randomised(pytest.importorskip("torchvision").models.mobilenet_v2(num_classes=5))
    else:
        module = trained(name, **options)
    torch.save(module.state_dict(), tmp_path / "x.pth")
    report = pthconv.prove(module, tmp_path / "x.pth", backbone, size=(64, 64))
    assert report.agrees, (report.first_module, report.not_compared, report["stages"])
    stages = ["layer1", "layer2", "layer3", "layer5", "layer7"]
    stages += [] if "features_only" in options else ["layer8", "fc"]
    assert [stage["name"] for stage in report["stages"]] == stages
    norm = next(part for part in module.modules() if isinstance(part, torch.nn.BatchNorm2d))
    with torch.no_grad():
        norm.bias += 0.3
    report = pthconv.prove(module, tmp_path / "x.pth", backbone, size=(64, 64))
    assert report.first_module in ("bn1", "features.0.1")


def test_wrappers_are_taken_off(tmp_path: Path) -> None:
    module = trained("resnet18")
    for parameter in module.layer1.parameters():
        parameter.requires_grad_(False)
    torch.save(module.state_dict(), tmp_path / "x.pth")
    for wrapped in (torch.nn.DataParallel(module), torch.compile(module)):
        assert pthconv.prove(wrapped, tmp_path / "x.pth", "ResNet", size=(64, 64)).agrees
    assert not module.layer1[0].conv1.weight.requires_grad and module.conv1.weight.requires_grad

    class Detector(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.backbone, self.head = module, torch.nn.Linear(10, 2)

        def forward(self, x: Any) -> Any:
            return self.head(self.backbone(x))

    with pytest.raises(pthconv.ArgumentError, match="give its submodule backbone alone"):
        pthconv.prove(Detector(), tmp_path / "x.pth", "ResNet", size=(64, 64))
    with pytest.raises(pthconv.ArgumentError, match="TorchScript"):
        pthconv.prove(torch.jit.script(module), tmp_path / "x.pth", "ResNet", size=(64, 64))
    module.layer2.compile()
    with pytest.raises(pthconv.ArgumentError, match="layer2 is compiled"):
        pthconv.prove(module, tmp_path / "x.pth", "ResNet", size=(64, 64))


def test_what_cannot_be_compared(tmp_path: Path) -> None:
    class Odd(torch.nn.Module):
        def forward(self, x: Any) -> str:
            return "no tensor"

    torch.save(trained("resnet18").state_dict(), tmp_path / "x.pth")
    with pytest.raises(pthconv.ArgumentError, match="no tensors"):
        pthconv.prove(Odd(), tmp_path / "x.pth", "ResNet", size=(64, 64))
