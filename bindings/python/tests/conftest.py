"""Where things are."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]
FIXTURES = ROOT / "Fixtures"


def truths() -> list[Path]:
    """The checkpoints among the fixtures for which it is known what they hold."""
    found = []
    for truth in sorted((FIXTURES / "checkpoints").rglob("*.json")):
        checkpoint = truth.with_suffix("")
        if checkpoint.is_file() and truth.name.endswith(checkpoint.suffix + ".json"):
            if "tensors" in json.loads(truth.read_text()):
                found.append(checkpoint)
    return found


def truth(checkpoint: Path) -> Any:
    return json.loads(checkpoint.with_name(checkpoint.name + ".json").read_text())


@pytest.fixture(scope="session")
def backbones() -> Any:
    """The real backbones of mmdet, without its compiled dependencies. They register
    themselves, so once for all tests."""
    pytest.importorskip("mmcv")
    pytest.importorskip("torchvision")
    sys.path.insert(0, str(ROOT / "Fixtures/generate"))
    import openmmlab

    return openmmlab.load_mmdet()


@pytest.fixture
def copy(tmp_path: Path) -> Any:
    """A copy of a fixture that may be harmed."""
    def make(name: str) -> Path:
        target = tmp_path / Path(name).name
        target.write_bytes((FIXTURES / name).read_bytes())
        return target
    return make
