"""Measures what pthconv writes against cp and torch.save, in turns in one run: `make bench-convert`.

    python Benchmarks/convert.py --program .build/release --cache FOLDER [--rounds N]

pthconv syncs its output before it gives it its name; cp and torch.save do not. So cp is also measured with a
sync of its copy, and pthconv with a library before it that makes syncing do nothing (where there is a C
compiler): the difference is the disk. Commands write a file that is not there yet, and, where it says so, over an
older one; on the disk of FOLDER, with the inputs in the page cache. Medians; exits with 1 if a target is missed.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
from pathlib import Path

from bench import Bystanders, Table, run

SAVER = """
import sys, time, torch
weights = torch.load(sys.argv[1], weights_only=True)
for _ in sys.stdin:
    start = time.perf_counter()
    torch.save(weights, sys.argv[2])
    print((time.perf_counter() - start) * 1e3, flush=True)
"""
# fsync by its name, sync_file_range as a system call.
UNSYNCED = r"""
#include <errno.h>
#include <sys/syscall.h>
int fsync(int file) { return 0; }
long syscall(long number, long a, long b, long c, long d, long e, long f) {
  if (number == SYS_sync_file_range) return 0;
  long result;
  register long r10 __asm__("r10") = d, r8 __asm__("r8") = e, r9 __asm__("r9") = f;
  __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                   : "rcx", "r11", "memory");
  if (result < 0 && result > -4096) { errno = -result; return -1; }
  return result;
}
"""
HERE = Path(__file__).resolve().parent


def unsynced_library(folder):
    """Where the library is that takes syncing out; None if it cannot be made."""
    library = folder / "unsynced.so"
    compiler = shutil.which("cc") or shutil.which("clang")
    if compiler is None or os.uname().machine != "x86_64":
        return None
    made = subprocess.run(
        [compiler, "-O2", "-shared", "-fPIC", "-w", "-x", "c", "-", "-o", library], input=UNSYNCED, text=True)
    return library if made.returncode == 0 else None


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
    older = folder / "older"
    shutil.copyfile(f"{model}.pth", older)
    # In a process of its own: a child's peak memory cannot come out lower than that of its parent.
    saver = subprocess.Popen(
        [sys.executable, "-c", SAVER, f"{model}.pth", f"{out}.pth"], stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, text=True)
    bystanders = Bystanders()

    def convert(source, ending, *flags):
        return lambda: run([pthconv, "convert", str(source), f"{out}.{ending}", *flags])

    def map_to(ending):
        return lambda: run(
            [pthconv, "map", f"{model}.pth", "--backbone", "Res2Net", "--output", f"{out}.{ending}"])

    def save():
        print(file=saver.stdin, flush=True)
        return float(saver.stdout.readline()), 0

    commands = {
        "cp": lambda: run(["/bin/cp", f"{model}.pth", f"{out}.pth"]),
        "cp, then sync of the copy": lambda: run(
            ["/bin/sh", "-c", f"cp '{model}.pth' '{out}.pth' && sync '{out}.pth'"]),
        "torch.save, in process": save,
        "pth to safetensors": convert(f"{model}.pth", "safetensors"),
        "map --output, safetensors": map_to("safetensors"),
        "pth to ONNX": convert(f"{model}.pth", "onnx", "--backbone", "Res2Net"),
        "pth to ONNX, folded": convert(f"{model}.pth", "onnx", "--backbone", "Res2Net", "--fold"),
        "safetensors to pth": convert(f"{model}.safetensors", "pth"),
        "legacy to safetensors": convert(f"{model}.legacy.pth", "safetensors"),
        "pth to npz": convert(f"{model}.pth", "npz"),
        "pth to float16 pth": convert(f"{model}.pth", "pth", "--dtype", "float16"),
        "cp, over an older file": lambda: run(["/bin/cp", f"{model}.pth", str(older)]),
        "pth to safetensors, over an older file":
            lambda: run([pthconv, "convert", f"{model}.pth", str(older), "--to", "safetensors", "--force"]),
        "diff pth npz": lambda: run([pthconv, "diff", f"{model}.pth", f"{model}.npz"]),
    }
    targets = [  # what, against what, at most
        ("pth to safetensors", "cp", 1.1),
        ("map --output, safetensors", "cp", 1.2),
        ("pth to ONNX", "cp", 1.5),
        ("safetensors to pth", "torch.save, in process", 1),
    ]
    unsynced = unsynced_library(folder)

    def without_sync(command):
        def measure():
            os.environ["LD_PRELOAD"] = str(unsynced)
            try:
                return command()
            finally:
                del os.environ["LD_PRELOAD"]
        return measure

    if unsynced:
        commands |= {f"{name}, not synced": without_sync(commands[name]) for name, _, _ in targets}
    run([pthconv, "convert", f"{model}.pth", f"{model}.npz", "--force"])
    samples = {name: [] for name in commands}
    for turn in range(options.rounds + 1):
        for name, command in commands.items():
            for path in folder.glob("written.*"):
                path.unlink()
            taken = command()
            if turn > 0:  # the first one warms up
                samples[name].append(taken)
    for path in folder.glob("written.*"):
        path.unlink()
    large = convert(folder / "8gb.pth", "safetensors")()
    for path in [*folder.glob("written.*"), older]:
        path.unlink()
    saver.stdin.close()
    saver.wait()
    medians = {name: tuple(map(statistics.median, zip(*taken))) for name, taken in samples.items()}

    table = Table()
    table.heading("148 MB: whole process, output synced unless said otherwise")
    for name, (milliseconds, peak) in medians.items():
        table.row(name, f"{milliseconds:.0f} ms", f"{peak / 1e6:.0f} MB" if peak else "")
    table.row("8 GB pth to safetensors", f"{large[0] / 1e3:.1f} s", f"{large[1] / 1e6:.0f} MB")
    table.heading("Targets")
    ratio = lambda name, other: medians[name][0] / medians[other][0]
    for name, other, limit in targets:
        table.target(f"{name} / {other}", ratio(name, other), limit)
        if unsynced:
            table.row("  the same, not synced", f"{ratio(f'{name}, not synced', other):.3g}")
        if other == "cp":
            table.row("  the same / cp with sync", f"{ratio(name, 'cp, then sync of the copy'):.3g}")
    table.row(
        "  over an older file", f"{ratio('pth to safetensors, over an older file', 'cp, over an older file'):.3g}")
    for name, (_, peak) in medians.items():
        if peak and "cp" not in name and "not synced" not in name:
            table.target(f"{name}, peak memory", peak / 1e6, 64, " MB")
    table.target("8 GB, peak memory", large[1] / 1e6, 64, " MB")
    print(f"\nOther programs kept the processors {bystanders.share():.0%} busy meanwhile.")
    return 1 if table.missed else 0


if __name__ == "__main__":
    sys.exit(main())
