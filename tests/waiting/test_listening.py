"""Listening to the event stream: a head start, and never more than that."""

from __future__ import annotations

import json
import threading
import time
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING

import pytest

from argo_replay.faults import Fault, FaultKind
from argo_replay.making import make_run
from argogate.errors import Denied, Unavailable
from argogate.waiting.clock import MonotonicClock
from argogate.waiting.listener import REFUSED_PAUSE, Listener
from argogate.waiting.news import Changed, NodeFailed, Unheard
from argogate.waiting.patience import Limits
from tests.clock import SimulatedClock
from tests.harness import Play, Played, recorded

if TYPE_CHECKING:
    from collections.abc import Iterator

STREAM = "/workflow-events/"
EVENTS = "/stream/events/"
SLOW = Limits(poll_interval=15, max_poll_interval=15)


@cache
def calm(run: str) -> Played:
    """Return how it is without a stream."""
    return played(run, listen=False)


def played(run: str, *faults: Fault, limits: Limits = SLOW, listen: bool = True) -> Played:
    return Play(run=recorded(run), limits=limits, faults=faults, listen=listen).play()


def ended_at(run: str) -> float:
    """Return the played second at which the recorded run ended."""
    [changes] = recorded(run).workflows.values()
    return next(
        change.at
        for change in changes
        if change.object and change.object.get("status", {}).get("finishedAt")
    )


@pytest.mark.parametrize("run", ["on-exit-slow", "steps-one-fails", "hello-succeeds"])
def test_the_end_is_seen_when_it_happens_not_at_the_next_poll(run: str) -> None:
    heard = played(run)
    unheard = calm(run)
    assert heard.seconds == pytest.approx(ended_at(run), abs=0.2)
    assert unheard.seconds > heard.seconds + 1
    assert heard.verdict.exit_code == unheard.verdict.exit_code
    assert heard.verdict.message == unheard.verdict.message


def test_progress_is_shown_without_a_poll() -> None:
    heard = played("on-exit-slow")
    changes = [news for news in heard.news if isinstance(news, Changed)]
    polls = [one for one in heard.requests if "metadata.uid" in one.query.get("fields", "")]
    assert "1/2" in [news.workflow.progress for news in changes]
    assert len(polls) < 10


FAILING = Fault(kind=FaultKind.ANSWER, match="/workflows/argo/build", status=503, start=3)


@pytest.mark.parametrize(
    ("fault", "nodes", "fewest", "most"),
    [
        ((), (), 4, 6),
        ((Fault(kind=FaultKind.RESET, match=STREAM, after=10),), (), 7, 12),
        ((), ("main",), 7, 12),
        ((FAILING,), (), 9, 13),
    ],
    ids=["told", "stream broken", "of a node", "looks fail"],
)
def test_who_is_told_of_changes_seldom_looks_for_them(
    fault: tuple[Fault, ...], nodes: tuple[str, ...], fewest: int, most: int
) -> None:
    run = make_run("build", seconds=30)
    heard = Play(
        run=run, faults=fault, nodes=nodes, listen=True, limits=Limits(outage_timeout=40)
    ).play()
    polls = [one for one in heard.requests if "metadata.uid" in one.query.get("fields", "")]
    looks = [one for one in polls if one.path.endswith("/build")]
    assert fewest <= len(looks) <= most


BROKEN_STREAMS = [
    Fault(kind=FaultKind.ANSWER, match=STREAM, status=403, body=b'{"error":{"http_code":403}}'),
    Fault(kind=FaultKind.ANSWER, match=STREAM, status=501, body=b'{"code":12,"message":"no"}'),
    Fault(kind=FaultKind.ANSWER, match=STREAM, status=200, body=b"<html>proxy</html>"),
    Fault(
        kind=FaultKind.ANSWER,
        match=STREAM,
        status=200,
        headers=(("Content-Type", "text/html"),),
        body=b"<html>proxy</html>",
    ),
    Fault(
        kind=FaultKind.ANSWER,
        match=STREAM,
        status=200,
        body=b'data: {"error":{"grpc_code":8,"http_code":429,"message":"EOF"}} \n\n',
    ),
    Fault(kind=FaultKind.ANSWER, match=STREAM, status=200, body=b"data: {garbage\n\n\x00\xff\n"),
    Fault(kind=FaultKind.REFUSE, match=STREAM),
    Fault(kind=FaultKind.RESET, match=STREAM, after=10),
]


def breaks() -> Iterator[object]:
    """Break the stream of what passes in each way, and of what fails in two; CI in all."""
    for number, fault in enumerate(BROKEN_STREAMS):
        name = f"{fault.kind}-{fault.status}"
        yield pytest.param("hello-succeeds", fault, id=f"{name}-hello-succeeds")
        few = number in {0, len(BROKEN_STREAMS) - 1}
        marks = [] if few else [pytest.mark.thorough]
        yield pytest.param("steps-one-fails", fault, marks=marks, id=f"{name}-steps-one-fails")


@pytest.mark.parametrize(("run", "fault"), [*breaks()])
def test_a_stream_that_is_not_to_be_had_changes_nothing_but_the_moment(
    run: str, fault: Fault
) -> None:
    deaf = played(run, fault, limits=SLOW)
    assert deaf.verdict.message == calm(run).verdict.message
    assert deaf.seconds <= calm(run).seconds + 15
    assert any(isinstance(news, Unheard) for news in deaf.news)


@pytest.mark.parametrize(
    ("kind", "uid", "phase", "finished"),
    [
        ("MODIFIED", "", "Succeeded", "2026-11-23T06:00:00Z"),
        ("DELETED", "", "Running", None),
        ("ADDED", "another", "Failed", None),
    ],
)
def test_an_event_that_lies_leads_to_a_poll_and_never_to_a_verdict(
    kind: str, uid: str, phase: str, finished: str | None
) -> None:
    run = recorded("on-exit-slow")
    state = run.state_at("on-exit-slow", 0)
    assert state
    metadata = {"name": "on-exit-slow", "uid": uid or state["metadata"]["uid"]}
    status = {"phase": phase, "finishedAt": finished}
    event = {"result": {"type": kind, "object": {"metadata": metadata, "status": status}}}
    body = f"data: {json.dumps(event)} \n\n\n".encode()
    fault = Fault(kind=FaultKind.ANSWER, match=STREAM, status=200, body=body, times=3)
    lied = played("on-exit-slow", fault)
    assert lied.verdict.exit_code == 0
    assert lied.seconds >= ended_at("on-exit-slow")


def test_failures_are_named_by_events_without_reading_the_tree() -> None:
    heard = Play(run=recorded("node-events"), limits=SLOW, listen=True).play()
    named = [
        (news.failure.path, news.failure.node.message)
        for news in heard.news
        if isinstance(news, NodeFailed)
    ]
    assert ("unit", "main: Error (exit code 3)") in named
    assert ("flaky", "main: Error (exit code 1)") in named
    trees = [one for one in heard.requests if one.query.get("fields", "").startswith("-")]
    assert len(trees) == 1


def test_events_that_may_not_be_watched_are_replaced_by_looks_at_small_trees() -> None:
    forbidden = Fault(
        kind=FaultKind.ANSWER,
        match=EVENTS,
        status=403,
        body=b'{"error":{"grpc_code":7,"http_code":403,"message":"events is forbidden"}}',
    )
    heard = Play(run=recorded("node-events"), faults=[forbidden], listen=True).play()
    assert "unit" in [news.failure.path for news in heard.news if isinstance(news, NodeFailed)]


def tree_reads(played: Played) -> int:
    return len([one for one in played.requests if one.query.get("fields", "").startswith("-")])


def test_while_the_stream_of_events_is_silent_a_tree_is_read_once_after_news() -> None:
    quick = Limits(max_poll_interval=4)
    refused = Fault(kind=FaultKind.ANSWER, match=EVENTS, status=403, body=b"{}")
    heard = played("on-exit-slow", limits=quick)
    assert tree_reads(heard) <= 1 + len([news for news in heard.news if isinstance(news, Changed)])
    assert tree_reads(played("on-exit-slow", refused, limits=quick)) > 3
    assert tree_reads(played("on-exit-slow", limits=quick, listen=False)) > 3


class Stream:
    """A stream that gives these results one after the other: events, or an error."""

    def __init__(self, *results: object) -> None:
        self.opened: list[float] = []
        self.clock = SimulatedClock()
        self._todo = list(results)

    @contextmanager
    def open(self) -> Iterator[Iterator[str | None]]:
        self.opened.append(self.clock.now())
        result = self._todo.pop(0) if self._todo else Unavailable("over")
        if isinstance(result, Exception):
            raise result
        yield iter(result)  # type: ignore[call-overload]

    def listener(self, bell: threading.Event | None = None) -> Listener[str]:
        return Listener("test", self.open, self.clock, bell or threading.Event())


def until(condition: object) -> None:
    assert callable(condition)
    for _ in range(400):
        if condition():
            return
        time.sleep(0.005)
    pytest.fail("it did not come true")


def test_a_stream_that_breaks_is_opened_again_after_growing_pauses() -> None:
    stream = Stream(Unavailable("a"), [None], [None, "event"], Unavailable("b"))
    bell, opened, clock = threading.Event(), stream.opened, stream.clock
    listener = stream.listener(bell)
    listener.start()
    for number, pause in enumerate((1, 2, 1, 2), 1):
        until(lambda number=number: len(opened) == number and clock.waiting)
        clock.sleep(pause)
    until(lambda: len(opened) == 5)
    assert opened == [0, 1, 3, 4, 6]
    assert bell.is_set()
    assert list(listener.events()) == ["event"]
    assert not listener.speaks
    listener.stop()


def test_a_stream_that_is_refused_is_left_alone_for_a_while() -> None:
    stream = Stream(Denied("no", status=403, renewable=False))
    opened, clock = stream.opened, stream.clock
    listener = stream.listener()
    listener.start()
    until(lambda: clock.waiting)
    assert listener.trouble == "no"
    assert not listener.speaks
    clock.sleep(REFUSED_PAUSE)
    until(lambda: len(opened) == 2)
    listener.stop()


def test_a_listener_that_was_stopped_reads_no_further() -> None:
    listener = Stream(["one", "two"]).listener()
    listener.stop()
    listener.start()
    until(lambda: not listener._thread.is_alive())  # noqa: SLF001 - nothing else tells
    assert list(listener.events()) == []


def test_a_listener_that_is_stopped_between_two_events_takes_no_more() -> None:
    taken: list[str] = []

    def events() -> Iterator[str]:
        yield "one"
        listener.stop()
        yield "two"

    listener = Stream(events()).listener()
    listener.start()
    until(lambda: not listener._thread.is_alive())  # noqa: SLF001 - nothing else tells
    taken.extend(listener.events())
    assert taken == ["one"]


def test_an_event_about_a_workflow_of_somebody_else_is_left_out() -> None:
    body = (
        b'data: {"result":{"reason":"WorkflowNodeFailed","involvedObject":{"name":"other"},'
        b'"metadata":{"annotations":{"workflows.argoproj.io/node-type":"Pod"}}}} \n\n'
    )
    fault = Fault(kind=FaultKind.ANSWER, match=EVENTS, status=200, body=body)
    heard = played("hello-succeeds", fault)
    assert heard.verdict.exit_code == 0
    assert not any(isinstance(news, NodeFailed) for news in heard.news)


def test_the_real_clock_goes_on_and_hears_the_bell() -> None:
    clock, bell = MonotonicClock(), threading.Event()
    before = clock.now()
    clock.sleep(0.01)
    clock.pause(0.01, bell)
    clock.wait(0.01, bell)
    assert clock.now() - before >= 0.03
    bell.set()
    clock.pause(60, bell)
    clock.wait(60, bell)
    assert clock.now() - before < 30


def test_where_no_thread_is_to_be_had_the_polls_go_on_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A limit on processes, as containers have it: Python raises RuntimeError."""
    start = threading.Thread.start

    def scarce(thread: threading.Thread) -> None:
        if thread.name in {"changes", "warnings"}:
            msg = "can't start new thread"
            raise RuntimeError(msg)
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", scarce)
    alone = played("hello-succeeds")
    assert alone.verdict.exit_code == 0
    heard = [news.reason for news in alone.news if isinstance(news, Unheard)]
    assert heard == ["can't start new thread"]
