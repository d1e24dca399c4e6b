"""Puts the Swift snippets of docs/library.md into a file that the tests compile.

    python scripts/snippets.py    writes Tests/FamilyTests/Snippets.swift

SnippetTests fails if the committed file is not what the guide has.
"""
import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
GUIDE = ROOT / "docs" / "library.md"
OUTPUT = ROOT / "Tests" / "FamilyTests" / "Snippets.swift"


def compiled(guide):
    blocks = re.findall(r"^```swift\n(.*?)^```$", guide, re.DOTALL | re.MULTILINE)
    lines = [line for block in blocks for line in [*block.rstrip().split("\n"), ""]]
    imports = sorted({line for line in lines if line.startswith("import ")})
    body = "\n".join(line for line in lines if not line.startswith("import ")).strip("\n")
    indented = "\n".join(f"  {line}" if line else "" for line in body.split("\n"))
    head = "// Made of docs/library.md by scripts/snippets.py.\n\n" + "\n".join(imports)
    return f"{head}\n\n/// The guide as one function: it has to compile, and is not called.\n" \
           f"func guide() throws {{\n{indented}\n}}\n"


if __name__ == "__main__":
    OUTPUT.write_text(compiled(GUIDE.read_text()))
