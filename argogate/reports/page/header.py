"""The top of the page: the verdict, which workflow, what to do next, counters that filter."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from argogate import spell
from argogate.reports.escape import line
from argogate.reports.page.elements import el
from argogate.reports.page.states import LOOKS, State, state_of

if TYPE_CHECKING:
    from xml.etree import ElementTree as ET

    from argogate.verdict.report import Report, Suite


def header(report: Report) -> ET.Element:
    """Return what is read first."""
    verdict, deciding = report.verdict, report.deciding
    state = State.PASSED if verdict.deciding.passed else State.FAILED
    only = len(report.suites) == 1
    return el(
        "header",
        _badge(state),
        el("h1", verdict.conclusion.value.replace("-", " ").capitalize(), class_=str(state)),
        el("p", verdict.headline, class_="headline"),
        None if only or verdict.deciding.passed else el("p", verdict.deciding.message),
        facts_line(deciding) if only else None,
        None if verdict.deciding.passed else next_steps(deciding, "h2"),
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


def facts_line(suite: Suite) -> ET.Element:
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


def next_steps(suite: Suite, level: str) -> ET.Element | None:
    """Return what to do next."""
    steps = suite.analysis.next_steps
    if not steps:
        return None
    rows = [
        el("li", step.words, (": ", el("code", line(step.command))) if step.command else None)
        for step in steps
    ]
    return el("section", el(level, "Next"), el("ul", rows), class_="next")


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
