"""Runs Res2Net-50-26w-6s, four stages, in both engines, PyTorch, onnxruntime and OpenVINO: `make bench-engines`.

    python Benchmarks/Engines/engines.py --program .build/release --cache FOLDER [--rounds N] [--threads N]

One process an engine, all alive at once and asleep but for the one whose turn it is, so that a busy moment hits
all of them. Prints medians of the runs, ratios, the first run and each process's peak memory; then those of
`pthconv verify`, against Python's `import torch`. Exits with 1 if a target is missed.
"""

import argparse
import os
import statistics
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
from bench import Bystanders, Table, measure as measure_processes  # noqa: E402

SIZES = [(224, 224), (800, 1344)]
# Of the engine's median at most, of the peer's.
LIMITS = {"OpenVINO": 1.0, "onnxruntime": 0.9, "PyTorch": 0.65}


class Runner:
    """A process that runs once for each line that it gets and answers with the milliseconds."""

    def __init__(self, command, threads):
        environment = os.environ | {"OMP_NUM_THREADS": str(threads)}
        self.process = subprocess.Popen(
            list(map(str, command)), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)
        self.first = self.answer()
        self.times = []

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"engines: {self.process.args[:2]} failed")
        return float(line)

    def run(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return self.answer()

    def finish(self):
        """The peak memory in bytes."""
        self.process.stdin.close()
        peak = self.answer()
        self.process.wait()
        return peak

    @property
    def median(self):
        return statistics.median(self.times)


def parsed(rounds):
    """The options, and the folder with the files that are measured."""
    options = argparse.ArgumentParser()
    options.add_argument("--program", type=Path, required=True)
    options.add_argument("--cache", type=Path, required=True)
    options.add_argument("--rounds", type=int, default=rounds)
    options.add_argument("--threads", type=int, default=2)
    options = options.parse_args()
    folder = options.cache / "bench"
    subprocess.check_call([sys.executable, HERE.parent / "bench_files.py", folder])
    return options, folder


def measure(commands, rounds, threads, runs=1):
    """Two samples a round of each command, a sample the sum of so many runs."""
    runners = {name: Runner(command, threads) for name, command in commands.items()}
    for turn in range(rounds):
        for runner in runners.values():
            # OpenMP's threads of the one before may still wait actively, and its caches are warm.
            runner.run()
            runner.times += [sum(runner.run() for _ in range(runs)) for _ in range(2)]
    return runners


def report(table, heading, runners):
    table.heading(f"{heading}: median, first run with creation, peak memory")
    peaks = {name: runner.finish() for name, runner in runners.items()}
    for name, runner in runners.items():
        table.row(name, f"{runner.median:.1f} ms", f"{runner.first:.0f} ms  {peaks[name] / 1e6:.0f} MB")
    return peaks


def main():
    options, folder = parsed(rounds=11)
    checkpoint = folder / "res2net50_26w_6s.pth"

    bystanders = Bystanders()
    table = Table()
    for height, width in SIZES:
        numbers = [height, width, options.threads]
        peer = [sys.executable, HERE / "peers.py"]
        commands = {"pthconv": [options.program / "engines-benchmark", "onednn", checkpoint, *numbers]}
        for name in LIMITS:
            commands[name] = [*peer, name, folder, *numbers]
        runners = measure(commands, options.rounds, options.threads)
        peaks = report(table, f"1x3x{height}x{width}, float32, {options.threads} threads", runners)
        for name, limit in LIMITS.items():
            table.target(f"pthconv / {name}", runners["pthconv"].median / runners[name].median, limit)
        table.target("peak memory / onnxruntime's", peaks["pthconv"] / peaks["onnxruntime"], 1)

    numbers = [*SIZES[0], options.threads]
    runners = measure({
        "pthconv, reference": [options.program / "engines-benchmark", "reference", checkpoint, *numbers],
        "PyTorch, float64": [sys.executable, HERE / "peers.py", "PyTorch-float64", folder, *numbers],
    }, max(1, options.rounds // 2), options.threads)
    report(table, f"1x3x{SIZES[0][0]}x{SIZES[0][1]}, float64, {options.threads} threads", runners)
    table.target("reference / PyTorch", runners["pthconv, reference"].median / runners["PyTorch, float64"].median, 5)

    whole = measure_processes({
        "pthconv verify": ([str(options.program / "pthconv"), "verify", str(checkpoint), "--backbone", "Res2Net"], 1),
        "import torch": ([sys.executable, "-c", "import torch"], 1),
    }, options.rounds)
    table.heading("Whole process: verify with both engines, against Python's import torch")
    for name, (milliseconds, peak) in whole.items():
        table.row(name, f"{milliseconds:.0f} ms", f"{peak / 1e6:.0f} MB")
    table.target("verify / import torch", whole["pthconv verify"][0] / whole["import torch"][0], 1)
    print(f"\nOther programs kept the processors {bystanders.share():.0%} busy meanwhile.")
    return 1 if table.missed else 0


if __name__ == "__main__":
    sys.exit(main())
