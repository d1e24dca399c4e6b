"""Measures pthconv and Python's readers in one run and prints a table with ratios: `make bench`.

    python Benchmarks/bench.py --program .build/release --cache FOLDER [--rounds N]

Whole processes are timed from spawn to exit with their output thrown away, in turns, so that a busy moment
hits all of them; every file is in the page cache. Peak memory is the kernel's count, which cannot come out
lower than that of this Python (about 10 MB). Medians throughout. Exits with 1 if a target is missed.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent


def run(command):
    """Milliseconds and peak bytes of one process."""
    nowhere = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
    start = time.perf_counter()
    child = os.posix_spawn(command[0], command, os.environ, file_actions=nowhere)
    _, status, usage = os.wait4(child, 0)
    elapsed = (time.perf_counter() - start) * 1e3
    if os.waitstatus_to_exitcode(status) != 0:
        sys.exit(f"bench: {' '.join(command)} failed")
    return elapsed, usage.ru_maxrss * 1024


def measure(commands, rounds):
    """Medians of (milliseconds, peak bytes) by name; a command is (argument list, share of the rounds)."""
    samples = {name: [] for name in commands}
    for command, _ in commands.values():
        run(command)
    for turn in range(rounds):
        for name, (command, every) in commands.items():
            if turn % every == 0:
                samples[name].append(run(command))
    return {name: tuple(map(statistics.median, zip(*taken))) for name, taken in samples.items()}


def library(program, operation, path, rounds):
    output = subprocess.check_output([program / "pthconv-bench", operation, path, str(rounds)], text=True)
    return float(output.split()[0])


class Bystanders:
    """How busy other programs kept the machine, which would explain odd figures."""

    def __init__(self):
        self.start = self.count()

    @staticmethod
    def count():
        busy = [int(word) for word in Path("/proc/stat").read_text().split("\n")[0].split()[1:9]]
        ticks = sum(busy) - busy[3] - busy[4]  # all but idle and waiting for disks
        own = sum(os.times()[:4])
        return time.perf_counter(), ticks / os.sysconf("SC_CLK_TCK") - own

    def share(self):
        (began, before), (ended, after) = self.start, self.count()
        return max(0, after - before) / (ended - began) / os.cpu_count()


class Table:
    def __init__(self):
        self.missed = 0

    def heading(self, text):
        print(f"\n{text}")

    def row(self, name, value, note=""):
        print(f"  {name:<44}{value:>12}  {note}".rstrip())

    def target(self, name, value, limit, unit=""):
        kept = value <= limit
        self.missed += not kept
        self.row(name, f"{value:.3g}{unit}", f"at most {limit:.3g}{unit}: {'kept' if kept else 'MISSED'}")


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--program", type=Path, required=True)
    options.add_argument("--cache", type=Path, required=True)
    options.add_argument("--rounds", type=int, default=41)
    options = options.parse_args()
    folder = options.cache / "bench"
    subprocess.check_call([sys.executable, HERE / "bench_files.py", folder])

    bystanders = Bystanders()
    pthconv = str(options.program / "pthconv")
    model = folder / "res2net50_26w_6s"
    load = "import sys, torch; torch.load(sys.argv[1], mmap=sys.argv[2] == '1', weights_only=True)"
    python = [sys.executable, "-c", load]
    scanner = str(Path(sys.executable).parent / "picklescan")
    whole = measure({
        "pthconv, zip": ([pthconv, "inspect", "--json", f"{model}.pth"], 1),
        "pthconv, legacy": ([pthconv, "inspect", "--json", f"{model}.legacy.pth"], 1),
        "pthconv, safetensors": ([pthconv, "inspect", "--json", f"{model}.safetensors"], 1),
        "pthconv, 8 GB": ([pthconv, "inspect", "--json", str(folder / "8gb.pth")], 1),
        "Python, zip": ([*python, f"{model}.pth", "0"], 8),
        "Python, legacy": ([*python, f"{model}.legacy.pth", "0"], 8),
        "Python, 8 GB, mmap": ([*python, str(folder / "8gb.pth"), "1"], 8),
        "pthconv map, zip": ([pthconv, "map", "--backbone", "Res2Net", f"{model}.pth"], 1),
        "pthconv map, legacy": ([pthconv, "map", "--backbone", "Res2Net", f"{model}.legacy.pth"], 1),
        "pthconv scan": ([pthconv, "scan", f"{model}.pth"], 1),
        "picklescan": ([scanner, "--path", f"{model}.pth"], 4),
    }, options.rounds)
    ours = {
        kind: library(options.program, "list", f"{model}{suffix}", 101)
        for kind, suffix in [("zip", ".pth"), ("legacy", ".legacy.pth"), ("safetensors", ".safetensors")]
    }
    ours["pickle"] = library(options.program, "pickle", folder / "million.pkl", 21)
    theirs = json.loads(subprocess.check_output([sys.executable, HERE / "bench_python.py", folder, "21"]))

    table = Table()
    table.heading("Whole process: pthconv is inspect --json, Python is import torch; torch.load(weights_only=True)")
    for name, (milliseconds, peak) in whole.items():
        table.row(name, f"{milliseconds:.1f} ms", f"{peak / 1e6:.0f} MB")
    table.heading("In process: open and list the state dict")
    for name, milliseconds in ours.items():
        table.row("pthconv, " + name, f"{milliseconds:.2f} ms")
    for name, milliseconds in theirs.items():
        table.row(name, f"{milliseconds:.2f} ms")

    table.heading("Targets")
    for kind in ["zip", "legacy"]:
        own, other = whole[f"pthconv, {kind}"], whole[f"Python, {kind}"]
        table.target(f"inspect {kind}, whole process", own[0], 10, " ms")
        table.target(f"inspect {kind} / Python", own[0] / other[0], 1 / 100)
        table.target(f"inspect {kind}, peak memory", own[1] / 1e6, 40, " MB")
    table.target("inspect 8 GB, more than 148 MB", whole["pthconv, 8 GB"][0] - whole["pthconv, zip"][0], 2, " ms")
    table.target("inspect 8 GB, peak memory", whole["pthconv, 8 GB"][1] / 1e6, 40, " MB")
    for kind in ["zip", "legacy"]:
        table.target(f"map {kind}, whole process", whole[f"pthconv map, {kind}"][0], 15, " ms")
    for kind in ["zip", "legacy"]:
        table.target(f"list {kind} / torch.load(mmap=True)", ours[kind] / theirs["torch.load(mmap=True), zip"], 1 / 20)
        table.target(f"list {kind} / safetensors load_file", ours[kind] / theirs["safetensors load_file"], 1 / 4)
    table.target("pickle machine / pickle.loads", ours["pickle"] / theirs["pickle.loads"], 1)
    table.row("scan / picklescan", f"{whole['pthconv scan'][0] / whole['picklescan'][0]:.3g}")
    print(f"\nOther programs kept the processors {bystanders.share():.0%} busy meanwhile.")
    return 1 if table.missed else 0


if __name__ == "__main__":
    sys.exit(main())
