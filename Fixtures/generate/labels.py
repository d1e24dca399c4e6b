"""Writes Sources/Reports/Labels/ImageNetLabels.swift: the names of ImageNet-1k's classes, as torchvision has them.

    python Fixtures/generate/labels.py

needs torchvision (BSD-3-Clause), whose list is in the order of the classes. timm's list of synsets and its lemmas is
held against it: the two must agree on a class's meaning.
"""
import importlib.resources
from pathlib import Path

import torchvision
from torchvision.models._meta import _IMAGENET_CATEGORIES as NAMES

OUT = Path(__file__).resolve().parents[2] / "Sources/Reports/Labels/ImageNetLabels.swift"
WIDTH = 92


def check():
    """The lemmas of WordNet have nearly every name of torchvision's in the same place."""
    data = importlib.resources.files("timm.data") / "_info"
    synsets = (data / "imagenet_synsets.txt").read_text().split()
    lemmas = dict(line.split("\t", 1) for line in (data / "imagenet_synset_to_lemma.txt").read_text().splitlines())
    same = sum(name.lower() in lemmas[synset].lower() for name, synset in zip(NAMES, synsets))
    assert len(NAMES) == len(synsets) == 1000 and same > 980, same


def main():
    check()
    assert all("|" not in name and '"' not in name and "\\" not in name for name in NAMES)
    lines = [""]
    for name in NAMES:
        if len(lines[-1]) + len(name) + 1 > WIDTH:
            lines.append("")
        lines[-1] += name + "|"
    lines[-1] = lines[-1].removesuffix("|")
    text = "\n".join("    " + line + "\\" for line in lines).removesuffix("\\")
    OUT.write_text(f'''// Made by Fixtures/generate/labels.py.

/// The names of the 1000 classes of ImageNet-1k (ILSVRC 2012), in the order of every published
/// classifier: the list of torchvision {torchvision.__version__.split("+")[0]} (`torchvision.models._meta`, BSD-3-Clause), lemmas of
/// WordNet 3.0.
enum ImageNetLabels {{
  /// Taken apart when a label is first asked for.
  static let names: [Substring] = text.split(separator: "|")

  private static let text = """
{text}
    """
}}
''')


if __name__ == "__main__":
    main()
