"""Measures what pthconv writes against cp and torch.save, in turns in one run: part of `make bench`.

    python Benchmarks/convert.py --program .build/release --cache FOLDER [--rounds N]

pthconv syncs its output before it gives it its name; cp does not, so cp is also measured with a sync of its
copy. Every command writes a file that is not there yet, as a person's first run does, on the disk of FOLDER;
inputs are in the page cache. Medians; exits with 1 if a target is missed.
"""

import argparse
import statistics
import subprocess
import sys
import time
from pathlib import Path

import torch
from bench import Bystanders, Table, run

HERE = Path(__file__).resolve().parent


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--program", type=Path, required=True)
    options.add_argument("--cache", type=Path, required=True)
    options.add_argument("--rounds", type=int, default=15)
    options = options.parse_args()
    folder = options.cache / "bench"
    subprocess.check_call([sys.executable, HERE / "bench_files.py", folder])
    pthconv = str(options.program / "pthconv")
    model = folder / "res2net50_26w_6s"
    out = folder / "written"
    weights = torch.load(f"{model}.pth", weights_only=True)
    bystanders = Bystanders()

    def convert(source, ending, *flags):
        return lambda: run([pthconv, "convert", str(source), f"{out}.{ending}", *flags])

    def save():
        start = time.perf_counter()
        torch.save(weights, f"{out}.pth")
        return (time.perf_counter() - start) * 1e3, 0

    commands = {
        "cp": lambda: run(["/bin/cp", f"{model}.pth", f"{out}.pth"]),
        "cp, then sync of the copy": lambda: run(
            ["/bin/sh", "-c", f"cp '{model}.pth' '{out}.pth' && sync '{out}.pth'"]),
        "torch.save, in process": save,
        "pth to safetensors": convert(f"{model}.pth", "safetensors"),
        "safetensors to pth": convert(f"{model}.safetensors", "pth"),
        "legacy to safetensors": convert(f"{model}.legacy.pth", "safetensors"),
        "pth to npz": convert(f"{model}.pth", "npz"),
        "pth to float16 pth": convert(f"{model}.pth", "pth", "--dtype", "float16"),
        "diff pth safetensors": lambda: run([pthconv, "diff", f"{model}.pth", f"{model}.safetensors"]),
    }
    samples = {name: [] for name in commands}
    for turn in range(options.rounds + 1):
        for name, command in commands.items():
            for path in folder.glob("written.*"):
                path.unlink()
            taken = command()
            if turn > 0:  # the first one warms up
                samples[name].append(taken)
    large = [convert(folder / "8gb.pth", "safetensors")() for _ in range(1)]
    for path in folder.glob("written.*"):
        path.unlink()
    medians = {name: tuple(map(statistics.median, zip(*taken))) for name, taken in samples.items()}

    table = Table()
    table.heading("148 MB: whole process, output synced unless said otherwise")
    for name, (milliseconds, peak) in medians.items():
        table.row(name, f"{milliseconds:.0f} ms", f"{peak / 1e6:.0f} MB" if peak else "")
    table.row("8 GB pth to safetensors", f"{large[0][0] / 1e3:.1f} s", f"{large[0][1] / 1e6:.0f} MB")
    table.heading("Targets")
    table.target("pth to safetensors / cp", medians["pth to safetensors"][0] / medians["cp"][0], 1.1)
    table.row(
        "the same / cp with sync",
        f"{medians['pth to safetensors'][0] / medians['cp, then sync of the copy'][0]:.3g}")
    table.target(
        "safetensors to pth / torch.save",
        medians["safetensors to pth"][0] / medians["torch.save, in process"][0], 1)
    for name in ["pth to safetensors", "safetensors to pth"]:
        table.target(f"{name}, peak memory", medians[name][1] / 1e6, 64, " MB")
    table.target("8 GB, peak memory", large[0][1] / 1e6, 64, " MB")
    print(f"\nOther programs kept the processors {bystanders.share():.0%} busy meanwhile.")
    return 1 if table.missed else 0


if __name__ == "__main__":
    sys.exit(main())
