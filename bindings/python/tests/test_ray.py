"""Many files through Ray Data, on a cluster of two nodes on this machine."""

from __future__ import annotations

import json
import os
import shutil
import signal
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import FIXTURES, truths

import pthconv

pytest.importorskip("ray.data", reason="ray is not installed: pip install 'ray[data]'")

import ray  # noqa: E402
from ray.cluster_utils import Cluster  # noqa: E402

import pthconv.ray  # noqa: E402


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    started = Cluster(
        initialize_head=True,
        head_node_args={"num_cpus": 1, "object_store_memory": 100 << 20,
                        "include_dashboard": False})
    started.add_node(num_cpus=1, object_store_memory=100 << 20)
    ray.init(address=started.address, log_to_driver=False)
    ray.data.DataContext.get_current().enable_progress_bars = False
    try:
        yield started
    finally:
        ray.shutdown()
        started.shutdown()


def test_scan_says_of_each_file_what_scan_says_of_one(cluster: Any, tmp_path: Path) -> None:
    files = [*truths()[:30], *sorted((FIXTURES / "hostile").glob("zip-*.pth"))[:30]]
    text = tmp_path / "text.pth"
    text.write_text("no checkpoint")
    rows = {row["path"]: row for row in pthconv.ray.scan(
        [*files, text, tmp_path / "missing.pth"], batch_size=8).take_all()}
    assert len(rows) == len(files) + 2
    for file in files:
        row = rows[str(file)]
        try:
            report = pthconv.scan(file)
        except pthconv.PthconvError as error:
            assert (row["safety"], row["report"], row["error"]) == (None, None, str(error))
        else:
            assert (row["safety"], list(row["reasons"])) == (report.verdict, report.reasons)
            assert json.loads(row["report"]) == report.to_dict() and row["error"] is None
    assert {row["safety"] for row in rows.values()} >= {"safe", "dangerous"}
    assert "missing.pth" in rows[str(tmp_path / "missing.pth")]["error"]
    assert rows[str(text)]["safety"] != "safe"


def test_inspect_and_a_store_that_fsspec_knows(cluster: Any, tmp_path: Path) -> None:
    source = FIXTURES / "demo/res2net-small.pth"
    shutil.copy(source, tmp_path / "a.pth")
    # The local disk as a store like others.
    address = f"local://{tmp_path / 'a.pth'}"
    rows = {row["path"]: row for row in pthconv.ray.inspect(
        [source, address, f"file://{source}", f"local://{tmp_path}/no.pth"]).take_all()}
    whole = pthconv.inspect(source)
    for path in (str(source), address, f"file://{source}"):
        assert rows[path]["parameters"] == whole["parameters"]
        assert rows[path]["backbone"] == "Res2Net" and rows[path]["error"] is None
    lost = rows[f"local://{tmp_path}/no.pth"]
    assert lost["format"] is None and "no.pth" in lost["error"]


def test_a_worker_is_killed_and_nothing_is_lost_or_doubled(cluster: Any, tmp_path: Path) -> None:
    source = FIXTURES / "demo/res2net-small.pth"
    files = []
    for number in range(300):
        files.append(tmp_path / f"{number}.pth")
        os.link(shutil.copy(source, tmp_path / "first.pth"), files[-1])
    marks = tmp_path / "marks"
    marks.mkdir()
    victims = {str(files[number]) for number in (37, 150, 299)}

    def look(path: str) -> dict[str, Any]:
        if path in victims:
            try:
                (marks / Path(path).name).touch(exist_ok=False)
            except FileExistsError:
                pass
            else:
                os.kill(os.getpid(), signal.SIGKILL)
        return pthconv.ray._scan(path)

    rows = pthconv.ray._map(files, look, pthconv.ray._SCAN, 16, {}).take_all()
    assert len(list(marks.iterdir())) == 3, "the workers were to be killed"
    assert Counter(row["path"] for row in rows) == Counter(map(str, files))
    assert {row["safety"] for row in rows} == {"safe"}


def test_no_files_are_no_rows(cluster: Any) -> None:
    assert pthconv.ray.scan([]).take_all() == []
