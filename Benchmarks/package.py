"""Measures the Python package against torch and safetensors in one run: `make bench-python`.

    python Benchmarks/package.py --cache FOLDER [--rounds N]

PTHCONV_LIBRARY names the library, and the package is on the path. In-process figures are taken in turns, memory
and imports in processes of their own. Medians throughout; every file is in the page cache. Times are the clock's,
which a person waits for; beside them stands the processor's, of all threads together, which other programs disturb
less. Exits with 1 if a target is missed.
"""

import argparse
import statistics
import subprocess
import sys
import time
from pathlib import Path

from bench import Bystanders, Table

HERE = Path(__file__).resolve().parent

IMPORT = "import time; t = time.process_time(); import pthconv; print(1e3 * (time.process_time() - t))"
MEMORY = """
import os, sys, torch
def resident():
    return int(open("/proc/self/statm").read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
before = resident()
if sys.argv[1] == "pthconv":
    import pthconv
    state = pthconv.load(sys.argv[2])
else:
    state = torch.load(sys.argv[2], mmap=True, weights_only=True)
print(resident() - before)
"""


def process(code, *arguments):
    return float(subprocess.check_output([sys.executable, "-c", code, *map(str, arguments)]))


def measure(calls, rounds):
    """Median milliseconds by name, of the clock and of the processor, the calls taken in turns; what they return
    is let go untimed."""
    samples = {name: [] for name in calls}
    for turn in range(rounds + 1):
        for name, call in calls.items():
            start = time.perf_counter(), time.process_time()
            result = call()
            elapsed = time.perf_counter() - start[0], time.process_time() - start[1]
            del result
            if turn:
                samples[name].append(elapsed)
    return {name: [1e3 * statistics.median(column) for column in zip(*taken)] for name, taken in samples.items()}


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--cache", type=Path, required=True)
    options.add_argument("--rounds", type=int, default=21)
    options = options.parse_args()
    folder = options.cache / "bench"
    subprocess.check_call([sys.executable, HERE / "bench_files.py", folder])

    import timm
    import torch
    from safetensors.torch import load_file

    import pthconv

    bystanders = Bystanders()
    table = Table()
    imports = statistics.median(process(IMPORT) for _ in range(options.rounds))
    bare = statistics.median(
        process(IMPORT.replace("import pthconv", "import typing, ctypes")) for _ in range(options.rounds))

    zip_, legacy, safe = (
        str(folder / f"res2net50_26w_6s{ending}") for ending in (".pth", ".legacy.pth", ".safetensors"))

    def touched(state):
        """Every byte, as a trainer would use it."""
        return sum(int(t.view(-1).view(torch.uint8)[::64].sum()) if t.numel() else 0 for t in state.values())

    module = timm.create_model("res2net50_26w_6s")
    loaders = {
        "zip": (lambda: pthconv.load(zip_), {
            "torch.load(mmap)": lambda: torch.load(zip_, mmap=True, weights_only=True),
            "torch.load": lambda: torch.load(zip_, weights_only=True)}),
        "legacy": (lambda: pthconv.load(legacy), {
            "torch.load": lambda: torch.load(legacy, weights_only=True)}),
        "safetensors": (lambda: pthconv.load(safe), {"load_file": lambda: load_file(safe)}),
    }
    calls, touching = {}, {}
    for kind, (ours, theirs) in loaders.items():
        calls[f"{kind}: pthconv.load"] = ours
        touching[f"{kind}, touched: pthconv.load"] = lambda ours=ours: touched(ours())
        for name, their in theirs.items():
            calls[f"{kind}: {name}"] = their
            touching[f"{kind}, touched: {name}"] = lambda their=their: touched(their())
    filling = {}
    filling["load_into"] = lambda: pthconv.load_into(module, zip_)
    filling["torch.load + load_state_dict"] = lambda: module.load_state_dict(
        torch.load(zip_, weights_only=True))
    # Apart from each other: what reads 148 MB leaves nothing in the processor's caches.
    taken = {}
    for group in (calls, touching, filling):
        taken |= measure(group, options.rounds)
    memory = {who: process(MEMORY, who, zip_) for who in ("pthconv", "torch")}

    table.heading("Python package, medians")
    for name, (clock, processor) in taken.items():
        table.row(name, f"{clock:.2f} ms", f"processor {processor:.2f} ms")
    taken = {name: clock for name, (clock, _) in taken.items()}
    table.row("import pthconv", f"{imports:.1f} ms", f"of which typing and ctypes {bare:.1f} ms")
    for who, size in memory.items():
        table.row(f"memory that mapped loading takes, {who}", f"{size:.1f} MB")
    table.heading("Targets")
    table.target("import pthconv", imports, 20, " ms")
    ratio = taken["zip: pthconv.load"] / taken["zip: torch.load(mmap)"]
    table.target("load / torch.load(mmap=True)", ratio, 1 / 8)
    table.target("legacy: load / torch.load", taken["legacy: pthconv.load"] / taken["legacy: torch.load"], 1 / 8)
    table.target(
        "safetensors: load / load_file", taken["safetensors: pthconv.load"] / taken["safetensors: load_file"], 1 / 2)
    for kind, (_, theirs) in loaders.items():
        fastest = min(taken[f"{kind}, touched: {name}"] for name in theirs)
        table.target(f"{kind}, every page touched / the fastest", taken[f"{kind}, touched: pthconv.load"] / fastest, 1)
    table.target(
        "load_into / torch.load + load_state_dict", taken["load_into"] / taken["torch.load + load_state_dict"], 0.8)
    table.target("memory / torch.load(mmap=True)", memory["pthconv"] / memory["torch"], 1)
    print(f"\nOther programs kept the machine {bystanders.share():.0%} busy.")
    sys.exit(table.missed > 0)


if __name__ == "__main__":
    main()
