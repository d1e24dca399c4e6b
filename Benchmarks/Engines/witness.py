"""What the statistics of `verify --images` cost beside the bare run of the same images: `make bench-witness`.

    python Benchmarks/Engines/witness.py --program .build/release --cache FOLDER [--rounds N] [--threads N]

Res2Net-50-26w-6s, four stages, in the oneDNN engine on 32 images of 224×224 in batches of 8, as `verify --images`
takes them: once as any run, once with the sums at every batch norm. Both processes are alive at once and take
turns, so that a busy moment hits both. Exits with 1 if the target is missed.
"""

import argparse
import subprocess
import sys
from pathlib import Path

from engines import HERE, Runner, Table, report

BATCHES, BATCH = 4, 8
LIMIT = 1.2


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--program", type=Path, required=True)
    options.add_argument("--cache", type=Path, required=True)
    options.add_argument("--rounds", type=int, default=7)
    options.add_argument("--threads", type=int, default=2)
    options = options.parse_args()
    folder = options.cache / "bench"
    subprocess.check_call([sys.executable, HERE.parent / "bench_files.py", folder])
    arguments = [folder / "res2net50_26w_6s.pth", 224, 224, options.threads, BATCH]
    runners = {
        name: Runner([options.program / "engines-benchmark", kind, *arguments], options.threads)
        for name, kind in (("bare run", "onednn"), ("with statistics", "statistics"))
    }
    for _ in range(options.rounds):
        for runner in runners.values():
            # OpenMP's threads of the one before may still wait actively, and its caches are warm.
            runner.run()
            runner.times.append(sum(runner.run() for _ in range(BATCHES)))
    table = Table()
    report(table, f"{BATCHES * BATCH} images, 3x224x224, float32, {options.threads} threads", runners)
    table.target("with statistics / bare run",
                 runners["with statistics"].median / runners["bare run"].median, LIMIT)
    return 1 if table.missed else 0


if __name__ == "__main__":
    sys.exit(main())
