"""Writes Fixtures/checkpoints, Fixtures/pickles and Fixtures/encoder from nothing: python Fixtures/generate/checkpoints.py"""

import os
import sys
import time

if os.environ.get("PYTHONHASHSEED") != "0":  # sets of text are pickled in hash order
    os.environ["PYTHONHASHSEED"] = "0"
    os.execv(sys.executable, [sys.executable, *sys.argv])

import archives  # noqa: E402
import containers  # noqa: E402
import encoder  # noqa: E402
import pickles  # noqa: E402
import training  # noqa: E402
from common import CHECKPOINTS, PICKLES  # noqa: E402


def main():
    began = time.time() - 1
    for folder in (CHECKPOINTS, PICKLES):
        folder.mkdir(parents=True, exist_ok=True)
    for module in (containers, training, archives, pickles, encoder):
        module.generate()
    for folder in (CHECKPOINTS, PICKLES):
        for path in folder.rglob("*"):
            if path.is_file() and path.stat().st_mtime < began:
                path.unlink()  # left over from an earlier version of the generators


if __name__ == "__main__":
    main()
