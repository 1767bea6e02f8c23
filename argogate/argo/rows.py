"""A list of workflows read as it arrives: one row at a time, however many there are."""

from __future__ import annotations

import codecs
import json
from typing import TYPE_CHECKING, Any

from argogate.errors import NotUnderstood, Unavailable
from argogate.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from argogate.model.workflow import Workflow


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A list that is being read."""

    release: tuple[int, ...]
    """Of the server, where it tells: (4, 1, 2)."""
    rows: Iterator[Workflow]
    """A row that cannot be read has no uid."""


LARGEST_ROW = 8 << 20
"""Characters; Kubernetes itself holds no object of that size."""

READ = json.JSONDecoder()


def rows_in(chunks: Iterable[bytes], what: str) -> Iterator[object]:
    """Yield what `items` holds. Raises Unavailable where the list is cut off or only a page."""
    text = _Text(chunks, what)
    text.take("{")
    mark: object = ""
    count = 0
    while text.next_char() != "}":
        name = text.value()
        text.take(":")
        if name == "items" and text.next_char() == "[":
            for row in text.array():
                count += 1
                yield row
        elif name == "metadata":
            metadata = text.value()
            mark = metadata.get("continue") if isinstance(metadata, dict) else ""
        else:
            text.value()
        if text.next_char() == ",":
            text.take(",")
    if is_page(mark, count):
        msg = f"the server gave a part of the {what}, though all were asked for"
        raise Unavailable(msg)


def is_page(mark: object, count: int) -> bool:
    """Whether a list that was asked for without a limit lacks rows, by its `continue`.

    Servers of version 4 give one with a whole list too, and that is the number of its rows. Any
    other is the mark of a page.
    """
    return bool(mark) and mark != str(count)


class _Text:
    """The text of a JSON document that is still arriving."""

    def __init__(self, chunks: Iterable[bytes], what: str) -> None:
        self._chunks = iter(chunks)
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._what = what
        self._text, self._at = "", 0
        self._is_empty = True

    def next_char(self) -> str:
        """Return the next character that is no blank, and leave it there."""
        while True:
            while self._at < len(self._text):
                if not self._text[self._at].isspace():
                    return self._text[self._at]
                self._at += 1
            self._more()

    def take(self, expected: str) -> None:
        """Go on behind this character."""
        if self.next_char() != expected:
            raise self._nonsense()
        self._at += 1

    def array(self) -> Iterator[object]:
        """Yield the elements of the array that comes next."""
        self.take("[")
        while self.next_char() != "]":
            yield self.value()
            if self.next_char() == ",":
                self.take(",")
        self.take("]")

    def value(self) -> Any:  # noqa: ANN401 - JSON of any kind
        """Read one value; what has not arrived as a whole is tried again when there is more."""
        self.next_char()
        while True:
            try:
                value, end = READ.raw_decode(self._text, self._at)
            except RecursionError:
                raise self._nonsense() from None
            except ValueError:
                self._more(len(self._text) - self._at)
                continue
            if end == len(self._text):  # the rest of a number may still come
                self._more()
                continue
            self._at = end
            return value

    def _more(self, least: int = 1) -> None:
        """Take in more, at least so many characters: a value is not read anew for each chunk."""
        if least > LARGEST_ROW:
            raise self._nonsense()
        parts, count = [self._text[self._at :]], 0
        self._at = 0
        for chunk in self._chunks:
            parts.append(self._decoder.decode(chunk))
            count += len(parts[-1])
            if count >= least:
                break
        self._text = "".join(parts)
        if not count:
            raise self._broken()
        self._is_empty = False

    def _broken(self) -> Unavailable:
        if self._is_empty:
            msg = f"the server gave an empty body for the {self._what}"
            return NotUnderstood(msg, passing=True)
        return Unavailable(f"the {self._what} broke off")

    def _nonsense(self) -> NotUnderstood:
        page = self._text.lstrip().startswith("<")
        seen = "a web page" if page else "something else"
        msg = f"the server answered with {seen} instead of the {self._what}"
        return NotUnderstood(msg, passing=not page)
