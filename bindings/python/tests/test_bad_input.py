"""Files that are damaged, hostile, or go away while they are used: none ends the interpreter."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import textwrap
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


@pytest.mark.parametrize("folder", ["checkpoints", "hostile", "pickles"])
def test_every_fixture(folder: str) -> None:
    # Truth files are no input; an index of shards is.
    files = sorted(
        path for path in (FIXTURES / folder).rglob("*") if path.is_file() and not (
            path.suffix == ".json" and path.with_suffix("").is_file()))
    assert len(files) > 50
    assert handle_all(files) > len(files) / 2


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
