"""What the statistics of `verify --images` cost beside the bare run of the same images: `make bench-witness`.

    python Benchmarks/Engines/witness.py --program .build/release --cache FOLDER [--rounds N] [--threads N]

Res2Net-50-26w-6s, four stages, in the oneDNN engine on 32 images of 224×224 in batches of 8, as `verify --images`
takes them: once as any run, once with the sums at every batch norm. Both processes are alive at once and take
turns, so that a busy moment hits both. Exits with 1 if the target is missed.
"""

import sys

from engines import Table, measure, parsed, report

BATCHES, BATCH = 4, 8
LIMIT = 1.2


def main():
    options, folder = parsed(rounds=4)
    arguments = [folder / "res2net50_26w_6s.pth", 224, 224, options.threads, BATCH]
    kinds = {"bare run": "onednn", "with statistics": "statistics"}
    runners = measure(
        {name: [options.program / "engines-benchmark", kind, *arguments] for name, kind in kinds.items()},
        options.rounds, options.threads, runs=BATCHES)
    table = Table()
    report(table, f"{BATCHES * BATCH} images, 3x224x224, float32, {options.threads} threads", runners)
    table.target("with statistics / bare run",
                 runners["with statistics"].median / runners["bare run"].median, LIMIT)
    return 1 if table.missed else 0


if __name__ == "__main__":
    sys.exit(main())
