"""Runs Res2Net-50-26w-6s, four stages, in the oneDNN engine, PyTorch, onnxruntime and OpenVINO: `make bench-engines`.

    python Benchmarks/Engines/engines.py --program .build/release --cache FOLDER [--rounds N] [--threads N]

One process an engine, all alive at once and asleep but for the one whose turn it is, so that a busy moment hits
all of them. Prints medians of the runs, ratios, the first run and each process's peak memory. Exits with 1 if a
target is missed.
"""

import argparse
import os
import statistics
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
from bench import Bystanders, Table  # noqa: E402

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


def measure(commands, rounds, threads):
    runners = {name: Runner(command, threads) for name, command in commands.items()}
    for turn in range(rounds):
        for runner in runners.values():
            # OpenMP's threads of the one before may still wait actively, and its caches are warm.
            runner.run()
            runner.times += [runner.run(), runner.run()]
    return runners


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--program", type=Path, required=True)
    options.add_argument("--cache", type=Path, required=True)
    options.add_argument("--rounds", type=int, default=11)
    options.add_argument("--threads", type=int, default=2)
    options = options.parse_args()
    folder = options.cache / "bench"
    checkpoint = folder / "res2net50_26w_6s.pth"
    subprocess.check_call([sys.executable, HERE.parent / "bench_files.py", folder])

    bystanders = Bystanders()
    table = Table()
    for height, width in SIZES:
        numbers = [height, width, options.threads]
        peer = [sys.executable, HERE / "peers.py"]
        commands = {"pthconv": [options.program / "engines-benchmark", checkpoint, *numbers]}
        for name in LIMITS:
            commands[name] = [*peer, name, folder, *numbers]
        runners = measure(commands, options.rounds, options.threads)
        table.heading(f"1x3x{height}x{width}, {options.threads} threads: median, first run with creation, peak memory")
        peaks = {name: runner.finish() for name, runner in runners.items()}
        for name, runner in runners.items():
            table.row(name, f"{runner.median:.1f} ms", f"{runner.first:.0f} ms  {peaks[name] / 1e6:.0f} MB")
        for name, limit in LIMITS.items():
            table.target(f"pthconv / {name}", runners["pthconv"].median / runners[name].median, limit)
        table.target("peak memory / onnxruntime's", peaks["pthconv"] / peaks["onnxruntime"], 1)
    print(f"\nOther programs kept the processors {bystanders.share():.0%} busy meanwhile.")
    return 1 if table.missed else 0


if __name__ == "__main__":
    sys.exit(main())
