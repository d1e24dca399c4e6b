"""What pthconv reads in YAML and JSON, held against PyYAML, json and detectron2's own reader.

    python scripts/documents.py --program .build/release/pthconv --cache DIR [--detectron2 DIR]

Three comparisons: plain YAML scalars of random parts; mmdet's configurations as mmengine reads them, dumped as
YAML and JSON in different layouts; and, with a copy of detectron2's repository, every YAML file in it as
`CfgNode.load_yaml_with_base` and the decoding of texts make it (needs fvcore). What pthconv calls opaque counts as
the same only where Python makes a date, a number beyond 64 bits or the result of a call. Exit code 1 if anything
is read otherwise.
"""
import argparse
import contextlib
import datetime
import importlib.metadata
import io
import json
import logging
import math
import pathlib
import random
import subprocess
import sys
import warnings

import yaml

PARTS = ["0", "1", "7", "8", "9", "12", "59", "60", "99", ".", "+", "-", "_", ":", "e", "E", "e+", "E-", "0x", "0b", "0o",
         "inf", "Inf", "nan", "NaN", "f", "a", "y", "yes", "No", "ON", "true", "null", "~", "2026-01-31", "T", "Z", "2026",
         "-01", "1:30", "é"]


def ours(program, path):
    run = subprocess.run([program, "config", str(path), "--json"], capture_output=True, text=True)
    return (json.loads(run.stdout)["values"], "") if run.returncode == 0 else (None, run.stderr.strip())


def is_same(own, other):
    if isinstance(own, dict) and list(own) == ["opaque"]:
        is_large = isinstance(other, int) and abs(other) >= 2 ** 63
        return is_large or isinstance(other, (datetime.date, datetime.datetime)) or "!!python/" in own["opaque"]
    if isinstance(other, float) and not math.isfinite(other):
        return own == {"inf": "Infinity", "-inf": "-Infinity", "nan": "NaN"}[str(other)]
    if isinstance(other, tuple):
        other = list(other)
    if type(own) is not type(other):
        return False
    if isinstance(own, dict):
        return list(own) == [str(key) for key in other] and all(map(is_same, own.values(), other.values()))
    if isinstance(own, list):
        return len(own) == len(other) and all(map(is_same, own, other))
    return own == other


def scalars(program, folder, count, seed):
    """Words that PyYAML takes for the value of a key."""
    generator, words = random.Random(seed), []
    while len(words) < count:
        word = "".join(generator.choice(PARTS) for _ in range(generator.randint(1, 5)))
        with contextlib.suppress(Exception):
            read = yaml.load("k: " + word, Loader=yaml.CLoader)
            if isinstance(read, dict) and list(read) == ["k"]:
                words.append((word, read["k"]))
    path = folder / "scalars.yaml"
    path.write_text("".join(f"k{index}: {word}\n" for index, (word, _) in enumerate(words)))
    values, problem = ours(program, path)
    wrong = [(word, other) for (word, other), own in zip(words, (values or {}).values()) if not is_same(own, other)]
    for item in wrong[:20]:
        print("scalar read otherwise:", *map(repr, item))
    return len(words), len(wrong) if values else len(words), problem


def dumps(program, folder, step):
    """Real configurations in YAML and JSON."""
    from mmengine.config import Config

    root = pathlib.Path(importlib.metadata.distribution("mmdet").locate_file("mmdet/.mim/configs"))
    count = wrong = 0
    for path in [path for path in sorted(root.rglob("*.py")) if "_base_" not in path.parts][::step]:
        try:
            with contextlib.redirect_stdout(io.StringIO()):
                values = json.loads(json.dumps(Config.fromfile(str(path))._cfg_dict.to_dict()))
        except Exception:
            continue
        for ending in ("yaml", "json"):
            file = folder / f"dump.{ending}"
            if ending == "yaml":
                text = yaml.dump(values, Dumper=yaml.CDumper, allow_unicode=count % 2 == 0, sort_keys=False,
                                 default_flow_style=[None, True, False][count % 3], width=60)
            else:
                text = json.dumps(values, ensure_ascii=count % 2 == 0, indent=count % 3 or None)
            file.write_text(text)
            read, problem = ours(program, file)
            count += 1
            if read is None or not is_same(read, values):
                wrong += 1
                print("read otherwise:", path.name, ending, problem)
    return count, wrong


def detectron2(program, repository):
    """Every configuration in detectron2's repository."""
    from fvcore.common.config import CfgNode

    def decoded(value):
        if isinstance(value, dict):
            return {key: decoded(item) for key, item in value.items()}
        return CfgNode._decode_cfg_value(value)

    logging.disable(logging.CRITICAL)
    count = wrong = 0
    for path in sorted(repository.rglob("*.yaml")):
        values, problem = ours(program, path)
        try:
            other = decoded(CfgNode.load_yaml_with_base(str(path), allow_unsafe=True))
        except Exception as error:
            other, problem = None, f"{problem} / {error}"
        count += 1
        if (values is None) != (other is None) or values is not None and not is_same(values, other):
            wrong += 1
            print("read otherwise:", path, problem)
    return count, wrong


def main():
    warnings.filterwarnings("ignore")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True)
    parser.add_argument("--cache", type=pathlib.Path, required=True)
    parser.add_argument("--detectron2", type=pathlib.Path)
    parser.add_argument("--count", type=int, default=30_000)
    parser.add_argument("--step", type=int, default=5, help="every how many configurations are dumped")
    parser.add_argument("--seed", type=int, default=5)
    options = parser.parse_args()
    program = str(pathlib.Path(options.program).resolve())
    folder = options.cache / "documents"
    folder.mkdir(parents=True, exist_ok=True)
    count, wrong, problem = scalars(program, folder, options.count, options.seed)
    print(f"{count} scalars, {wrong} read otherwise {problem}")
    failed = wrong
    count, wrong = dumps(program, folder, options.step)
    print(f"{count} dumped configurations, {wrong} read otherwise")
    failed += wrong
    if options.detectron2:
        count, wrong = detectron2(program, options.detectron2)
        print(f"{count} configurations of detectron2, {wrong} read otherwise")
        failed += wrong
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
