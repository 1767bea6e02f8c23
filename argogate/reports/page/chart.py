"""The timeline as SVG: it needs neither style nor script.

All lengths along the time are shares of the width, so that it fits a phone; names and times keep
their size. The bars lie in an `svg` of their own, which the script makes wider to zoom.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from argogate import spell
from argogate.reports.escape import line
from argogate.reports.page.elements import el
from argogate.reports.page.states import FRAMED, LOOKS, State, state_of_bar, state_of_node

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from xml.etree import ElementTree as ET

    from argogate.verdict.report import Case
    from argogate.verdict.timeline import Bar, Row, Timeline

NAMES = 30
"""Percent of the width that names take."""
ROW, TOP, BAR, FRAME = 22, 26, 12, 5
"""Pixels: height of a row, of the axis, of a bar, of the bar of what encloses others."""
INDENT, DEEPEST = 12, 10
LEAST = 0.05
"""Percent: nothing is drawn of a bar that has no width at all."""
LATE, WIDE = 80, 12
"""Percent: from where on a time has no room behind its bar, and how wide a bar holds it."""
MOST_TICKS = 5
STEPS = (1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14400, 21600, 43200, 86400)
INK, FAINT, GRID, PATH = "#1c2430", "#667080", "#dfe3e9", "#1c2430"


def chart(
    timeline: Timeline, rows: Sequence[Row], cases: Mapping[str, Case], key: str, name: str
) -> ET.Element:
    """Return the timeline of some of its rows; `key` tells it from others on the page."""
    height = TOP + ROW * len(rows) + 6
    plot = el(
        "svg",
        el(
            "svg",
            _axis(timeline, height),
            _bars(timeline, rows, cases),
            class_="lane",
            width="100%",
        ),
        class_="plot",
        x=f"{NAMES}%",
        width=f"{100 - NAMES}%",
        height=height,
    )
    names = el("svg", _names(rows), class_="names", width=f"{NAMES - 1}%", height=height)
    return el(
        "svg",
        el("title", f"Timeline of {line(name)}", id=f"{key}-title"),
        el("desc", _described(timeline), id=f"{key}-desc"),
        names,
        plot,
        class_="timeline",
        role="img",
        aria_labelledby=f"{key}-title",
        aria_describedby=f"{key}-desc",
        width="100%",
        height=height,
        font_family="system-ui, sans-serif",
        font_size=12,
        data_seconds=timeline.seconds,
    )


def tick_step(seconds: float, most: int = MOST_TICKS) -> float:
    """Return a round number of seconds that parts a time into at most so many."""
    days = STEPS[-1]
    fitting = next((step for step in STEPS if seconds / step <= most), 0)
    return fitting or days * -(-seconds // (days * most))


def _described(timeline: Timeline) -> str:
    count = spell.counted(len(timeline.rows), "row")
    return f"{count} in {spell.duration(timeline.seconds)}; the table of all nodes says the same"


def _axis(timeline: Timeline, height: int) -> ET.Element:
    """Return a line and a time for each round moment."""
    step = tick_step(timeline.seconds)
    ticks = []
    at = 0.0
    while at <= timeline.seconds:
        x = _share(at, timeline)
        ticks.append(el("line", x1=x, x2=x, y1=TOP - 6, y2=height, stroke=GRID))
        anchor = "start" if not at else "end" if at > timeline.seconds * 0.95 else "middle"
        shown = spell.duration(at)
        ticks.append(el("text", shown, x=x, y=TOP - 11, text_anchor=anchor, fill=FAINT))
        at += step
    return el("g", ticks, class_="axis", font_size=11)


def _names(rows: Sequence[Row]) -> Iterator[ET.Element]:
    for at, row in enumerate(rows):
        indent = 2 + INDENT * min(row.depth, DEEPEST)
        y = TOP + ROW * at + 15
        bold = "bold" if row.critical else None
        yield el("text", line(row.name)[:200], x=indent, y=y, fill=INK, font_weight=bold)


def _bars(
    timeline: Timeline, rows: Sequence[Row], cases: Mapping[str, Case]
) -> Iterator[ET.Element]:
    yield _chain(timeline, rows)
    for at, row in enumerate(rows):
        state = state_of_node(row.work, cases)
        drawn = (_drawn(bar, row, timeline, cases, TOP + ROW * at) for bar in row.bars)
        yield el(
            "g",
            el("title", _told(row, state)),
            drawn,
            _time(row, timeline, at),
            class_="row",
            data_s=str(state),
            data_d=row.seconds or None,
            data_t=row.node.template_name or None,
        )


def _drawn(
    bar: Bar, row: Row, timeline: Timeline, cases: Mapping[str, Case], top: int
) -> Iterator[ET.Element]:
    state = state_of_bar(bar, row.bars[-1], cases)
    colour = FRAMED if row.frame and state is State.PASSED else LOOKS[state].colour
    name = f"framed {state}" if row.frame else str(state)
    height = FRAME if row.frame else BAR
    y = top + (ROW - height) / 2
    if bar.waited:
        yield el(
            "rect",
            x=_share(bar.ready, timeline),
            width=_share(bar.waited, timeline),
            y=top + ROW / 2 - 2,
            height=4,
            fill=colour,
            fill_opacity="0.3",
            class_=f"waited {name}",
        )
    yield el(
        "rect",
        x=_share(bar.start, timeline),
        width=_share(bar.seconds, timeline, LEAST),
        y=y,
        height=height,
        rx=2,
        fill=colour,
        stroke=colour,
        class_=name,
    )


def _time(row: Row, timeline: Timeline, at: int) -> ET.Element | None:
    """Return how long it took, behind the bar, or in it or before it where there is no room."""
    if not row.bars:
        return None
    end, share = row.bars[-1].end, row.bars[-1].seconds / (timeline.seconds or 1) * 100
    place, anchor, shift, colour = end, "start", 6, INK
    if end > timeline.seconds * LATE / 100:
        anchor, shift = "end", -6
        if share > WIDE and not row.frame:
            colour = "#ffffff"
        else:
            place = row.bars[0].ready
            if place < timeline.seconds * WIDE / 100:
                return None
    shown = spell.duration(row.seconds)
    return el(
        "text",
        shown,
        x=_share(place, timeline),
        dx=shift,
        y=TOP + ROW * at + 15,
        text_anchor=anchor,
        fill=colour,
        class_="in" if colour != INK else "by",
        font_size=11,
    )


def _chain(timeline: Timeline, rows: Sequence[Row]) -> ET.Element:
    """Return the lines that lead from one node of the critical path to the next."""
    places = {bar.node.id: (at, bar) for at, row in enumerate(rows) for bar in row.bars}
    found = [places[leg.node.id] for leg in timeline.path if leg.node.id in places]
    lines = []
    for (above, before), (below, after) in pairwise(found):
        x = _share(min(before.end, after.start), timeline)
        y1, y2 = (TOP + ROW * at + ROW / 2 for at in (above, below))
        lines.append(el("line", x1=x, x2=x, y1=y1, y2=y2))
        lines.append(el("line", x1=x, x2=_share(after.start, timeline), y1=y2, y2=y2))
    for at, bar in found:
        y = TOP + ROW * at + (ROW + BAR) / 2 + 1.5
        end = _share(max(bar.end, bar.start + timeline.seconds * LEAST / 100), timeline)
        lines.append(el("line", x1=_share(bar.start, timeline), x2=end, y1=y, y2=y))
    return el("g", lines, class_="path", stroke=PATH, stroke_width=2)


def _told(row: Row, state: State) -> str:
    """Return what a pointer that rests on the row is told."""
    name, took = line(row.path or row.name), spell.duration(row.seconds)
    if not row.bars:
        return f"{name}: {state}, it never began"
    waited = row.bars[0].waited
    said = [f"{name}: {state}", f"began after {spell.duration(row.bars[0].start)}, took {took}"]
    said += [f"waited {spell.duration(waited)} before that"] if waited else []
    said += [
        f"attempt {bar.attempt}: {spell.duration(bar.seconds)}" for bar in row.bars if bar.attempt
    ]
    said += ["on the critical path"] if row.critical else []
    return "\n".join(said)


def _share(seconds: float, timeline: Timeline, least: float = 0) -> str:
    share = max(seconds / (timeline.seconds or 1) * 100, least)
    return f"{share:.2f}".rstrip("0").rstrip(".") + "%"
