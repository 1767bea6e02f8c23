"""Tables of nodes: all of them, and the slowest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from argogate import spell
from argogate.reports.escape import line
from argogate.reports.page.elements import el
from argogate.reports.page.states import LOOKS, State, state_of_node

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from xml.etree import ElementTree as ET

    from argogate.reports.page.elements import Room
    from argogate.verdict.report import Case
    from argogate.verdict.rows import Row
    from argogate.verdict.timeline import Timeline

SLOWEST = 10
WORTH_A_TABLE = 4
"""Of fewer the chart shows at a glance which is the slowest."""
FEW = 40
"""Rows that need no folding."""
LONGEST_NAME, LONGEST_MESSAGE = 300, 200
COLUMNS = (
    ("State", "s"),
    ("Node", "n"),
    ("Began after", "b"),
    ("Waited", "w"),
    ("Took", "d"),
    ("Tries", "a"),
    ("Template", "t"),
    ("Message", "m"),
)
"""Head of a column, and the letter by which the script sorts."""
NUMBERS = frozenset({"Failed", "Passed", "Share", "Size", "Skipped", "Took"})
"""Columns that stand to the right."""


def slowest(timeline: Timeline, cases: Mapping[str, Case]) -> ET.Element | None:
    """Return what took longest of the work, and its share of the whole time."""
    rows = [row for row in timeline.rows if row.bars and not row.frame and row.seconds]
    rows.sort(key=lambda row: -row.seconds)
    if len(rows) < WORTH_A_TABLE:
        return None
    found = []
    for row in rows[:SLOWEST]:
        share = row.seconds / timeline.seconds * 100
        meter = el("meter", f"{share:.0f} %", value=share, max=100, min=0, aria_hidden="true")
        found.append(
            el(
                "tr",
                el("th", line(_name(row))[:LONGEST_NAME], scope="row", align="left"),
                el("td", spell.duration(row.seconds), align="right"),
                el("td", f"{share:.0f} %", align="right"),
                el("td", meter),
                el("td", _word(state_of_node(row.work, cases))),
            )
        )
    more = f" of {len(rows)}" if len(rows) > SLOWEST else ""
    return facts_table(
        f"The {len(found)} slowest{more}",
        ("Node", "Took", "Share", "", "State"),
        found,
        class_="slowest",
    )


def table(
    timeline: Timeline, rows: Sequence[Row], cases: Mapping[str, Case], room: Room
) -> ET.Element:
    """Return the table of these rows, folded where they are many and all is said above."""
    found = [row for row in rows if room.take(_size(row, cases))]
    made = el(
        "table",
        el("caption", f"All nodes in the order of their start, {len(found)} rows"),
        el("thead", el("tr", [_head(name, letter) for name, letter in COLUMNS])),
        el("tbody", [_row(row, cases) for row in found]),
        class_="nodes",
        border=1,
        cellpadding=4,
        cellspacing=0,
    )
    left = timeline.left_out + len(timeline.rows) - len(found)
    return el(
        "details",
        el("summary", f"All nodes ({len(found) + left})"),
        el("p", f"The page is full: {spell.counted(left, 'row')} left out.", class_="cut")
        if left
        else None,
        el("div", made, class_="scroll"),
        open=len(found) <= FEW,
        class_="all",
    )


def _head(name: str, letter: str) -> ET.Element:
    return el("th", name, scope="col", data_sort=letter)


def _row(row: Row, cases: Mapping[str, Case]) -> ET.Element:
    node, state = row.work, state_of_node(row.work, cases)
    case = cases.get(node.id)
    message = line((case.message if case else "") or node.message)[:LONGEST_MESSAGE]
    name = line(_name(row))[:LONGEST_NAME]
    url = case.url if case and case.red else ""
    return el(
        "tr",
        el("td", _word(state)),
        el("th", el("a", name, href=url) if url else name, scope="row", align="left"),
        list(_times(row)),
        el("td", str(len(row.bars)), align="right"),
        el("td", line(row.node.template_name)[:LONGEST_NAME]),
        el("td", message),
        data_s=str(state),
        data_k="frame" if row.frame else None,
    )


def _times(row: Row) -> Iterator[ET.Element]:
    if not row.bars:
        yield from (el("td"), el("td"), el("td"))
        return
    waited = sum(bar.waited for bar in row.bars)
    for seconds in (row.bars[0].start, waited, row.seconds):
        yield el("td", spell.duration(seconds), data_v=seconds, align="right")


def _word(state: State) -> str:
    return f"{LOOKS[state].sign} {state}"


def _name(row: Row) -> str:
    return row.path or row.name


def _size(row: Row, cases: Mapping[str, Case]) -> int:
    """Return about how many bytes the row takes on the page."""
    case = cases.get(row.work.id)
    message = min(len((case.message if case else "") or row.work.message), LONGEST_MESSAGE)
    return 250 + min(len(row.path), LONGEST_NAME) + len(row.node.template_name) + message


def facts_table(
    caption: str, columns: Sequence[str], rows: Sequence[ET.Element], class_: str
) -> ET.Element:
    """Return a table with its caption; an empty name is a column that needs none."""
    head = [
        el("th", name, scope="col", align="right" if name in NUMBERS else None)
        if name
        else el("td")
        for name in columns
    ]
    made = el(
        "table",
        el("caption", caption),
        el("thead", el("tr", head)),
        el("tbody", rows),
        class_=class_,
        border=1,
        cellpadding=4,
        cellspacing=0,
    )
    return el("div", made, class_="scroll")
