"""Framing of the server's streams: one JSON object a line, or server-sent events."""

from __future__ import annotations

import json
from collections import deque
from typing import TYPE_CHECKING, Any, TypeVar

from argogate.errors import CutShort, Unavailable
from argogate.model.lenient import JsonObject, object_in, text_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

Frame = TypeVar("Frame")

LONGEST_LINE = 4 << 20
"""Bytes; the server splits log lines at 1 MiB (argo-workflows, section 1.9 of its API)."""

LONGEST_LOG = 256 * 1024
"""Characters that are kept of one log."""

EXECUTOR_MARK = " argo=true"
"""Argo's own lines in a pod's log are `time=…` and carry it."""


def lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Cut chunks into lines; the last one may lack its newline. Overlong ones are cut short."""
    rest = b""
    for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n")
        yield from whole
        rest = rest[:LONGEST_LINE]
    if rest:
        yield rest


def messages(chunks: Iterable[bytes]) -> Iterator[JsonObject]:
    """Yield the JSON objects of a stream in either framing; comments and garbage are left out.

    Server-sent events come as `data: {…} ` and blank lines, keep-alives as `:` alone.
    """
    for line in lines(chunks):
        text = line.strip().removeprefix(b"data:")
        try:
            message: Any = json.loads(text) if text.strip() else None
        except (ValueError, RecursionError):
            continue
        if isinstance(message, dict):
            yield message


def log_entries(chunks: Iterable[bytes], what: str) -> Iterator[str]:
    """Yield what the containers printed; Argo's own lines are left out.

    Raises Unavailable where the stream says that it failed.
    """
    for message in messages(chunks):
        if error := object_in(message, "error"):
            msg = f"the {what} broke off: {text_in(error, 'message')}"
            raise Unavailable(msg)
        content = text_in(object_in(message, "result"), "content")
        if not (content.startswith("time=") and EXECUTOR_MARK in content):
            yield content


def last(entries: Iterator[str], most: int) -> list[str]:
    """Return the last entries of a log, cut to what can be held of many.

    Raises CutShort where it breaks off.
    """
    kept: deque[str] = deque()
    held = 0
    try:
        for entry in entries:
            kept.append(entry[-LONGEST_LOG:])
            held += len(kept[-1])
            while len(kept) > most or held > LONGEST_LOG:
                held -= len(kept.popleft())
    except Unavailable as error:
        raise CutShort(error.message, tuple(kept)) from error
    return list(kept)


def frames(
    chunks: Iterable[bytes], what: str, read: Callable[[JsonObject], Frame | None]
) -> Iterator[Frame | None]:
    """Yield what the messages mean; None first, when the stream is open, and for the others.

    Raises Unavailable where the stream says that it ended, as it regularly does (429 "EOF").
    """
    yield None
    for message in messages(chunks):
        if error := object_in(message, "error"):
            msg = f"the {what} ended: {text_in(error, 'message')}"
            raise Unavailable(msg)
        yield read(object_in(message, "result"))
