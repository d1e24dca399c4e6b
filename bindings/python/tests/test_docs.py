"""Every piece of code in docs/python.md, in one session."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import FIXTURES, ROOT

import pthconv

torch = pytest.importorskip("torch")


def test_python_md(tmp_path: Path) -> None:
    pytest.importorskip("mmengine")
    state = pthconv.load(FIXTURES / "demo/res2net-small.pth")
    torch.save(state, tmp_path / "res2net50.pth")
    torch.save({"epoch": 12, "state_dict": state}, tmp_path / "training.pth")
    body = torch.nn.Sequential(torch.nn.Conv2d(3, 8, 3), torch.nn.BatchNorm2d(8))
    torch.save({f"backbone.{k}": v for k, v in body.state_dict().items()},
               tmp_path / "detector.pth")
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "docs/python.md").read_text(), re.DOTALL)
    assert len(blocks) > 8
    code = "\n".join(blocks)
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "complete 1.0 [] {'source': 'backbone.', 'target': ''}" in done.stdout
