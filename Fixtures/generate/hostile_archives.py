"""Archives that say one thing to one reader and another to the next, or hide a pickle where few look."""

import io
import pickle
import struct
import tarfile
import zipfile
import zlib

from common import CHECKPOINTS, MAGIC_NUMBER, PROTOCOL_VERSION
from hostile_pickles import SYSTEM, name, put, whole

MALICIOUS = whole(SYSTEM)


class Entry:
    """One entry of an archive, whose directory may contradict its local header."""

    def __init__(self, file, data, *, method=0, flags=0, directory=None, local=None, at=None):
        self.file, self.data, self.method = file.encode() if isinstance(file, str) else file, data, method
        self.body = zlib.compress(data, 9)[2:-4] if method == 8 else data
        self.flags = flags
        self.directory, self.local, self.at = directory or {}, local or {}, at

    def header(self, changes, *, central, offset=0):
        field = {
            "file": self.file, "method": self.method, "flags": self.flags, "crc": zlib.crc32(self.data),
            "packed": len(self.body), "size": len(self.data), **changes,
        }
        common = struct.pack("<HHHHHIIIHH", 20, field["flags"], field["method"], 0, 33, field["crc"], field["packed"],
                             field["size"], len(field["file"]), 0)
        if not central:
            return b"PK\x03\x04" + common + field["file"]
        return b"PK\x01\x02" + struct.pack("<H", 20) + common + struct.pack("<HHHII", 0, 0, 0, 0, offset) + field["file"]


def archive(entries, *, comment=b"", count=None, shift=0):
    out, offsets = b"", []
    for entry in entries:
        if entry.at is not None:  # stands in the directory only, and points at another entry's body
            offsets.append(offsets[entry.at])
            continue
        offsets.append(len(out))
        out += entry.header(entry.local, central=False) + entry.body
    directory = b"".join(e.header(e.directory, central=True, offset=o) for e, o in zip(entries, offsets))
    total = len(entries) if count is None else count
    return out + directory + b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, total, total, len(directory), len(out) + shift, len(comment)) + comment


def harmless_entries():
    with zipfile.ZipFile(CHECKPOINTS / "zip-shared.pth") as source:
        return [Entry("archive/" + i.filename.split("/", 1)[1], source.read(i)) for i in source.infolist()]


def replaced(record, **changes):
    """The harmless archive with another Entry for one record."""
    made = []
    for entry in harmless_entries():
        if entry.file == b"archive/" + record.encode():
            entry = Entry(entry.file, changes.pop("data", entry.data), **changes)
        made.append(entry)
    return made


def tampered(data):
    """A pickle that first runs a command and then gives what it always gave."""
    return data[:2] + SYSTEM + b"0" + data[2:]


def data_pickle():
    return next(e.data for e in harmless_entries() if e.file.endswith(b"data.pkl"))


def put_archive(file, entries, why, *, scan="dangerous", exit=0, contains=None, **options):
    data = entries if isinstance(entries, bytes) else archive(entries, **options)
    put(file, data, scan, why, exit=exit, contains=contains)


def malicious_payloads():
    put_archive("zip-call.pth", replaced("data.pkl", data=tampered(data_pickle())), "data.pkl calls os.system and then gives ordinary tensors")
    put_archive("zip-orphan-storage.pth", harmless_entries() + [Entry("archive/data/99", MALICIOUS)], "a pickle lies among the storages, and no tensor refers to it")
    put_archive("zip-in-zip-harmless.zip", [Entry("models/model.pth", archive(harmless_entries()))], "an ordinary checkpoint in an archive, with an end record of its own", scan="safe", exit=None)
    put_archive("zip-call-deflated.pth", replaced("data.pkl", data=tampered(data_pickle()), method=8), "the same, compressed")
    put_archive("zip-after-stop.pth", replaced("data.pkl", data=data_pickle() + MALICIOUS), "a second pickle stands behind data.pkl's STOP")
    put_archive("zip-extra-pickle.pth", harmless_entries() + [Entry("archive/extra.pkl", MALICIOUS)], "an extra pickle in an otherwise fine archive")
    put_archive("zip-extra-pickle-elsewhere.pth", harmless_entries() + [Entry("other/data.pkl", MALICIOUS)], "a second data.pkl under another folder")
    inner = archive([Entry("inner/data.pkl", MALICIOUS), Entry("inner/version", b"3\n")])
    put_archive("zip-nested-zip.pth", harmless_entries() + [Entry("archive/extra/inner.pth", inner)], "a whole malicious checkpoint as an entry")
    put_archive("zip-pickle-in-storage.pth", replaced("data/0", data=MALICIOUS.ljust(48, b"\0")), scan="safe",
                why="a storage may hold any bytes: as weights they are only numbers")
    with zipfile.ZipFile(CHECKPOINTS / "torchscript-constants.pt") as source:
        script = [Entry(i.filename, source.read(i)) for i in source.infolist()]
    put_archive("torchscript-extra-pickle.pt", script + [Entry("archive/extra/hook.pkl", MALICIOUS)], "a TorchScript archive with an extra pickle")
    faked = [Entry("archive/data.pkl", MALICIOUS), Entry("archive/code/__torch__.py", b""), Entry("archive/version", b"3\n")]
    put_archive("torchscript-faked.pt", faked, "looks like TorchScript, but without constants.pkl torch.load takes data.pkl for an ordinary pickle")

    system = {"protocol_version": PROTOCOL_VERSION, "little_endian": True, "type_sizes": {"short": 2, "int": 4, "long": 4}}
    parts = {"magic": MAGIC_NUMBER, "protocol": PROTOCOL_VERSION, "system": system, "object": {"epoch": 1}, "keys": []}
    for bad in parts:
        data = b"".join(tampered(pickle.dumps(part, 2)) if key == bad else pickle.dumps(part, 2) for key, part in parts.items())
        put(f"legacy-call-in-{bad}.pth", data, "dangerous", f"the {bad} pickle of a legacy file calls os.system", exit=None if bad == "magic" else 0)
    fine = (CHECKPOINTS / "legacy-shared.pth").read_bytes()
    put("legacy-appended-pickle.pth", fine + MALICIOUS, "dangerous", "a pickle stands behind the storages")
    body = b"".join(pickle.dumps(part, 2) for part in [MAGIC_NUMBER, PROTOCOL_VERSION, system])
    module = b"(" + b"X\x06\0\0\0module" + name("os", "system") + b"X\x01\0\0\0aX\x01\0\0\0btQ"
    put("legacy-module-id.pth", body + whole(module) + pickle.dumps([], 2), "dangerous", "a persistent id of the kind `module` names os.system")
    put("legacy-wrong-magic.pth", pickle.dumps(MAGIC_NUMBER + 1, 2) + body[len(pickle.dumps(MAGIC_NUMBER, 2)):] + MALICIOUS, "dangerous",
        "a legacy file with another magic number: torch refuses it, Python's own pickle would not", exit=None)

    with tarfile.open(CHECKPOINTS / "tar-views.pth") as source:
        members = {info.name: source.extractfile(info).read() for info in source.getmembers()}
    for bad in ("pickle", "storages", "tensors"):
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w") as target:
            for member, data in members.items():
                info = tarfile.TarInfo(member)
                data = tampered(data) if member == bad else data
                info.size = len(data)
                target.addfile(info, io.BytesIO(data))
        put(f"tar-call-in-{bad}.pth", out.getvalue(), "dangerous", f"the {bad} member of an old tar file calls os.system")
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as target:
        for member, data in [*members.items(), ("../../etc/cron.d/x", b"echo pwned\n"), ("link", None)]:
            info = tarfile.TarInfo(member)
            if data is None:
                info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
            else:
                info.size = len(data)
            target.addfile(info, io.BytesIO(data or b""))
    put("tar-path-traversal.pth", out.getvalue(), "dangerous", "a member that leaves the folder it is extracted to, and a link")


def contradictions():
    bad = Entry("archive/data.pkl", tampered(data_pickle()))
    put_archive("zip-duplicate-first.pth", [bad] + harmless_entries(), "two entries named data.pkl: readers differ in which they take")
    put_archive("zip-duplicate-last.pth", harmless_entries() + [bad], "two entries named data.pkl: readers differ in which they take")
    put_archive("zip-duplicate-case.pth", harmless_entries() + [Entry("archive/DATA.PKL", bad.data)], "two entries whose names differ in case only: torch does not tell them apart")
    put_archive("zip-local-name.pth", replaced("data.pkl", local={"file": b"archive/info.txt"}), "the local header names another entry than the directory")
    put_archive("zip-local-size.pth", replaced("data.pkl", local={"size": 7, "packed": 7}), "the local header gives another size than the directory")
    put_archive("zip-local-method.pth", replaced("data.pkl", local={"method": 8}), "the local header says compressed, the directory stored", exit=None)
    put_archive("zip-directory-method.pth", replaced("data.pkl", directory={"method": 8}), "the directory says compressed, the body is stored", exit=2)
    put_archive("zip-method-99.pth", replaced("data.pkl", directory={"method": 99}, local={"method": 99}), "an unknown compression method", exit=2)
    put_archive("zip-encrypted-flag.pth", replaced("data.pkl", flags=1), "the encrypted flag is set and nothing is encrypted: some readers stop, some go on", exit=2)
    put_archive("zip-encrypted-call.pth", replaced("data.pkl", data=bad.data, flags=1), "the same around a pickle that calls os.system", exit=2)
    wrong = {"directory": {"crc": 0x12345678}, "local": {"crc": 0x12345678}}
    why = "damaged, or changed after it was saved; torch reads it all the same"
    put_archive("zip-wrong-crc.pth", replaced("data.pkl", **wrong), f"the checksum of data.pkl is wrong: {why}", scan="safe", exit=0)
    put_archive("zip-wrong-crc-storage.pth", replaced("data/0", **wrong), f"the checksum of a storage is wrong: {why}", scan="safe", exit=0)
    put_archive("zip-wrong-crc-call.pth", replaced("data.pkl", data=bad.data, **wrong),
                "the checksum is wrong, so that scanners stop, and the pickle calls os.system, which torch would run", exit=None)
    entries = harmless_entries()
    first = next(i for i, e in enumerate(entries) if e.file.endswith(b"data/0"))
    entries.append(Entry("archive/data/99", entries[first].data, at=first))
    put_archive("zip-overlap.pth", entries, "two directory records point at one body")
    entries = harmless_entries()
    entries[first] = Entry("archive/data/0", entries[first].data, directory={"size": 4000, "packed": 4000})
    put_archive("zip-overlap-size.pth", entries, "an entry reaches into its neighbours", exit=None)
    put_archive("zip-path-traversal.pth", harmless_entries() + [Entry("archive/../../etc/cron.d/x", b"echo\n")], "an entry's name leaves the folder")
    put_archive("zip-absolute-path.pth", harmless_entries() + [Entry("/etc/cron.d/x", b"echo\n")], "an entry's name is an absolute path")
    put_archive("zip-backslash-path.pth", harmless_entries() + [Entry("archive\\..\\..\\x", b"echo\n")], "an entry's name leaves the folder on Windows")
    put_archive("zip-nul-name.pth", harmless_entries() + [Entry(b"archive/data.pkl\0.txt", bad.data)], "a NUL in a name: some readers see a second data.pkl")
    put_archive("zip-name-not-text.pth", harmless_entries() + [Entry(b"archive/\xff\xfe\xfd", b"x")], "a name that is no UTF-8", scan="unknown", exit=None)
    put_archive("zip-wrong-count.pth", harmless_entries(), "the end record counts fewer entries than the directory holds", count=3, exit=None)
    put_archive("zip-prefixed.pth", b"GARBAGE!" * 4 + archive(harmless_entries()), "bytes before the archive: its offsets are off, lenient readers correct them", exit=None)

    numbers = next(e.data for e in harmless_entries() if e.file.endswith(b"data/0"))
    claim = "a storage is not as large as the pickle says: torch before 2.10 believed the pickle"
    put_archive("zip-storage-short.pth", replaced("data/0", data=numbers[:len(numbers) // 2]), claim, exit=None)
    put_archive("zip-storage-long.pth", replaced("data/0", data=numbers * 2), claim, exit=None)

    fine, other = archive(harmless_entries()), archive([bad] + harmless_entries()[1:])
    put_archive("zip-pickle-before.pth", MALICIOUS + fine, "a pickle before the archive: torch.load takes the pickle, zip readers the archive", exit=None)
    put_archive("zip-legacy-before.pth", (CHECKPOINTS / "legacy-shared.pth").read_bytes() + fine, "a legacy file before an archive: readers differ in what they see", exit=None)
    put_archive("zip-two-archives.pth", other + fine, "two archives in a row: readers differ in which they take", exit=None)
    put_archive("row.distcp", fine + fine, "two archives in a row, as torch.distributed.checkpoint writes: its .metadata chooses among their bytes",
                scan="unknown", exit=None)
    end = other[other.rindex(b"PK\x05\x06"):]
    put_archive("zip-second-end.pth", harmless_entries(), "the archive's comment holds a second end record", comment=end, exit=None)
    put_archive("zip-comment-is-archive.pth", harmless_entries(), "the archive's comment is a whole second archive", comment=other, exit=None)
    put_archive("zip-comment-length.pth", archive(harmless_entries())[:-2] + b"\x40\x00", "the comment is longer than the file", exit=None)
    put_archive("zip-pickle-in-comment.pth", harmless_entries(), "a pickle in the archive's comment", comment=MALICIOUS)
    put_archive("zip-pickle-appended.pth", fine + MALICIOUS, "a pickle behind the archive")


def generate():
    malicious_payloads()
    contradictions()
