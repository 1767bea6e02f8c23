"""Curves as SVG by hand: both axes logarithmic, readable on light and on dark pages."""

from __future__ import annotations

import math
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

WIDTH, HEIGHT = 380, 300
LEFT, RIGHT, TOP, BOTTOM = 58, 34, 72, 52
STYLE = """
  svg { background: #ffffff }
  text { font: 12px system-ui, sans-serif; fill: #1f2328 }
  .title { font-size: 14px; font-weight: 600 }
  .grid { stroke: #d8dee4 }
  .linear { stroke: #8c959f; stroke-dasharray: 4 4 }
  .curve { stroke: #0969da; stroke-width: 2; fill: none }
  .point { fill: #0969da }
  @media (prefers-color-scheme: dark) {
    svg { background: #0d1117 }
    text { fill: #e6edf3 }
    .grid { stroke: #30363d }
    .linear { stroke: #7d8590 }
    .curve { stroke: #4493f8 }
    .point { fill: #4493f8 }
  }
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One curve with axes of its own."""

    title: str
    across: str
    """What grows from left to right."""
    points: Sequence[tuple[float, float]]
    """In order; all above 0."""
    digits: int = 0
    """Of the values, behind the point."""


def draw(title: str, panels: Sequence[Panel]) -> str:
    """Return the panels beside each other."""
    width = WIDTH * len(panels)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{HEIGHT}" role="img">',
        f"<title>{escape(title)}</title>",
        f"<desc>{escape('; '.join(map(_told, panels)))}</desc>",
        f"<style>{STYLE}</style>",
        f'<text class="title" x="{LEFT}" y="22">{escape(title)}</text>',
    ]
    for number, panel in enumerate(panels):
        parts += [f'<g transform="translate({number * WIDTH} 0)">', *_panel(panel), "</g>"]
    return "\n".join([*parts, "</svg>"]) + "\n"


def _told(panel: Panel) -> str:
    values = (f"{y:.{panel.digits}f} at {x:,.0f}" for x, y in panel.points)
    return f"{panel.title}: {', '.join(values)}"


@dataclass(frozen=True, slots=True)
class _Axis:
    """Decades from 10 to the `low` to 10 to the `high`, between two pixels."""

    low: int
    high: int
    start: float
    stop: float

    def at(self, value: float) -> float:
        share = (math.log10(value) - self.low) / (self.high - self.low)
        return self.start + share * (self.stop - self.start)

    def decades(self) -> Iterator[tuple[float, float]]:
        for power in range(self.low, self.high + 1):
            yield 10.0**power, self.at(10.0**power)


def _axis(values: Sequence[float], start: float, stop: float) -> _Axis:
    low = math.floor(math.log10(min(values)))
    return _Axis(low, max(math.ceil(math.log10(max(values))), low + 1), start, stop)


def _panel(panel: Panel) -> Iterator[str]:
    xs, ys = zip(*panel.points, strict=True)
    bottom, right = HEIGHT - BOTTOM, WIDTH - RIGHT
    across, upward = _axis(xs, LEFT, right), _axis(ys, bottom, TOP)
    yield f'<text x="{LEFT}" y="46">{escape(panel.title)}</text>'
    for value, x in across.decades():
        yield f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{bottom}"/>'
        yield f'<text x="{x:.1f}" y="{bottom + 18}" text-anchor="middle">{value:,.0f}</text>'
    for value, y in upward.decades():
        yield f'<line class="grid" x1="{LEFT}" x2="{right}" y1="{y:.1f}" y2="{y:.1f}"/>'
        yield f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{value:,.10g}</text>'
    yield _linear(across, upward, panel.points[-1])
    line = " ".join(f"{across.at(x):.1f},{upward.at(y):.1f}" for x, y in panel.points)
    yield f'<polyline class="curve" points="{line}"/>'
    for x, y in panel.points:
        at, height = across.at(x), upward.at(y)
        yield f'<circle class="point" cx="{at:.1f}" cy="{height:.1f}" r="4"/>'
        label = f"{y:.{panel.digits}f}"
        yield f'<text x="{at:.1f}" y="{height - 10:.1f}" text-anchor="middle">{label}</text>'
    middle = (LEFT + right) / 2
    below = escape(f"{panel.across} (dashed: linear growth)")
    yield f'<text x="{middle}" y="{HEIGHT - 12}" text-anchor="middle">{below}</text>'


def _linear(across: _Axis, upward: _Axis, last: tuple[float, float]) -> str:
    """Return the line through the last point on which twice as many cost twice as much."""
    x, y = last
    start = max(10.0**across.low, x / y * 10.0**upward.low)
    return (
        f'<line class="linear" x1="{across.at(start):.1f}" y1="{upward.at(y / x * start):.1f}" '
        f'x2="{across.at(x):.1f}" y2="{upward.at(y):.1f}"/>'
    )
