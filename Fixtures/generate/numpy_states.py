"""Pickles of numpy objects with damaged calls and states, and what numpy does with them.

    numpy_states.py PROGRAM COUNT SEED     compares `scan` with numpy; 1 if a pickle called safe crashes
    numpy_states.py                        writes Fixtures/numpy_states.txt

Each pickle is a real object's, taken apart into calls, arguments and states, with a few parts
exchanged. Those that `scan` calls safe are loaded and used in forked processes: what ends one by a
signal, or takes memory or time without end, was not safe.
"""

import base64
import gc
import json
import os
import pathlib
import pickle
import random
import resource
import signal
import struct
import subprocess
import sys
import tempfile

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[1]


# What a pickle does, as a tree.

class Name:
    def __init__(self, module, name):
        self.module, self.name = module, name


class Call:
    """`callable(*arguments)` and the states that BUILD gives to it; `late` puts those at the end."""

    def __init__(self, callable, arguments, states=(), late=False, form="R"):
        self.callable, self.arguments, self.states, self.late, self.form = callable, arguments, list(states), late, form


class Dict:
    def __init__(self, pairs):
        self.pairs = pairs


def tree(value):
    """What pickling writes for a value."""
    if value is None or isinstance(value, (bool, bytes, str, int, float)) and type(value).__module__ == "builtins":
        return value
    if type(value) in (tuple, list):
        return type(value)(tree(part) for part in value)
    if type(value) is dict:
        return Dict([(tree(key), tree(part)) for key, part in value.items()])
    if isinstance(value, type) or callable(value) and hasattr(value, "__qualname__"):
        return Name(value.__module__, value.__qualname__)
    reduced = value.__reduce_ex__(2)
    if isinstance(reduced, str):
        return Name(value.__module__, reduced)
    state = reduced[2] if len(reduced) > 2 else None
    return Call(tree(reduced[0]), tree(reduced[1]), [] if state is None else [tree(state)])


class Writer:
    """Opcodes for a tree. A node that stands in it twice is written once and shared."""

    def __init__(self):
        self.out, self.memo, self.late, self.kept = bytearray(), {}, [], []

    def number(self, value):
        if -2**31 <= value < 2**31:
            return b"J" + struct.pack("<i", value)
        data = value.to_bytes(value.bit_length() // 8 + 1, "little", signed=True)
        return b"\x8a" + bytes([len(data)]) + data

    def put(self, node):
        self.memo[id(node)] = len(self.memo)
        self.kept.append(node)
        self.out += b"r" + struct.pack("<I", self.memo[id(node)])

    def write(self, node):
        if not isinstance(node, (int, type(None))) and id(node) in self.memo:
            self.out += b"j" + struct.pack("<I", self.memo[id(node)])
        elif node is None:
            self.out += b"N"
        elif node is True or node is False:
            self.out += b"\x88" if node else b"\x89"
        elif isinstance(node, int):
            self.out += self.number(node)
        elif isinstance(node, float):
            self.out += b"G" + struct.pack(">d", node)
        elif isinstance(node, str):
            data = node.encode()
            self.out += b"X" + struct.pack("<I", len(data)) + data
        elif isinstance(node, bytes):
            self.out += b"B" + struct.pack("<I", len(node)) + node
        elif isinstance(node, Name):
            self.out += f"c{node.module}\n{node.name}\n".encode()
        elif isinstance(node, Call):
            self.call(node)
        elif isinstance(node, tuple):
            self.out += b"("
            for part in node:
                self.write(part)
            self.out += b"t"
            self.put(node)
        elif isinstance(node, Dict):
            self.out += b"}"
            self.put(node)
            for key, part in node.pairs:
                self.write(key)
                self.write(part)
                self.out += b"s"
        else:
            self.out += b"]"
            self.put(node)
            for part in node:
                self.write(part)
                self.out += b"a"

    def call(self, node):
        self.write(node.callable)
        self.write(node.arguments)
        self.out += node.form.encode("latin-1")
        self.put(node)
        if node.late:
            return self.late.append(node)
        for state in node.states:
            self.write(state)
            self.out += b"b"

    def finish(self, node):
        self.write(node)
        while self.late:
            node = self.late.pop()
            node.late = False
            for state in node.states:
                self.write(node)
                self.write(state)
                self.out += b"b0"
        return b"\x80\x04" + bytes(self.out) + b"."


# Seeds

def structures():
    yield np.dtype([("a", "f4"), ("b", "i8")])
    yield np.dtype([("a", "i1"), ("b", "f8")], align=True)
    yield np.dtype([("a", ">f4"), (("T", "b"), "i8", (2, 3))])
    yield np.dtype([("a", [("x", "i4"), ("y", "U2")]), ("m", "M8[s]")])
    yield np.dtype([("a", "f4"), ("b", "O")])
    yield np.dtype({"names": ["a", "b"], "formats": ["i4", "i4"], "offsets": [4, 0], "itemsize": 20})
    yield np.dtype([("s", "S3"), ("v", "V5")])
    yield np.dtype([])


def dtypes():
    for text in "? i1 u2 <i4 >i4 i8 f2 f4 f8 >f8 g c8 G S5 S0 U3 >U3 U0 V8 V0 O M8[ns] >M8[25s] M8 m8[D]".split():
        yield np.dtype(text)
    yield from structures()


def seeds():
    for dtype in dtypes():
        yield dtype
        for shape in [(), (0,), (3,), (2, 3)]:
            array = np.zeros(shape, dtype)
            yield array
            yield np.asfortranarray(array)
        yield np.zeros(1, dtype)[0]
    yield np.array([1, "a", None, [2]], dtype=object)
    yield np.array([["x", "yz"]])
    yield np.array(["2020", "NaT"], dtype="M8[D]")
    yield np.ma.array([1, 2, 3], mask=[0, 1, 0])
    yield np.rec.array([(1, 2.0)], dtype=[("a", "i4"), ("b", "f4")])
    yield np.matrix([[1, 2]])
    yield np.random.RandomState(1)
    for generator in (np.random.MT19937, np.random.PCG64, np.random.PCG64DXSM, np.random.Philox, np.random.SFC64):
        yield np.random.Generator(generator(1))
        yield generator(1)
    yield np.random.SeedSequence(1)


def buffers():
    """What protocol 5 writes: `_frombuffer(bytes, dtype, shape, order)`."""
    for dtype in ("f4", ">i2", "U2", "M8[s]", "?"):
        array = np.ones((2, 3), dtype)
        yield Call(Name("numpy._core.numeric", "_frombuffer"), (array.tobytes(), tree(array.dtype), (2, 3), "C"))


INTEGERS = [-2**63, -2**31, -8, -1, 0, 1, 2, 3, 4, 5, 7, 8, 9, 12, 15, 16, 17, 24, 27, 31, 32, 63, 64, 127, 128, 144, 255, 256, 623, 624, 625,
            1000, 2**16, 2**31 - 1, 2**31, 2**32, 2**62, 2**63 - 1, 2**63, 2**64 - 1, 2**64]
TEXTS = ["", "a", "b", "T", "x", "<", ">", "|", "=", "C", "F", "A", "b1", "i1", "i4", "f8", "S5", "S0", "S1", "U3", "U0", "V8", "V0", "V12", "V16", "O8",
         "O", "M8", "m8", "c16", "f16", "ns", "generic", "Y", "D", "M8[ns]", "MT19937", "Philox", "\u00e9", "L" * 30, "i4,f8", "(2,)f8", "S2147483647"]
OTHERS = [None, True, False, 0.5, (), (0,), (1,), (2,), (3,), (2, 3), (-1,), (-1, -1), (2**31, 2**31), (2**62,), (0, 2**62), (0,) * 70, [], [1, 2], Dict([]),
          ("a",), ("a", "b"), ("b", "a"), ("a", "a"), ("a", "c"), (1, 2), (None,), b"", b"b", b"ns", b"s", b"generic", b"\0" * 8, b"\0" * 12, b"\0" * 24, b"\xff" * 64]


def parts(node):
    if isinstance(node, Call):
        return [node.callable, node.arguments, *node.states]
    if isinstance(node, Dict):
        return [part for pair in node.pairs for part in pair]
    return list(node) if isinstance(node, (tuple, list)) else []


def rebuilt(node, parts):
    if isinstance(node, Call):
        return Call(parts[0], parts[1], parts[2:], node.late, node.form)
    if isinstance(node, Dict):
        return Dict(list(zip(parts[::2], parts[1::2])))
    return type(node)(parts)


def paths(node, path=()):
    """Where the parts of a tree stand: the indices that lead to each."""
    yield path
    for index, part in enumerate(parts(node)):
        yield from paths(part, path + (index,))


def changed(node, path, change):
    """The tree with what `change` makes of one of its parts."""
    if not path:
        return change(node)
    all = parts(node)
    all[path[0]] = changed(all[path[0]], path[1:], change)
    return rebuilt(node, all)


def mutation(r, pool):
    def anything():
        return r.choice([lambda: r.choice(INTEGERS), lambda: r.choice(TEXTS), lambda: r.choice(OTHERS), lambda: r.choice(pool)])()

    def change(node):
        if r.random() < 0.15:
            return anything()
        if isinstance(node, Name):
            return node if r.random() < 0.8 else r.choice([call.callable for call in pool])
        if isinstance(node, (bool, float)) or node is None:
            return r.choice([True, False, None, anything()])
        if isinstance(node, int):
            return r.choice([r.choice(INTEGERS), node + r.choice([-1, 1, 8, 16]), node ^ 1 << r.randrange(8)])
        if isinstance(node, bytes):
            return r.choice([node[:-1], node + b"\0", node[:len(node) // 2], node[::-1], node * 2, list(node), r.choice([b"ns", b"generic", b"Q"])])
        if isinstance(node, str):
            return r.choice(TEXTS)
        if isinstance(node, Dict):
            pairs = list(node.pairs)
            if pairs:
                key, part = r.choice(pairs)
                kind = r.randrange(4)
                if kind == 0:
                    pairs.remove((key, part))
                elif kind == 1:
                    pairs.append((key, anything()))
                elif kind == 2:
                    pairs.append((anything(), part))
                else:
                    r.shuffle(pairs)
            else:
                pairs.append((anything(), anything()))
            return Dict(pairs)
        if isinstance(node, Call):
            kind = r.randrange(5)
            if kind == 0:
                return Call(node.callable, node.arguments, node.states, True, node.form)
            if kind == 1:
                return Call(node.callable, node.arguments, node.states[1:])
            if kind == 2:
                return Call(node.callable, node.arguments, node.states + r.choice([node.states, r.choice(pool).states]))
            if kind == 3:
                return Call(node.callable, r.choice(pool).arguments, node.states)
            return r.choice(pool)
        items = list(node)
        kind = r.randrange(4)
        if kind == 0 and items:
            del items[r.randrange(len(items))]
        elif kind == 1:
            items.insert(r.randrange(len(items) + 1), anything())
        elif kind == 2:
            r.shuffle(items)
        elif items:
            return r.choice([items * 2, items[::-1], list(items), tuple(items)]) if kind == 3 else items
        return type(node)(items)

    return change


def real(r):
    """A value that numpy makes."""
    def dtype(depth=0):
        plain = "? i1 u2 <i4 >i4 i8 f2 f4 f8 >f8 g c8 c16 S5 S1 U3 >U3 V8 O M8[ns] >M8[25s] m8[D]".split()
        if depth == 2 or r.random() < 0.5:
            return np.dtype(r.choice(plain[:-4] if depth else plain))
        names = r.sample(["a", "b", "x", "long name", "\u00e9"], r.randrange(1, 4))
        fields = [((name, name * 2) if r.random() < 0.1 else name, dtype(depth + 1), *([r.choice([2, (2, 3), ()])] if r.random() < 0.3 else []))
                  for name in names]
        return np.dtype(fields, align=r.random() < 0.3)

    array = np.zeros(r.choice([(), (0,), (1,), (3,), (2, 3), (2, 0, 3)]), dtype())
    if r.random() < 0.3 and array.dtype != object:
        array = np.frombuffer(r.randbytes(array.nbytes), array.dtype).reshape(array.shape) if array.nbytes else array
    return r.choice([array, array, np.asfortranarray(array), array.dtype, array.T, array.reshape(-1)[0] if array.size else array])


def pickles(seed):
    """Pickles without end; the first are the seeds as they are."""
    r = random.Random(seed)
    pool = [node for node in map(tree, seeds()) if isinstance(node, Call)] + list(buffers())
    for node in pool:
        yield Writer().finish(node)
    while True:
        is_new = r.random() < 0.5
        node = tree(real(r)) if is_new else r.choice(pool)
        try:
            for _ in range(r.choice([0, 1] if is_new else [1, 1, 1, 2, 2, 3])):
                node = changed(node, r.choice(list(paths(node))), mutation(r, pool))
        except (TypeError, IndexError):
            continue
        if r.random() < 0.2:
            # The same value once more, after what its states did.
            node = (node, r.choice([node, r.choice(pool)]))
        try:
            yield Writer().finish(node)
        except (TypeError, AttributeError, OverflowError):
            pass  # A part where none of its kind can stand.


# Loading

def use(value):
    """Reads a value as a program would."""
    if isinstance(value, np.dtype):
        str(value), repr(value), hash(value), value == np.dtype("f8"), value.isnative, value.names
        use(np.zeros(2, value))
        value.newbyteorder().newbyteorder()
    elif isinstance(value, np.ndarray):
        if value.size < 10**6:
            repr(value), value.copy(), value.T.copy(), value.tolist(), value.tobytes(), value.astype(object), value.astype("S")
            value.reshape(-1)[:1].copy()
            pickle.loads(pickle.dumps(value))
            sorted(value.ravel().tolist())
            value.sum(), value == value
    elif isinstance(value, np.generic):
        repr(value), value.item(), value.tobytes(), hash(value), np.array([value, value])
    elif isinstance(value, np.random.Generator):
        value.integers(0, 2**60, 10), value.random(10), value.normal(size=10), value.random(1000, dtype="f4")
    elif isinstance(value, np.random.RandomState):
        value.rand(1000), value.randn(3)
    elif isinstance(value, np.random.BitGenerator):
        use(np.random.Generator(value))
    elif isinstance(value, np.random.SeedSequence):
        value.generate_state(8), value.spawn(2)
    elif isinstance(value, (tuple, list)):
        for part in value:
            attempt(use, part)
    elif isinstance(value, dict):
        for part in (*value, *value.values()):
            attempt(use, part)


def attempt(function, value):
    try:
        return function(value)
    except Exception:
        return None


def after():
    """What everybody has must be as before."""
    for text in ("f8", "i8", "f4", "O", "b1", "U0", "S0", "V0", "M8"):
        dtype = np.dtype(text)
        if (dtype.str, dtype.itemsize, dtype.alignment, dtype.flags, dtype.fields) != DEFAULTS[text]:
            return False
    return np.arange(3.0).tolist() == [0.0, 1.0, 2.0]


DEFAULTS = {text: (np.dtype(text).str, np.dtype(text).itemsize, np.dtype(text).alignment, np.dtype(text).flags, np.dtype(text).fields)
            for text in ("f8", "i8", "f4", "O", "b1", "U0", "S0", "V0", "M8")}


def run(data):
    value = attempt(pickle.loads, data)
    attempt(use, value)
    del value


def crashes(data):
    """The pickles that end the process that loads them, as `(index, how)`."""
    found, start = [], 0
    while start < len(data):
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reader)
            sys.stdout = sys.stderr = open(os.devnull, "w")
            os.dup2(sys.stderr.fileno(), 2)
            resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            for index in range(start, len(data)):
                os.write(writer, struct.pack("<q", index))
                signal.alarm(10)
                run(data[index])
                signal.alarm(0)
                if index % 16 == 0:
                    gc.collect()
                if not after():
                    os._exit(99)
            os._exit(0)
        os.close(writer)
        last = start
        with os.fdopen(reader, "rb") as pipe:
            while step := pipe.read(8):
                last = struct.unpack("<q", step)[0]
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if code == 0:
            break
        found.append((last, signal.Signals(-code).name if code < 0 else f"exit {code}"))
        start = last + 1
    return found


def verdicts(program, data):
    """The verdict of `scan` on each pickle."""
    with tempfile.TemporaryDirectory() as folder:
        for index, pickled in enumerate(data):
            pathlib.Path(folder, f"{index:07}.pkl").write_bytes(pickled)
        result = subprocess.run([program, "scan", "--json", folder], capture_output=True, text=True)
    reports = json.loads(result.stdout)
    assert len(reports) == len(data), "a file has no verdict"
    return {int(pathlib.Path(report["file"]).stem): report["safety"] if "safety" in report else "unread: " + report["error"] for report in reports}


def compare(program, count, seed):
    source, seen, safe, loaded, bad = pickles(seed), set(), 0, 0, []
    counts = {}
    while safe < count:
        batch = []
        while len(batch) < 5000:
            pickled = next(source)
            if pickled not in seen:
                seen.add(pickled)
                batch.append(pickled)
        verdict = verdicts(program, batch)
        for value in verdict.values():
            counts[value] = counts.get(value, 0) + 1
        trusted = [pickled for index, pickled in enumerate(batch) if verdict[index] == "safe"]
        safe += len(trusted)
        for index, how in crashes(trusted):
            bad.append((trusted[index], how))
            print(how, base64.b64encode(trusted[index]).decode(), flush=True)
        print(f"{sum(counts.values())} pickles: {counts}; {len(bad)} of {safe} safe ones crashed", flush=True)
    return bad


def record(path, most=150):
    """Real pickles in all protocols, and damaged ones that end the process, each by itself."""
    lines = []
    for index, value in enumerate(seeds()):
        # Not every Python object's class is one that is known.
        kind = "other" if isinstance(value, (np.ma.MaskedArray, np.rec.recarray, np.matrix)) or "'O')" in str(getattr(value, "dtype", value)) else "real"
        lines.append((kind, pickle.dumps(value, protocol=index % 6)))
    source = pickles(1)
    found = 0
    while found < most:
        batch = [next(source) for _ in range(500)]
        for index, _ in crashes(batch):
            if found < most and crashes([batch[index]]):
                lines.append(("crash", batch[index]))
                found += 1
    with open(path, "w") as file:
        for kind, pickled in lines:
            file.write(f"{kind} {base64.b64encode(pickled).decode()}\n")


if __name__ == "__main__":
    if len(sys.argv) == 1:
        record(ROOT / "numpy_states.txt")
    else:
        sys.exit(1 if compare(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])) else 0)
