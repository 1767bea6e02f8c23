"""The timeline as SVG: it needs neither style nor script.

All lengths along the time are shares of the width, so that it fits a phone; names and times keep
their size. The bars lie in an `svg` of their own, which the script makes wider to zoom.
"""

from __future__ import annotations

from itertools import groupby, pairwise
from typing import TYPE_CHECKING

from argogate import spell
from argogate.reports.escape import line
from argogate.reports.page.elements import el
from argogate.reports.page.states import FRAMED, LOOKS, State, state_of_bar, state_of_node

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from xml.etree import ElementTree as ET

    from argogate.verdict.report import Case
    from argogate.verdict.rows import Bar, Row
    from argogate.verdict.timeline import Timeline

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
CROWD = 24
"""Pixels of the strip that shows how many were at work."""
LONGEST_NAME = 200
INK, FAINT, GRID, PAPER, CROWDED = "#1c2430", "#667080", "#dfe3e9", "#ffffff", "#c3cbd6"


def chart(
    timeline: Timeline, rows: Sequence[Row], cases: Mapping[str, Case], key: str, name: str
) -> ET.Element:
    """Return the timeline of some of its rows; `key` tells it from others on the page."""
    return _Chart(timeline, rows, cases).drawn(key, line(name))


def tick_step(seconds: float) -> float:
    """Return a round number of seconds that parts a time into MOST_TICKS at most."""
    days = STEPS[-1]
    fitting = next((step for step in STEPS if seconds / step <= MOST_TICKS), 0)
    return fitting or days * -(-seconds // (days * MOST_TICKS))


class _Chart:
    """One timeline on its way to SVG."""

    def __init__(self, timeline: Timeline, rows: Sequence[Row], cases: Mapping[str, Case]) -> None:
        self._timeline = timeline
        self._rows = rows
        self._cases = cases
        self._most = max(timeline.crowd)
        self._crowd = timeline.crowd if self._most > 1 else ()
        self._top = TOP + (CROWD if self._crowd else 0)
        self._height = self._top + ROW * len(rows) + 6

    def drawn(self, key: str, name: str) -> ET.Element:
        height = self._height
        inside = [self._axis(), self._at_work(), self._chain(), list(self._bars())]
        lane = el("svg", inside, class_="lane", width="100%")
        names = el("svg", list(self._names()), class_="names", width=f"{NAMES - 1}%", height=height)
        return el(
            "svg",
            el("title", f"Timeline of {name}", id=f"{key}-title-of-chart"),
            el("desc", self._described(), id=f"{key}-desc"),
            names,
            el("svg", lane, class_="plot", x=f"{NAMES}%", width=f"{100 - NAMES}%", height=height),
            class_="timeline",
            role="img",
            aria_labelledby=f"{key}-title-of-chart",
            aria_describedby=f"{key}-desc",
            width="100%",
            height=height,
            font_family="system-ui, sans-serif",
            font_size=12,
            data_seconds=self._timeline.seconds,
            data_row=ROW,
        )

    def _described(self) -> str:
        count, took = spell.counted(len(self._rows), "row"), spell.duration(self._timeline.seconds)
        return f"{count} in {took}; the table of all nodes says the same"

    def _axis(self) -> ET.Element:
        """Return a line and a time for each round moment."""
        total = self._timeline.seconds
        step, at, ticks = tick_step(total), 0.0, []
        while at <= total:
            x = self._share(at)
            ticks.append(el("line", x1=x, x2=x, y1=TOP - 6, y2=self._height, stroke=GRID))
            anchor = "start" if not at else "end" if at > total * 0.95 else "middle"
            shown = spell.duration(at)
            ticks.append(el("text", shown, x=x, y=TOP - 11, text_anchor=anchor, fill=FAINT))
            at += step
        return el("g", ticks, class_="axis", font_size=11)

    def _at_work(self) -> ET.Element | None:
        """Return how many nodes were at work over time, as a strip above the rows."""
        bars, at = [], 0
        for count, same in groupby(self._crowd):
            slots = len(list(same))
            height = count / self._most * (CROWD - 4)
            if count:
                x, width = (
                    f"{at / len(self._crowd) * 100:.2f}%",
                    f"{slots / len(self._crowd) * 100:.2f}%",
                )
                y = self._top - height
                bars.append(el("rect", x=x, width=width, y=y, height=height))
            at += slots
        return el("g", bars, class_="crowd", fill=CROWDED) if bars else None

    def _names(self) -> Iterator[ET.Element]:
        if self._crowd:
            said = f"up to {self._most} at work"
            yield el("g", el("text", said, x=2, y=self._top - 6, fill=FAINT, font_size=11))
        for at, row in enumerate(self._rows):
            indent = 2 + INDENT * min(row.depth, DEEPEST)
            bold = "bold" if row.critical else None
            shown = line(row.name)[:LONGEST_NAME]
            yield el("text", shown, x=indent, y=self._base(at), fill=INK, font_weight=bold)

    def _bars(self) -> Iterator[ET.Element]:
        for at, row in enumerate(self._rows):
            state = state_of_node(row.work, self._cases)
            yield el(
                "g",
                el("title", _told(row, state)),
                [self._bar(bar, row, at) for bar in row.bars],
                self._time(row, at),
                class_="row",
                data_s=str(state),
                data_d=row.seconds or None,
                data_t=row.node.template_name or None,
            )

    def _bar(self, bar: Bar, row: Row, at: int) -> Iterator[ET.Element]:
        state = state_of_bar(bar, row.bars[-1], self._cases)
        colour = FRAMED if row.frame and state is State.PASSED else LOOKS[state].colour
        name = f"framed {state}" if row.frame else str(state)
        height = FRAME if row.frame else BAR
        middle = self._top + ROW * at + ROW / 2
        if bar.waited:
            yield el(
                "rect",
                x=self._share(bar.ready),
                width=self._share(bar.waited),
                y=middle - 2,
                height=4,
                fill=colour,
                fill_opacity="0.3",
                class_=f"waited {name}",
            )
        yield el(
            "rect",
            x=self._share(bar.start),
            width=self._share(bar.seconds, LEAST),
            y=middle - height / 2,
            height=height,
            rx=2,
            fill=colour,
            stroke=colour,
            class_=name,
        )

    def _time(self, row: Row, at: int) -> ET.Element | None:
        """Return how long it took: behind the bar, or where there is no room in it or before it."""
        if not row.bars:
            return None
        total = self._timeline.seconds or 1
        place, anchor, shift, colour = row.bars[-1].end, "start", 6, INK
        if place > total * LATE / 100:
            anchor, shift = "end", -6
            if row.bars[-1].seconds > total * WIDE / 100 and not row.frame:
                colour = PAPER
            else:
                place = row.bars[0].ready
                if place < total * WIDE / 100:
                    return None
        return el(
            "text",
            spell.duration(row.seconds),
            x=self._share(place),
            dx=shift,
            y=self._base(at),
            text_anchor=anchor,
            fill=colour,
            class_="in" if colour == PAPER else None,
            font_size=11,
        )

    def _chain(self) -> ET.Element:
        """Return the lines that lead from one node of the critical path to the next."""
        places = {bar.node.id: (at, bar) for at, row in enumerate(self._rows) for bar in row.bars}
        path = (leg.node.id for leg in self._timeline.path)
        found = [places[each] for each in path if each in places]
        lines = []
        for (above, before), (below, after) in pairwise(found):
            x, begin = self._share(min(before.end, after.start)), self._share(after.start)
            y1, y2 = (self._top + ROW * at + ROW / 2 for at in (above, below))
            lines.append(el("line", x1=x, x2=x, y1=y1, y2=y2))
            lines.append(el("line", x1=x, x2=begin, y1=y2, y2=y2))
        least = self._timeline.seconds * LEAST / 100
        for at, bar in found:
            y = self._top + ROW * at + (ROW + BAR) / 2 + 1.5
            begin, end = self._share(bar.start), self._share(max(bar.end, bar.start + least))
            lines.append(el("line", x1=begin, x2=end, y1=y, y2=y))
        return el("g", lines, class_="path", stroke=INK, stroke_width=2)

    def _base(self, at: int) -> int:
        """Return where the text of a row stands."""
        return self._top + ROW * at + 15

    def _share(self, seconds: float, least: float = 0) -> str:
        share = max(seconds / (self._timeline.seconds or 1) * 100, least)
        return f"{share:.2f}".rstrip("0").rstrip(".") + "%"


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
