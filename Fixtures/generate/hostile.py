"""Writes Fixtures/hostile from nothing, after checkpoints.py: python Fixtures/generate/hostile.py

Everything is assembled from bytes; nothing here is ever loaded.
"""

import time

import hostile_archives
import hostile_inputs
import hostile_joblib
import hostile_nested
import hostile_pickles
from common import HOSTILE


def main():
    began = time.time() - 1
    HOSTILE.mkdir(parents=True, exist_ok=True)
    for module in (hostile_pickles, hostile_archives, hostile_inputs, hostile_nested, hostile_joblib):
        module.generate()
    for path in HOSTILE.rglob("*"):
        if path.is_file() and path.stat().st_mtime < began:
            path.unlink()  # left over from an earlier version of the generators


if __name__ == "__main__":
    main()
