"""`inspect`, `scan`, `map`, `verify`, `diff`, `save`, `convert`."""

from __future__ import annotations

import json
from pathlib import Path

import numpy
import pytest
from conftest import FIXTURES, truth, truths

import pthconv

DEMO = FIXTURES / "demo"
HOSTILE = sorted(p for p in (FIXTURES / "hostile").rglob("*") if p.suffix != ".json" and p.is_file())


def res2net() -> Path:
    return FIXTURES / "demo/res2net-small.pth"


@pytest.mark.parametrize("path", truths(), ids=lambda p: p.name)
def test_inspect(path: Path) -> None:
    report = pthconv.inspect(path)
    assert report["format"] == truth(path)["format"]
    assert [t["name"] for t in report["tensors"]] == [t["name"] for t in truth(path)["tensors"]]
    assert json.loads(report.to_json()) == report.to_dict()


def test_inspect_options() -> None:
    plain = pthconv.inspect(res2net())
    report = pthconv.inspect(res2net(), statistics=True, checksum=True)
    assert "sha256" in report.to_json() and "sha256" not in plain.to_json()
    assert "mean" in report["tensors"][0]["stats"] and "stats" not in plain["tensors"][0]
    assert report.architecture["backbone"] == "Res2Net"
    assert pthconv.inspect(pthconv.open(res2net())).to_dict() == plain.to_dict()


@pytest.mark.parametrize("path", HOSTILE, ids=lambda p: p.name)
def test_scan(path: Path) -> None:
    expected = json.loads(path.with_name(path.name + ".json").read_text()) if (
        path.with_name(path.name + ".json").is_file()) else {}
    try:
        report = pthconv.scan(path)
    except pthconv.PthconvError as error:
        assert path.name in str(error) or path.parent.name in str(error)
        return
    if expected.get("scan") in ("safe", "unknown", "dangerous"):
        assert report.verdict == expected["scan"]
    if report.is_safe:
        report.raise_if_dangerous()
    else:
        with pytest.raises(pthconv.UnsafeFileError, match=report.verdict):
            report.raise_if_dangerous()


def test_scan_judges_and_does_not_guess() -> None:
    assert pthconv.scan(res2net()).is_safe
    with pytest.raises(FileNotFoundError):
        pthconv.scan("no such file.pth")
    with pytest.raises(pthconv.CheckpointError):
        pthconv.scan(FIXTURES / "hostile/page.pth")


def test_map() -> None:
    report = pthconv.map(res2net(), "Res2Net")
    assert report.verdict == "complete" and report.coverage == 1
    assert "flavor" in report
    with pytest.raises(pthconv.ArgumentError, match="Rez2Net"):
        pthconv.map(res2net(), "Rez2Net")
    with pytest.raises(pthconv.ArgumentError, match="depths"):
        pthconv.map(res2net(), "Res2Net", depths=50)


def test_map_onto_another_checkpoint(tmp_path: Path) -> None:
    state = {"a.weight": numpy.zeros((3, 4)), "a.bias": numpy.zeros(3)}
    pthconv.save(state, tmp_path / "target.npz")
    pthconv.save({f"module.{k}": v for k, v in state.items()}, tmp_path / "source.pth")
    report = pthconv.map(tmp_path / "source.pth", target=tmp_path / "target.npz")
    assert report.verdict == "complete" and report.loaded["a.bias"] == "module.a.bias"
    assert pthconv.map(res2net(), target=res2net()).verdict == "complete"
    for options in ({}, {"backbone": "Res2Net", "target": res2net()},
                    {"target": res2net(), "flavor": "mmdet"}):
        with pytest.raises(pthconv.ArgumentError, match="backbone"):
            pthconv.map(res2net(), **options)


def test_verify() -> None:
    report = pthconv.verify(res2net(), "Res2Net", size=(32, 32), engine="reference")
    assert report.verdict in ("proven", "supported", "consistent", "unproven", "failed")
    assert report.passed == (report.verdict in ("proven", "supported", "consistent"))
    assert report.verdict in repr(report)
    assert [stage["name"] for stage in report["stages"]][:4] == [
        "layer1", "layer2", "layer3", "layer4"]
    for options in ({"threads": 0}, {"threads": 10**6}, {"size": (0, 32)}, {"tolerance": -1.0}):
        with pytest.raises(pthconv.ArgumentError, match=next(iter(options))):
            pthconv.verify(res2net(), "Res2Net", **options)
    with pytest.raises(pthconv.ArgumentError, match="engine"):
        pthconv.verify(res2net(), "Res2Net", engine="fastest")


def test_diff(tmp_path: Path) -> None:
    state = pthconv.load(res2net(), numpy=True)
    pthconv.save(state, tmp_path / "a.safetensors")
    assert pthconv.diff(res2net(), tmp_path / "a.safetensors").equal
    name = next(name for name, value in state.items() if value.dtype == numpy.float32)
    state[name] = state[name] + 1
    pthconv.save(state, tmp_path / "b.npz")
    report = pthconv.diff(res2net(), tmp_path / "b.npz")
    assert not report.equal and [entry["name"] for entry in report["different"]] == [name]
    assert pthconv.diff(res2net(), tmp_path / "b.npz", tolerance=2).equal
    (tmp_path / "empty.pkl").write_bytes(b"\x80\x02}.")
    with pytest.raises(pthconv.CheckpointError, match="nothing to compare"):
        pthconv.diff(tmp_path / "empty.pkl", tmp_path / "empty.pkl")


@pytest.mark.parametrize("ending", ["pth", "safetensors", "npz"])
def test_save_and_load_again(tmp_path: Path, ending: str) -> None:
    state = {
        "a": numpy.arange(12, dtype="float32").reshape(3, 4), "b": numpy.array(3),
        "empty": numpy.zeros((0, 2)), "flag": numpy.array([True, False]),
        "reversed": numpy.arange(5)[::-1], "transposed": numpy.arange(6.0).reshape(2, 3).T,
        "big-endian": numpy.arange(4, dtype=">i4"), "half": numpy.arange(3, dtype="float16")}
    report = pthconv.save(state, tmp_path / f"x.{ending}")
    assert report.files == [str(tmp_path / f"x.{ending}")]
    again = pthconv.load(report.files[0], numpy=True)
    assert list(again) == list(state) or ending == "safetensors"
    for name, value in state.items():
        assert again[name].dtype == value.dtype.newbyteorder("=")
        assert numpy.array_equal(again[name], value), name


def test_save_says_what_cannot_be_saved(tmp_path: Path) -> None:
    target = tmp_path / "x.safetensors"
    target.write_bytes(b"before")
    for state, kind, word in [
            ({"a": 3}, pthconv.ArgumentError, "no tensor but int"),
            ({3: numpy.zeros(2)}, pthconv.ArgumentError, "a text"),
            ({"a\0b": numpy.zeros(2)}, pthconv.ArgumentError, "NUL"),
            ({"a": numpy.array(["x"])}, pthconv.ArgumentError, "there is no type"),
            ({"a": numpy.zeros(2, "complex128")}, pthconv.WriteError, "complex128"),
            ({"x" * 65_532: numpy.zeros(2)}, pthconv.WriteError, "npz cannot hold")]:
        with pytest.raises(kind, match=word):
            pthconv.save(state, target, format="npz" if "npz" in word else None)
        assert target.read_bytes() == b"before"
    with pytest.raises(pthconv.ArgumentError, match="ending"):
        pthconv.save({"a": numpy.zeros(2)}, tmp_path / "x.unknown")
    with pytest.raises(pthconv.WriteError, match="directory"):
        pthconv.save({"a": numpy.zeros(2)}, tmp_path / "no/x.pth")
    with pytest.raises(pthconv.WriteError):
        pthconv.save({"a": numpy.zeros(2)}, target, overwrite=False)
    pthconv.save({"a": numpy.zeros(2)}, target)
    assert pthconv.open(target)["a"].shape == (2,)


def test_shards_and_metadata(tmp_path: Path) -> None:
    state = {f"layer{i}.weight": numpy.full(1000, i, "float32") for i in range(5)}
    report = pthconv.save(state, tmp_path / "x.safetensors", shard_size="8KB")
    assert len(report.files) == 4 and report.files[-1].endswith(".index.json")
    again = pthconv.load(report.files[-1], numpy=True)
    assert all(numpy.array_equal(again[name], value) for name, value in state.items())
    pthconv.save(state, tmp_path / "y.safetensors", metadata={"epoch": "12"})
    assert pthconv.inspect(tmp_path / "y.safetensors").metadata["epoch"] == "12"
    with pytest.raises(pthconv.ArgumentError, match="shard_size"):
        pthconv.save(state, tmp_path / "z.safetensors", shard_size="big")


def test_convert(tmp_path: Path) -> None:
    pthconv.convert(res2net(), tmp_path / "x.safetensors")
    assert pthconv.diff(res2net(), tmp_path / "x.safetensors").equal
    with pytest.raises(pthconv.WriteError, match="x.safetensors"):
        pthconv.convert(res2net(), tmp_path / "x.safetensors")
    report = pthconv.convert(
        res2net(), tmp_path / "y.pth", dtype="float16", keep=["^layer1"], drop=["bias$"],
        rename=[("^layer1", "first")])
    opened = pthconv.open(tmp_path / "y.pth")
    assert len(opened) == report["tensors"] and all(name.startswith("first") for name in opened)
    assert {t.dtype for n, t in opened.items() if n.endswith("weight")} == {"float16"}
    with pytest.raises(pthconv.ArgumentError, match="nothing is left"):
        pthconv.convert(res2net(), tmp_path / "z.pth", keep=["no such key"])
    with pytest.raises(pthconv.ArgumentError, match="backbone"):
        pthconv.convert(res2net(), tmp_path / "z.pth", flavor="mmdet")


def test_onnx(tmp_path: Path) -> None:
    pthconv.to_onnx(res2net(), tmp_path / "x.onnx", "Res2Net")
    assert (tmp_path / "x.onnx").stat().st_size > 1000
    pthconv.convert(res2net(), tmp_path / "half.onnx", backbone="Res2Net", dtype="float16")
    sizes = [(tmp_path / name).stat().st_size for name in ("half.onnx", "x.onnx")]
    assert sizes[0] * 3 < sizes[1] * 2
    with pytest.raises(pthconv.ArgumentError, match="drop is for state dicts"):
        pthconv.convert(res2net(), tmp_path / "z.onnx", backbone="Res2Net", drop=["^fc"])
    with pytest.raises(pthconv.ArgumentError, match="which backbone"):
        pthconv.convert(res2net(), tmp_path / "y.onnx")


def test_a_checkpoint_may_be_written_over_while_it_is_open(tmp_path: Path) -> None:
    path = tmp_path / "x.pth"
    pthconv.save({"a": numpy.arange(10)}, path)
    state = pthconv.load(path, numpy=True)
    state["a"] += 1
    pthconv.save(state, path)
    assert pthconv.load(path, numpy=True)["a"].tolist() == list(range(1, 11))
