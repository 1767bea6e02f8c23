"""One workflow of the page: over time, its nodes, and what it left behind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from argogate import spell
from argogate.reports.escape import line
from argogate.reports.page import evidence, nodes
from argogate.reports.page.chart import chart
from argogate.reports.page.elements import Room, el
from argogate.reports.page.failures import flaky
from argogate.reports.page.header import facts_line, next_steps
from argogate.reports.page.states import State, state_of, state_of_node
from argogate.values import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Sequence
    from xml.etree import ElementTree as ET

    from argogate.verdict.report import Suite
    from argogate.verdict.rows import Row
    from argogate.verdict.timeline import Timeline

MOST_BARS = 1200
"""Rows of a chart: 26,400 pixels, of which anybody reads the first few thousand."""
MOST_LEGS = 12
LONGEST_NAME = 80


@dataclass(slots=True, kw_only=True)
class Rooms:
    """How the bytes of the page, about two million, are shared out."""

    texts: Room = field(default_factory=lambda: Room(250_000))
    logs: Room = field(default_factory=lambda: Room(450_000))
    bars: Room = field(default_factory=lambda: Room(600_000))
    nodes: Room = field(default_factory=lambda: Room(650_000))
    lists: Room = field(default_factory=lambda: Room(150_000))


class Part:
    """One workflow of the page."""

    def __init__(self, suite: Suite, key: str, base: str, rooms: Rooms, *, several: bool) -> None:
        """Of several workflows each has its own message here; of one it stands at the top."""
        self._suite = suite
        self._several = several
        self._key = key
        self._base = base
        self._rooms = rooms
        self._cases = {case.node.id: case for case in suite.cases if case.node}

    def section(self) -> ET.Element:
        """Return all that is told of it."""
        suite, result = self._suite, self._suite.result
        workflow, analysis = suite.workflow, suite.analysis
        stopped = line(analysis.stopped_by)
        skipped = [case for case in suite.cases if state_of(case) is State.SKIPPED]
        return el(
            "section",
            el("h2", line(f"{workflow.namespace}/{workflow.name}"), id=f"{self._key}-title"),
            el("p", result.message) if self._several and not result.passed else None,
            facts_line(suite) if self._several else None,
            next_steps(suite, "h3") if self._several and not result.passed else None,
            el("p", f"It was ended before its time: {stopped}.") if stopped else None,
            evidence.remarks(suite),
            self._over_time(suite.timeline) if suite.timeline and suite.timeline.rows else None,
            self._named("Flaky: failed, then passed", flaky(analysis)),
            evidence.reasons("Tolerated", analysis.tolerated, "tolerated", self._rooms.lists),
            evidence.reasons("Skipped", skipped, "skipped", self._rooms.lists),
            evidence.parameters(suite, self._rooms.lists),
            evidence.artifacts(suite, self._base, self._rooms.lists),
            evidence.environment(suite),
            id=self._key,
            aria_labelledby=f"{self._key}-title",
            class_="workflow",
        )

    @staticmethod
    def _named(title: str, content: ET.Element | None) -> ET.Element | None:
        return None if content is None else el("section", el("h3", title), content)

    def _over_time(self, timeline: Timeline) -> list[ET.Element | None]:
        rows = self._telling(timeline.rows)
        drawn = chart(timeline, rows, self._cases, self._key, self._suite.workflow.name)
        left = timeline.left_out + len(timeline.rows) - len(rows)
        said = f"{spell.counted(left, 'row')} of those that passed soonest are not drawn."
        zone = el("div", drawn, class_="chart")
        return [
            el("h3", "Timeline"),
            _legend(timeline),
            el("p", said, class_="cut") if left else None,
            zone,
            self._path(timeline),
            nodes.slowest(timeline, self._cases),
            nodes.table(timeline, self._by_need(timeline.rows), self._cases, self._rooms.nodes),
        ]

    def _telling(self, rows: Sequence[Row]) -> Sequence[Row]:
        """Return the rows that are drawn: all, or of many those that tell most, in their order."""
        chosen = {
            at
            for at in sorted(range(len(rows)), key=lambda at: self._need(rows[at]))[:MOST_BARS]
            if self._rooms.bars.take(300 + 200 * len(rows[at].bars))
        }
        return [row for at, row in enumerate(rows) if at in chosen]

    def _by_need(self, rows: Sequence[Row]) -> Sequence[Row]:
        """Return the rows for the table: in order, unless it will not hold them all."""
        few = len(rows) * 300 < self._rooms.nodes.left
        return rows if few else sorted(rows, key=self._need)

    def _need(self, row: Row) -> tuple[bool, int, float]:
        """Sort by what a person looks for: the critical path, what did not pass, the longest."""
        rank = list(State).index(state_of_node(row.work, self._cases))
        return not row.critical, rank, -row.seconds

    def _path(self, timeline: Timeline) -> ET.Element | None:
        """Return the critical path in words; its parts add up to the whole time."""
        if len(timeline.path) < 2:  # noqa: PLR2004 - one node is no path
            return None
        tree = self._suite.result.tree
        attempts = {bar.node.id: bar.attempt for row in timeline.rows for bar in row.bars}
        told = [
            el(
                "li",
                line(tree.path(leg.node))[:LONGEST_NAME],
                f" (attempt {number})" if (number := attempts.get(leg.node.id)) else "",
                " ",
                el("b", spell.duration(leg.seconds)),
                f" (after {spell.duration(leg.waited)})" if leg.waited else "",
            )
            for leg in timeline.path
        ]
        middle = len(told) - MOST_LEGS
        if middle > 1:
            told[MOST_LEGS // 2 : -MOST_LEGS // 2] = [el("li", f"… {middle} more …")]
        busy, waiting = spell.duration(timeline.busy), spell.duration(timeline.waiting)
        total = spell.duration(timeline.seconds)
        return el(
            "div",
            el("h4", f"Critical path: {busy} at work + {waiting} waiting = {total}"),
            el("ol", told),
            class_="critical",
        )


def _legend(timeline: Timeline) -> ET.Element:
    lead = f" The first {spell.duration(timeline.lead)} it was not started yet."
    return el(
        "p",
        f"{spell.duration(timeline.seconds)} from {spell.moment(timeline.begin)} on. ",
        "Pale: it waited for its turn. Thin: it encloses others. ",
        "Underlined: the critical path.",
        lead if timeline.lead else "",
        class_="legend",
    )
