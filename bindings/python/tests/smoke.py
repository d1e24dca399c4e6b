"""What an installed package must do where there is neither torch nor pytest: `smoke.py FIXTURES`."""

import json
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pthconv

fixtures = Path(sys.argv[1])
assert "-packages" in pthconv.__file__, pthconv.__file__
state = pthconv.load(fixtures / "demo/res2net-small.pth", numpy=True)
assert state["conv1.weight"].shape == (64, 3, 7, 7)
assert pthconv.scan(fixtures / "demo/res2net-small.pth").is_safe
assert pthconv.scan(fixtures / "hostile/form-inst.pkl").verdict == "dangerous"
assert pthconv.map(fixtures / "demo/res2net-small.pth", "Res2Net").verdict == "complete"
try:
    pthconv.load(fixtures / "demo/res2net-small.pth")
except ImportError as error:
    assert "numpy=True" in str(error)
# The program comes along, and says the same.
program = Path(shutil.which("pthconv", path=sysconfig.get_path("scripts")))
assert program.read_bytes()[:4] == b"\x7fELF"


def output(*arguments):
    return subprocess.check_output([program, *arguments], text=True)


assert output("--version").strip() == pthconv.__version__
small = str(fixtures / "demo/res2net-small.pth")
assert json.loads(output("inspect", "--json", small)) == pthconv.inspect(small).to_dict()
assert output("verify", small, "--backbone", "Res2Net", "--size", "32,32", "--engine", "reference").startswith("consistent")
assert "</html>" in pthconv.inspect(small, histograms=True).to_html()
# All libraries that are opened when something needs them.
assert pthconv.inspect(small, checksum=True)["checksum"]["sha256"]
for name in ("nested-bzip2-joined.bz2", "joblib-fine-lzma.joblib", "nested-xz-tar.tar.xz",
             "nested-zstandard-in-zip.zip", "nested-lz4.joblib"):
    expected = json.loads((fixtures / "hostile" / f"{name}.json").read_text())
    assert pthconv.scan(fixtures / "hostile" / name).verdict == expected["scan"], name
assert pthconv.preflight(fixtures / "configs/data/child.yaml")["config"]
for picture in ("rgb.png", "rgb.jpg"):
    assert pthconv.verify(small, "Res2Net", input=fixtures / "images" / picture, engine="reference").passed
print("pthconv", pthconv.__version__, "holds")
