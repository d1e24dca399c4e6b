"""Puts the Swift snippets of the guide and of the articles into a file that the tests compile.

    python scripts/snippets.py    writes Tests/FamilyTests/Snippets.swift

SnippetTests fails if the committed file is not what they have.
"""
import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
ARTICLES = ROOT / "Sources" / "PthConvKit" / "PthConvKit.docc"
GUIDE = ROOT / "docs" / "library.md"
OUTPUT = ROOT / "Tests" / "FamilyTests" / "Snippets.swift"


def snippets(page):
    blocks = re.findall(r"^```swift\n(.*?)^```$", page.read_text(), re.DOTALL | re.MULTILINE)
    return [line for block in blocks for line in [*block.rstrip().split("\n"), ""]]


def function(page, lines):
    body = "\n".join(line for line in lines if not line.startswith("import ")).strip("\n")
    indented = "\n".join(f"  {line}" if line else "" for line in body.split("\n"))
    return f"// {page.name}\nfunc {page.stem[0].lower()}{page.stem[1:]}() throws {{\n{indented}\n}}\n"


def compiled(pages):
    found = {page: snippets(page) for page in pages}
    found = {page: lines for page, lines in found.items() if lines}
    imports = sorted({line for lines in found.values() for line in lines if line.startswith("import ")})
    head = "// Made of the guide and the articles by scripts/snippets.py: they have to compile.\n\n" + "\n".join(imports)
    return "\n\n".join([head] + [function(page, lines).rstrip() for page, lines in found.items()]) + "\n"


if __name__ == "__main__":
    OUTPUT.write_text(compiled([GUIDE, *sorted(ARTICLES.glob("*.md"))]))
