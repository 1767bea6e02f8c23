"""What a workflow left behind and where it ran: parameters, artifacts, remarks, environment."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from argogate import __version__, spell
from argogate.reports.escape import line
from argogate.reports.page.elements import el, file_beside
from argogate.reports.page.nodes import facts_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from xml.etree import ElementTree as ET

    from argogate.reports.page.elements import Room
    from argogate.verdict.evidence import ArtifactFile
    from argogate.verdict.report import Case, Suite

LONGEST_VALUE = 2000
LONGEST_TEXT = 300
LONGEST_REMARK = 500
SHORT = 200
"""Characters of a value that need no folding."""
MOST_ROWS = 200


def parameters(suite: Suite, room: Room) -> ET.Element | None:
    """Return the output parameters of the workflow."""
    found = suite.workflow.parameters
    fitting = [
        each for each in found if room.take(100 + len(each.name) + len(each.value[:LONGEST_VALUE]))
    ]
    if not found:
        return None
    rows = [
        el("tr", el("th", line(each.name), scope="row", align="left"), el("td", _value(each.value)))
        for each in fitting
    ]
    return el(
        "details",
        el("summary", f"Output parameters ({len(found)})"),
        _cut(len(found) - len(fitting)),
        facts_table("What the workflow hands on", ("Name", "Value"), rows, class_="parameters"),
    )


def artifacts(suite: Suite, base: str, room: Room) -> ET.Element | None:
    """Return the artifacts, with a link to each that was downloaded beside the page."""
    found = suite.result.observation.artifacts
    if not found:
        return None
    fitting = [each for each in found if room.take(300 + len(each.node_path) + 2 * len(each.path))]
    total = spell.size(sum(each.size for each in found))
    got = sum(bool(each.path) for each in found)
    bad = sum(bool(each.error) for each in found)
    counts = f"{got} of {len(found)} downloaded, {total}" if got or bad else f"{len(found)}"
    columns = ("Artifact", "Node", "Size", "SHA-256", "File")
    rows = [_artifact(each, base) for each in fitting]
    return el(
        "details",
        el("summary", f"Artifacts ({counts})"),
        _cut(len(found) - len(fitting)),
        facts_table("What the nodes stored", columns, rows, class_="artifacts"),
        open=bool(bad),
    )


def reasons(title: str, cases: Sequence[Case], state: str, room: Room) -> ET.Element | None:
    """Return a folded list of cases with why they are what they are."""
    if not cases:
        return None
    rows = [
        el(
            "tr",
            el("th", line(case.label)[:LONGEST_TEXT], scope="row", align="left"),
            el("td", line(case.message)[:LONGEST_TEXT]),
        )
        for case in cases
        if room.take(150 + len(case.name) + len(case.message[:LONGEST_TEXT]))
    ]
    return el(
        "details",
        el("summary", f"{title} ({len(cases)})"),
        _cut(len(cases) - len(rows)),
        facts_table(f"{title}, and why", ("Node", "Why"), rows, class_="reasons"),
        class_=state,
    )


def remarks(suite: Suite) -> ET.Element | None:
    """Return what makes the report thinner than it should be."""
    found = (*suite.result.observation.shortfalls, *suite.result.observation.remarks)
    if not found:
        return None
    rows = [el("li", line(each)[:LONGEST_REMARK]) for each in found[:MOST_ROWS]]
    return el("ul", rows, _more(len(found) - MOST_ROWS), class_="remarks")


def environment(suite: Suite) -> ET.Element:
    """Return where and when it ran, and what wrote the page."""
    workflow, observation = suite.workflow, suite.result.observation
    rows = [
        el("tr", el("th", name, scope="row", align="left"), el("td", el("code", line(value))))
        for name, value in _facts(suite)
        if value
    ]
    rows.append(
        el(
            "tr",
            el("th", "Waited for", scope="row", align="left"),
            el("td", spell.duration(observation.seconds)),
        )
    )
    title = f"{workflow.namespace}/{workflow.name}"
    return el(
        "details",
        el("summary", "Environment"),
        facts_table(f"Where and when {line(title)} ran", ("Fact", "Value"), rows, class_="facts"),
    )


def _facts(suite: Suite) -> Iterator[tuple[str, str]]:
    workflow, observation = suite.workflow, suite.result.observation
    yield "Server", _host(observation.target.url)
    yield "Namespace", workflow.namespace
    yield "Workflow", workflow.name
    yield "UID", workflow.uid
    yield "Made from", workflow.template or workflow.entrypoint
    yield "Created", _moment(workflow.created_at)
    yield "Started", _moment(workflow.started_at)
    yield "Finished", _moment(workflow.finished_at)
    yield "The gate began", _moment(observation.began)
    yield "Exit code", str(suite.result.exit_code)
    yield "argogate", __version__


def _host(url: str) -> str:
    try:
        return urlsplit(url).netloc
    except ValueError:
        return ""


def _moment(when: datetime | None) -> str:
    return spell.moment(when) if when else ""


def _value(value: str) -> ET.Element:
    cut = len(value) - LONGEST_VALUE
    text = value[:LONGEST_VALUE] + (f"… ({cut} more characters)" if cut > 0 else "")
    if len(text) <= SHORT and "\n" not in text:
        return el("code", text)
    return el("details", el("summary", line(text)[:60], "…"), el("pre", text))


def _artifact(item: ArtifactFile, base: str) -> ET.Element:
    size = spell.size(item.size) if item.path and not item.error else ""
    trouble = item.error or item.warning
    shown: list[ET.Element | str] = []
    if item.path:
        link = file_beside(base, item.path)
        shown.append(el("a", line(item.path), href=link) if link else line(item.path))
    if trouble:
        shown += [": " if shown else "", el("b", line(trouble)[:LONGEST_TEXT], class_="trouble")]
    return el(
        "tr",
        el("th", line(item.name), scope="row", align="left"),
        el("td", line(item.node_path)),
        el("td", size, align="right"),
        el("td", el("code", item.sha256[:12], title=item.sha256) if item.sha256 else None),
        el("td", shown or "not downloaded"),
    )


def _cut(count: int) -> ET.Element | None:
    if not count:
        return None
    return el("p", f"The page is full: {spell.counted(count, 'row')} left out.", class_="cut")


def _more(count: int) -> ET.Element | None:
    return el("li", f"… and {count} more") if count > 0 else None
