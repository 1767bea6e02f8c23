"""Report → the page, in the order in which people ask: what, why, where, when, what else."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from argogate import spell
from argogate.reports.escape import line
from argogate.reports.page import evidence, nodes
from argogate.reports.page.chart import chart
from argogate.reports.page.elements import Room, document, el
from argogate.reports.page.failures import Failures, flaky
from argogate.reports.page.states import LOOKS, State, state_of, state_of_node
from argogate.verdict.report import Outcome
from argogate.verdict.timeline import make_timeline

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from xml.etree import ElementTree as ET

    from argogate.verdict.report import Report, Suite
    from argogate.verdict.timeline import Row, Timeline

MOST_BARS = 1000
"""Rows of a chart: 22,000 pixels, of which anybody reads the first few thousand."""
MOST_WORKFLOWS = 100
"""Workflows with a part of their own; of more, those that did not pass come first."""
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


def render(report: Report, base: str = "") -> bytes:
    """Render the page; `base` leads from its folder to the one where paths of files begin."""
    rooms = Rooms()
    failures = Failures(report, base, rooms.texts, rooms.logs)
    several = len(report.suites) > 1
    shown = sorted(report.suites, key=lambda suite: suite.result.passed)[:MOST_WORKFLOWS]
    numbered = {id(suite): f"w{at}" for at, suite in enumerate(report.suites, 1)}
    title = f"{report.verdict.conclusion.value}: {report.deciding.workflow.name}"
    return document(
        title,
        el("a", "Skip to what went wrong", href="#main", class_="skip"),
        _header(report),
        el(
            "main",
            failures.section(),
            _workflows(report, numbered) if several else None,
            [
                _Part(suite, numbered[id(suite)], base, rooms, several=several).section()
                for suite in report.suites
                if suite in shown
            ],
            id="main",
        ),
    )


def _header(report: Report) -> ET.Element:
    verdict, deciding = report.verdict, report.deciding
    state = State.PASSED if verdict.deciding.passed else State.FAILED
    only = len(report.suites) == 1
    return el(
        "header",
        _badge(state),
        el("h1", verdict.conclusion.value.replace("-", " ").capitalize(), class_=str(state)),
        el("p", report.headline, class_="headline"),
        None if only or verdict.deciding.passed else el("p", verdict.deciding.message),
        _facts_line(deciding) if only else None,
        _steps(report),
        _exit_code(report),
        _counters(report),
        id="top",
    )


def _badge(state: State) -> ET.Element:
    """Return the sign of the verdict, coloured without a style sheet too."""
    good = state is State.PASSED
    strokes = ("M13 25l7 7 15-16",) if good else ("M16 16l16 16", "M32 16l-16 16")
    return el(
        "svg",
        el("circle", cx=24, cy=24, r=22, fill=LOOKS[state].colour, class_=str(state)),
        [el("path", d=each, stroke="#ffffff", stroke_width=5, fill="none") for each in strokes],
        viewBox="0 0 48 48",
        width=48,
        height=48,
        aria_hidden="true",
        class_="badge",
    )


def _facts_line(suite: Suite) -> ET.Element:
    """Return in one line which workflow it is, since when, and for how long it ran."""
    workflow, url = suite.workflow, suite.result.observation.target.url
    name = f"{workflow.namespace}/{workflow.name}"
    took = "took" if workflow.finished_at else "not over after"
    facts = [
        workflow.phase_word,
        f"started {spell.moment(workflow.started_at)}" if workflow.started_at else "",
        f"{took} {spell.duration(suite.seconds)}" if workflow.started_at else "",
    ]
    return el(
        "p",
        el("a", line(name), href=url) if url else line(name),
        [f" · {line(fact)}" for fact in facts if fact],
        class_="facts",
    )


def _steps(report: Report) -> ET.Element | None:
    """Return what to do next."""
    steps = [] if report.verdict.deciding.passed else report.deciding.analysis.next_steps
    if not steps:
        return None
    rows = [
        el("li", step.words, (": ", el("code", line(step.command))) if step.command else None)
        for step in steps
    ]
    return el("section", el("h2", "Next"), el("ul", rows), class_="next")


def _exit_code(report: Report) -> ET.Element | None:
    verdict = report.verdict
    if not verdict.exit_zero or verdict.deciding.passed:
        return None
    return el("p", f"Exit code {verdict.exit_code}, as ", el("code", "--exit-zero"), " was given.")


def _counters(report: Report) -> ET.Element:
    """Return how many there are of each kind: each is a link that filters by it."""
    counts = Counter(state_of(case) for suite in report.suites for case in suite.cases)
    links = [el("a", "All ", el("b", str(counts.total())), href="#", class_="all")]
    links += [
        el(
            "a",
            el("span", LOOKS[state].sign, class_=f"sign {state}", aria_hidden="true"),
            f" {state} ",
            el("b", str(counts[state])),
            href=f"#s:{state}",
        )
        for state in State
        if counts[state]
    ]
    rows = [(" ", el("li", link)) for link in links]
    return el("nav", el("ul", rows), aria_label="Filter by outcome", class_="counters")


def _workflows(report: Report, numbered: Mapping[int, str]) -> ET.Element:
    rows = [_workflow_row(suite, numbered[id(suite)]) for suite in report.suites]
    columns = ("Workflow", "Conclusion", "Phase", "Took", "Passed", "Failed", "Skipped", "Why")
    return el(
        "section",
        el("h2", f"The {len(report.suites)} workflows"),
        nodes.facts_table("One gate, one verdict for all of them", columns, rows, class_="gate"),
    )


def _workflow_row(suite: Suite, key: str) -> ET.Element:
    result, workflow = suite.result, suite.workflow
    state = State.PASSED if result.passed else State.FAILED
    red = suite.count(Outcome.FAILED) + suite.count(Outcome.ERRORED)
    counts = (suite.count(Outcome.PASSED), red, suite.count(Outcome.SKIPPED))
    name = line(f"{workflow.namespace}/{workflow.name}")[:LONGEST_NAME]
    return el(
        "tr",
        el("th", el("a", name, href=f"#{key}"), scope="row", align="left"),
        el("td", f"{LOOKS[state].sign} {result.conclusion.value}", class_=f"state {state}"),
        el("td", line(workflow.phase_word)),
        el("td", spell.duration(suite.seconds), align="right"),
        [el("td", str(count), align="right") for count in counts],
        el("td", "" if result.passed else spell.one_line(result.message)),
    )


class _Part:
    """One workflow of the page."""

    def __init__(self, suite: Suite, key: str, base: str, rooms: Rooms, *, several: bool) -> None:
        """Of several workflows each has its own message here; of one it stands at the top."""
        self._suite = suite
        self._several = several
        self._key = key
        self._base = base
        self._rooms = rooms
        self._timeline = make_timeline(suite)
        self._cases = {case.node.id: case for case in suite.cases if case.node}

    def section(self) -> ET.Element:
        suite, result = self._suite, self._suite.result
        workflow, analysis = suite.workflow, suite.analysis
        skipped = [case for case in suite.cases if state_of(case) is State.SKIPPED]
        return el(
            "section",
            el("h2", line(f"{workflow.namespace}/{workflow.name}"), id=f"{self._key}-title"),
            el("p", result.message) if self._several and not result.passed else None,
            _facts_line(suite) if self._several else None,
            evidence.remarks(suite),
            self._over_time(self._timeline) if self._timeline and self._timeline.rows else None,
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
        left = len(timeline.rows) - len(rows)
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
        "Paler: it waited to be made by Argo. Thin: it encloses others. ",
        "Underlined: the critical path.",
        lead if timeline.lead else "",
        class_="legend",
    )
