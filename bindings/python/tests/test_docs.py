"""Every piece of code in the manuals, those of one in one session."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from conftest import FIXTURES, ROOT

import pthconv

torch = pytest.importorskip("torch")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the files that the manuals name."""
    state = pthconv.load(FIXTURES / "demo/res2net-small.pth")
    torch.save(state, tmp_path / "res2net50.pth")
    torch.save({"epoch": 12, "state_dict": state}, tmp_path / "training.pth")
    body = torch.nn.Sequential(torch.nn.Conv2d(3, 8, 3), torch.nn.BatchNorm2d(8))
    torch.save({f"backbone.{k}": v for k, v in body.state_dict().items()},
               tmp_path / "detector.pth")
    return tmp_path


def blocks(manual: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", (ROOT / "docs" / manual).read_text(), re.DOTALL)


def run(code: list[str], folder: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(code)], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_python_md(folder: Path) -> None:
    pytest.importorskip("mmengine")
    pytest.importorskip("lightning")
    code = blocks("python.md", "python")
    assert len(code) > 8
    printed = run(code, folder)
    assert "complete 1.0 [] {'source': 'backbone.', 'target': ''}" in printed


def test_many_files_md(folder: Path) -> None:
    pytest.importorskip("ray.data", reason="ray is not installed: pip install 'ray[data]'")
    code = blocks("many-files.md", "python")
    assert code
    # What the manual shows is a whole machine; the test has two processors.
    run(["import ray; ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)", *code],
        folder)


@pytest.mark.skipif(
    not os.environ.get("PTHCONV_PROGRAM") or not shutil.which("jq"),
    reason="PTHCONV_PROGRAM names no program, or jq is not installed")
def test_a_manifest_in_parts(tmp_path: Path) -> None:
    (script,) = blocks("many-files.md", "sh")
    tools = tmp_path / "bin"
    tools.mkdir()
    (tools / "scan-part.sh").write_text(script)
    (tools / "pthconv").symlink_to(os.environ["PTHCONV_PROGRAM"])
    files = sorted((FIXTURES / "hostile").glob("zip-*.pth"))[:40]
    files += [FIXTURES / "demo/res2net-small.pth", tmp_path / "missing.pth"]
    (tmp_path / "manifest.txt").write_text("".join(f"{file}\n" for file in files))
    (tmp_path / "out").mkdir()

    def part(number: int) -> subprocess.Popen[Any]:
        return subprocess.Popen(
            ["bash", tools / "scan-part.sh", str(number), "5", "manifest.txt", "out"],
            cwd=tmp_path, env={**os.environ, "PATH": f"{tools}:{os.environ['PATH']}"},
            stderr=subprocess.DEVNULL)

    # One is killed and started again, one runs twice at once.
    killed = part(0)
    killed.kill()
    killed.wait()
    started = [part(number) for number in (0, 1, 2, 2, 3, 4)]
    assert [process.wait() for process in started] == [0] * 6
    assert part(3).wait() == 0
    rows = [json.loads(line) for file in (tmp_path / "out").glob("*.jsonl")
            for line in file.read_text().splitlines()]
    assert Counter(row["file"] for row in rows) == Counter(map(str, files))
    assert {row.get("safety") for row in rows} >= {"safe", "dangerous", None}
