"""Builds the C library and the program with Swift: the one is put beside the modules, the other where
scripts go."""

import os
import re
import shutil
import subprocess
from pathlib import Path

from setuptools import Distribution, setup
from setuptools.command.build_py import build_py

# What setuptools brings as `distutils`, for want of a command of its own.
from distutils.command.build_scripts import build_scripts  # isort: skip

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


def built(product: str, file: str, variable: str) -> Path:
    """A product of the package; `variable` may name one that is built already."""
    if variable in os.environ:
        return Path(os.environ[variable])
    swift = shutil.which(os.environ.get("SWIFT", "swift"))
    if not swift:
        raise SystemExit(
            "Swift 6.1 or later is needed to build pthconv: https://www.swift.org/install/linux")
    build = [swift, "build", "-c", "release", "--product", product]
    subprocess.run(build, cwd=checkout(), check=True)
    return checkout() / ".build/release" / file


def copy_stripped(source: Path, target: Path) -> None:
    """Copies a program or a library without the symbols that a debugger wants."""
    shutil.copyfile(source, target)
    target.chmod(0o755)
    strip = shutil.which("strip")
    if strip:
        subprocess.run([strip, str(target)], check=True)


class BuildWithLibrary(build_py):
    """The modules and the library."""

    def run(self) -> None:
        super().run()
        library = built("pthconv-c", "libpthconv-c.so", "PTHCONV_LIBRARY")
        copy_stripped(library, Path(self.build_lib) / "pthconv" / LIBRARY)


class BuildProgram(build_scripts):
    """The program itself, not a script of Python that would start it."""

    def run(self) -> None:
        self.mkpath(self.build_dir)
        program = built("pthconv", "pthconv", "PTHCONV_PROGRAM")
        copy_stripped(program, Path(self.build_dir) / "pthconv")


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
    scripts=["pthconv"],
    cmdclass={
        "build_py": BuildWithLibrary, "build_scripts": BuildProgram, **wheel_commands()},
)
