"""How the page is made: of elements, so that no text of anybody can become markup.

`el` is the only way to make one. It makes every text harmless, and lets a link lead only to a web
page, to a file beside this one or to a place on it. Style and script are files of this package.
"""

from __future__ import annotations

import base64
import hashlib
import pkgutil
from functools import cache
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import quote, urlsplit
from xml.etree import ElementTree as ET

from argogate.reports.escape import line, plain
from argogate.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable

Content: TypeAlias = "ET.Element | str | Iterable[Content] | None"
Value: TypeAlias = str | int | float | bool | None

LONGEST_LINK = 2000
UNQUOTED = ":/?#[]@!$&'()*+,;=%~"
RAW = frozenset({"script", "style"})
"""Elements whose text is not escaped."""
FORBIDDEN = frozenset({"src", "srcset", "style"})


def el(tag: str, *content: Content, **attributes: Value) -> ET.Element:
    """Return an element; `class_` is `class`, `data_s` is `data-s`.

    An attribute that is None or False is left out, and so is a link that leads elsewhere.
    """
    names = [*map(_spelled, attributes)]
    if tag in RAW or "" in names:
        message = f"<{tag}> could load or run something"
        raise ValueError(message)
    made = ET.Element(tag)
    for name, value in zip(names, attributes.values(), strict=True):
        shown = _attribute(name, value)
        if shown is not None:
            made.set(name, shown)
    add(made, content)
    return made


def add(parent: ET.Element, content: Content) -> None:
    """Put text and elements into an element, behind what is there."""
    if content is None:
        return
    if isinstance(content, ET.Element):
        parent.append(content)
    elif isinstance(content, str):
        text = plain(content)
        if len(parent):
            parent[-1].tail = (parent[-1].tail or "") + text
        else:
            parent.text = (parent.text or "") + text
    else:
        for each in content:
            add(parent, each)


def web_page(url: str) -> str:
    """Return the address of a web page as it may stand in a link; empty where it is none."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    if parts.scheme not in {"http", "https"} or not parts.netloc or len(url) > LONGEST_LINK:
        return ""
    return quote(url, safe=UNQUOTED, errors="replace")


def file_beside(base: str, path: str) -> str:
    """Return where a file lies as seen from the page; empty where that cannot be told."""
    if not base or path.startswith("/") or not path:
        return ""
    return quote(f"./{base}/{path}".replace("/./", "/"), safe="/", errors="replace")


def document(title: str, *body: Content) -> bytes:
    """Return the whole page: with its style and script, and leave for these two alone."""
    style, script = _asset("page.css"), _asset("page.js")
    policy = (
        f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    head = el(
        "head",
        el("meta", charset="utf-8"),
        _meta("Content-Security-Policy", policy),
        el("meta", name="viewport", content="width=device-width, initial-scale=1"),
        el("meta", name="color-scheme", content="light dark"),
        el("meta", name="referrer", content="no-referrer"),
        el("title", line(title)),
        _raw("style", style),
    )
    whole = el("html", head, el("body", body, _raw("script", script)), lang="en")
    written: str = ET.tostring(whole, encoding="unicode", method="html")
    return f"<!DOCTYPE html>\n{written}\n".encode(errors="xmlcharrefreplace")


@dataclass(slots=True)
class Room:
    """How much of one kind still fits on the page."""

    left: int
    """Bytes."""
    missed: int = 0
    """How many did not fit."""

    def take(self, size: int) -> bool:
        """Whether something of that size still fits; from the first that does not on, nothing."""
        if self.missed or size > self.left:
            self.missed += 1
            return False
        self.left -= size
        return True


@cache
def _spelled(name: str) -> str:
    """Return how an attribute is written; nothing for one that could load or run something."""
    harmful = name in FORBIDDEN or name.startswith("on")
    return "" if harmful else name.rstrip("_").replace("_", "-")


def _attribute(name: str, value: Value) -> str | None:
    if value is None or value is False:
        return None
    if value is True:
        return ""
    if isinstance(value, float):
        return f"{value:.2f}".rstrip("0").rstrip(".")
    text = line(str(value))
    if name == "href" and not (text.startswith(("#", "./")) or web_page(text)):
        return None
    return text


def _meta(name: str, content: str) -> ET.Element:
    made = el("meta", content=content)
    made.set("http-equiv", name)
    return made


def _raw(tag: str, text: str) -> ET.Element:
    made = ET.Element(tag)
    made.text = text
    return made


def _asset(name: str) -> str:
    """Return a file of this package; it may lie in a zip file."""
    found = pkgutil.get_data(__package__, name) or b""
    return found.decode()


def _digest(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
