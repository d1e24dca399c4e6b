"""Forks while other threads are at work in the library. Needs no torch."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from conftest import FIXTURES

WORK = """
import os, signal, sys, threading, time, warnings
import pthconv
warnings.simplefilter("ignore")
act, folder = sys.argv[1:]
opened = pthconv.open(f"{folder}/deflated.pth")

def at_once():
    yield lambda: pthconv.scan(f"{folder}/deflated.pth")
    yield lambda: pthconv.preflight(f"{folder}/config.py")
    yield lambda: [tensor.tobytes() for tensor in pthconv.open(opened.path).values()]
    yield lambda: pthconv.inspect(opened, checksum=True, statistics=True)

run = dict(zip(("scan", "preflight", "read", "inspect"), at_once()))[act]
run()
ends = threading.Event()

def forever():
    while not ends.is_set():
        run()

threads = [threading.Thread(target=forever, daemon=True) for _ in range(2)]
for thread in threads:
    thread.start()
ended = time.monotonic() + 60
failed = forks = 0
while forks < 40 and failed < 2 and time.monotonic() < ended:
    forks += 1
    time.sleep(0.003)
    child = os.fork()
    if not child:
        try:
            run()
        except BaseException:
            os._exit(1)
        os._exit(0)
    for _ in range(2000):
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            break
        time.sleep(0.01)
    else:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    failed += not done or status != 0
print(failed, "of", forks)
os._exit(failed != 0 or forks == 0)
"""


@pytest.mark.parametrize("act", ["scan", "preflight", "read", "inspect"])
def test_children_of_a_process_whose_threads_are_at_work(act: str, tmp_path: Path) -> None:
    """A child has only the thread that forked: locks of the others must not be held at that moment."""
    source = FIXTURES / "demo/res2net-small.pth"
    with zipfile.ZipFile(source) as stored, zipfile.ZipFile(
            tmp_path / "deflated.pth", "w", zipfile.ZIP_DEFLATED) as deflated:
        for name in stored.namelist():
            deflated.writestr(name, stored.read(name))
    (tmp_path / "config.py").write_text(
        "model = dict(type='FasterRCNN', backbone=dict(type='Res2Net', depth=50, frozen_stages=1, "
        f"init_cfg=dict(type='Pretrained', checkpoint='{tmp_path}/deflated.pth')))\n")
    done = subprocess.run(
        [sys.executable, "-c", WORK, act, str(tmp_path)], capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stdout + done.stderr[-2000:]
