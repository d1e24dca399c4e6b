"""Writes what torch.save puts around the data of an archive beyond 4 GiB: Fixtures/zip64.json.

    python Fixtures/generate/zip64.py

The file itself is not kept: its data are holes, and only what lies between them is recorded, as the entries with
their sizes, and all other bytes by their offsets.
"""

import json
import tempfile
import zipfile
from pathlib import Path

import torch

SIZES = [(4 << 30) + 5, 3, 0xFFFF_FFFF, 0xFFFF_FFFE]
TARGET = Path(__file__).resolve().parents[1] / "zip64.json"


def main():
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large.pth"
        with torch.serialization.skip_data():
            torch.save({str(size): torch.empty(size, dtype=torch.uint8) for size in SIZES}, path)
        with zipfile.ZipFile(path) as archive, open(path, "rb") as file:
            members = archive.infolist()
            segments, end = [], 0
            for member in members:
                file.seek(member.header_offset + 26)
                lengths = int.from_bytes(file.read(2), "little") + int.from_bytes(file.read(2), "little")
                data = member.header_offset + 30 + lengths
                file.seek(end)
                segments.append([end, file.read(data - end).hex()])
                end = data + member.file_size
            file.seek(end)
            segments.append([end, file.read().hex()])
            entries = [
                [member.filename, member.file_size,
                 None if "/data/" in member.filename else archive.read(member).hex()]
                for member in members
            ]
    record = {"torch": torch.__version__, "entries": entries, "segments": segments}
    TARGET.write_text(json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main()
