"""An unpickler that imports and calls nothing, and the tagged JSON that stands for what it saw.

Names, calls, persistent ids and extension codes become records, which is also how the reader treats them.
"""

import pickle


class Global:
    def __init__(self, module, name):
        self.module, self.name = module, name


class Extension:
    def __init__(self, code):
        self.code = code


class PersistentId:
    def __init__(self, value):
        self.value = value


class Call:
    """A callable with its arguments, and whatever later opcodes did to the result."""

    def __init__(self, opcode, function, args, kwargs=None):
        self.opcode, self.function, self.args, self.kwargs = opcode, function, args, kwargs
        self.states, self.appended, self.pairs = [], [], []


class EightBit(bytes):
    """A Python 2 `str`."""


class Items(list):
    """A set or frozenset in the order of the stream."""

    frozen = False


class Recorder(pickle._Unpickler):
    dispatch = dict(pickle._Unpickler.dispatch)

    def find_class(self, module, name):
        return Global(module, name)

    def persistent_load(self, value):
        return PersistentId(value)

    def get_extension(self, code):
        self.append(Extension(code))

    def _decode_string(self, value):
        return EightBit(value)

    def call(self, opcode, function, args, kwargs=None):
        self.append(Call(opcode, function, list(args), kwargs))

    def load_reduce(self):
        args, function = self.stack.pop(), self.stack.pop()
        self.call("REDUCE", function, args)
    dispatch[pickle.REDUCE[0]] = load_reduce

    def load_newobj(self):
        args, cls = self.stack.pop(), self.stack.pop()
        self.call("NEWOBJ", cls, args)
    dispatch[pickle.NEWOBJ[0]] = load_newobj

    def load_newobj_ex(self):
        kwargs, args, cls = self.stack.pop(), self.stack.pop(), self.stack.pop()
        self.call("NEWOBJ_EX", cls, args, kwargs)
    dispatch[pickle.NEWOBJ_EX[0]] = load_newobj_ex

    def load_inst(self):
        module, name = self.readline()[:-1].decode("ascii"), self.readline()[:-1].decode("ascii")
        self.call("INST", Global(module, name), self.pop_mark())
    dispatch[pickle.INST[0]] = load_inst

    def load_obj(self):
        items = self.pop_mark()
        self.call("OBJ", items[0], items[1:])
    dispatch[pickle.OBJ[0]] = load_obj

    def load_build(self):
        state = self.stack.pop()
        self.stack[-1].states.append(state)
    dispatch[pickle.BUILD[0]] = load_build

    def load_append(self):
        value = self.stack.pop()
        target = self.stack[-1]
        (target.appended if isinstance(target, Call) else target).append(value)
    dispatch[pickle.APPEND[0]] = load_append

    def load_appends(self):
        values = self.pop_mark()
        target = self.stack[-1]
        (target.appended if isinstance(target, Call) else target).extend(values)
    dispatch[pickle.APPENDS[0]] = load_appends
    dispatch[pickle.ADDITEMS[0]] = load_appends

    def set_pairs(self, values):
        target, pairs = self.stack[-1], list(zip(values[::2], values[1::2]))
        if isinstance(target, Call):
            target.pairs.extend(pairs)
        else:
            target.update(pairs)

    def load_setitem(self):
        value, key = self.stack.pop(), self.stack.pop()
        self.set_pairs([key, value])
    dispatch[pickle.SETITEM[0]] = load_setitem

    def load_setitems(self):
        self.set_pairs(self.pop_mark())
    dispatch[pickle.SETITEMS[0]] = load_setitems

    def load_empty_set(self):
        self.append(Items())
    dispatch[pickle.EMPTY_SET[0]] = load_empty_set

    def load_frozenset(self):
        items = Items(self.pop_mark())
        items.frozen = True
        self.append(items)
    dispatch[pickle.FROZENSET[0]] = load_frozenset


def render(value, above=()):
    """The object as tagged JSON; {"t": "cycle", "up": n} points n containers up."""
    for distance, ancestor in enumerate(reversed(above), 1):
        if ancestor is value:
            return {"t": "cycle", "up": distance}
    inside = (*above, value)

    def many(values):
        return [render(item, inside) for item in values]

    def pairs(items):
        return [[render(key, inside), render(item, inside)] for key, item in items]

    if value is None:
        return {"t": "none"}
    if isinstance(value, bool):
        return {"t": "bool", "v": value}
    if isinstance(value, int):
        return {"t": "int", "v": str(value)}
    if isinstance(value, float):
        return {"t": "float", "v": repr(value)}
    if isinstance(value, str):
        if any("\ud800" <= c <= "\udfff" for c in value):
            return {"t": "surrogates", "v": value.encode("utf-8", "surrogatepass").hex()}
        return {"t": "str", "v": value}
    if isinstance(value, EightBit):
        return {"t": "str8", "v": value.hex()}
    if isinstance(value, bytearray):
        return {"t": "bytearray", "v": value.hex()}
    if isinstance(value, bytes):
        return {"t": "bytes", "v": value.hex()}
    if isinstance(value, tuple):
        return {"t": "tuple", "v": many(value)}
    if isinstance(value, Items):
        return {"t": "frozenset" if value.frozen else "set", "v": many(value)}
    if isinstance(value, list):
        return {"t": "list", "v": many(value)}
    if isinstance(value, dict):
        return {"t": "dict", "v": pairs(value.items())}
    if isinstance(value, Global):
        return {"t": "global", "module": value.module, "name": value.name}
    if isinstance(value, Extension):
        return {"t": "extension", "v": value.code}
    if isinstance(value, PersistentId):
        return {"t": "persid", "v": render(value.value, inside)}
    assert isinstance(value, Call), type(value)
    made = {"t": "call", "op": value.opcode, "callable": render(value.function, inside), "args": many(value.args)}
    if value.kwargs is not None:
        made["kwargs"] = render(value.kwargs, inside)
    if value.states:
        made["states"] = many(value.states)
    if value.appended:
        made["appended"] = many(value.appended)
    if value.pairs:
        made["pairs"] = pairs(value.pairs)
    return made
