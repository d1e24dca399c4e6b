"""Damages files that hold a call, and looks which of Python's readers still reach it: none of these files may be safe, or passed over.

    python scripts/readers.py --program PROGRAM [--count 4000] [--seed 1] [--keep FOLDER] [KIND...]

The readers are pickle, zipfile, PyTorch's own zip reader, torch.load, numpy, tarfile, gzip, bz2, lzma and joblib. The call is replaced
by one that raises, so nothing runs.
"""

import argparse
import bz2
import contextlib
import gzip
import io
import json
import lzma
import os
import pathlib
import pickle
import random
import resource
import signal
import struct
import subprocess
import sys
import tarfile
import tempfile
import warnings
import zipfile

import joblib
import joblib.numpy_pickle
import numpy as np
import numpy.lib._format_impl
import numpy.lib._npyio_impl
import torch

BATCH = 400
MEMORY = 5 << 30
SECONDS = 1.0


class Reached(BaseException):
    """The call was made."""


class Call:
    def __reduce__(self):
        return os.system, ("true",)


def reached(*_args, **_keywords):
    raise Reached


class Unpickler(pickle.Unpickler):
    def find_class(self, module, name):
        return reached if module in ("os", "posix", "nt") else super().find_class(module, name)

    def persistent_load(self, _):
        return None


class Pickle:
    """In the place of the module, for readers that take one."""

    Unpickler = Unpickler
    UnpicklingError = pickle.UnpicklingError
    HIGHEST_PROTOCOL = pickle.HIGHEST_PROTOCOL
    dump, dumps = pickle.dump, pickle.dumps

    @staticmethod
    def load(file, **options):
        return Unpickler(file, **options).load()

    @staticmethod
    def loads(data, **options):
        return Unpickler(io.BytesIO(data), **options).load()


def watch_readers():
    numpy.lib._format_impl.pickle = Pickle
    numpy.lib._npyio_impl.pickle = Pickle
    genuine = joblib.numpy_pickle.NumpyUnpickler.find_class
    joblib.numpy_pickle.NumpyUnpickler.find_class = lambda self, module, name: (
        reached if module in ("os", "posix", "nt") else genuine(self, module, name))


# ---------------------------------------------------------------- readers: they raise Reached, anything else, or nothing


def unpickle(data):
    with contextlib.suppress(Exception):
        Unpickler(io.BytesIO(data)).load()


def read_zipfile(path):
    with zipfile.ZipFile(path) as archive:
        for entry in archive.infolist():
            with contextlib.suppress(Exception):
                unpickle(archive.read(entry))


def read_torch_zip(path):
    reader = torch._C.PyTorchFileReader(str(path))
    for name in [*reader.get_all_records(), "data.pkl"]:
        with contextlib.suppress(Exception):
            unpickle(reader.get_record(name))


def read_numpy(path):
    loaded = np.load(path, allow_pickle=True)
    for name in getattr(loaded, "files", []):
        with contextlib.suppress(Exception):
            loaded[name]


def read_tar(path):
    with tarfile.open(path) as archive:
        for member in archive:
            with contextlib.suppress(Exception):
                if file := archive.extractfile(member):
                    unpickle(file.read())


def read_compressed(path):
    for module in gzip, bz2, lzma:
        with contextlib.suppress(Exception), module.open(path) as file:
            Unpickler(file).load()


READERS = {
    "pickle": lambda path: unpickle(path.read_bytes()), "zipfile": read_zipfile, "PyTorch's zip": read_torch_zip,
    "torch.load": lambda path: torch.load(path, pickle_module=Pickle, weights_only=False),
    "numpy": read_numpy, "tarfile": read_tar, "compressed": read_compressed, "joblib": joblib.load,
}


def who_reaches(path):
    """Readers that make the call, within a second each."""
    found = []
    for name, read in READERS.items():
        signal.setitimer(signal.ITIMER_REAL, SECONDS)
        try:
            read(path)
        except Reached:
            found.append(name)
        except (Exception, SystemError):
            pass
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
    return found


# ---------------------------------------------------------------- files


def written(write, *values, **options):
    out = io.BytesIO()
    write(out, *values, **options) if write is not joblib.dump and write is not torch.save else write(*values, out, **options)
    return out.getvalue()


class Maker:
    def __init__(self, seed):
        self.random = random.Random(seed)

    def call(self, protocols=(0, 2, 4)):
        return pickle.dumps(Call(), self.random.choice(protocols))

    def tar(self):
        out = io.BytesIO()
        form = self.random.choice([tarfile.GNU_FORMAT, tarfile.PAX_FORMAT, tarfile.USTAR_FORMAT])
        with tarfile.open(fileobj=out, mode="w", format=form) as archive:
            for name in "a.txt", "pickle", "sub/x.bin", "z" * 95:
                data = b"hello" if name[0] in "az" else self.call()
                info = tarfile.TarInfo(name)
                info.size = len(data)
                if form == tarfile.PAX_FORMAT and self.random.random() < 0.5:
                    info.pax_headers = {"comment": "x", "size": str(len(data))}
                archive.addfile(info, io.BytesIO(data))
            link = tarfile.TarInfo("link")
            link.type, link.linkname = tarfile.LNKTYPE, "pickle"
            archive.addfile(link)
        return out.getvalue()

    def zip(self):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            first = self.call() if self.random.random() < 0.5 else pickle.dumps({}, 2)
            archive.writestr("archive/data.pkl", first, self.random.choice([0, 8]))
            archive.writestr("archive/version", "3\n")
            archive.writestr("archive/x.bin", self.call(), self.random.choice([0, 8]))
            archive.comment = self.random.choice([b"", b"hello"])
        return out.getvalue()

    def npz(self):
        return written(np.savez, a=np.arange(3), b=np.array([Call()], dtype=object))

    def npy(self):
        array = self.random.choice([np.array([Call()], dtype=object), np.array([(1, Call())], dtype=[("a", "i4"), ("b", "O")])])
        return written(numpy.lib._format_impl.write_array, array, version=self.random.choice([(1, 0), (2, 0), (3, 0)]))

    def torch(self):
        return written(torch.save, {"w": torch.arange(4.0), "x": Call()})

    def legacy(self):
        return written(torch.save, {"w": torch.arange(4.0), "x": Call()}, _use_new_zipfile_serialization=False)

    def joblib(self):
        value = {"a": np.arange(9), "b": np.arange(5.0), "o": np.array([1, "x"], dtype=object), "x": Call()}
        return written(joblib.dump, value, compress=self.random.choice([0, 0, 0, 3, ("bz2", 3), ("xz", 3), ("lzma", 3)]))

    def pickle(self):
        value = {"a": [1, 2.5, "x", b"y", (1, 2), {3}], "x": Call(), "t": 10**20}
        return pickle.dumps(value, self.random.randrange(6))

    def streams(self):
        module = self.random.choice([gzip, bz2, lzma])
        begun = pickle.dumps([1, 2, 3], 2)
        rest = begun[9:-1] + b"0" + pickle.dumps(Call(), 2)[2:]
        return module.compress(begun[:9]) + self.random.choice([b"", bytes(3)]) + module.compress(rest)


# ---------------------------------------------------------------- damage


def signed(data):
    """The checksums of tar headers made right again."""
    data = bytearray(data)
    for start in range(0, len(data) - 511, 512):
        block = data[start:start + 512]
        if block[257:262] == b"ustar" or block[148:155].strip(b" \0").isdigit():
            data[start + 148:start + 156] = b"%06o\0 " % (sum(block[:148]) + sum(block[156:]) + 256)
    return bytes(data)


SIZES = [b"00000000000\0", b" " * 11 + b"\0", b"-0000000001\0", b"\x80" + bytes(10) + b"\x05", b"\xff" * 12, b"0x000000010\0",
         b"1_0\0" + bytes(8), b"00000000024 ", b"77777777777\0"]
FIELDS = [(0, 100), (124, 12), (156, 1), (156, 1), (257, 8), (345, 155), (157, 100), (148, 8), (482, 30)]


def damaged_header(data, chance):
    headers = [start for start in range(0, len(data) - 511, 512) if data[start + 257:start + 262] == b"ustar"]
    if not headers:
        return
    start, (field, size) = chance.choice(headers), chance.choice(FIELDS)
    if size == 1:
        data[start + field] = chance.choice(b"\x0001234567LKSxgXDMVNAZ")
    elif field == 124 and chance.random() < 0.4:
        data[start + 124:start + 136] = chance.choice(SIZES)
    else:
        data[start + field + chance.randrange(size)] = chance.choice(b"01234567 \0\x80\xff/aS-") if chance.random() < 0.5 else chance.randrange(256)


def damaged(data, kind, chance):
    data = bytearray(data)
    for _ in range(chance.choice([1, 1, 1, 2, 2, 3, 5])):
        if not data:
            break
        place, what = chance.randrange(len(data)), chance.random()
        if kind == "tar" and what < 0.8:
            damaged_header(data, chance)
        elif what < 0.25:
            data[place] = chance.randrange(256)
        elif what < 0.45:
            data[place] ^= 1 << chance.randrange(8)
        elif what < 0.65:
            number = chance.choice([0, 1, 8, 30, 0xffff, 0x7fffffff, 0xffffffff, len(data), len(data) // 2])
            form = chance.choice("HI")
            data[place:place + struct.calcsize(form)] = struct.pack("<" + form, number & (1 << 8 * struct.calcsize(form)) - 1)
        elif what < 0.75:
            del data[place:place + chance.choice([1, 1, 2, 4, 10])]
        elif what < 0.85:
            data[place:place] = chance.choice([bytes([chance.randrange(256)]), bytes(chance.choice([1, 4, 100])), bytes(data[place:place + chance.randrange(1, 60)])])
        elif what < 0.92:
            data[:0] = chance.choice([b"\0", b"\n", b"\x80\x02", bytes(512), b"PK\3\4"])
        else:
            data += chance.choice([b"\0", bytes(600), b".", bytes(data[-60:]), bytes(data)])
    return signed(data) if kind == "tar" and chance.random() < 0.9 else bytes(data)


def judged(program, folder):
    run = subprocess.run([program, "scan", str(folder), "--json"], capture_output=True)
    return {pathlib.Path(result["file"]).name: result.get("safety", "not read") for result in json.loads(run.stdout)}


def too_slow(*_):
    raise TimeoutError


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--program", required=True)
    arguments.add_argument("--count", type=int, default=4000)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--keep", type=pathlib.Path, help="where files are kept that were judged wrongly")
    arguments.add_argument("kinds", nargs="*")
    options = arguments.parse_args()
    warnings.filterwarnings("ignore")
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    signal.signal(signal.SIGALRM, too_slow)
    torch.set_num_threads(1)
    watch_readers()
    maker = Maker(options.seed)
    kinds = options.kinds or ["tar", "zip", "npz", "npy", "torch", "legacy", "joblib", "pickle", "streams"]
    files = reaching = wrong = 0
    while files < options.count:
        with tempfile.TemporaryDirectory() as name:
            folder, found = pathlib.Path(name), {}
            for index in range(BATCH):
                kind = maker.random.choice(kinds)
                path = folder / f"{index:03}-{kind}.bin"
                path.write_bytes(damaged(getattr(maker, kind)(), kind, maker.random))
                found[path] = who_reaches(path)
            verdicts = judged(options.program, folder)
            for path, readers in found.items():
                files += 1
                reaching += bool(readers)
                verdict = verdicts.get(path.name, "passed over")
                if readers and verdict in ("safe", "passed over"):
                    wrong += 1
                    print(f"{verdict}, but reached by {', '.join(readers)}: {path.name} of seed {options.seed}", flush=True)
                    if options.keep:
                        options.keep.mkdir(parents=True, exist_ok=True)
                        (options.keep / f"{options.seed}-{files}-{path.name}").write_bytes(path.read_bytes())
    print(f"{files} files, in {reaching} a reader reaches the call, {wrong} of these judged wrongly", flush=True)
    # What damaged files left in numpy and PyTorch must not end in a crash now.
    os._exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
