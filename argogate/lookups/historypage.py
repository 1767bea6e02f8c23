"""A history → one page of HTML: no network, no script, and under a policy that allows none."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, SubElement, tostring

from argogate.lookups.history import STRIP, Outcome
from argogate.lookups.historytext import facts, tables
from argogate.reports.escape import line

if TYPE_CHECKING:
    from argogate.lookups.history import Entry, History

STYLE = """
:root{color-scheme:light dark}body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;
max-width:72rem;padding:0 1rem}table{border-collapse:collapse;margin:.5rem 0 1.5rem;display:block;
overflow-x:auto}th,td{padding:.2rem .8rem .2rem 0;text-align:left;vertical-align:top}
th{border-bottom:1px solid}dt{font-weight:600}dd{margin:0 0 .4rem}
"""
COLOURS = {
    Outcome.PASSED: "#1a7f37",
    Outcome.FAILED: "#cf222e",
    Outcome.STOPPED: "#8250df",
    Outcome.UNFINISHED: "#6e7781",
}
BAR, GAP, HIGH, LOW = 18, 4, 60, 4


def as_page(history: History) -> str:
    """Return the page; it says the same without its style, as some servers forbid one."""
    digest = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    root = Element("html", lang="en")
    head = SubElement(root, "head")
    SubElement(head, "meta", charset="utf-8")
    policy = f"default-src 'none'; style-src 'sha256-{digest}'"
    SubElement(head, "meta", {"http-equiv": "Content-Security-Policy", "content": policy})
    SubElement(head, "meta", name="viewport", content="width=device-width")
    SubElement(head, "title").text = line(f"history of {history.what}")
    SubElement(head, "style").text = STYLE
    body = SubElement(root, "body")
    SubElement(body, "h1").text = line(f"history of {history.what}")
    listed = SubElement(body, "dl")
    for word, text in facts(history):
        SubElement(listed, "dt").text = word
        SubElement(listed, "dd").text = line(text)
    if history.entries:
        _bars(body, history.entries[:STRIP][::-1])
    for title, rows in tables(history):
        SubElement(body, "h2").text = line(title)
        if rows:
            _table(body, rows)
    return "<!doctype html>\n" + tostring(root, encoding="unicode", method="html") + "\n"


def _table(body: Element, rows: list[list[str]]) -> None:
    table = SubElement(body, "table")
    for number, row in enumerate(rows):
        into = SubElement(SubElement(table, "tbody" if number else "thead"), "tr")
        for cell in row:
            SubElement(into, "td" if number else "th").text = line(cell)


def _bars(body: Element, entries: tuple[Entry, ...]) -> None:
    """Draw how long each run took, the oldest first; the letters tell what the colours do."""
    longest = max((entry.seconds or 0 for entry in entries), default=0) or 1
    width = str(len(entries) * (BAR + GAP))
    picture = SubElement(body, "svg", {"width": width, "height": str(HIGH + 20), "role": "img"})
    SubElement(picture, "title").text = "duration of each run, the oldest first"
    for number, entry in enumerate(entries):
        height = max(round(HIGH * (entry.seconds or 0) / longest), LOW)
        place = {"x": str(number * (BAR + GAP)), "y": str(HIGH - height)}
        size = {"width": str(BAR), "height": str(height), "fill": COLOURS[entry.outcome]}
        bar = SubElement(picture, "rect", place | size)
        SubElement(bar, "title").text = line(f"{entry.row.run.name}: {entry.outcome}")
        at = {"x": str(number * (BAR + GAP) + BAR // 2), "y": str(HIGH + 15)}
        look = {"text-anchor": "middle", "font-size": "12", "fill": "currentColor"}
        SubElement(picture, "text", at | look).text = entry.letter
