"""Random streams of pickle opcodes, and what CPython's unpickler does with each.

    python Fixtures/generate/streams.py                       # writes Fixtures/streams.txt
    python Fixtures/generate/streams.py COUNT SEED OUTPUT     # as many as wanted, for `make fuzz`

One line a stream: its bytes in base64; where STOP ended it, or `!` for an error; then the events in order. `I` is an
import, `C` a call or a new object, with what is called and its arguments as far as they are plain. Nothing is imported
and nothing is run: every name is a class made for the occasion. Both of CPython's unpicklers read each stream, and a
stream that they read differently occurs twice.
"""

import base64
import io
import pathlib
import pickle
import random
import resource
import struct
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent

TEXTS = ["a", "forward", "os", "", "\u00e9", "x" * 20, "0"]
INTEGERS = ["0", "1", "00", "01", "+1", "-0", " 7", "7 ", "0x1f", "0X1F", "-0b101", "0o17", "017", "1_000", "0x_1", "5\0junk",
            "\t12", "7\x0b", "9223372036854775807", "9223372036854775808", "-9223372036854775809", "0xffffffffffffffffff", "00000", "-00",
            "", "-", "0x", "1.0", "0_1", "08_", "09", "1__0", "_1", "--1", "1 2", "0b2", "0o8", "1_", "+ 1", "a", "0x1g", "1e3"]
LONGS = [text + end for text in INTEGERS for end in ("", "L")]
FLOATS = ["1.5", "-inf", "Infinity", "nan", "1e5", "1_0.5", ".5", "5.", "1e-400", "-0.0", "3\0junk", "+7",
          " 2.5", "2.5 ", "1e999", "1._5", "", "x", "1e", "-", "0x1p3", "1__0", "infinit", "nan1"]
INDICES = ["0", "1", "2", " 1", "1 ", "+2", "0_1", "01", "2\0junk", "1_0", "-1", "0x1", "007", "", "99999999999", "-0", "1L", "x"]
QUOTED = ["'a'", '"b"', "'\\x41\\101\\n\\q'", "''", "'it\\'s'", "'\\\\'", "'", "a", "'a\"", "'a' ", "'\\x4'", "'\u00e9'"]
RAW = ["abc", "\\u0041", "\\U0001F600", "\\ud800", "\u00e9\\x", "\\\\u0041", "", "\\u00", "\\U00110000", "\\u00_1", "a\\", "\\N{DASH}"]


def little(width, value):
    return value.to_bytes(width, "little", signed=value < 0)


def line(choice):
    """A line of text, mostly one of the first half of `choice`, which CPython takes."""
    return lambda r: r.choice(choice[:len(choice) // 2] if r.random() < 0.8 else choice).encode("latin-1") + b"\n"


def run(width):
    def make(r):
        data = r.choice(TEXTS).encode()
        length = len(data) if r.random() < 0.99 else r.choice([len(data) + 1, 0, (1 << 8 * width) - 1])
        return little(width, length) + data
    return make


def number(width):
    return lambda r: little(width, r.choice([0, 1, 2, 3, 127, 255, (1 << 8 * width) - 1, 1 << (8 * width - 1)]) & ((1 << 8 * width) - 1))


def digits(width):
    def make(r):
        count = r.choice([0, 1, 2, 7, 8, 9, 12])
        return little(width, count) + bytes(r.choice([0, 1, 127, 128, 255]) for _ in range(count))
    return make


def name(r):
    return r.choice(["collections", "os", "m.n", "\u00e9"]).encode() + b"\n" + r.choice(["OrderedDict", "system", "a.b", "C"]).encode() + b"\n"


def whole_call(r):
    return name(r) + r.choice([b")R", b")\x81", b"(I7\ntR", b"K\x05\x85R", b"(NU\x01at\x81", b"]\x85R", b")\x81}b", b")R(NK\x01u", b"(K\x01l\x85R"])


NOTHING = lambda r: b""

# opcode, its argument, what it needs above the last MARK (None: a MARK), what it leaves, how often it is chosen
OPCODES = [
    (b"(", NOTHING, 0, 0, 12), (b"0", NOTHING, 1, 0, 3), (b"1", NOTHING, None, 0, 1), (b"2", NOTHING, 1, 2, 2),
    (b"F", line(FLOATS), 0, 1, 2), (b"I", line(INTEGERS), 0, 1, 5), (b"L", line(LONGS), 0, 1, 4), (b"N", NOTHING, 0, 1, 3),
    (b"P", line(["id", "", "\u00e9"]), 0, 1, 1), (b"Q", NOTHING, 1, 1, 1), (b"S", line(QUOTED), 0, 1, 2), (b"V", line(RAW), 0, 1, 2),
    (b"J", number(4), 0, 1, 1), (b"K", number(1), 0, 1, 3), (b"M", number(2), 0, 1, 1), (b"G", number(8), 0, 1, 1),
    (b"T", run(4), 0, 1, 1), (b"U", run(1), 0, 1, 2), (b"X", run(4), 0, 1, 3), (b"\x8c", run(1), 0, 1, 3), (b"\x8d", run(8), 0, 1, 1),
    (b"B", run(4), 0, 1, 1), (b"C", run(1), 0, 1, 2), (b"\x8e", run(8), 0, 1, 1), (b"\x96", run(8), 0, 1, 2),
    (b"\x8a", digits(1), 0, 1, 2), (b"\x8b", digits(4), 0, 1, 1), (b"\x88", NOTHING, 0, 1, 1), (b"\x89", NOTHING, 0, 1, 1),
    (b")", NOTHING, 0, 1, 5), (b"]", NOTHING, 0, 1, 4), (b"}", NOTHING, 0, 1, 4), (b"\x8f", NOTHING, 0, 1, 3),
    (b"t", NOTHING, None, 1, 6), (b"l", NOTHING, None, 1, 2), (b"d", NOTHING, None, 1, 2), (b"\x91", NOTHING, None, 1, 2),
    (b"\x85", NOTHING, 1, 1, 4), (b"\x86", NOTHING, 2, 1, 3), (b"\x87", NOTHING, 3, 1, 2),
    (b"a", NOTHING, 2, 1, 4), (b"e", NOTHING, None, 0, 5), (b"\x90", NOTHING, None, 0, 4), (b"s", NOTHING, 3, 1, 4), (b"u", NOTHING, None, 0, 5),
    (b"c", name, 0, 1, 5), (b"c", whole_call, 0, 1, 10), (b"i", name, None, 1, 3), (b"o", NOTHING, None, 1, 3), (b"R", NOTHING, 2, 1, 9), (b"b", NOTHING, 2, 1, 6),
    (b"\x81", NOTHING, 2, 1, 5), (b"\x92", NOTHING, 3, 1, 2), (b"\x93", NOTHING, 2, 1, 3), (b"\x82", number(1), 0, 1, 0.1), (b"\x83", number(2), 0, 1, 0.1),
    (b"p", line(INDICES), 1, 1, 3), (b"g", line(INDICES), 0, 1, 4), (b"q", number(1), 1, 1, 3), (b"h", number(1), 0, 1, 3),
    (b"r", lambda r: little(4, r.choice([0, 1, 2, 3, 70, 100000])), 1, 1, 1), (b"j", lambda r: little(4, r.choice([0, 1, 2, 3, 70, 100000])), 0, 1, 1),
    (b"\x94", NOTHING, 1, 1, 4), (b"\x80", lambda r: bytes([r.choice([0, 1, 2, 3, 4, 5, 5, 5, 5, 4, 3, 2, 1, 0, 5, 6])]), 0, 0, 2),
    (b"\x95", lambda r: little(8, r.choice([0, 1, 2, 3, 5, 20])), 0, 0, 1), (b"\x97", NOTHING, 0, 1, 0.1), (b"\x98", NOTHING, 1, 1, 0.5), (b"C\x01a\x98", NOTHING, 0, 1, 1),
    (b"\xff", NOTHING, 0, 0, 0.1),
]
WEIGHTS = [weight for *_, weight in OPCODES]


def stream(r):
    """Opcodes that mostly find on the stack what they need."""
    out, depths, memos = b"", [0], 0
    for _ in range(r.randrange(2, 22)):
        code, argument, needs, leaves, _ = r.choices(OPCODES, WEIGHTS)[0]
        fits = len(depths) > 1 if needs is None else depths[-1] >= needs
        if not fits and r.random() < 0.99:
            continue
        if code in (b"g", b"h", b"j"):
            if memos == 0 and r.random() < 0.99:
                continue
            index = r.randrange(memos or 1)
            known = {b"g": b"%d\n" % index, b"h": bytes([index]), b"j": little(4, index)}[code]
            out += code + (known if r.random() < 0.8 else argument(r))
        elif code in (b"p", b"q", b"r") and r.random() < 0.8:
            out += code + {b"p": b"%d\n" % memos, b"q": bytes([memos]), b"r": little(4, memos)}[code]
        else:
            out += code + argument(r)
        memos += code in (b"p", b"q", b"r", b"\x94")
        if code == b"(":
            depths.append(0)
        elif needs is None:
            if len(depths) > 1:
                depths.pop()
            depths[-1] += leaves
        else:
            depths[-1] = max(0, depths[-1] - needs) + leaves
    return out + (b"." if r.random() < 0.97 else b"")


def show(value, above=0):
    if value is None or value is True or value is False:
        return str(value)[0]
    if type(value) is int:
        return f"i{value}"
    if type(value) is float:
        return "f" + struct.pack(">d", value).hex() if value == value else "fnan"
    if type(value) is str:
        return "s?" if any("\ud800" <= c <= "\udfff" for c in value) else "s" + value.encode().hex()
    if type(value) is bytes:
        return "b" + value.hex()
    if type(value) is tuple and above < 4:
        return "(" + ",".join(show(part, above + 1) for part in value) + ")"
    return "?"


def reader(base, events):
    """An unpickler that notes what it would import and call."""
    class Anything(type):
        def __call__(cls, *arguments):
            if not hasattr(cls, "path"):
                return type.__call__(cls, *arguments)
            return cls.note(arguments)

        def note(cls, arguments):
            events.append(f"C{cls.path}{show(arguments)}")
            return made()

        def __setitem__(cls, key, value):
            pass

    def methods():
        """What the unpickler may do to any value that it was given."""
        nothing = lambda *arguments: None
        return {"__setitem__": nothing, "append": nothing, "extend": nothing, "add": nothing, "__setstate__": nothing, "__hash__": lambda self: 1}

    def called(self, *arguments):
        events.append(f"C?{show(arguments)}")
        return made()

    Made = type("Made", (), dict(methods(), __call__=called))

    def made():
        return Made()

    def imported(module, attribute):
        path = "".join("\ufffd" if "\ud800" <= c <= "\udfff" else c for c in f"{module}.{attribute}").encode().hex()
        events.append(f"I{path}")
        cls = Anything("Imported", (), {"__new__": lambda cls, *arguments, **keywords: type(cls).note(cls, arguments)})
        cls.path = path
        for key in ("append", "extend", "add", "__setstate__"):
            setattr(cls, key, classmethod(lambda cls, *arguments: None))
        return cls

    class Reader(base):
        def find_class(self, module, attribute):
            return imported(module, attribute)

        def persistent_load(self, value):
            return made()

    return Reader


def read(base, data):
    events, file = [], io.BytesIO(data)
    try:
        unpickler = reader(base, events)(file, fix_imports=False)
        unpickler.load()
        # The C unpickler reads ahead: where it ended, the pure one tells, or the last byte.
        end = str(file.tell()) if base is pickle._Unpickler else "."
    except BaseException:
        end = "!"
    return end, events


def lines(count, seed, most=None):
    r = random.Random(seed)
    size, seen = 0, set()
    while count > 0:
        data = stream(r)
        if data in seen:
            continue
        seen.add(data)
        outcomes = {}
        for base in (pickle._Unpickler, pickle.Unpickler):
            end, events = read(base, data)
            outcomes[" ".join(events)] = end if outcomes.get(" ".join(events), ".") in (".", "!") else outcomes[" ".join(events)]
        if most and not any(outcomes) and all(end == "!" for end in outcomes.values()) and r.random() < 0.95:
            continue  # Nothing happened: a few of these will do.
        count -= 1
        for events, end in outcomes.items():
            text = f"{base64.b64encode(data).decode()} {end} {events}".rstrip()
            size += len(text) + 1
            if most and size > most:
                return
            yield text


if __name__ == "__main__":
    # The C unpickler makes room for as many memos as an index says: without a limit that takes the machine's memory.
    resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
    if len(sys.argv) == 4:
        count, seed, output = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
        most = None
    else:
        count, seed, output, most = 10**6, 1, ROOT / "streams.txt", 190_000
    with open(output, "w") as file:
        for text in lines(count, seed, most):
            file.write(text + "\n")
