"""The page as a reader finds it: parsed by Python's own parser of HTML."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from collections.abc import Iterator

INLINE = frozenset({"a", "b", "code", "span"})
VOID = frozenset({"meta", "br", "input", "img", "link", "hr"})


class _Reader(HTMLParser):
    """Makes a tree; an end that does not belong to the innermost element is an error."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = ET.Element("document")
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        made = ET.SubElement(self._open[-1], tag, {name: value or "" for name, value in attrs})
        if tag not in VOID:
            self._open.append(made)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop().tag == tag

    def handle_data(self, data: str) -> None:
        around = self._open[-1]
        if len(around):
            around[-1].tail = (around[-1].tail or "") + data
        else:
            around.text = (around.text or "") + data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)


def read(page: bytes) -> ET.Element:
    """Return the element `html` of a page."""
    assert page.startswith(b"<!DOCTYPE html>\n")
    reader = _Reader()
    reader.feed(page.decode())
    reader.close()
    (html,) = reader.root
    return html


def text_of(element: ET.Element | None) -> str:
    """Return what is to be read in an element, white space folded."""
    assert element is not None
    return " ".join("".join(_pieces(element)).split())


def _pieces(element: ET.Element) -> Iterator[str]:
    """Yield its texts; what does not stand in a line with others is parted from them."""
    parted = "" if element.tag in INLINE else " "
    yield parted + (element.text or "")
    for each in element:
        yield from _pieces(each)
        yield each.tail or ""
    yield parted


def by_class(root: ET.Element, name: str) -> list[ET.Element]:
    """Return the elements of a class."""
    return [each for each in root.iter() if name in each.get("class", "").split()]


def shown(root: ET.Element) -> str:
    """Return all that is to be read, without style and script."""
    body = root.find("body")
    assert body is not None
    for each in body.findall("script"):
        body.remove(each)
    return text_of(body)
