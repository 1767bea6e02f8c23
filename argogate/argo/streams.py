"""Streams and lists of the server: bytes → messages → events, rows, lines of logs.

A stream is one JSON object a line, or server-sent events.
"""

from __future__ import annotations

import json
import re
from collections import deque
from typing import TYPE_CHECKING, Any, TypeVar

from argogate.errors import CutShort, Impossible, Unavailable
from argogate.model.answers import Glimpse, NodeWarning
from argogate.model.lenient import JsonObject, object_in, objects_in, text_in
from argogate.model.nodes import WRAPPERS
from argogate.model.parse import parse_workflow
from argogate.model.pods import PodLine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from argogate.model.workflow import Workflow

Event = TypeVar("Event")

LONGEST_LINE = 4 << 20
"""Bytes; the server splits log lines at 1 MiB (argo-workflows, section 1.9 of its API)."""

LONGEST_LOG = 256 * 1024
"""Characters that are kept of one log."""

EXECUTOR_MARK = " argo=true"
"""Argo's own lines in a pod's log are `time=…` and carry it."""

STAMP = r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d))(?: |\Z)"
"""What `timestamps=true` puts before each line."""

INITIAL_END = "k8s.io/initial-events-end"
"""Annotation of the bookmark after all that there is (kep 3157)."""
NODE_FAILED = frozenset({"WorkflowNodeFailed", "WorkflowNodeError"})
ANNOTATION = "workflows.argoproj.io/node-"


def lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Cut chunks into lines; the last one may lack its newline. Overlong ones are cut short.

    Each byte is looked at once, in however many chunks a line comes.
    """
    rest = bytearray()
    for chunk in chunks:
        first, *others = chunk.split(b"\n")
        rest += first[: LONGEST_LINE - len(rest)]
        if others:
            yield bytes(rest)
            *whole, last = others
            yield from whole
            rest = bytearray(last)
    if rest:
        yield bytes(rest)


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
        if not _is_argos(content):
            yield content


def pod_lines(chunks: Iterable[bytes], what: str) -> Iterator[PodLine | None]:
    """Yield the lines of a log with timestamps, Argo's own too; None first: the stream is open.

    Raises Unavailable where the stream says that it failed.
    """
    for entry in events(chunks, what, lambda result: result):
        if entry is None:
            yield None
            continue
        content = text_in(entry, "content")
        stamp = re.match(STAMP, content)
        at, text = (stamp[1], content[stamp.end() :]) if stamp else ("", content)
        yield PodLine(pod=text_in(entry, "podName"), at=at, text=text, argo=_is_argos(text))


def _is_argos(line: str) -> bool:
    return line.startswith("time=") and EXECUTOR_MARK in line


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


def events(
    chunks: Iterable[bytes], what: str, read: Callable[[JsonObject], Event | None]
) -> Iterator[Event | None]:
    """Yield what the messages mean; None first, when the stream is open, and for the others.

    Raises Unavailable where the stream says that it ended, as it regularly does (429 "EOF").
    """
    yield None
    for message in messages(chunks):
        if error := object_in(message, "error"):
            msg = f"the {what} ended: {text_in(error, 'message')}"
            raise Unavailable(msg)
        yield read(object_in(message, "result"))


def glimpse_of(result: JsonObject) -> Glimpse | None:
    """Read an event of `workflow-events`, or None where it is about no workflow."""
    workflow = parse_workflow(object_in(result, "object"))
    if not workflow.uid:
        return None
    return Glimpse(workflow=workflow, deleted=text_in(result, "type") == "DELETED")


def warning_of(event: JsonObject) -> NodeWarning | None:
    """Read a Kubernetes event about a node that failed by itself, or None for any other."""
    about = object_in(event, "involvedObject")
    annotations = object_in(object_in(event, "metadata"), "annotations")
    kind = text_in(annotations, f"{ANNOTATION}type")
    if text_in(event, "reason") not in NODE_FAILED or kind in WRAPPERS:
        return None
    return NodeWarning(
        workflow=text_in(about, "name"),
        uid=text_in(about, "uid"),
        node_id=text_in(annotations, f"{ANNOTATION}id"),
        node_name=text_in(annotations, f"{ANNOTATION}name"),
        message=text_in(event, "message"),
    )


def rows_of(document: JsonObject) -> tuple[Workflow, ...]:
    """Read the rows of a list; `items` is null where there are none."""
    rows = (parse_workflow(item) for item in objects_in(document, "items"))
    return tuple(row for row in rows if row.uid)


def is_whole(document: JsonObject) -> bool:
    """Whether a list that was asked for without a limit has all rows."""
    from argogate.argo.rows import is_page  # noqa: PLC0415 - only of lists

    mark = text_in(object_in(document, "metadata"), "continue")
    return not is_page(mark, len(objects_in(document, "items")))


def live_rows_of(messages: Iterable[JsonObject]) -> tuple[Workflow, ...] | None:
    """Read a watch that begins with all there is; None where it ends without the mark of that."""
    rows: dict[str, Workflow] = {}
    for message in messages:
        if ends_initial(message):
            return tuple(rows.values())
        if row := glimpse_of(object_in(message, "result")):
            rows[row.workflow.uid] = row.workflow
            if row.deleted:
                del rows[row.workflow.uid]
    return None


def ends_initial(message: JsonObject) -> bool:
    """Whether a message of a watch is the mark behind all that there is."""
    result = object_in(message, "result")
    annotations = object_in(object_in(object_in(result, "object"), "metadata"), "annotations")
    return text_in(result, "type") == "BOOKMARK" and INITIAL_END in annotations


def initial_rows(messages: Iterable[JsonObject], what: str) -> Iterator[Workflow]:
    """Yield what a watch begins with. Raises Impossible where it ends without the mark of that."""
    for message in messages:
        if ends_initial(message):
            return
        if (row := glimpse_of(object_in(message, "result"))) and not row.deleted:
            yield row.workflow
    msg = f"the {what} did not show all there is"
    raise Impossible(msg)
