"""Makes a wheel that brings what a bare system lacks: `wheel.py BUILT.whl FOLDER`.

The library and the program open some libraries when something needs them (oneDNN is large, optional, and left to the
system). They are put beside the package, where the search paths of both lead, with what their packages say of
licences. auditwheel then adds what is missing still, and names the wheel by the glibc that it needs.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

# Archives and checksums, images, detectron2's configurations, packed streams.
OPENED = (
    "libzip.so.4", "libcrypto.so.3", "libpng16.so.16", "libturbojpeg.so.0", "libyaml-0.so.2", "libbz2.so.1.0",
    "liblzma.so.5", "libzstd.so.1", "liblz4.so.1")

# From the folder of scripts to the package: a virtual environment, Debian's own Python, `pip install --target`.
FROM_SCRIPTS = [
    f"$ORIGIN/../lib/python3.{minor}/{folder}-packages/pthconv/lib"
    for minor in range(9, 20) for folder in ("site", "dist")] + ["$ORIGIN/../pthconv/lib"]


def run(*command):
    return subprocess.run([str(word) for word in command], check=True, capture_output=True, text=True).stdout


def place(name):
    """Where the system has a library."""
    found = re.search(rf"^\s*{re.escape(name)} .*x86-64.* => (\S+)$", run("/sbin/ldconfig", "-p"), re.MULTILINE)
    if not found:
        sys.exit(f"{name} is not installed")
    return Path(found[1])


def licence(library):
    """The copyright file of the Debian package that a library is from, and the package's name."""
    for path in (library, library.resolve(), Path("/usr", *library.resolve().parts[1:])):
        found = subprocess.run(["dpkg-query", "-S", path], capture_output=True, text=True)
        if found.returncode == 0:
            package = found.stdout.split(":")[0]
            return package, Path("/usr/share/doc", package, "copyright")
    sys.exit(f"{library} is of no package, so its licence is not known")


def needed(library):
    """All libraries that one needs, but for those of every system."""
    lines = run("ldd", library).splitlines()
    paths = [Path(line.split(" => ")[1].split(" (")[0]) for line in lines if " => /" in line]
    return [path for path in paths if not re.match(r"(libc|libm|libz|libdl|libpthread)\.so", path.name)]


def main():
    built, folder = map(Path, sys.argv[1:])
    with tempfile.TemporaryDirectory() as work:
        run(sys.executable, "-m", "wheel", "unpack", built, "-d", work)
        (root,) = Path(work).iterdir()
        (program,) = root.glob("*.data/scripts/pthconv")
        library = root / "pthconv/libpthconv.so.1"
        libraries = root / "pthconv/lib"
        (libraries / "licenses").mkdir(parents=True)
        inside = needed(library)
        for name in OPENED:
            source = place(name)
            shutil.copyfile(source, libraries / name)
            inside += [source, *needed(source)]
        for package, text in map(licence, inside):
            shutil.copyfile(text, libraries / "licenses" / package)
        # libzip needs some of the others: one copy of each is enough.
        run("patchelf", "--set-rpath", "$ORIGIN", libraries / "libzip.so.4")
        run("patchelf", "--set-rpath", "$ORIGIN/lib", library)
        run("patchelf", "--set-rpath", ":".join(FROM_SCRIPTS), program)
        packed = Path(work, "packed")
        packed.mkdir()
        run(sys.executable, "-m", "wheel", "pack", root, "-d", packed)
        (wheel,) = packed.iterdir()
        present = [word for name in OPENED for word in ("--exclude", name)]
        run(sys.executable, "-m", "auditwheel", "repair", *present, "-w", folder, wheel)
    print(*folder.glob("*.whl"))


if __name__ == "__main__":
    main()
