"""Reports as pages of HTML."""

from __future__ import annotations

import pickle
from html import unescape
from pathlib import Path

import numpy
import pytest
from conftest import FIXTURES

import pthconv

SMALL = FIXTURES / "demo/res2net-small.pth"


def test_every_report_that_can_be_looked_at_has_a_page() -> None:
    reports = {
        "inspect": pthconv.inspect(SMALL, histograms=True),
        "map": pthconv.map(SMALL, "Res2Net"),
        "verify": pthconv.verify(
            SMALL, "Res2Net", input=FIXTURES / "images/rgb.png", feature_maps=True,
            engine="reference"),
    }
    for command, report in reports.items():
        page = report.to_html()
        assert page.startswith("<!doctype html>") and f"pthconv {command}" in page
        assert str(SMALL) in page
        # A report is all that a page needs, so one that was pickled has it, too.
        assert pickle.loads(pickle.dumps(report)).to_html() == page
        shown = report._repr_html_()
        assert SMALL.name in shown and report.summary() in unescape(shown)
        assert unescape(shown.split('srcdoc="')[1].split('"></iframe>')[0]) == page
    assert reports["inspect"].to_html().count('class="histogram"') == len(
        reports["inspect"]["tensors"])
    assert reports["verify"].to_html().count("<img ") == 4
    assert [m["name"] for m in reports["verify"]["feature_maps"]] == [
        "layer1", "layer2", "layer3", "layer4"]


def test_pages_onto_keys_of_which_nothing_is_known(tmp_path: Path) -> None:
    pthconv.save({"a.weight": numpy.zeros((2, 3))}, tmp_path / "a.pth")
    pthconv.save({"x.a.weight": numpy.zeros((2, 3)), "x.b": numpy.zeros(2)}, tmp_path / "b.pth")
    page = pthconv.map(tmp_path / "b.pth", target=tmp_path / "a.pth").to_html()
    assert 'data-key="a.weight" data-state="loaded"' in page
    assert 'data-key="x.b" data-state="foreign"' in page


def test_nothing_out_of_a_file_is_markup(tmp_path: Path) -> None:
    names = ["<script>alert(1)</script>", "\"'><img src=x>.weight", "\u202eright.to.left"]
    path = tmp_path / "<b>x.safetensors"
    pthconv.save(dict.fromkeys(names, numpy.zeros(2)), path, metadata={"</script>": "<img>"})
    for report in (pthconv.inspect(path), pthconv.map(path, target=path)):
        page = report.to_html()
        assert page.count("<script") == 1 and page.count("</script") == 1
        assert "<img" not in page and "<b>" not in page and "\u202e" not in page
        assert "<img" not in report._repr_html_() and "<b>x" not in report._repr_html_()


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16", "int32", "uint8", "bool"])
def test_histograms_are_numpys(tmp_path: Path, dtype: str) -> None:
    random = numpy.random.default_rng(7)
    values = random.normal(0, 40, (50, 70))
    arrays = {"plain": values.astype(dtype), "turned": values.astype(dtype).T,
              "alike": numpy.ones(5, dtype)}
    if dtype.startswith("float"):
        arrays["bad"] = numpy.array([numpy.nan, 1, 2, numpy.inf, -numpy.inf, 5], dtype)
        arrays["none"] = numpy.array([numpy.nan], dtype)
    pthconv.save(arrays, tmp_path / "x.pth")
    report = pthconv.inspect(tmp_path / "x.pth", histograms=True)
    for tensor in report["tensors"]:
        array = arrays[tensor["name"]].astype("float64")
        finite = array[numpy.isfinite(array)]
        if not finite.size:
            assert "histogram" not in tensor["stats"]
            continue
        counts = tensor["stats"]["histogram"]
        assert sum(counts) == finite.size and len(counts) == 40
        if finite.min() < finite.max():
            expected, _ = numpy.histogram(finite, bins=40)
            # A value on the border of two bins may be rounded into either.
            assert numpy.abs(numpy.cumsum(counts) - numpy.cumsum(expected)).max() <= 2
    assert all("histogram" not in t["stats"]
               for t in pthconv.inspect(tmp_path / "x.pth", statistics=True)["tensors"])


def test_what_is_no_report_is_an_error() -> None:
    from pthconv._reports import MapReport

    with pytest.raises(pthconv.ArgumentError, match="no report of map"):
        MapReport({"verdict": "complete"}).to_html()
