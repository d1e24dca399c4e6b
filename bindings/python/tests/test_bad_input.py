"""Files that are damaged, hostile, or go away while they are used: none ends the interpreter."""

from __future__ import annotations

import json
import os
import pickle
import random
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import Any

import numpy
import pytest
from conftest import FIXTURES, truths

import pthconv

pytest.importorskip("torch")


def handle_all(paths: list[Path]) -> int:
    """Handles the files in a process of their own.

    Returns:
        How many things could be done with them.
    """
    done = subprocess.run(
        [sys.executable, Path(__file__).with_name("handle_all.py"), *paths], capture_output=True,
        text=True)
    lines = done.stdout.split("\n")[:-1]
    last = lines[-1] if len(lines) % 2 else ""
    assert done.returncode == 0, f"{last}: {done.returncode}\n{done.stderr[-2000:]}"
    assert lines[::2] == [str(path) for path in paths]
    return sum(map(int, lines[1::2]))


def fixtures(folder: str) -> list[Path]:
    # Truth files are no input; an index of shards is.
    files = sorted(
        path for path in (FIXTURES / folder).rglob("*") if path.is_file() and not (
            path.suffix == ".json" and path.with_suffix("").is_file()))
    assert len(files) > 50
    return files


FOLDERS = pytest.mark.parametrize("folder", ["checkpoints", "hostile", "pickles"])


@FOLDERS
def test_every_fixture(folder: str) -> None:
    files = fixtures(folder)
    assert handle_all(files) > len(files) / 2


@FOLDERS
@pytest.mark.skipif("PTHCONV_PROGRAM" not in os.environ, reason="PTHCONV_PROGRAM names no program")
def test_what_the_program_refuses_raises_with_its_sentence(folder: str) -> None:
    refused = 0
    for path in fixtures(folder):
        program = subprocess.run(
            [os.environ["PTHCONV_PROGRAM"], "inspect", "--json", path], capture_output=True, text=True)
        try:
            report = pthconv.inspect(path)
        except pthconv.PthconvError as error:
            assert program.returncode == 2, path
            assert str(error) in program.stderr
            refused += 1
        else:
            assert program.returncode != 2, program.stderr
            assert json.loads(program.stdout) == report.to_dict()
    assert refused > {"checkpoints": 0}.get(folder, 10)


def damaged(data: bytes, dice: random.Random) -> bytes:
    """Cut off, or with some bytes changed."""
    if dice.random() < 0.4:
        return data[:dice.randrange(len(data))]
    changed = bytearray(data)
    for _ in range(dice.choice([1, 4, 40])):
        changed[dice.randrange(len(changed))] = dice.choice([0, 0xFF, dice.randrange(256)])
    return bytes(changed)


def test_damaged_files(tmp_path: Path) -> None:
    dice = random.Random(14)
    files = []
    for source in truths():
        data = source.read_bytes()
        for number in range(3):
            file = tmp_path / f"{source.parent.name}-{number}-{source.name}"
            file.write_bytes(damaged(data, dice))
            files.append(file)
    assert len(files) > 100
    handle_all(files)


def run(code: str, *arguments: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), *map(str, arguments)], capture_output=True,
        text=True)


@pytest.mark.parametrize("how", ["os.unlink(path)", "os.replace(other, path)"])
def test_tensors_outlive_their_file(tmp_path: Path, how: str) -> None:
    pthconv.save({"a": numpy.arange(100_000)}, tmp_path / "x.pth")
    pthconv.save({"a": numpy.zeros(3)}, tmp_path / "y.pth")
    done = run(f"""
        import os, sys, pthconv
        path, other = sys.argv[1:]
        state, array = pthconv.load(path), pthconv.load(path, numpy=True)
        {how}
        assert int(state["a"].sum()) == int(array["a"].sum()) == 99_999 * 50_000
    """, tmp_path / "x.pth", tmp_path / "y.pth")
    assert done.returncode == 0, done.stderr


def test_a_file_that_is_cut_short(tmp_path: Path) -> None:
    """What looks before it reads raises; what does not is ended by the kernel, as the manual says."""
    path = tmp_path / "x.pth"
    code = """
        import os, sys, pthconv
        f = pthconv.open(sys.argv[1])
        state = pthconv.load(sys.argv[1])
        os.truncate(sys.argv[1], 100)
        for act in (f["a"].tobytes, f["a"].numpy, f["a"].torch, lambda: pthconv.inspect(f),
                    lambda: pthconv.map(f, target=f), lambda: pthconv.diff(f, f)):
            try:
                act()
            except pthconv.FileChangedError as error:
                assert sys.argv[1] in str(error)
            else:
                raise AssertionError(act)
        print("raised", flush=True)
        state["a"].sum()
    """
    pthconv.save({"a": numpy.arange(100_000)}, path)
    done = run(code, path)
    assert done.stdout == "raised\n", done.stderr
    assert done.returncode == -7, "docs/python.md says that this is SIGBUS"


def test_a_file_that_is_overwritten_where_it_lies(tmp_path: Path) -> None:
    """What was not read yet has the new bytes, as with every mapping; nothing is read beyond its end."""
    pthconv.save({"a": numpy.arange(100_000)}, tmp_path / "x.pth")
    done = run("""
        import os, sys, pthconv
        path = sys.argv[1]
        f, state, array = pthconv.open(path), pthconv.load(path), pthconv.load(path, numpy=True)
        with open(path, "r+b") as file:
            file.write(b"\\xff" * os.path.getsize(path))
        assert (array["a"] == -1).all() and bool((state["a"] == -1).all())
        assert f["a"].tobytes() == b"\\xff" * 800_000
        try:
            pthconv.load(path)
        except pthconv.CheckpointError as error:
            assert path in str(error)
        else:
            raise AssertionError("no checkpoint any more")
    """, tmp_path / "x.pth")
    assert done.returncode == 0, done.stderr


def test_the_interpreter_ends_with_views_in_every_corner(tmp_path: Path) -> None:
    pthconv.save({"a": numpy.arange(1000), "b": numpy.arange(10)}, tmp_path / "x.pth")
    done = run("""
        import atexit, sys, threading, pthconv
        f = pthconv.open(sys.argv[1])
        views = [f["a"].torch(), f["a"].numpy(), pthconv.load(sys.argv[1])]
        sys.modules["kept"] = views
        class Cycle: pass
        cycle = Cycle(); cycle.self = cycle; cycle.views = pthconv.load(sys.argv[1], numpy=True)
        atexit.register(lambda: print(int(views[0].sum()), int(f["b"].numpy().sum())))
        threading.Thread(target=lambda: views[1].sum()).start()
    """, tmp_path / "x.pth")
    assert (done.returncode, done.stdout, done.stderr) == (0, "499500 45\n", "")


def test_children_of_a_fork_use_what_was_opened_before(tmp_path: Path) -> None:
    pthconv.save({"a": numpy.arange(1000)}, tmp_path / "x.pth")
    opened, state = pthconv.open(tmp_path / "x.pth"), pthconv.load(tmp_path / "x.pth", numpy=True)
    children = []
    for number in range(4):
        child = os.fork()
        if not child:
            # What a child writes stays in it.
            state["a"][0] = 5 + number
            whole = int(state["a"].sum()) == 499_500 + 5 + number
            again = int(pthconv.load(tmp_path / "x.pth", numpy=True)["a"].sum()) == 499_500
            report = pthconv.inspect(opened)["parameters"] == 1000
            os._exit(0 if whole and again and report and opened["a"].tobytes() else 1)
        children.append(child)
    assert [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children] == [0] * 4
    assert int(state["a"][0]) == 0


def test_children_of_a_process_that_worked_before(tmp_path: Path) -> None:
    """Threads do not survive a fork: what had some in the parent works in the child, or says why not."""
    source = FIXTURES / "demo/res2net-small.pth"
    options = {"size": (32, 32), "engine": "reference"}
    acts = [
        lambda: pthconv.inspect(source, histograms=True, checksum=True),
        lambda: pthconv.scan(source),
        lambda: pthconv.map(source, "Res2Net"),
        lambda: pthconv.verify(source, "Res2Net", **options),
        lambda: pthconv.diff(source, source),
        lambda: pthconv.convert(source, tmp_path / "x.safetensors", dtype="float16", overwrite=True),
        lambda: pthconv.save({"a": numpy.zeros(4_000_000)}, tmp_path / "y.pth"),
        lambda: pthconv.to_onnx(source, tmp_path / "z.onnx", "Res2Net", overwrite=True),
    ]
    for act in acts:
        act()
    for number, act in enumerate(acts):
        child = os.fork()
        if not child:
            try:
                act()
            except BaseException:
                os._exit(1)
            os._exit(0)
        for _ in range(600):
            done, status = os.waitpid(child, os.WNOHANG)
            if done:
                break
            time.sleep(0.1)
        else:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
        assert done and not status, f"act {number}: {'hangs' if not done else status}"


def test_reports_and_errors_can_be_pickled(tmp_path: Path) -> None:
    source = FIXTURES / "demo/res2net-small.pth"
    (tmp_path / "config.py").write_text(
        "model = dict(backbone=dict(type='ResNet', depth=50, frozen_stages=1))")
    reports = [
        pthconv.inspect(source, histograms=True), pthconv.scan(source), pthconv.map(source, "Res2Net"),
        pthconv.verify(source, "Res2Net", size=(32, 32), engine="reference"),
        pthconv.diff(source, source), pthconv.preflight(tmp_path / "config.py"),
        pthconv.save({"a": numpy.zeros(3)}, tmp_path / "x.pth"),
        pthconv.convert(tmp_path / "x.pth", tmp_path / "x.safetensors")]
    for report in reports:
        again = pickle.loads(pickle.dumps(report))
        assert type(again) is type(report) and repr(again) == repr(report)
        assert again.to_dict() == report.to_dict()
    hostile = next(p for p in fixtures("hostile") if p.name == "form-inst.pkl")
    for act in (
            lambda: pthconv.open(tmp_path / "missing.pth"), lambda: pthconv.open(tmp_path / "config.py"),
            lambda: pthconv.open(tmp_path), lambda: pthconv.open(source, key="no.such"),
            lambda: pthconv.scan(hostile).raise_if_dangerous(),
            lambda: reports[2].require(min_coverage=1.1),
            lambda: reports[5].raise_if_errors()):
        with pytest.raises(pthconv.PthconvError) as raised:
            act()
        again = pickle.loads(pickle.dumps(raised.value))
        assert type(again) is type(raised.value) and str(again) == str(raised.value)
        if hasattr(raised.value, "report"):
            assert again.report.to_dict() == raised.value.report.to_dict()


def test_many_threads_do_everything_at_once(tmp_path: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    pthconv.save({f"w{i}": numpy.full(5000, i) for i in range(40)}, tmp_path / "x.pth")
    opened = pthconv.open(tmp_path / "x.pth")

    def work(number: int) -> int:
        act = number % 5
        if act == 0:
            return sum(int(v[0]) for v in pthconv.load(opened.path, numpy=True).values())
        if act == 1:
            return sum(int(t.numpy()[-1]) for t in opened.values())
        if act == 2:
            return 780 if pthconv.inspect(opened, histograms=True)["parameters"] == 200_000 else 0
        if act == 3:
            return 780 if pthconv.map(opened, target=opened).verdict != "nothing" else 0
        return sum(int(t[0]) for t in pthconv.load(opened.path).values())

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(work, range(200))) == {780}
