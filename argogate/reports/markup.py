"""Foreign text made harmless for Markdown, as GitHub, GitLab, Azure and Buildkite show it."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from argogate.reports.escape import line, plain

if TYPE_CHECKING:
    from collections.abc import Iterable

# As in `escape`, none of these may scan the same text twice.
_MARKUP = re.compile(r"[\\`*_\[\]<>|~]")
"""What begins mark-up anywhere in a line, unless a backslash is before it (CommonMark 2.4)."""
_AT_THE_START = re.compile(r"^(\d*)(?=[-+=.)#:])")
_ENTITY = re.compile(r"&(?=#?\w+;)")
_SCHEME = re.compile(r"(?=://)|(?<=www)(?=\.)|(?<=:)(?=\w+:)", re.IGNORECASE)
_REFERENCE = re.compile(r"(?<=[@#])(?=\w)")
_BACKTICKS = re.compile("`+")


def markdown_cell(text: str) -> str:
    """Return one line of prose for any place in Markdown: no mark-up, no HTML, no links.

    It stays readable where it is shown as plain text. A zero-width space keeps GitHub from making
    mentions, references, links and pictures of the result; two dollars would begin a formula.
    """
    shown = _MARKUP.sub(lambda match: f"\\{match[0]}", _ENTITY.sub("&amp;", line(text)))
    shown = _AT_THE_START.sub(r"\1\\", shown)
    shown = _SCHEME.sub("\u200b", _REFERENCE.sub("\u200b", shown))
    return shown.replace("$", "&#36;") if shown.count("$") > 1 else shown


def markdown_code(text: str, *, in_table: bool = False) -> str:
    """Return one line of code, to the letter; in a table, where a bar would end the cell."""
    shown = line(text)
    longest = max((len(run) for run in _BACKTICKS.findall(shown)), default=0)
    fence = "`" * (longest + 1)
    room = " " if not shown or "`" in (shown[0], shown[-1]) else ""
    shown = f"{fence}{room}{shown}{room}{fence}"
    return shown.replace("|", "\\|") if in_table else shown


def markdown_link(shown: str, url: str) -> str:
    """Return what is shown as a link, if the address is one of the web."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return shown
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        return shown
    return f"[{shown}](<{quote(url, safe=':/?#@!$&=+,;%~', errors='replace')}>)"


def markdown_html(text: str) -> str:
    """Return one line of text for an HTML element that has a line of its own."""
    return _SCHEME.sub("\u200b", _REFERENCE.sub("\u200b", escape(line(text), quote=False)))


def markdown_block(lines: Iterable[str]) -> str:
    """Return a fenced block, with a fence longer than any in the text."""
    text = plain("\n".join(lines))
    longest = max((len(run) for run in _BACKTICKS.findall(text)), default=0)
    fence = "`" * max(longest + 1, 3)
    return f"{fence}text\n{text}\n{fence}"
