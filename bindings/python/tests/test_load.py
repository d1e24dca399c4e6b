"""`pthconv.load`, against the real `torch.load`."""

from __future__ import annotations

import itertools
import warnings
from pathlib import Path
from typing import Any

import numpy
import pytest
from conftest import FIXTURES, truth, truths

import pthconv

torch = pytest.importorskip("torch")


def reference(path: Path) -> Any:
    """The state dict that torch.load gives; None if it gives none of plain tensors."""
    place = truth(path)["state_dict_key"]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            loaded = torch.load(path, map_location="cpu", weights_only=False)
        for part in place.split(".") if place else []:
            loaded = loaded[int(part)] if isinstance(loaded, (list, tuple)) else loaded[part]
    except Exception:
        return None
    if isinstance(loaded, torch.nn.Module):
        loaded = loaded.state_dict()
    plain = isinstance(loaded, dict) and all(
        isinstance(key, str) and (not isinstance(value, torch.Tensor) or
                                  value.layout is torch.strided and not value.is_conj()
                                  and not value.is_neg() and not value.is_quantized)
        for key, value in loaded.items())
    return loaded if plain else None


def comparable() -> list[Path]:
    return [p for p in truths() if p.suffix in (".pth", ".pt", ".ckpt") and reference(p)]


@pytest.mark.parametrize("path", comparable(), ids=lambda p: p.name)
@pytest.mark.filterwarnings("ignore")
def test_the_same_as_torch_load(path: Path) -> None:
    state, expected = pthconv.load(path), reference(path)
    tensors = {k: v for k, v in expected.items() if isinstance(v, torch.Tensor)}
    assert [k for k in state if k in tensors] == list(tensors)
    for name, tensor in tensors.items():
        found = state[name]
        assert found.dtype == tensor.dtype
        assert found.shape == tensor.shape
        assert found.stride() == tensor.stride()
        assert found.storage_offset() == tensor.storage_offset()
        assert found.device == tensor.device
        assert not found._is_view() and found.is_leaf
        if not found.is_meta:
            assert found.untyped_storage().nbytes() == tensor.untyped_storage().nbytes()
            assert bytes(found.untyped_storage()) == bytes(tensor.untyped_storage())

    def same_storage(state: Any, a: str, b: str) -> bool:
        return state[a].untyped_storage()._cdata == state[b].untyped_storage()._cdata

    for a, b in itertools.combinations([k for k, v in tensors.items() if not v.is_meta], 2):
        assert same_storage(state, a, b) == same_storage(tensors, a, b), (a, b)


def test_the_comparison_is_not_empty() -> None:
    assert len(comparable()) > 60


def test_safetensors_and_shards(tmp_path: Path) -> None:
    safetensors = pytest.importorskip("safetensors.torch")
    state = {"a": torch.randn(3, 4), "b": torch.arange(5), "c": torch.randn(2).bfloat16(),
             "empty": torch.empty(0, 3)}
    safetensors.save_file(state, tmp_path / "x.safetensors")
    loaded = pthconv.load(tmp_path / "x.safetensors")
    assert loaded.keys() == state.keys()
    for name, tensor in state.items():
        assert torch.equal(loaded[name], tensor) and loaded[name].dtype == tensor.dtype
    shards = [p for p in truths() if "sharded" in truth(p)["format"]]
    assert shards
    for path in shards:
        assert all(torch.isfinite(t.float()).all() for t in pthconv.load(path).values())


def test_views_of_the_file_that_stay_in_this_process(copy) -> None:
    path = copy("checkpoints/zip-state-dict.pth")
    before = path.read_bytes()
    state = pthconv.load(path)
    for tensor in state.values():
        tensor.zero_()
    assert path.read_bytes() == before
    again = pthconv.load(path)
    assert any(tensor.count_nonzero() for tensor in again.values())
    assert str(path) in Path("/proc/self/maps").read_text()
    del state, tensor
    kept = next(iter(again.values()))
    del again
    assert str(path) in Path("/proc/self/maps").read_text()
    del kept
    assert str(path) not in Path("/proc/self/maps").read_text()


def test_quantised_tensors() -> None:
    path = FIXTURES / "checkpoints/zip-quantised.pth"
    opened = pthconv.open(path)
    expected = torch.load(path, weights_only=False)
    schemes = set()
    for name, tensor in opened.items():
        want, got = expected[name], tensor.torch()
        assert got.qscheme() == want.qscheme() and got.dtype == want.dtype
        assert got.shape == want.shape and got.stride() == want.stride()
        assert torch.equal(got.int_repr(), want.int_repr())
        assert torch.equal(got.dequantize(), want.dequantize())
        if want.qscheme() == torch.per_tensor_affine:
            assert got.q_scale() == want.q_scale() and got.q_zero_point() == want.q_zero_point()
        else:
            assert got.q_per_channel_axis() == want.q_per_channel_axis()
            for part in ("q_per_channel_scales", "q_per_channel_zero_points"):
                one, other = (getattr(tensor, part)() for tensor in (got, want))
                assert one.dtype == other.dtype and torch.equal(one, other)
        schemes.add(want.qscheme())
    assert {torch.per_tensor_affine, torch.per_channel_affine} <= schemes


def test_a_legacy_file_is_computed_with_wherever_its_tensors_begin(tmp_path: Path) -> None:
    # A key of another length moves all that follows, so that some begin between two elements.
    for length in range(1, 9):
        state = {
            "k" * length: torch.randn(16, 3, 3, 3), "w": torch.randn(64, 64), "d": torch.randn(
                33, dtype=torch.float64), "i": torch.arange(1000), "h": torch.randn(65).half(),
            "c": torch.randn(17, dtype=torch.complex64)}
        path = tmp_path / "x.pth"
        torch.save(state, path, _use_new_zipfile_serialization=False)
        loaded = pthconv.load(path)
        x = torch.randn(2, 3, 32, 32)
        for values in (state, loaded):
            values["conv"] = torch.nn.functional.conv2d(x, values.pop("k" * length), padding=1)
            values["product"] = values["w"] @ values["w"].t() + values["w"]
            values["sorted"] = values["d"].sort().values.exp()
            values["sums"] = torch.stack([values["i"].sum(), values["i"][1::3].sum()])
            values["halves"] = values["h"] * 2 + values["h"].float().sum().half()
            values["complex"] = values["c"] * values["c"].conj()
            values["norm"] = torch.nn.functional.layer_norm(values["w"], (64,), values["w"][0])
        for name, tensor in state.items():
            assert torch.equal(loaded[name], tensor) or torch.allclose(loaded[name], tensor), name


def test_complex128_of_a_legacy_file_is_aligned(tmp_path: Path) -> None:
    """Elsewhere torch's own instructions end the process."""
    path = tmp_path / "x.pth"
    for length in range(1, 17):
        whole = torch.randn(7, 3, dtype=torch.complex128)
        state = {"k" * length: torch.randn(3), "c": torch.randn(5, dtype=torch.complex128),
                 "whole": whole, "view": whole[1:].t()}
        torch.save(state, path, _use_new_zipfile_serialization=False)
        opened, loaded = pthconv.open(path), pthconv.load(path)
        for name, tensor in state.items():
            if tensor.is_complex():
                for got in (loaded[name], opened[name].torch(), torch.from_dlpack(opened[name]),
                            torch.from_numpy(opened[name].numpy())):
                    assert got.data_ptr() % 16 == 0 and torch.equal(got.clone(), tensor)
        loaded["whole"][1, 2] = 9
        assert loaded["view"][2, 0] == 9
        alone = {"c": state["c"]}
        torch.save(alone, path, _use_new_zipfile_serialization=False)
        assert torch.equal(pthconv.load(path)["c"] + 1, alone["c"] + 1)


def test_numpy_arrays() -> None:
    path = FIXTURES / "checkpoints/zip-state-dict.pth"
    arrays, tensors = pthconv.load(path, numpy=True), pthconv.load(path)
    assert arrays.keys() == tensors.keys()
    for name, array in arrays.items():
        assert isinstance(array, numpy.ndarray)
        assert numpy.array_equal(array, tensors[name].numpy())


def test_dlpack() -> None:
    opened = pthconv.open(FIXTURES / "checkpoints/zip-views.pth")
    assert torch.equal(torch.from_dlpack(opened["transposed"]), opened["transposed"].torch())
    half = pthconv.open(FIXTURES / "checkpoints/zip-dtypes.pth")["bfloat16"]
    assert torch.from_dlpack(half).dtype == torch.bfloat16


def test_no_state_dict_is_an_error() -> None:
    with pytest.raises(pthconv.CheckpointError, match="no state dict"):
        pthconv.load(FIXTURES / "checkpoints/zip-empty.pth")


def test_tensors_that_claim_more_than_there_is(tmp_path: Path) -> None:
    huge = torch.zeros(1).as_strided((2**58,), (0,))
    torch.save({"huge": huge, "plain": torch.ones(3)}, tmp_path / "x.pth")
    opened = pthconv.open(tmp_path / "x.pth")
    assert opened["huge"].torch().shape == opened["huge"].numpy().shape == (2**58,)
    assert opened["huge"].torch()[2**57] == 0
    with pytest.raises(pthconv.CheckpointError, match="huge: its .* bytes are more"):
        opened["huge"].tobytes()
    assert opened["plain"].tobytes() == b"\0\0\x80?" * 3
