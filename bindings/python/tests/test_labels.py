"""What a file's own classifier makes of images, against timm."""
import pathlib

import pytest

import pthconv

torch = pytest.importorskip("torch")
timm = pytest.importorskip("timm")
transforms = pytest.importorskip("torchvision.transforms")

from PIL import Image

FIXTURES = pathlib.Path(__file__).resolve().parents[3] / "Fixtures"
IMAGES = sorted((FIXTURES / "witness/images").iterdir())


def network(**options):
    torch.manual_seed(3)
    # Norms as new: the statistics tell nothing, so the images are prepared in the usual way.
    model = timm.create_model("resnet18", **options).eval()
    torch.nn.init.normal_(model.fc.weight, std=0.2)
    return model


def truth(model, path):
    prepare = transforms.Compose([
        transforms.Resize(73), transforms.CenterCrop(64), transforms.ToTensor(),
        transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])])
    with torch.no_grad():
        values, classes = model(prepare(Image.open(path).convert("RGB"))[None]).softmax(1)[0].topk(5)
    return classes.tolist(), values.tolist()


@pytest.mark.parametrize("options", [{}, {"num_classes": 7}])
def test_labels_are_those_of_timm(tmp_path, options):
    model = network(**options)
    torch.save(model.state_dict(), tmp_path / "model.pth")
    report = pthconv.verify(tmp_path / "model.pth", "resnet18", images=IMAGES, size=(64, 64))
    found = report["labels"]
    assert found["hidden"] is None and found["classifier"] == "fc"
    assert found["preparation"] == "rgb-imagenet"
    assert len(found["images"]) == len(IMAGES) == len(report.labels)
    for image in found["images"]:
        classes, values = truth(model, image["file"])
        assert image["top"][0]["class"] == classes[0]
        for guess in image["top"]:
            # JPEG decoders may differ by a step, so near ones may change places.
            if guess["class"] in classes:
                assert guess["probability"] == pytest.approx(values[classes.index(guess["class"])], abs=5e-3)
            assert (guess["label"] is None) == bool(options)


def test_labels_are_hidden_with_a_reason(tmp_path):
    state = network().state_dict()
    del state["layer3.0.conv1.weight"]
    torch.save(state, tmp_path / "model.pth")
    report = pthconv.verify(tmp_path / "model.pth", "resnet18", images=IMAGES, size=(64, 64))
    assert report.labels == {}
    assert "random" in report["labels"]["hidden"]
