"""Writes the table of the names under which mmengine's and torchvision's loaders know checkpoints.

Sources: mmengine's own hub/*.json and torchvision's weight enumerations, both as installed. Names
and addresses are facts; the table keeps them in one line each, an address only where it changes.

    python scripts/hub_names.py Sources/Backbones/Architectures/Published/HubTable.swift
"""

import importlib.metadata
import json
import pathlib
import sys

import mmengine
import torchvision

HUB = pathlib.Path(mmengine.__file__).parent / "hub"


def torchvision_names() -> dict[str, str]:
    names = json.loads((HUB / "torchvision_0.12.json").read_text())
    for model in torchvision.models.list_models(torchvision.models):
        weights = torchvision.models.get_model_weights(model)
        if not hasattr(weights, "DEFAULT"):
            continue
        key = weights.__name__.replace("_Weights", "").lower()
        names[f"{key}.default"] = weights.DEFAULT.url
        for entry in weights:
            names[f"{key}.{entry.name.lower()}"] = entry.url
    return names


def lines(names: dict[str, str]) -> list[str]:
    """`@address/` of the folder, then `name file`; a file that is the same as before is left out."""
    folders: dict[str, list[tuple[str, str]]] = {}
    for name, url in names.items():
        if url is None:  # never published
            continue
        folder, file = url.rsplit("/", 1)
        folders.setdefault(folder, []).append((name, file))
    result = []
    for folder, members in folders.items():
        result.append(f"@{folder}/")
        result += [f"{name} {file}" for name, file in members]
    return result


def main() -> None:
    tables = {
        "torchvision": torchvision_names(),
        "openMMLab": json.loads((HUB / "openmmlab.json").read_text()),
        "mmcls": json.loads((HUB / "mmcls.json").read_text()),
    }
    renamed = json.loads((HUB / "deprecated.json").read_text())
    versions = ", ".join(
        f"{package} {importlib.metadata.version(package).split('+')[0]}"
        for package in ("mmengine", "torchvision")
    )
    out = [
        f"// Written by scripts/hub_names.py from {versions}. Do not edit.",
        "// swift-format-ignore-file",
        "",
        "/// Names of published checkpoints: a line `@` with a folder, then names with their files.",
        "package enum HubTable {",
        f'  package static let source = "{versions}"',
    ]
    for name, names in tables.items():
        out += ["", f'  package static let {name} = """']
        out += ["    " + line for line in lines(names)]
        out.append('    """')
    out += ["", "  /// Old names of OpenMMLab's, with the ones that took their place."]
    out.append("  package static let renamed = [")
    out += [f'    "{old}": "{new}",' for old, new in renamed.items()]
    out += ["  ]", "}", ""]
    pathlib.Path(sys.argv[1]).write_text("\n".join(out))


if __name__ == "__main__":
    main()
