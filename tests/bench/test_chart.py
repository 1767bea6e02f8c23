"""Curves that benchmarks draw."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

from bench.chart import Panel, draw

SVG = "{http://www.w3.org/2000/svg}"
LINEAR = tuple((float(size), size * 0.002) for size in (10, 100, 1000))


def drawn(*points: tuple[float, float]) -> ET.Element:
    panel = Panel(title="seconds & more", across="<nodes>", points=points, digits=2)
    return ET.fromstring(draw("Growth", [panel, panel]))


def test_a_picture_says_in_words_what_it_shows() -> None:
    picture = drawn(*LINEAR)
    told = picture.findtext(f"{SVG}desc") or ""
    assert picture.findtext(f"{SVG}title") == "Growth"
    assert "seconds & more: 0.02 at 10, 0.20 at 100, 2.00 at 1,000" in told


def test_what_grows_linearly_lies_on_the_dashed_line() -> None:
    panel = drawn(*LINEAR).find(f"{SVG}g")
    assert panel is not None
    dashed = next(line for line in panel.iter(f"{SVG}line") if line.get("class") == "linear")
    x1, y1, x2, y2 = (float(dashed.get(name) or "") for name in ("x1", "y1", "x2", "y2"))
    for point in panel.iter(f"{SVG}circle"):
        x, y = (float(point.get(name) or "") for name in ("cx", "cy"))
        assert y == pytest.approx(y1 + (x - x1) / (x2 - x1) * (y2 - y1), abs=0.5)


def test_more_is_higher_and_further_to_the_right() -> None:
    points = list(drawn((1, 5), (10, 5), (100, 50)).iter(f"{SVG}circle"))[:3]
    heights = [float(point.get("cy") or "") for point in points]
    across = [float(point.get("cx") or "") for point in points]
    assert heights[0] == heights[1] > heights[2]
    assert across == sorted(across)


def test_it_is_read_on_a_dark_page_too() -> None:
    style = drawn(*LINEAR).findtext(f"{SVG}style") or ""
    assert "prefers-color-scheme: dark" in style
