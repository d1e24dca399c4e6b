"""Measures scanning many files through Ray against the program: `make bench-ray`.

    python Benchmarks/ray_scan.py --cache FOLDER [--files N] [--rounds N]

PTHCONV_LIBRARY and PTHCONV_PROGRAM name what was built, and the package is on the path. Every file is a copy of
a small checkpoint in the page cache. Both use all processors; the time is the clock's, of runs taken in turns, and
Ray's does not count its start, nor the first run, which starts its workers, nor what is done with the rows; the
program's output is thrown away. Exits with 1 if the target is missed.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

from bench import Table

SMALL = Path(__file__).resolve().parents[1] / "Fixtures/demo/res2net-small.pth"


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--cache", type=Path, required=True)
    options.add_argument("--files", type=int, default=10_000)
    options.add_argument("--rounds", type=int, default=3)
    options = options.parse_args()
    folder = options.cache / "bench/many"
    folder.mkdir(parents=True, exist_ok=True)
    files = [folder / f"{number}.pth" for number in range(options.files)]
    for file in files:
        if not file.exists():
            shutil.copyfile(SMALL, file)

    # Ray's workers give way to other programs (niceness 15); the program does not.
    os.environ.setdefault("RAY_worker_niceness", "0")
    import ray

    import pthconv.ray

    ray.init(num_cpus=os.cpu_count(), include_dashboard=False, log_to_driver=False)
    ray.data.DataContext.get_current().enable_progress_bars = False

    def program():
        subprocess.run(
            [os.environ["PTHCONV_PROGRAM"], "scan", "--json", folder], check=True, stdout=subprocess.DEVNULL)

    def through_ray():
        return pthconv.ray.scan(files).materialize()

    load = os.getloadavg()[0]
    samples = {program: [], through_ray: []}
    for turn in range(options.rounds + 1):
        for act, taken in samples.items():
            start = time.perf_counter()
            rows = act()
            if turn:
                taken.append(time.perf_counter() - start)
            if rows is not None:
                assert [row["safety"] for row in rows.iter_rows()] == ["safe"] * len(files)
    rates = {act: len(files) / statistics.median(taken) for act, taken in samples.items()}

    table = Table()
    table.heading(f"{len(files):,} files, medians")
    table.row("pthconv scan", f"{rates[program]:.0f} files/s")
    table.row("pthconv.ray.scan", f"{rates[through_ray]:.0f} files/s")
    table.heading("Targets")
    # A target is a largest value: what Ray takes against what the program takes.
    table.target("time through Ray / the program's", rates[program] / rates[through_ray], 1 / 0.8)
    print(f"\nThe load of the machine before: {load:.1f}.")
    sys.exit(table.missed > 0)


if __name__ == "__main__":
    main()
