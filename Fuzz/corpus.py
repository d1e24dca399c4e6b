"""Seeds the fuzz targets' corpora from the fixtures: corpus.py FIXTURES CORPUS."""

import base64
import json
import pathlib
import sys

LONGEST = 65_536
fixtures, corpus = map(pathlib.Path, sys.argv[1:])


def add(target, name, data):
    folder = corpus / target
    folder.mkdir(parents=True, exist_ok=True)
    if 0 < len(data) <= LONGEST:
        (folder / name.replace("/", "-")).write_bytes(data)


for path in sorted(fixtures.rglob("*")):
    if not path.is_file():
        continue
    name = str(path.relative_to(fixtures))
    data = path.read_bytes()
    if path.suffix == ".json":
        if path.name.endswith("index.json"):
            add("index", name, data)
        continue
    kind = name.split("/")[0]
    if kind == "images":
        add("images", name, data)
    if kind not in ("checkpoints", "hostile", "pickles"):
        continue
    add("scan", name, data)
    if data[:2] == b"PK":
        add("zip", name, data)
        add("writers", name, b"\0" + data)
        if path.suffix == ".npz":
            add("npy", name, data)
    elif "safetensors" in name:
        add("safetensors", name, data)
        add("writers", name, b"\1" + data)
    elif "tar" in path.name:
        add("tar", name, data)
    elif data[:6] == b"\x93NUMPY":
        add("npy", name, data)
    elif "legacy" in path.name:
        add("legacy", name, data)
        add("writers", name, b"\2" + data)
    elif kind != "checkpoints" or data[:1] == b"\x80" or path.suffix == ".joblib":
        add("pickle", name, data)
for name in ("streams", "numpy_states"):
    for index, line in enumerate((fixtures / f"{name}.txt").read_text().splitlines()):
        fields = line.split(" ")
        data = base64.b64decode(fields[name == "numpy_states"])
        add("pickle", f"{name}-{index}", data)
        if name == "numpy_states":
            add("scan", f"{name}-{index}", data)
for path in sorted((fixtures / "backbones").glob("*.json")):
    lines = []
    for block, modules in json.loads(path.read_text()).get("modules", []):
        for module in modules:
            name, kind, shape = (module.split(" ") + ["", ""])[:3]
            lines.append(f"{block}.{name}.weight {shape}" if block else f"{name}.weight {shape}")
    add("keys", path.stem, "\n".join(lines).encode())
