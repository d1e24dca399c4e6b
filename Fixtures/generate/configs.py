"""What mmengine reads in the configurations of Fixtures/configs.

    python Fixtures/generate/configs.py

Beside each configuration its values are written, a line for each in the order of mmengine's dictionaries:
the path, the kind and the value. A list, tuple or dictionary comes before what is in it.
"""
import json
import os
import pathlib

from mmengine.config import Config
from mmengine.config.lazy import LazyAttr, LazyObject

ROOT = pathlib.Path(__file__).resolve().parent.parent / "configs"
FILES = ("literals.py", "statements.py", "child.py", "grandchild.py", "lazy/lazy_child.py",
         "cascade_rcnn_r50_fpn_1x.py", "cascade-rcnn_r50_fpn_1x_coco.py", "data/base.yaml", "data/child.yaml",
         "data/values.json", "data/child.json", "data/mixed.py")


def lines(value, path):
    if isinstance(value, (LazyAttr, LazyObject)):
        yield f"{path} opaque {json.dumps(f'{value.module}.{value}')}"
    elif isinstance(value, (dict, list, tuple)):
        kind = next(kind for kind in (dict, list, tuple) if isinstance(value, kind))
        yield f"{path} {kind.__name__} {len(value)}"
        items = dict.items(value) if kind is dict else enumerate(value)
        for key, item in items:
            yield from lines(item, f"{path}/{key}")
    elif isinstance(value, str):
        yield f"{path} str {json.dumps(value)}"
    else:
        yield f"{path} {type(value).__name__} {value!r}"


def main():
    # mmengine writes the folder into texts, so paths are relative to it.
    os.chdir(ROOT)
    for name in FILES:
        config = Config.fromfile(name)
        imported = getattr(config, "_imported_names", set())
        text = [line for key, value in dict.items(config._cfg_dict) if key not in imported for line in lines(value, key)]
        (ROOT / f"{name}.txt").write_text("\n".join(text) + "\n")


main()
