"""What pthconv reads in the configurations of OpenMMLab's packages, held against mmengine.

    python scripts/configs.py --program .build/release/pthconv --cache DIR [--report docs/preflight.md]

Every Python file in the configuration folders of mmdet, mmpretrain and mmsegmentation is read by
mmengine's `Config.fromfile` and by `pthconv config --json`; all values are compared. What pthconv calls
opaque is counted and listed; a lazy configuration's type counts as the same if it has the dotted name
that mmengine gives it. Exit code 1 if any file is read otherwise than mmengine reads it.
"""
import argparse
import collections
import concurrent.futures
import contextlib
import io
import json
import pathlib
import subprocess
import sys
import time
import venv

PACKAGES = {"mmdet": "mmdet==3.3.0", "mmpretrain": "mmpretrain==1.2.0", "mmseg": "mmsegmentation==1.2.2"}
# Of mmengine's own needs only what the surrounding environment lacks; it looks packages up with
# pkg_resources, which setuptools had up to then.
OTHERS = ["mmengine==0.10.7", "mmcv-lite==2.1.0", "setuptools<81"]
MARKS = "<!-- configs:begin -->", "<!-- configs:end -->"


def truth(paths):
    """Prints a line of JSON for each file: what mmengine reads."""
    from mmengine.config import Config
    from mmengine.config.lazy import LazyAttr, LazyObject

    def plain(value):
        if isinstance(value, (LazyAttr, LazyObject)):
            return {"opaque": f"{value.module}.{value}"}
        if isinstance(value, dict):
            return {str(key): plain(item) for key, item in dict.items(value)}
        if isinstance(value, (list, tuple)):
            return [plain(item) for item in value]
        if value is None or isinstance(value, (bool, int, float, str)):
            return value
        return {"object": type(value).__name__}

    for path in paths:
        try:
            with contextlib.redirect_stdout(io.StringIO()):
                config = Config.fromfile(path, import_custom_modules=False)
            imported = getattr(config, "_imported_names", set())
            values = {str(key): plain(value) for key, value in dict.items(config._cfg_dict) if key not in imported}
            print(json.dumps({"path": path, "values": values}))
        except BaseException as error:  # a configuration may even call exit()
            print(json.dumps({"path": path, "error": f"{type(error).__name__}: {error}"}))


def environment(cache):
    """The packages beside each other, in an environment that takes all else from this one."""
    folder = cache / "configs"
    python = folder / "bin" / "python"
    if not (folder / "complete").exists():
        venv.create(folder, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "-q", "--no-deps", *PACKAGES.values(), *OTHERS], check=True)
        site = next(folder.glob("lib/python3*/site-packages"))
        (site / "surrounding.pth").write_text("\n".join(p for p in sys.path if p.endswith("-packages")) + "\n")
        (folder / "complete").touch()
    return python, next(folder.glob("lib/python3*/site-packages"))


def ours(program, path):
    start = time.monotonic()
    run = subprocess.run([program, "config", path, "--json"], capture_output=True, text=True)
    elapsed = time.monotonic() - start
    if run.returncode:
        return path, None, run.stderr.strip(), elapsed
    return path, json.loads(run.stdout)["values"], None, elapsed


class Comparison:
    def __init__(self):
        self.values = 0
        self.opaque = []
        self.differences = []

    def compare(self, ours, theirs, path):
        self.values += 1
        if isinstance(ours, dict) and list(ours) == ["opaque"]:
            if ours != theirs:
                self.opaque.append(f"{path}: {ours['opaque']}")
        elif isinstance(theirs, float) and isinstance(ours, str):
            # What JSON has no number for.
            if ours != {"inf": "Infinity", "-inf": "-Infinity", "nan": "NaN"}.get(str(theirs)):
                self.differences.append(f"{path}: {ours} instead of {theirs}")
        elif type(ours) is not type(theirs):
            self.differences.append(f"{path}: {ours!r} instead of {theirs!r}")
        elif isinstance(ours, dict):
            if list(ours) != list(theirs):
                self.differences.append(f"{path}: keys {list(ours)} instead of {list(theirs)}")
            for key in ours:
                if key in theirs:
                    self.compare(ours[key], theirs[key], f"{path}.{key}")
        elif isinstance(ours, list):
            if len(ours) != len(theirs):
                self.differences.append(f"{path}: {len(ours)} elements instead of {len(theirs)}")
            for index, (a, b) in enumerate(zip(ours, theirs)):
                self.compare(a, b, f"{path}[{index}]")
        elif ours != theirs:
            self.differences.append(f"{path}: {ours!r} instead of {theirs!r}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True)
    parser.add_argument("--cache", type=pathlib.Path, required=True)
    parser.add_argument("--report", type=pathlib.Path)
    options = parser.parse_args()
    program = str(pathlib.Path(options.program).resolve())
    python, site = environment(options.cache)

    rows, lists, slowest, failed = [], [], [], False
    for package, requirement in PACKAGES.items():
        folder = site / package / ".mim" / "configs"
        paths = [str(path) for path in sorted(folder.rglob("*.py"))]
        counts, total, opaque = collections.Counter(files=len(paths)), 0, []
        refused = []
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            mine = {path: result for path, *result in pool.map(lambda path: ours(program, path), paths)}
            halves = [paths[::2], paths[1::2]]
            runs = pool.map(lambda half: subprocess.run(
                [python, "-W", "ignore", __file__, "--truth", *half], capture_output=True, text=True, check=True,
                cwd=options.cache), halves)
            theirs = [json.loads(line) for run in runs for line in run.stdout.splitlines()]
        slowest += [(mine[path][2], path) for path in paths]
        for item in sorted(theirs, key=lambda item: item["path"]):
            path, name = item["path"], str(pathlib.Path(item["path"]).relative_to(folder))
            values, error, _ = mine[path]
            if error or "error" in item:
                both = error is not None and "error" in item
                counts["both" if both else "differ"] += 1
                # The reason without the path before it.
                reason = (error or item["error"]).split(": ", 2)[-1].replace(str(folder) + "/", "")
                refused.append(f"`{package}` {name}: {reason}")
                if not both:
                    print(f"{package} {name}: ours {error!r}, mmengine's {item.get('error')!r}")
                continue
            comparison = Comparison()
            comparison.compare(values, item["values"], "")
            total += comparison.values
            opaque += [f"{name}{line}" for line in comparison.opaque]
            counts["differ" if comparison.differences else "same"] += 1
            for line in comparison.differences:
                print(f"{package} {name}{line}")
        failed = failed or counts["differ"] > 0
        rows.append(f"| {requirement.replace('==', ' ')} | {counts['files']:,} | {counts['same']:,} | "
                    f"{counts['both']} | {counts['differ']} | {total:,} | {len(opaque)} |")
        lists += [f"- {line}" for line in refused]
        for line in opaque:
            print("opaque:", package, line)
    # Timed again, alone: the first time two ran at once.
    slowest = [(min(ours(program, path)[3] for _ in range(5)), path) for _, path in sorted(slowest)[-10:]]
    worst, path = max(slowest)
    text = "\n".join([
        "| package | files | read the same | refused by both | otherwise | values compared | not known |",
        "| --- | --- | --- | --- | --- | --- | --- |", *rows, "",
        f"The slowest of all takes the whole command {worst * 1000:.0f} ms "
        f"(`{path.split('configs/')[-1]}`). Refused by both, with pthconv's reason:", "", *lists])
    print(text)
    if options.report:
        report = options.report.read_text()
        head, rest = report.split(MARKS[0])
        options.report.write_text(f"{head}{MARKS[0]}\n\n{text}\n\n{MARKS[1]}{rest.split(MARKS[1])[1]}")
    return 1 if failed else 0


if __name__ == "__main__":
    if sys.argv[1:2] == ["--truth"]:
        truth(sys.argv[2:])
    else:
        sys.exit(main())
