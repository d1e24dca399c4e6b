"""`pthconv.load_into`: any module, and what may be claimed afterwards."""

from __future__ import annotations

import copy as copying
import pickle
import warnings
import weakref
from pathlib import Path
from typing import Any

import pytest

import pthconv

torch = pytest.importorskip("torch")
nn = torch.nn
pytestmark = pytest.mark.filterwarnings("ignore::pthconv.PthconvWarning")




class Block(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(width, width, 3, padding=1)
        self.norm = nn.BatchNorm2d(width)

    def forward(self, x: Any) -> Any:
        return x + self.norm(self.conv(x)).relu()


class Net(nn.Module):
    """A network that pthconv knows nothing about."""

    def __init__(self, classes: int = 10, extra: bool = False) -> None:
        super().__init__()
        self.inlet = nn.Conv2d(3, 8, 3)
        self.blocks = nn.ModuleList([Block(8), Block(8)])
        self.position = nn.Parameter(torch.randn(1, 8, 1, 1))
        self.register_buffer("index", torch.arange(6).reshape(2, 3))
        self.fc = nn.Linear(8, classes)
        if extra:
            self.blocks[1].gate = nn.Conv2d(8, 8, 1)

    def forward(self, x: Any) -> Any:
        x = self.inlet(x) + self.position
        for block in self.blocks:
            x = block(x)
        return self.fc(x.mean((2, 3)))


def trained(seed: int = 5, **options: Any) -> Net:
    torch.manual_seed(seed)
    net = Net(**options)
    for buffer in net.buffers():
        if buffer.is_floating_point():
            buffer.copy_(torch.rand_like(buffer) + 0.5)
        elif not buffer.dim():
            buffer.fill_(321)
    return net.eval()


def saved(tmp_path: Path, state: Any, name: str = "x.pth", **options: Any) -> Path:
    torch.save(state, tmp_path / name, **options)
    return tmp_path / name


def equal(a: Any, b: Any) -> bool:
    a, b = a.state_dict(), b.state_dict()
    return a.keys() == b.keys() and all(torch.equal(a[k], b[k]) for k in a)


@pytest.mark.parametrize("legacy", [False, True])
def test_the_same_module(tmp_path: Path, legacy: bool) -> None:
    source, target = trained(), Net().eval()
    path = saved(tmp_path, source.state_dict(), _use_new_zipfile_serialization=not legacy)
    report = pthconv.load_into(target, path)
    assert report.verdict == "complete" and report.coverage == 1
    assert not report.missing and not report.unexpected and not report.mismatched
    assert not report.warnings
    assert report.loaded == {name: name for name in source.state_dict()}
    assert equal(source, target)
    x = torch.randn(2, 3, 9, 9)
    assert torch.equal(source(x), target(x))


@pytest.mark.parametrize("prefix", ["module.", "state.backbone.", "_orig_mod."])
@pytest.mark.parametrize("wrapped", [False, True])
def test_a_prefix_is_found(tmp_path: Path, prefix: str, wrapped: bool) -> None:
    source, target = trained(), Net()
    state = {prefix + name: tensor for name, tensor in source.state_dict().items()}
    state["neck.weight"] = torch.randn(3)
    report = pthconv.load_into(
        target, saved(tmp_path, {"state_dict": state, "epoch": 3} if wrapped else state))
    assert report.verdict == "complete" and report["prefix"]["source"] == prefix
    assert report.unexpected == ["neck.weight"]
    assert equal(source, target)


def test_a_prefix_of_the_module_is_found(tmp_path: Path) -> None:
    class Detector(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.backbone = Net()
            self.neck = nn.Conv2d(8, 8, 1)

    source, target = trained(), Detector()
    before = target.neck.weight.clone()
    report = pthconv.load_into(target, saved(tmp_path, source.state_dict()))
    assert report.verdict == "partial"
    assert report.missing == ["neck.weight", "neck.bias"]
    assert equal(source, target.backbone)
    assert torch.equal(before, target.neck.weight)
    assert 0 < report.coverage < 1


def test_the_prefix_that_is_said_is_the_only_one(tmp_path: Path) -> None:
    first, second = trained(1), trained(2)
    state = {f"ema.{k}": v for k, v in first.state_dict().items()}
    state.update({f"model.{k}": v for k, v in second.state_dict().items()})
    path = saved(tmp_path, state)
    target = Net()
    assert pthconv.load_into(target, path, prefix="ema").verdict == "complete"
    assert equal(first, target)
    assert pthconv.load_into(target, path, prefix="model.").verdict == "complete"
    assert equal(second, target)
    with pytest.warns(pthconv.PthconvWarning, match="2 times.*choose with a prefix"):
        pthconv.load_into(target, path)
    with pytest.raises(pthconv.LoadError, match="nothing"):
        pthconv.load_into(target, path, prefix="other.")


def test_tensors_in_the_network_that_the_module_lacks(tmp_path: Path) -> None:
    path = saved(tmp_path, trained(extra=True).state_dict())
    with pytest.warns(pthconv.PthconvWarning, match="blocks.1.gate.weight and 1 more"):
        report = pthconv.load_into(Net(), path)
    assert report.verdict == "foreign" and report.coverage == 1
    assert report.unexpected == ["blocks.1.gate.weight", "blocks.1.gate.bias"]


def test_another_classifier(tmp_path: Path) -> None:
    path = saved(tmp_path, trained(classes=1000).state_dict())
    target = Net()
    before = target.fc.weight.clone()
    with pytest.warns(pthconv.PthconvWarning, match="not all of the module"):
        report = pthconv.load_into(target, path)
    assert report.verdict == "partial"
    assert report.mismatched == ["fc.weight", "fc.bias"]
    assert torch.equal(target.fc.weight, before)
    del target.fc
    report = pthconv.load_into(target, path)
    assert report.verdict == "complete" and report.unexpected == ["fc.weight", "fc.bias"]


def test_what_is_asked_for_is_asked_before_anything_is_touched(tmp_path: Path) -> None:
    state = trained().state_dict()
    del state["inlet.weight"]
    path = saved(tmp_path, state)
    target = Net()
    before = copying.deepcopy(target)
    with pytest.raises(pthconv.LoadError, match=r"inlet.weight \(missing\)") as error:
        pthconv.load_into(target, path, strict=True)
    assert error.value.report.missing == ["inlet.weight"]
    with pytest.raises(pthconv.LoadError, match="99.0% are asked for"):
        pthconv.load_into(target, path, min_coverage=0.99)
    assert equal(before, target)
    assert pthconv.load_into(target, path, min_coverage=0.9).coverage > 0.9


def test_nothing_fits(tmp_path: Path) -> None:
    target = Net()
    before = copying.deepcopy(target)
    path = saved(tmp_path, {"a.weight": torch.randn(3, 3), "b": torch.randn(8)})
    with pytest.raises(pthconv.LoadError, match="nothing: 0 of 18 keys"):
        pthconv.load_into(target, path)
    # Vectors alone fit anything of their width.
    norms = {k: v for k, v in trained().state_dict().items() if "norm" in k}
    with pytest.raises(pthconv.LoadError, match="nothing"):
        pthconv.load_into(target, saved(tmp_path, norms))
    assert equal(before, target)


def test_a_few_accidental_names_are_no_place(tmp_path: Path) -> None:
    """One layer of another network that happens to have a name and a shape."""
    state = {f"encoder.{i}.weight": torch.randn(4, 4) for i in range(20)}
    state["decoder.fc.weight"] = torch.randn(10, 8)
    with pytest.raises(pthconv.LoadError, match="nothing"):
        pthconv.load_into(Net(), saved(tmp_path, state))


def test_keys_are_revised_first(tmp_path: Path) -> None:
    source, target = trained(), Net()
    state = {k.replace("blocks", "stages"): v for k, v in source.state_dict().items()}
    path = saved(tmp_path, state)
    for pairs in ([("^stages", "blocks")], ["^stages=blocks"], [(r"^(s)tages\.", r"blocks.")]):
        assert pthconv.load_into(target, path, revise_keys=pairs).verdict == "complete"
        assert equal(source, target)
    with pytest.raises(pthconv.ArgumentError, match="revision"):
        pthconv.load_into(target, path, revise_keys=[("(", "x")])
    # Of two keys that get one name, PyTorch takes the last.
    state = dict(source.state_dict())
    state["other.weight"] = torch.full((10, 8), 7.0)
    report = pthconv.load_into(
        target, saved(tmp_path, state), revise_keys=[(r"^other\.", "fc.")])
    assert (target.fc.weight == 7).all() and report.loaded["fc.weight"] == "other.weight"
    assert "fc.weight" in report.unexpected


def test_types_are_the_modules(tmp_path: Path) -> None:
    source = trained()
    path = saved(tmp_path, source.half().state_dict())
    target = Net()
    assert pthconv.load_into(target, path).verdict == "complete"
    assert target.inlet.weight.dtype == torch.float32
    assert torch.equal(target.inlet.weight, source.inlet.weight.float())
    target = Net().bfloat16()
    pthconv.load_into(target, path)
    assert torch.equal(target.inlet.weight, source.inlet.weight.bfloat16())


def test_numbers_that_would_lose_what_they_say_are_mismatched(tmp_path: Path) -> None:
    state = trained().state_dict()
    state["index"] = state["index"] + 0.5
    state["inlet.weight"] = (state["inlet.weight"] * 100).to(torch.int8)
    state["position"] = torch.complex(state["position"], state["position"])
    report = pthconv.load_into(Net(), saved(tmp_path, state))
    assert set(report.mismatched) == {"index", "inlet.weight", "position"}
    assert report.verdict == "partial"


def test_counters_that_old_files_do_not_have_stay(tmp_path: Path) -> None:
    source, target = trained(), trained(6)
    state = source.state_dict()
    for name in [k for k in state if "num_batches" in k]:
        del state[name]
    path = saved(tmp_path, dict(state))
    report = pthconv.load_into(target, path)
    assert report.verdict == "complete"
    assert [item["target"] for item in report["filled"]] == [
        "blocks.0.norm.num_batches_tracked", "blocks.1.norm.num_batches_tracked"]
    assert target.blocks[0].norm.num_batches_tracked == 321
    theirs = trained(6)
    theirs.load_state_dict(dict(state))
    assert equal(theirs, target)
    # From version 2 of the batch norm on PyTorch misses them.
    report = pthconv.load_into(Net(), saved(tmp_path, state))
    assert report.verdict == "partial" and len(report.missing) == 2


def test_tied_weights(tmp_path: Path) -> None:
    class Tied(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.embedding = nn.Embedding(10, 4)
            self.head = nn.Linear(4, 10, bias=False)
            self.head.weight = self.embedding.weight

    source, target = Tied(), Tied()
    for name in ("embedding.weight", "head.weight"):
        path = saved(tmp_path, {name: source.head.weight.detach() + 1})
        report = pthconv.load_into(target, path)
        assert report.verdict == "complete" and len(report.loaded) == 2
        assert torch.equal(target.head.weight, source.head.weight + 1)
        assert target.head.weight is target.embedding.weight


def test_one_tensor_cannot_have_two_values(tmp_path: Path) -> None:
    module = nn.Module()
    module.a, module.b = nn.Linear(4, 4, bias=False), nn.Linear(4, 4, bias=False)
    module.b.weight = module.a.weight
    same = torch.randn(4, 4)
    path = saved(tmp_path, {"a.weight": same, "b.weight": same.clone()})
    assert pthconv.load_into(module, path).verdict == "complete"
    path = saved(tmp_path, {"a.weight": same, "b.weight": same + 1})
    with pytest.warns(pthconv.PthconvWarning, match="one tensor for a.weight and b.weight"):
        assert pthconv.load_into(module, path).verdict == "foreign"


def test_parameters_that_share_memory(tmp_path: Path) -> None:
    """Tied by `.data`, or as the transposed: other parameters, the same numbers."""
    module = nn.Module()
    module.a, module.b = nn.Linear(4, 4, bias=False), nn.Linear(4, 4, bias=False)
    module.b.weight.data = module.a.weight.data
    one, other = torch.randn(4, 4), torch.randn(4, 4)
    for state in ({"a.weight": one}, {"b.weight": one}, {"a.weight": one, "b.weight": one.clone()}):
        assert pthconv.load_into(module, saved(tmp_path, state)).verdict == "complete"
        assert torch.equal(module.a.weight, one)
    path = saved(tmp_path, {"a.weight": one, "b.weight": other})
    with pytest.warns(pthconv.PthconvWarning, match="one tensor for a.weight and b.weight"):
        assert pthconv.load_into(module, path).verdict == "foreign"
    module.b.weight = nn.Parameter(module.a.weight.data.t())
    with pytest.warns(pthconv.PthconvWarning, match="share memory"):
        report = pthconv.load_into(module, path)
    assert report.verdict == "partial" and report.mismatched == ["a.weight"]
    assert report.coverage == 0.5 == report["coverage"]["elements"]
    path = saved(tmp_path, {"a.weight": one, "b.weight": one.t().contiguous()})
    assert pthconv.load_into(module, path).verdict == "complete"
    before = copying.deepcopy(module.state_dict())
    path = saved(tmp_path, {"a.weight": other, "b.weight": other})
    with pytest.raises(pthconv.LoadError, match="1 mismatched"):
        pthconv.load_into(module, path, strict=True)
    assert all(torch.equal(before[name], value) for name, value in module.state_dict().items())


class Doubling(nn.Linear):
    """A layer that changes what it is given before it loads it."""

    def _load_from_state_dict(self, state: Any, prefix: str, *rest: Any) -> None:
        state[prefix + "weight"] = 2 * state[prefix + "weight"]
        super()._load_from_state_dict(state, prefix, *rest)


class Resetting(nn.Linear):
    """A layer that draws its parameters anew when it was loaded."""

    def __init__(self, *sizes: int) -> None:
        super().__init__(*sizes)
        self.register_load_state_dict_post_hook(lambda module, keys: module.reset_parameters())


class Silent(nn.Sequential):
    """A module that loads a part and returns nothing."""

    def load_state_dict(self, state: Any, strict: bool = True) -> None:  # type: ignore[override]
        super().load_state_dict({k: v for k, v in state.items() if "bias" not in k}, strict=False)


@pytest.mark.parametrize("module, changed", [
    (nn.Sequential(nn.Linear(3, 3), Doubling(3, 3)), ["1.weight"]),
    (nn.Sequential(nn.Linear(3, 3), Resetting(3, 3)), ["1.weight", "1.bias"]),
    (Silent(nn.Linear(3, 3)), ["0.bias"]),
])
def test_values_that_the_module_changes(tmp_path: Path, module: Any, changed: list[str]) -> None:
    path = saved(tmp_path, {k: torch.randn_like(v) for k, v in module.state_dict().items()})
    before = copying.deepcopy(module.state_dict())
    with pytest.raises(pthconv.LoadError, match="mismatched"):
        pthconv.load_into(module, path, strict=True)
    assert all(torch.equal(before[name], value) for name, value in module.state_dict().items())
    with pytest.warns(pthconv.PthconvWarning, match="other values than the file"):
        report = pthconv.load_into(module, path)
    assert report.verdict == "partial" and report.mismatched == changed
    assert report.coverage == 1 - len(changed) / len(module.state_dict())
    assert report["warnings"][-1]["code"] == "changed-by-module"


def test_values_that_the_module_makes_itself(tmp_path: Path) -> None:
    module = nn.Sequential(nn.Linear(3, 3, bias=False), nn.Linear(3, 3, bias=False))
    module.register_load_state_dict_post_hook(
        lambda loaded, keys: setattr(loaded[1].weight, "data", loaded[0].weight.data.clone()))
    path = saved(tmp_path, {"0.weight": torch.randn(3, 3)})
    with pytest.warns(pthconv.PthconvWarning, match="1.weight: not from the file, and the module's own"):
        report = pthconv.load_into(module, path)
    assert report.verdict == "partial" and report.missing == ["1.weight"]


def test_states_that_are_no_tensors(tmp_path: Path) -> None:
    class Scaled(nn.Linear):
        scale = 1.0

        def get_extra_state(self) -> Any:
            return {"scale": self.scale}

        def set_extra_state(self, state: Any) -> None:
            self.scale = state["scale"]

    source, target = Scaled(3, 3), Scaled(3, 3)
    source.scale = 7.0
    path = saved(tmp_path, source.state_dict())
    with pytest.warns(pthconv.PthconvWarning, match="_extra_state: no tensor"):
        report = pthconv.load_into(target, path)
    assert report.verdict == "partial" and report.missing == ["_extra_state"]
    assert torch.equal(source.weight, target.weight) and target.scale == 1
    with pytest.raises(pthconv.LoadError, match="_extra_state"):
        pthconv.load_into(target, path, strict=True)


def test_a_module_that_cannot_be_loaded_stays_as_it_was(tmp_path: Path) -> None:
    module = nn.Sequential(nn.Linear(3, 3), nn.Module())
    module[1].register_buffer("table", torch.zeros(1, 3).expand(4, 3))
    before = copying.deepcopy(module.state_dict())
    path = saved(tmp_path, {k: torch.randn(v.shape) for k, v in module.state_dict().items()})
    with pytest.raises(pthconv.LoadError, match="load_state_dict fails"):
        pthconv.load_into(module, path)
    assert all(torch.equal(before[name], value) for name, value in module.state_dict().items())


def test_values_that_a_narrower_type_cannot_hold(tmp_path: Path) -> None:
    state = trained().state_dict()
    state["inlet.weight"][0, 0, 0, 0] = 1e30
    path = saved(tmp_path, state)
    with pytest.warns(pthconv.PthconvWarning, match="inlet.weight .* float16 cannot hold") as told:
        report = pthconv.load_into(Net().half(), path)
    assert len(told) == 1, "once is enough"
    assert [item["code"] for item in report["warnings"]] == ["out-of-range"]
    with warnings.catch_warnings():
        warnings.simplefilter("error", pthconv.PthconvWarning)
        pthconv.load_into(Net().bfloat16(), path)


def test_parameters_that_share_memory_in_storages_of_their_own(tmp_path: Path) -> None:
    numpy = pytest.importorskip("numpy")

    class Slices(nn.Module):
        def __init__(self, first: slice, second: slice) -> None:
            super().__init__()
            memory = numpy.zeros(30, "f4")
            self.a = nn.Parameter(torch.from_numpy(memory[first]))
            self.b = nn.Parameter(torch.from_numpy(memory[second]))

    for first, second, verdict in (
            (slice(20), slice(10, None), "partial"), (slice(20), slice(4, 8), "partial"),
            (slice(4, 8), slice(20), "partial"), (slice(10), slice(10, None), "complete")):
        module = Slices(first, second)
        torch.save({"a": torch.ones_like(module.a), "b": torch.full_like(module.b, 2)}, tmp_path / "x.pth")
        report = pthconv.load_into(module, tmp_path / "x.pth")
        assert report.verdict == verdict
        for name in report.loaded:
            assert bool((getattr(module, name) == {"a": 1, "b": 2}[name]).all())
    # One array with two names is one tensor, whatever storages it has.
    module = Slices(slice(20), slice(20))
    torch.save({"a": torch.ones(20)}, tmp_path / "x.pth")
    assert pthconv.load_into(module, tmp_path / "x.pth").missing == []


@pytest.mark.parametrize("case", ["inference", "swap"])
def test_a_module_whose_parameters_refuse_values_is_as_it_was(
        case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def made() -> Any:
        return nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4), nn.Linear(4, 4))

    torch.save(made().state_dict(), tmp_path / "x.pth")
    module = made()
    kept = None
    if case == "inference":
        with torch.inference_mode():
            module[2] = nn.Linear(4, 4)
    else:
        monkeypatch.setattr(torch.__future__, "_swap_module_params_on_conversion", True)
        # What has a weak reference cannot be swapped.
        kept = weakref.ref(module[2].weight)
    before = {name: value.clone() for name, value in module.state_dict().items()}
    with pytest.raises(pthconv.LoadError, match="load_state_dict fails"):
        pthconv.load_into(module, tmp_path / "x.pth")
    assert all(torch.equal(value, before[name]) for name, value in module.state_dict().items())
    del kept


def test_what_has_no_memory_cannot_be_loaded_into(tmp_path: Path) -> None:
    path = saved(tmp_path, trained().state_dict())
    with torch.device("meta"):
        nowhere = Net()
    with pytest.raises(pthconv.ArgumentError, match="to_empty"):
        pthconv.load_into(nowhere, path)
    with pytest.raises(pthconv.ArgumentError, match="no shape yet"):
        pthconv.load_into(nn.Sequential(nn.LazyLinear(3)), path)
    empty = saved(tmp_path, {k: v.to("meta") for k, v in trained().state_dict().items()})
    with pytest.raises(pthconv.LoadError, match="nothing"):
        pthconv.load_into(Net(), empty)


def test_hooks_that_refuse_keys_are_not_called_a_success(tmp_path: Path) -> None:
    class Odd(Net):
        def _load_from_state_dict(self, state: Any, prefix: str, *rest: Any) -> None:
            state.pop(prefix + "position", None)
            super()._load_from_state_dict(state, prefix, *rest)

    with pytest.raises(pthconv.LoadError, match="hooks did not take position"):
        pthconv.load_into(Odd(), saved(tmp_path, trained().state_dict()))


def test_initialising_what_is_missing(tmp_path: Path) -> None:
    state = trained().state_dict()
    for name in list(state):
        if name.startswith(("blocks.1", "fc")):
            del state[name]
    path = saved(tmp_path, state)
    target = trained(9)
    before = copying.deepcopy(target)
    torch.manual_seed(3)
    report = pthconv.load_into(target, path, init="kaiming")
    assert torch.equal(target.inlet.weight, state["inlet.weight"])
    assert not torch.equal(target.blocks[1].conv.weight, before.blocks[1].conv.weight)
    assert abs(target.blocks[1].conv.weight.std() - (2 / 72) ** 0.5) < 0.02
    assert (target.blocks[1].norm.weight == 1).all() and (target.fc.bias == 0).all()
    assert "fc.weight" in report.missing
    norm = nn.Sequential(nn.Linear(3, 3), nn.RMSNorm(3))
    norm[1].weight.data.fill_(9)
    pthconv.load_into(norm, saved(tmp_path, {"0.weight": torch.zeros(3, 3)}, "r.pth"), init="kaiming")
    assert (norm[1].weight == 1).all()
    pthconv.load_into(before, path, init="as_is")
    with pytest.raises(pthconv.ArgumentError, match="as_is"):
        pthconv.load_into(target, path, init="xavier")


def test_the_report(tmp_path: Path) -> None:
    state = trained().state_dict()
    del state["position"]
    report = pthconv.load_into(Net(), saved(tmp_path, state))
    assert report["verdict"] == report.verdict == report.to_dict()["verdict"]
    assert repr(report).endswith("x.pth': partial: 19 of 20 keys loaded, 1 missing>")
    assert "missing: position" in str(report)
    assert "1 missing" in report._repr_html_() and "position" in report.to_html()
    again = pickle.loads(pickle.dumps(report))
    assert again.missing == report.missing and str(again) == str(report)
    assert copying.deepcopy(report).to_dict() == report.to_dict()


def test_warnings_are_of_a_class_of_their_own(tmp_path: Path) -> None:
    state = trained().state_dict()
    del state["position"]
    path = saved(tmp_path, state)
    with warnings.catch_warnings():
        warnings.simplefilter("error", pthconv.PthconvWarning)
        with pytest.raises(pthconv.PthconvWarning):
            pthconv.load_into(Net(), path)


def test_an_opened_checkpoint(tmp_path: Path) -> None:
    source = trained()
    opened = pthconv.open(saved(tmp_path, source.state_dict()))
    target = Net()
    pthconv.load_into(target, opened)
    assert equal(source, target)


def test_values_that_no_training_leaves(tmp_path: Path) -> None:
    state = trained().state_dict()
    state["blocks.0.norm.weight"][3] = float("nan")
    with pytest.warns(pthconv.PthconvWarning, match="blocks.0.norm.weight.*NaN"):
        pthconv.load_into(Net(), saved(tmp_path, state))
    state = trained().state_dict()
    state["blocks.0.norm.running_var"][3] = -1
    with pytest.warns(pthconv.PthconvWarning, match="running_var"):
        pthconv.load_into(Net(), saved(tmp_path, state))
