"""Counts what a symbol graph declares, and names declarations without a doc comment.

    python scripts/declarations.py FOLDER-OF-SYMBOL-GRAPHS

The exit code is 1 if there are more declarations than LIMIT, or if one has no doc comment: the public
interface has what a trainer needs, and everything else is `package`.

Cases of enumerations count by themselves: an error or a dtype has many, and each is a line. Members
that a protocol requires (`description`, `==`, `init(rawValue:)`) have the protocol's comment.
"""
import json
import sys
from pathlib import Path

LIMIT = 260
REQUIRED = {
    "description", "errorDescription", "rawValue", "init(rawValue:)", "hash(into:)", "makeIterator()",
    "next()", "underestimatedCount", "<(_:_:)", "==(_:_:)",
}


def main(folder):
    # What types of other modules are given (`Float.dtype`) stands in graphs of their own.
    symbols = [
        symbol for path in Path(folder).glob("*.json") if "@" not in path.name
        for symbol in json.loads(path.read_text())["symbols"]]
    own = [
        s for s in symbols
        if s["pathComponents"][-1] not in REQUIRED and "Literal:)" not in s["pathComponents"][-1]]
    cases = [s for s in own if s["kind"]["identifier"] == "swift.enum.case"]
    bare = sorted(
        ".".join(s["pathComponents"]) for s in own
        if "docComment" not in s and s["kind"]["identifier"] != "swift.enum.case")
    print(f"{len(own) - len(cases)} declarations and {len(cases)} cases of enumerations are public")
    if bare:
        print("without a doc comment:", ", ".join(bare))
    if len(own) - len(cases) > LIMIT:
        print(f"the limit is {LIMIT}")
    return int(bool(bare) or len(own) - len(cases) > LIMIT)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
