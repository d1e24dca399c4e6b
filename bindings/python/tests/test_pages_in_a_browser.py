"""Pages in a real browser: `make html-test`."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy
import pytest
from conftest import FIXTURES

import pthconv

playwright = pytest.importorskip(
    "playwright.sync_api", reason="playwright is not installed: pip install playwright")

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium")
pytestmark = pytest.mark.skipif(not CHROMIUM, reason="chromium is not installed")

SMALL = FIXTURES / "demo/res2net-small.pth"
MUTILATED = FIXTURES / "demo/res2net-small-mutilated.pth"
WIDTHS = [1280, 390]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as started:
        chromium = started.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture
def show(browser: Any, tmp_path: Path) -> Iterator[Any]:
    """Opens a report's page; what the browser has to complain about is an error."""
    complaints: list[str] = []
    requests: list[str] = []
    pages = []

    def open_page(report: Any, width: int = 1280, scheme: str = "light") -> Any:
        file = tmp_path / f"{len(pages)}.html"
        file.write_text(report.to_html())
        page = browser.new_page(
            viewport={"width": width, "height": 900}, color_scheme=scheme)
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: requests.append(request.url))
        page.on("dialog", lambda dialog: complaints.append(dialog.message))
        page.goto(file.as_uri())
        pages.append(page)
        return page

    yield open_page
    for page in pages:
        page.close()
    assert not complaints
    assert all(url.startswith(("file:", "data:")) for url in requests)


def reports() -> dict[str, Any]:
    return {
        "inspect": pthconv.inspect(SMALL, histograms=True),
        "map": pthconv.map(MUTILATED, "Res2Net"),
        "verify": pthconv.verify(
            SMALL, "Res2Net", input=FIXTURES / "images/rgb.png", feature_maps=True, layers=True,
            engine="reference"),
    }


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_pages_fit_the_screen_and_can_be_read(show: Any, width: int, scheme: str) -> None:
    for report in reports().values():
        page = show(report, width, scheme)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        # The verdict is seen without scrolling.
        assert page.locator(".verdict").bounding_box()["y"] < 300
        background, text, verdict = page.evaluate("""() => {
            const verdict = document.querySelector('.verdict');
            return [getComputedStyle(document.body).backgroundColor,
                    getComputedStyle(document.body).color,
                    getComputedStyle(verdict.querySelector('strong')).color]; }""")
        assert contrast(background, text) >= 7 and contrast(background, verdict) >= 4.5
        for kind in (".note", ".number", ".state"):
            for colour in set(page.eval_on_selector_all(
                    kind, "all => all.map(one => getComputedStyle(one).color)")):
                assert contrast(background, colour) >= 4.5, (kind, colour)


def contrast(one: str, other: str) -> float:
    """The ratio that WCAG defines, of two colours as `rgb(…)`."""
    def luminance(colour: str) -> float:
        parts = [int(part) / 255 for part in colour[4:-1].split(",")]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    light, dark = sorted([luminance(one), luminance(other)], reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("width", WIDTHS)
def test_the_tree_opens_filters_and_finds_a_key(show: Any, width: int) -> None:
    page = show(reports()["map"], width)
    deep = page.locator('li.key[data-key="layer4.0.convs.1.weight"]')
    missing = page.locator('li.key[data-key="layer3.0.convs.1.weight"]')
    assert not deep.is_visible() and missing.is_visible(), "what is missing is open at first"
    page.click("#expand")
    assert deep.is_visible()
    page.click("#collapse")
    assert not deep.is_visible()

    page.fill("#filter", "convs.1 LAYER4")
    assert deep.is_visible() and not missing.is_visible()
    assert page.inner_text("#found") == "1 of 151"
    page.fill("#filter", "")
    page.click("#collapse")
    page.fill("#filter", "layer3.0.bns.1")
    for place in ("num_batches_tracked", "weight"):
        page.press("#filter", "Enter")
        here = page.locator("li.here")
        assert here.get_attribute("data-key").startswith("layer3.0.bns.1.")
        assert here.bounding_box()["y"] < 900
    page.fill("#filter", "no such key")
    assert page.inner_text("#found") == "0 of 151"
    assert page.locator("li.key:visible").count() == 0


def test_states_are_marks_and_can_be_left_out(show: Any) -> None:
    page = show(reports()["map"])
    marks = set(page.locator("li.key > .state").all_inner_texts())
    assert len(marks) == len(set(page.eval_on_selector_all(
        "li.key", "keys => keys.map(key => key.dataset.state)"))) >= 4
    for box in page.locator("input[data-state]").all():
        if box.get_attribute("data-state") != "mismatched":
            box.uncheck()
    page.click("#expand")
    assert page.locator("li.key:visible").count() == 1
    assert page.inner_text("#found") == "1 of 151"


def test_the_keyboard_is_enough(show: Any) -> None:
    page = show(reports()["inspect"])
    page.keyboard.press("/")
    page.keyboard.type("fc.bias")
    page.keyboard.press("Enter")
    assert page.locator("li.here").get_attribute("data-key") == "fc.bias"


def test_pictures_of_the_stages_are_pictures(show: Any) -> None:
    page = show(reports()["verify"])
    sizes = page.eval_on_selector_all(
        "img", "all => all.map(one => [one.complete, one.naturalWidth])")
    assert len(sizes) == 4 and all(complete and width > 0 for complete, width in sizes)


def test_names_in_a_file_do_nothing(show: Any, tmp_path: Path) -> None:
    names = ["<script>alert(1)</script>.weight", "\"><img src=x onerror=alert(2)>",
             "</script><script>alert(3)</script>"]
    path = tmp_path / "hostile.safetensors"
    pthconv.save(dict.fromkeys(names, numpy.ones(2)), path, metadata={"<svg onload=alert(4)>": "x"})
    page = show(pthconv.inspect(path, histograms=True))
    page.click("#expand")
    assert page.locator("li.key:visible").count() == 3
    page.fill("#filter", "<script>")
    assert page.inner_text("#found") == "2 of 3"
