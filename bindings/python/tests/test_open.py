"""`pthconv.open`, against what PyTorch said of the fixtures. Needs no torch."""

from __future__ import annotations

import hashlib
import os
import pickle
import subprocess
import sys
import threading
from pathlib import Path

import numpy
import pytest
from conftest import FIXTURES, truth, truths

import pthconv

HOSTILE = sorted(p for p in (FIXTURES / "hostile").rglob("*") if p.suffix != ".json" and p.is_file())


@pytest.mark.parametrize("path", truths(), ids=lambda p: p.name)
def test_what_the_fixtures_hold(path: Path) -> None:
    expected = truth(path)
    opened = pthconv.open(path)
    assert opened.format == expected["format"]
    assert opened.key == expected["state_dict_key"]
    assert list(opened) == [tensor["name"] for tensor in expected["tensors"]]
    for tensor in expected["tensors"]:
        found = opened[tensor["name"]]
        assert found.dtype == tensor["dtype"]
        assert list(found.shape) == tensor["shape"]
        assert list(found.strides) == tensor["stride"]
        if tensor["sha256"] is None:
            with pytest.raises(pthconv.CheckpointError, match="meta"):
                found.tobytes()
        else:
            assert hashlib.sha256(found.tobytes()).hexdigest() == tensor["sha256"]


@pytest.mark.parametrize("path", truths(), ids=lambda p: p.name)
def test_numpy_views_have_the_values(path: Path) -> None:
    opened = pthconv.open(path)
    for tensor in truth(path)["tensors"]:
        found = opened[tensor["name"]]
        try:
            array = found.numpy()
        except pthconv.CheckpointError as error:
            assert "numpy has no" in str(error) or "meta" in str(error)
            continue
        assert list(array.shape) == tensor["shape"]
        assert array.tobytes() == found.tobytes()
        assert array.flags.writeable


def test_a_file_is_closed_with_its_last_view(copy) -> None:
    path = copy("checkpoints/zip-views.pth")

    def mapped() -> bool:
        return str(path) in Path("/proc/self/maps").read_text()

    opened = pthconv.open(path)
    array = opened["base"].numpy()
    del opened
    assert mapped()
    row = array[1:2]
    del array
    assert mapped()
    assert row.size
    del row
    assert not mapped()


def test_writing_stays_in_this_process(copy) -> None:
    path = copy("checkpoints/zip-views.pth")
    before = path.read_bytes()
    opened = pthconv.open(path)
    opened["base"].numpy()[0, 0] = 17
    assert opened["transposed"].numpy()[0, 0] == 17
    assert path.read_bytes() == before
    assert pthconv.open(path)["base"].numpy()[0, 0] != 17


def test_a_file_that_shrinks_is_an_error_and_no_crash(copy) -> None:
    path = copy("checkpoints/zip-views.pth")
    opened = pthconv.open(path)
    with path.open("r+b") as file:
        file.truncate(64)
    for read in (opened["base"].numpy, opened["base"].tobytes):
        with pytest.raises(pthconv.FileChangedError, match="shorter"):
            read()


def test_a_file_that_is_replaced_or_deleted_stays(copy) -> None:
    path = copy("checkpoints/zip-views.pth")
    opened = pthconv.open(path)
    expected = opened["base"].tobytes()
    os.replace(copy("checkpoints/zip-first.pth"), path)
    assert opened["base"].numpy().tobytes() == expected
    path.unlink()
    assert opened["base"].tobytes() == expected


@pytest.mark.parametrize("path", HOSTILE, ids=lambda p: p.name)
def test_hostile_files_open_or_raise(path: Path) -> None:
    try:
        opened = pthconv.open(path)
    except pthconv.PthconvError as error:
        assert path.name in str(error) or path.parent.name in str(error)
        return
    for tensor in opened.values():
        try:
            tensor.tobytes()
        except pthconv.CheckpointError:
            pass


def test_errors_are_pythons_own_as_well() -> None:
    with pytest.raises(FileNotFoundError, match="no such file"):
        pthconv.open("no such file.pth")
    with pytest.raises(OSError, match="directory"):
        pthconv.open(FIXTURES)
    with pytest.raises(ValueError, match="web page"):
        pthconv.open(FIXTURES / "hostile/page.pth")
    with pytest.raises(pthconv.ArgumentError, match="'model'"):
        pthconv.open(FIXTURES / "checkpoints/zip-first.pth", key="model")
    with pytest.raises(FileNotFoundError):
        pthconv.open("-")
    with pytest.raises(ValueError, match="null"):
        pthconv.open("a\0b")
    with pytest.raises(KeyError):
        pthconv.open(FIXTURES / "checkpoints/zip-first.pth")["no such key"]


def test_what_lies_beside_the_tensors_and_what_could_run() -> None:
    path = FIXTURES / "demo/res2net-small.pth"
    opened = pthconv.open(path)
    assert opened.metadata == pthconv.inspect(path).metadata
    assert opened.scan().to_dict() == pthconv.scan(path).to_dict()


def test_a_checkpoint_can_be_pickled_by_its_path() -> None:
    opened = pthconv.open(FIXTURES / "checkpoints/zip-views.pth")
    again = pickle.loads(pickle.dumps(opened))
    assert again["base"].tobytes() == opened["base"].tobytes()


def test_several_threads_read_one_checkpoint() -> None:
    opened = pthconv.open(FIXTURES / "checkpoints/zip-deflated.pth")
    expected = {name: tensor.tobytes() for name, tensor in opened.items()}
    opened = pthconv.open(FIXTURES / "checkpoints/zip-deflated.pth")
    wrong = []

    def read() -> None:
        for name, tensor in opened.items():
            if tensor.numpy().tobytes() != expected[name]:
                wrong.append(name)

    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def run(code: str) -> str:
    """What a Python of its own prints."""
    result = subprocess.run(
        [sys.executable, "-c", code, str(FIXTURES)], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    assert not result.stderr
    return result.stdout


def test_a_child_may_read_what_was_opened_before_the_fork() -> None:
    assert run("""
import os, sys, pthconv
opened = pthconv.open(sys.argv[1] + "/checkpoints/zip-deflated.pth")
expected = [t.tobytes() for t in opened.values()]
child = os.fork()
if not child:
    os._exit([t.numpy().tobytes() for t in opened.values()] != expected)
print(os.waitpid(child, 0)[1])
""") == "0\n"


def test_a_child_is_told_what_a_fork_does_not_take_along() -> None:
    assert run("""
import os, sys, pthconv
f = pthconv.open(sys.argv[1] + "/demo/res2net-small.pth")
def verify(engine):
    return pthconv.verify(f, "Res2Net", size=(32, 32), engine=engine)
try:
    verify("onednn")
except pthconv.ArgumentError:
    os._exit(0)  # without oneDNN there is nothing to be told
child = os.fork()
if not child:
    verify("reference")
    try:
        verify("onednn")
    except pthconv.ArgumentError as error:
        os._exit("forked" not in str(error))
    os._exit(2)
print(os.waitpid(child, 0)[1])
""") in ("0\n", "")


def test_the_interpreter_ends_well_while_views_live() -> None:
    run("""
import atexit, sys, pthconv
opened = pthconv.open(sys.argv[1] + "/checkpoints/zip-views.pth")
array = opened["base"].numpy()
atexit.register(lambda: array.sum())
class Late:
    def __del__(self, array=array): array.sum()
late = Late()
""")


def test_importing_brings_neither_numpy_nor_torch() -> None:
    assert run("""
import sys, pthconv
f = pthconv.open(sys.argv[1] + "/checkpoints/zip-views.pth")
print([name for name in ("numpy", "torch") if name in sys.modules], f["base"].shape)
""") == "[] (4, 6)\n"


def test_numpy_and_the_buffer_protocol() -> None:
    tensor = pthconv.open(FIXTURES / "checkpoints/zip-views.pth")["transposed"]
    array = numpy.asarray(tensor)
    assert array.strides == (4, 24)
    assert numpy.asarray(tensor, dtype="float64").dtype == numpy.float64
    assert numpy.from_dlpack(tensor).tolist() == array.tolist()
    assert len(tensor) == 6
    if sys.version_info >= (3, 12):
        assert memoryview(tensor).tolist() == array.tolist()


def test_how_it_reads() -> None:
    opened = pthconv.open(FIXTURES / "checkpoints/zip-views.pth")
    assert repr(opened).endswith("zip-views.pth': torch-zip, 18 tensors>")
    assert repr(opened["base"]) == "<pthconv.Tensor 'base': float32, [4, 6]>"
