"""Files in files, and files that are two things at once: what one reader passes over, the next one runs."""

import bz2
import gzip
import io
import json
import lzma
import pickle
import struct
import tarfile
import zlib

from common import CHECKPOINTS, MAGIC_NUMBER, PROTOCOL_VERSION
from hostile_archives import MALICIOUS, Entry, archive, harmless_entries
from hostile_pickles import SYSTEM, name, put, whole

# os.system by opcodes of protocol 0 alone, which have no mark of their own.
TEXT = b"cos\nsystem\n(S'echo pwned'\ntR."


# An array of one Python object, which numpy unpickles.
NPY = b"\x93NUMPY\x01\0\x76\0" + b"{'descr': '|O', 'fortran_order': False, 'shape': (1,), }".ljust(117) + b"\n"


def tar(members, **options):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=options.get("format", tarfile.GNU_FORMAT)) as target:
        for member, data in members:
            info = tarfile.TarInfo(member)
            info.size = len(data)
            target.addfile(info, io.BytesIO(data))
    return out.getvalue()


def header(name, size, kind=b"0", checksum=None, change=None):
    """One tar header, whose checksum is right unless said otherwise."""
    block = bytearray(name.ljust(100, b"\0") + b"0000644\0" + b"0000000\0" * 2 + size + b"00000000000\0" + b" " * 8 + kind)
    block += bytes(512 - len(block))
    if change:
        change(block)
    total = sum(block) if checksum is None else checksum(block)
    block[148:156] = b"%06o\0 " % total
    return bytes(block)


def padded(data):
    return data + bytes(-len(data) % 512)


def loads(contents):
    """A pickle that gives bytes to torch.storage._load_from_bytes."""
    return whole(name("torch.storage", "_load_from_bytes") + b"B" + struct.pack("<I", len(contents)) + contents + b"\x85R")


def legacy(**parts):
    system = {"protocol_version": PROTOCOL_VERSION, "little_endian": True, "type_sizes": {"short": 2, "int": 4, "long": 4}}
    usual = {"magic": MAGIC_NUMBER, "protocol": PROTOCOL_VERSION, "system": system, "object": {}, "keys": []}
    return b"".join(parts.get(key, pickle.dumps(part, 2)) for key, part in usual.items())


def script(code, file="code/__torch__.py"):
    return archive([
        Entry("m/data.pkl", b"\x80\x02c__torch__\nM\n)\x81}b."), Entry("m/" + file, code.encode()),
        Entry("m/constants.pkl", b"\x80\x02)."), Entry("m/version", b"3\n"),
    ])


def method(body):
    return f"class M(Module):\n  __parameters__ = []\n  def forward(self: __torch__.M, x: Tensor) -> Tensor:\n    {body}\n    return x\n"


def nested():
    evil = archive([Entry("inner/data.pkl", MALICIOUS), Entry("inner/version", b"3\n")])
    put("nested-bytes-zip.bin", loads(evil), "dangerous", "_load_from_bytes is torch.load, which reads a zip archive")
    put("nested-bytes-system-info.bin", loads(legacy(system=MALICIOUS)), "dangerous", "the third pickle of a legacy file in _load_from_bytes", exit=None)
    put("nested-bytes-broken.bin", loads(MALICIOUS[:-1] + b"\xff"), "dangerous", "what _load_from_bytes loads breaks off after its call")
    put("nested-bytes-nothing.bin", loads(b"no checkpoint"), "unknown", "what _load_from_bytes loads is no checkpoint")
    put("nested-bytes-fine.bin", loads(legacy()), "safe", "an ordinary legacy file in _load_from_bytes", exit=None)
    wrapped = {
        "tar-in-zip.zip": archive([Entry("a/model.bin", tar([("x", MALICIOUS)]))]),
        "tar-in-tar.tar": tar([("inner.bin", tar([("x", MALICIOUS)]))]),
        "zip-in-tar.tar": tar([("inner.bin", evil)]),
        "gzip-in-zip.zip": archive([Entry("a/model.gz", gzip.compress(MALICIOUS, mtime=0))]),
        "gzip-in-tar.tar": tar([("model", gzip.compress(evil, mtime=0))]),
        "tar-gzip.tar.gz": gzip.compress(tar([("x/model.pkl", MALICIOUS)]), mtime=0),
        "gzip.pkl.gz": gzip.compress(MALICIOUS, mtime=0),
        "gzip-second-member.pkl.gz": gzip.compress(b"N.", mtime=0) + gzip.compress(MALICIOUS, mtime=0),
        "gzip-cut-off.pkl.gz": gzip.compress(MALICIOUS + bytes(range(256)) * 40, mtime=0)[:-60],
        "zlib.joblib": zlib.compress(MALICIOUS),
        "text-pickle-in-zip.zip": archive([Entry("a/notes", TEXT)]),
        "text-pickle-in-tar.tar": tar([("notes", TEXT)]),
        "text-pickle-behind-another.zip": archive([Entry("a/notes", b"I1\n." + TEXT)]),
        "folder-with-contents.npz": archive([Entry("a.npy/", NPY + MALICIOUS)]),
        "deep.zip": archive([Entry("a", archive([Entry("b", archive([Entry("c", evil)]))]))]),
    }
    for file, data in wrapped.items():
        put(f"nested-{file}", data, "dangerous", "a pickle that calls os.system, wrapped", exit=None)
    for file, data in {
        "broken-zip-in-zip.zip": archive([Entry("a/model", archive(harmless_entries())[:-30])]),
        "broken-tar-in-zip.zip": archive([Entry("a/model", tar([("x", b"y")])[:1024] + b"\1" * 512)]),
        "broken-pickle-in-zip.zip": archive([Entry("a/model.pkl", b"\x80\x02}q\0")]),
    }.items():
        put(f"nested-{file}", data, "unknown", "a part of the archive that cannot be read", exit=None)
    fine = archive(harmless_entries())
    for file, data in {
        "fine.tar": tar([("a/model.pth", fine), ("readme.txt", b"Nothing.")]),
        "fine.zip": archive([Entry("a/config.json", b'{"depth": 50}'), Entry("a/model.pth", fine), Entry("a/notes.txt", b"cython\nnumpy\n")]),
        "fine.tar.gz": gzip.compress(tar([("a/model.pth", fine)]), mtime=0),
    }.items():
        put(f"nested-{file}", data, "safe", "an ordinary checkpoint in an archive", exit=None)


def short_tar(members):
    """Without the padding to a whole record of a tape."""
    return padded(tar(members).rstrip(b"\0")) + bytes(1024)


def small_window(data):
    packer = zlib.compressobj(6, zlib.DEFLATED, 9)
    return packer.compress(data) + packer.flush()


def lzma_alone(data, **settings):
    return lzma.compress(data, format=lzma.FORMAT_ALONE, filters=[{"id": lzma.FILTER_LZMA1, **settings}])


def stored_zstandard(data):
    """One frame with one block as it is."""
    block = (len(data) << 3 | 1).to_bytes(3, "little") + data
    return b"\x28\xb5\x2f\xfd\x20" + bytes([len(data)]) + block


# LZ4 frame by lz4.frame.compress: Python's library has no such module.
LZ4_HEAD, LZ4_END = b"\x04\x22\x4d\x18\x60\x40\x82", bytes(4)


def stored_lz4(data):
    return LZ4_HEAD + struct.pack("<I", len(data) | 1 << 31) + data + LZ4_END


def compressed():
    begun = tar([("a.txt", b"a")])[:1024]
    whole_tar = tar([("x.pkl", MALICIOUS)])
    skipped = struct.pack("<II", 0x184D2A50, 4) + b"skip"
    for file, data in {
        "bzip2-in-zip.zip": archive([Entry("a/model", bz2.compress(MALICIOUS))]),
        "bzip2-joined.bz2": bz2.compress(b"N.") + bz2.compress(MALICIOUS),
        "xz-in-zip.zip": archive([Entry("a/model", lzma.compress(MALICIOUS))]),
        "xz-tar.tar.xz": lzma.compress(whole_tar),
        "lzma-in-zip.zip": archive([Entry("a/model", lzma_alone(MALICIOUS))]),
        "lzma-dictionary.joblib": lzma_alone(MALICIOUS, dict_size=4096),
        "lzma-settings-in-tar.tar": short_tar([("model", lzma_alone(MALICIOUS, lc=0, lp=2, pb=1, dict_size=1 << 16))]),
        "lzma-large-dictionary.joblib": lzma_alone(MALICIOUS)[:1] + b"\0\0\0\x60" + lzma_alone(MALICIOUS)[5:],
        "zlib-window-in-zip.zip": archive([Entry("a/model", small_window(MALICIOUS))]),
        "zstandard-in-zip.zip": archive([Entry("a/model", stored_zstandard(MALICIOUS))]),
        "zstandard-skipped-in-tar.tar": short_tar([("model", skipped + stored_zstandard(MALICIOUS))]),
        "lz4-in-zip.zip": archive([Entry("a/model", stored_lz4(MALICIOUS))]),
        "lz4.joblib": stored_lz4(MALICIOUS),
        "gzip-padded.tar.gz": gzip.compress(begun, mtime=0) + bytes(512) + gzip.compress(whole_tar, mtime=0),
        "gzip-then-pickle.gz": gzip.compress(b"N.", mtime=0) + MALICIOUS,
        "zlib-joined.joblib": zlib.compress(b"N.") + zlib.compress(MALICIOUS),
        "in-each-other.gz": gzip.compress(bz2.compress(lzma.compress(MALICIOUS)), mtime=0),
    }.items():
        put(f"nested-{file}", data, "dangerous", "a pickle that calls os.system, compressed", exit=None)
    for file, data in {
        "xz-cut-off.xz": lzma.compress(archive(harmless_entries()))[:-30],
        "zstandard-window.zst": b"\x28\xb5\x2f\xfd\x00\xf8" + bytes(20),
        "bzip2-nothing.bz2": b"BZh9" + bytes(30),
        "lzip.lz": b"LZIP\x01" + bytes(30),
    }.items():
        put(f"nested-{file}", data, "unknown", "compressed and not to be read to its end", exit=None)
    fine = archive(harmless_entries())
    for file, data in {
        "fine.tar.bz2": bz2.compress(tar([("a/model.pth", fine)])),
        "fine.tar.xz": lzma.compress(tar([("a/model.pth", fine)])) + bytes(4),
        "fine-numbers.zip": archive([Entry("a/model.pth", fine), Entry("a/numbers", struct.pack("<8i", 1, 1, 1, 0, 2, 3, 4, 5) * 8)]),
    }.items():
        put(f"nested-{file}", data, "safe", "an ordinary checkpoint, compressed, or numbers that could be", exit=None)


def second_readings():
    put("two-gguf.pth", b"GGUF" + bytes(5) + TEXT, "dangerous", "GGUF's first bytes are a float to a pickle", exit=None)
    put("two-long1.pth", b"\x8a\x01\x05" + TEXT, "dangerous", "a pickle that begins with a number", exit=None)
    put("two-zip-behind-png.pt", b"\x89PNG\r\n\x1a\n" + bytes(40) + archive([Entry("m/data.pkl", MALICIOUS)], shift=48), "dangerous",
        "a picture to one reader, an archive to those that begin at the end", exit=None)
    behind = archive([Entry("m/data.pkl", MALICIOUS)])
    put("two-zip-before-bytes.pt", bytes(512) + behind + b"\n", "dangerous", "an archive between other bytes, which Python's zipfile finds", exit=None)
    shifted = archive([Entry("m/data.pkl", MALICIOUS)], shift=16)
    end = shifted.rindex(b"PK\5\6")
    put("two-zip-gap.pt", bytes(16) + shifted[:end] + b"gap" + shifted[end:] + b"\n", "dangerous",
        "an archive whose directory stands apart from its end record, which PyTorch's reader follows", exit=None)
    put("two-zip-in-pickle.bin", whole(b"B" + struct.pack("<I", len(behind)) + behind), "dangerous", "an archive as bytes in a pickle, which Python's zipfile finds")
    fine = archive(harmless_entries())
    put("two-zip-in-pickle-fine.bin", whole(b"B" + struct.pack("<I", len(fine)) + fine), "safe", "an ordinary checkpoint as bytes in a pickle")
    block = header(b"(S'a'\n0" + TEXT[:-1] + b".", b"00000000000\0")
    put("two-tar-name.pth", block + bytes(1024), "dangerous", "the first name in a tar archive is a pickle", exit=None)


def tars():
    def signed(block):
        return sum(b - 256 if b > 127 else b for b in block)

    def high(block):
        block[400] = 0xff

    evil = padded(MALICIOUS)
    size = b"%011o\0" % len(MALICIOUS)
    put("tar-signed-sum.tar", header(b"a", b"00000000000\0", checksum=signed, change=high) + header(b"x", size) + evil + bytes(1024), "dangerous",
        "a checksum of signed bytes, as old systems wrote it", exit=None)
    put("tar-binary-size.tar", header(b"x", b"\x80" + len(MALICIOUS).to_bytes(11, "big")) + evil + bytes(1024), "dangerous", "a size in binary", exit=None)
    put("tar-folder-with-size.tar", header(b"a/", b"00000002000\0", b"5") + header(b"x", size) + evil + bytes(1024), "dangerous",
        "a folder claims data, which Python does not step over", exit=None)
    put("tar-unknown-kind.tar", header(b"x", size, b"A") + evil + bytes(1024), "dangerous", "a member of a kind that Python takes for a file", exit=None)
    put("tar-damaged-later.tar", header(b"a", b"00000000001\0") + padded(b"a") + b"\1" * 512 + header(b"x", size) + evil, "unknown",
        "Python stops at the damaged header, other readers go on", exit=None)
    put("tar-behind-the-end.tar", header(b"a", b"00000000001\0") + padded(b"a") + bytes(1024) + MALICIOUS, "dangerous", "a pickle behind the archive's end", exit=None)
    put("tar-device.tar", header(b"a", b"00000000000\0", b"3") + bytes(1024), "unknown", "a device in a tar archive", exit=None)
    put("tar-leaving-link.tar", header(b"a", b"00000000000\0", b"2", change=lambda b: b.__setitem__(slice(157, 168), b"/etc/passwd")) + bytes(1024), "dangerous",
        "a link that leaves the folder", exit=None)
    with tarfile.open(CHECKPOINTS / "tar-views.pth") as source:
        members = [(info.name, source.extractfile(info).read()) for info in source.getmembers()]
    broken = [(n, d[:20] + b"\xff" + MALICIOUS if n == "storages" else d) for n, d in members]
    put("tar-storages-break-off.pth", tar(broken), "unknown", "the storages of an old tar file cannot be read to their end", exit=None)


def code():
    for file, body, verdict in [
        ("save", 'torch.save([x], "/tmp/x")', "dangerous"),
        ("save-method", 'x.save("/tmp/x")', "dangerous"),
        ("save-spaced", 'torch . save([x], "/tmp/x")', "dangerous"),
        ("save-alias", "f = torch.save", "dangerous"),
        ("module-alias", "t = torch", "unknown"),
        ("getattr", 'getattr(x, "save")("/tmp/x")', "dangerous"),
        ("from-file", 'y = torch.from_file("/tmp/x", True, 10)', "dangerous"),
        ("image", 'ops.image.write_file("/tmp/x", x)', "dangerous"),
        ("operator", "y = ops.mine.run(x)", "unknown"),
        ("class", 'y = __torch__.torch.classes.dist_c10d.FileStore("/tmp/x", 1)', "unknown"),
        ("fine", "y = torch.add_(torch.conv2d(x, x), ops.torchvision.nms(x, x, 0.5))", "safe"),
    ]:
        put(f"script-{file}.pt", script(method(body)), verdict, f"TorchScript code: {body}", exit=None)
    put("script-package.pt", archive([Entry("m/data.pkl", b"\x80\x02N."), Entry("m/constants.pkl", b"\x80\x02)."), Entry("m/code/__torch__.py", b"import os\n"),
                                      Entry("m/.data/extern_modules", b"os\n")]), "unknown", "TorchScript and torch.package at once: its code is Python", exit=None)
    put("script-bytecode.ptl", archive([Entry("m/data.pkl", b"\x80\x02c__torch__\nM\n)\x81}b."), Entry("m/constants.pkl", b"\x80\x02)."),
                                        Entry("m/bytecode.pkl", b"\x80\x02X\x0a\0\0\0aten::saveX\0\0\0\0\x86.")]), "unknown", "the mobile runtime's list of operators", exit=None)
    def tree(kind, context):
        leaf = {"type": None, "context": None, "children_spec": []}
        return json.dumps([1, {"type": "builtins.tuple", "context": "null", "children_spec": [
            {"type": kind, "context": context, "children_spec": [leaf]}]}])

    def factory(module, name):
        return {"default_factory_module": module, "default_factory_name": name, "dict_context": ["a"]}

    plain = {"graph_module": {"graph": {"nodes": [{"target": "torch.ops.aten.conv2d.default"}], "sym": {"as_expr": {"expr_str": "2*s0 + Max(1, u1)"}}}}}
    for file, text, verdict in [
        ("fine", json.dumps(plain), "safe"),
        ("expression", json.dumps(plain).replace("2*s0", "__import__('os').getcwd()"), "unknown"),
        ("effort", json.dumps(plain).replace("2*s0", "9**9**9**9"), "unknown"),
        ("attributes", json.dumps(plain).replace("2*s0", "s0.__class__"), "unknown"),
        ("escaped", json.dumps(plain).replace("2*s0", "\\u0065xec(s0)").replace("expr_str", "expr\\u005fstr"), "unknown"),
        ("repeated-key", json.dumps(plain).replace('"expr_str": ', '"expr_str": "exec(s0)", "expr_str": '), "unknown"),
        ("target", json.dumps(plain).replace("torch.ops.aten.conv2d.default", "torch.ops.aten.save.default"), "unknown"),
        ("target-path", json.dumps(plain).replace("torch.ops.aten.conv2d.default", "torch.hub.os.system"), "unknown"),
        # torch looks up whatever begins so, and `torch` is the module then.
        ("target-prefix", json.dumps(plain).replace("torch.ops.aten.conv2d.default", "torchvision.os.mkdir"), "unknown"),
        ("target-export", json.dumps(plain).replace("torch.ops.aten.conv2d.default", "torch._export.os.mkdir"), "unknown"),
        ("guards-fine", json.dumps(plain | {"guards_code": ["(1 + (((-1) + L['x'].size()[3]) // 2)) != 1", "2*L['d']['a'][0].size()[0] < 100"]}), "safe"),
        ("guards", json.dumps(plain | {"guards_code": ["__import__('os').getcwd()"]}), "unknown"),
        ("guards-attribute", json.dumps(plain | {"guards_code": ["L['x'].save('f')"]}), "unknown"),
        ("tree-fine", json.dumps(plain | {"in_spec": tree("collections.defaultdict", factory("builtins", "list"))}), "safe"),
        ("tree-factory", json.dumps(plain | {"in_spec": tree("collections.defaultdict", factory("antigravity", "__name__"))}), "unknown"),
        ("tree-enumeration", json.dumps(plain | {"out_spec": tree("builtins.dict", json.dumps([{"__enum__": True, "fqn": "antigravity:x", "name": "a"}]))}), "unknown"),
        ("tree-escaped", json.dumps(plain | {"in_spec": tree("builtins.dict", '[{"\\u005f_enum__": true, "\\u0066qn": "antigravity:x", "name": "a"}]')}), "unknown"),
        ("guards-nested", json.dumps(plain | {"guards_code": [["L['x'].size()[0] > 3", "exec('1')"]]}), "unknown"),
    ]:
        put(f"export-{file}.pt2", archive([Entry("m/archive_format", b"pt2"), Entry("m/models/model.json", text.encode())]), verdict, "a program of torch.export", exit=None)
    for file, entries, verdict in [
        ("keras-lambda.keras", [Entry("config.json", b'{"class_name": "Lambda", "config": {}}'), Entry("metadata.json", b"{}")], "unknown"),
        ("keras-module.keras", [Entry("config.json", b'{"module": "os", "class_name": "x"}')], "unknown"),
        ("keras-download.keras", [Entry("config.json", b'{"module": "keras.utils", "class_name": "get_file"}')], "unknown"),
        ("script-first-format.pt", [Entry("m/model.json", b'{"mainModule": {"torchscriptArena": {"key": "code/x"}}}'), Entry("m/code/x", b"")], "unknown"),
        ("keras-fine.keras", [Entry("config.json", b'{"module": "keras.layers", "class_name": "Dense"}')], "safe"),
        ("serve-handler.mar", [Entry("MAR-INF/MANIFEST.json", b'{"model": {"handler": "handler.py"}}'), Entry("handler.py", b"import os\n")], "unknown"),
        ("serve-function.mar", [Entry("MAR-INF/MANIFEST.json", b'{"model": {"handler": "handle:run"}}')], "unknown"),
        ("serve-packages.mar", [Entry("MAR-INF/MANIFEST.json", b'{"model": {"handler": "image_classifier", "requirementsFile": "r.txt"}}')], "unknown"),
        ("serve-fine.mar", [Entry("MAR-INF/MANIFEST.json", b'{"model": {"handler": "image_classifier"}}')], "safe"),
        ("skops.skops", [Entry("schema.json", b'{"__module__": "os", "__class__": "system", "__loader__": "FunctionNode"}')], "unknown"),
        ("shared-object.zip", [Entry("a/data/model", b"\x7fELF" + bytes(60))], "unknown"),
        ("shared-object-named.zip", [Entry("a/libx.so.1", b"x")], "unknown"),
        ("yaml.zip", [Entry("a/config.yaml", b"a: !!python/object/apply:os.system ['echo pwned']\n")], "unknown"),
    ]:
        put(f"code-{file}", archive(entries), verdict, "code for another reader in an archive", exit=None)
    def gguf(template):
        return b"GGUF" + struct.pack("<IQQQ", 3, 0, 1, 23) + b"tokenizer.chat_template" + struct.pack("<IQ", 8, len(template)) + template

    put("code-template.gguf", gguf(b"{{ ''.__class__.__mro__ }}"), "unknown", "a template that reaches for Python's classes", exit=None)
    put("code-template-fine.gguf", gguf(b"{% for m in messages %}{{ m }}{% endfor %}"), None, "an ordinary template", exit=None)

    def message(*fields):
        return b"".join(bytes([number << 3 | 2, len(data)]) + data for number, data in fields)

    def onnx(tensor=b"", node=b""):
        return b"\x08\x08" + message((7, message((1, node), (5, tensor))))

    def external(path):
        return message((8, b"w"), (13, message((1, b"location"), (2, path))))

    inner = message((5, message((1, b"body"), (6, message((5, external(b"/etc/passwd")))))))
    for file, data, verdict in [
        ("leaving", onnx(tensor=external(b"../../etc/passwd")), "dangerous"),
        ("absolute-inside", onnx(node=inner), "dangerous"),
        ("operator", onnx(node=message((4, b"Run"), (7, b"evil.ops"))), "unknown"),
        ("fine", onnx(tensor=external(b"weights.bin"), node=message((4, b"Relu"))), None),
    ]:
        put(f"onnx-{file}.onnx", data, verdict, "an ONNX model", exit=None)
    put("code-hdf5.h5", b"\x89HDF\r\n\x1a\n" + bytes(40) + b'model_config{"class_name": "Lambda"}', "unknown", "a Keras model with a Lambda layer", exit=None)


def sequences():
    one, two = archive(harmless_entries()), archive([Entry("archive/data.pkl", MALICIOUS), Entry("archive/version", b"3\n")])
    put("sequence-fine.distcp", one * 3, "unknown", "archives in a row, as torch.distributed.checkpoint writes them: another file says which bytes are read", exit=None)
    put("sequence.distcp", one + two + one, "dangerous", "the same, and one of them calls os.system", exit=None)
    # The last archive's offset, counted from the file's beginning, leads to a directory in the first one.
    last = archive([Entry("archive/data.pkl", b"\x80\x02N."), Entry("archive/pad", bytes(500))])
    offset, = struct.unpack("<I", last[-6:-2])
    hidden = Entry("archive/data.pkl", MALICIOUS)
    body = hidden.header({}, central=False) + hidden.body
    start = len(Entry("archive/data/0", b"").header({}, central=False))
    blob = body.ljust(offset - start, b"\0") + hidden.header({}, central=True, offset=start)
    first = archive([Entry("archive/data/0", blob)])
    put("sequence-hidden.distcp", first + last, "dangerous", "the last archive's offset leads elsewhere when it is counted from the file's beginning", exit=None)


def generate():
    nested()
    compressed()
    second_readings()
    tars()
    code()
    sequences()
