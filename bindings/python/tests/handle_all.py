"""Does to each file what can be done with one, and says so; an error of pthconv's own is fine.

    python handle_all.py FILE...
"""

import sys
import warnings

import pthconv

SMALL = 1 << 20


def touch(values):
    """Reads the first and the last element, and all if there are few."""
    for value in values:
        if 0 < value.nbytes <= SMALL:
            value.sum() if value.dtype.kind != "V" else value.tobytes()
        elif value.size:
            value[(0,) * value.ndim], value[(-1,) * value.ndim]


def touch_torch(values):
    """Reads the storages, which every type has: torch cannot compute with all."""
    for value in values:
        storage = value.untyped_storage()
        if storage.nbytes() and not value.is_meta:
            storage[0], storage[storage.nbytes() - 1]


def handle(path):
    done = 0
    for act in (
            lambda: touch(pthconv.load(path, numpy=True).values()),
            lambda: [t.tobytes() for t in pthconv.open(path).values() if t.nbytes <= SMALL],
            lambda: touch_torch(pthconv.load(path).values()),
            lambda: pthconv.inspect(path, histograms=True, checksum=True).to_html(),
            lambda: pthconv.scan(path),
            lambda: pthconv.map(path, "ResNet", depth=50).to_html(),
            lambda: pthconv.diff(path, path),
    ):
        try:
            act()
            done += 1
        except pthconv.PthconvError as error:
            assert str(error) and "\n" not in str(error), repr(str(error))
    return done


def main():
    warnings.simplefilter("ignore")
    for path in sys.argv[1:]:
        print(path, flush=True)
        print(handle(path), flush=True)


if __name__ == "__main__":
    main()
