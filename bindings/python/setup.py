"""Builds the C library with Swift and puts it beside the modules."""

import os
import re
import shutil
import subprocess
from pathlib import Path

from setuptools import Distribution, setup
from setuptools.command.build_py import build_py

HERE = Path(__file__).resolve().parent
LIBRARY = "libpthconv.so.1"


def checkout() -> Path:
    """The repository around this folder."""
    root = HERE.parents[1]
    if not (root / "Package.swift").is_file():
        raise SystemExit(
            "pthconv is built from a checkout of its repository: pip install bindings/python")
    return root


def version() -> str:
    face = (checkout() / "Sources/PthConvKit/PthConvKit.swift").read_text()
    found = re.search(r'toolkitVersion = "([^"]+)"', face)
    assert found, "the version is not where it used to be"
    return found[1]


class BuildWithLibrary(build_py):
    """`PTHCONV_LIBRARY` names a library that is built already."""

    def run(self) -> None:
        super().run()
        target = Path(self.build_lib) / "pthconv" / LIBRARY
        shutil.copyfile(self.library(), target)
        strip = shutil.which("strip")
        if strip:
            subprocess.run([strip, str(target)], check=True)

    def library(self) -> Path:
        if "PTHCONV_LIBRARY" in os.environ:
            return Path(os.environ["PTHCONV_LIBRARY"])
        swift = shutil.which(os.environ.get("SWIFT", "swift"))
        if not swift:
            raise SystemExit(
                "Swift 6.1 or later is needed to build pthconv: https://www.swift.org/install/linux")
        build = [swift, "build", "-c", "release", "--product", "pthconv-c"]
        subprocess.run(build, cwd=checkout(), check=True)
        return checkout() / ".build/release/libpthconv-c.so"


class PlatformDistribution(Distribution):
    """The wheel holds machine code."""

    def has_ext_modules(self) -> bool:
        return True


def wheel_commands() -> dict:
    """A wheel that any Python 3 can use: nothing in it is compiled against one."""
    try:
        from wheel.bdist_wheel import bdist_wheel
    except ImportError:
        from setuptools.command.bdist_wheel import bdist_wheel

    class AnyPython(bdist_wheel):
        def get_tag(self) -> tuple:
            return ("py3", "none", super().get_tag()[2])

    return {"bdist_wheel": AnyPython}


setup(
    version=version(),
    distclass=PlatformDistribution,
    cmdclass={"build_py": BuildWithLibrary, **wheel_commands()},
)
