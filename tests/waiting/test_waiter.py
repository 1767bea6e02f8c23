"""The loop against recorded runs: when it asks, what it bears, what it says."""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from argo_replay.faults import Fault, FaultKind
from argogate.verdict.conclusion import Conclusion
from argogate.verdict.endings import Finished
from argogate.waiting.news import AwaitsApproval, NodeFailed, StillWaiting
from argogate.waiting.patience import Limits
from tests.harness import Play, Played, recorded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from argo_replay.server import SeenRequest

HELLO = "/api/v1/workflows/argo/hello-succeeds"


def polls(requests: list[SeenRequest]) -> list[SeenRequest]:
    return [one for one in requests if "metadata.uid" in one.query.get("fields", "")]


def trees(requests: list[SeenRequest]) -> list[SeenRequest]:
    return [one for one in requests if one.query.get("fields") == "-metadata.managedFields"]


def answer(status: int, body: bytes, **headers: str) -> Fault:
    return Fault(
        kind=FaultKind.ANSWER,
        start=3,
        stop=8,
        status=status,
        headers=tuple((name.replace("_", "-"), value) for name, value in headers.items()),
        body=body,
    )


HICCUPS = [
    Fault(kind=FaultKind.REFUSE, start=3, stop=8),
    Fault(kind=FaultKind.RESET, start=3, stop=8),
    Fault(kind=FaultKind.CUT, start=3, stop=8, after=20),
    answer(503, b'{"code":14,"message":"connection error"}', Content_Type="application/json"),
    answer(500, b'{"code":13,"message":"dial tcp: refused"}', Content_Type="application/json"),
    answer(200, b"<html>maintenance</html>", Content_Type="text/html"),
    answer(404, b"default backend - 404", Content_Type="text/plain"),
    answer(429, b"Too Many Requests\n", Content_Type="text/plain", Retry_After="4"),
    answer(401, b'{"code":16,"message":"Unauthorized"}', Content_Type="application/json"),
    answer(403, b'{"code":7,"message":"forbidden"}', Content_Type="application/json"),
    answer(302, b"", Location="https://login.example/"),
]


@cache
def calm(run: str) -> Played:
    return Play(run=recorded(run)).play()


def shakings() -> Iterator[object]:
    """Shake what passes by each, and what fails by one of each sort; CI by the others too."""
    for hiccup in HICCUPS:
        name = f"{hiccup.kind}-{hiccup.status}"
        yield pytest.param("hello-succeeds", hiccup, id=f"hello-succeeds-{name}")
        told = hiccup.kind is FaultKind.REFUSE or hiccup.status in {503, 403}
        marks = [] if told else [pytest.mark.thorough]
        yield pytest.param("steps-one-fails", hiccup, marks=marks, id=f"steps-one-fails-{name}")


@pytest.mark.parametrize(("run", "hiccup"), [*shakings()])
def test_a_hiccup_changes_no_verdict(run: str, hiccup: Fault) -> None:
    shaken = Play(run=recorded(run), faults=[hiccup]).play()
    assert shaken.verdict.exit_code == calm(run).verdict.exit_code
    assert "Troubled" in shaken.said
    assert "Recovered" in shaken.said or hiccup.status in {401, 403}


@pytest.mark.parametrize("hiccup", HICCUPS[:8], ids=lambda fault: f"{fault.kind}-{fault.status}")
def test_the_same_for_longer_than_the_outage_timeout_is_unreachable(hiccup: Fault) -> None:
    lasting = Fault(
        **{
            name: getattr(hiccup, name)
            for name in ("kind", "start", "status", "headers", "body", "after")
        }
    )
    played = Play(
        run=recorded("hello-succeeds"), faults=[lasting], limits=Limits(outage_timeout=40)
    ).play()
    assert played.verdict.conclusion is Conclusion.UNREACHABLE
    assert played.verdict.exit_code == 5
    assert 40 <= played.seconds <= 65


def test_a_server_that_restarts_is_waited_for_as_recorded() -> None:
    played = Play(
        run=recorded("server-restart-mid-poll"), limits=Limits(max_poll_interval=2)
    ).play()
    assert played.verdict.exit_code == 0
    assert {"Troubled", "Recovered"} <= set(played.said)


def test_a_pause_asked_for_by_the_server_is_kept() -> None:
    played = Play(
        run=recorded("hello-succeeds"),
        faults=[
            Fault(
                kind=FaultKind.ANSWER,
                times=1,
                status=429,
                headers=(("Retry-After", "9"),),
                body=b"Too Many Requests\n",
            )
        ],
    ).play()
    first, second, third = polls(played.requests)[:3]
    assert second.at - first.at >= 9
    assert third.at - second.at < 9


def test_the_first_look_is_at_once_and_the_last_exactly_at_the_deadline() -> None:
    played = Play(run=recorded("on-exit-slow"), limits=Limits(timeout=20)).play()
    looks = polls(played.requests)
    assert looks[0].at == 0
    assert looks[-1].at == pytest.approx(20, abs=1e-3)
    assert played.verdict.exit_code == 124
    assert played.seconds == pytest.approx(20, abs=1e-3)


def test_pauses_grow_up_to_the_maximum_and_are_only_ever_shortened() -> None:
    limits = Limits(timeout=120, poll_interval=2, max_poll_interval=15)
    looks = polls(Play(run=recorded("auth"), limits=limits).play().requests)
    pauses = [later.at - earlier.at for earlier, later in pairwise(looks[:-1])]
    assert 1.6 <= pauses[0] <= 2
    assert 12 <= pauses[-1] <= 15
    assert max(pauses) <= 15


def test_a_poll_is_small_and_the_tree_is_read_once_at_the_end_of_a_quiet_run() -> None:
    played = Play(run=recorded("controller-down"), begin=6).play()
    assert all("status.nodes" not in one.query["fields"] for one in polls(played.requests))
    assert len(trees(played.requests)) <= 3


def test_a_failing_node_is_named_within_one_poll_while_the_workflow_runs() -> None:
    heard: list[tuple[int, str]] = []
    run = recorded("node-events")
    played = Play(run=run, limits=Limits(max_poll_interval=2)).play()
    for number, news in enumerate(played.news):
        if isinstance(news, NodeFailed):
            heard.append((number, news.failure.path))
    assert heard[0][1]
    ends = [n for n, news in enumerate(played.news) if "Failed" in getattr(news, "phase", "")]
    assert not ends or heard[0][0] < ends[0]
    assert len({path for _, path in heard}) == len(heard) or any(
        isinstance(news, NodeFailed) and news.retried for news in played.news
    )


def test_who_has_to_approve_what_is_said_once() -> None:
    played = Play(run=recorded("suspend-approve"), limits=Limits(max_poll_interval=2)).play()
    approvals = [news.approvals for news in played.news if isinstance(news, AwaitsApproval)]
    assert approvals == [("approve",)]


def test_a_long_silence_is_broken_by_a_heartbeat() -> None:
    seldom = Limits(timeout=600, heartbeat=120, poll_interval=25, max_poll_interval=25)
    played = Play(run=recorded("auth"), limits=seldom).play()
    beats = [news for news in played.news if isinstance(news, StillWaiting)]
    assert len(beats) == 4
    assert beats[0].left == pytest.approx(600 - beats[0].waited)
    endless = Play(run=recorded("on-exit-slow"), limits=Limits(timeout=0, heartbeat=5)).play()
    assert {news.left for news in endless.news if isinstance(news, StillWaiting)} == {0}


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (
            Fault(
                kind=FaultKind.ANSWER,
                query="managedFields",
                status=429,
                body=b'{"code":8,"message":"grpc: trying to send message larger than max (9)"}',
            ),
            "larger than max",
        ),
        (Fault(kind=FaultKind.REFUSE, query="managedFields"), "reset"),
        (
            Fault(kind=FaultKind.ANSWER, query="managedFields", status=500, body=b"down"),
            "answered 500",
        ),
        (
            Fault(
                kind=FaultKind.ANSWER,
                query="managedFields",
                status=403,
                body=b'{"code":7,"message":"forbidden"}',
            ),
            "answered 403",
        ),
    ],
)
def test_a_tree_that_cannot_be_read_only_thins_the_reports(fault: Fault, said: str) -> None:
    played = Play(run=recorded("hello-succeeds"), faults=[fault]).play()
    assert played.verdict.exit_code == 0
    [remark] = played.verdict.deciding.observation.remarks
    assert "the nodes could not be read" in remark
    assert said in remark


def test_a_run_retried_while_its_tree_is_read_is_waited_for_again() -> None:
    run = recorded("manual-retry")
    ended = next(
        change.at
        for change in run.workflows["manual-retry"]
        if change.object and change.object.get("status", {}).get("finishedAt")
    )
    again = next(
        change.at
        for change in run.workflows["manual-retry"]
        if change.at > ended and change.object and not change.object["status"].get("finishedAt")
    )
    hole = Fault(kind=FaultKind.ANSWER, times=1, start=again - 0.3, status=500, body=b"no")
    played = Play(run=run, begin=again - 0.5, faults=[hole], limits=Limits()).play()
    assert played.verdict.exit_code in {0, 1}
    assert isinstance(played.verdict.deciding.observation.ending, Finished)


def test_a_run_that_left_the_cluster_at_its_end_is_read_from_the_archive() -> None:
    run = recorded("archived-then-deleted")
    gone = next(change.at for change in run.workflows[run.scenario] if change.object is None)
    hole = Fault(kind=FaultKind.REFUSE, start=gone - 1, stop=gone + 0.2)
    played = Play(run=run, faults=[hole], limits=Limits(max_poll_interval=1)).play()
    assert played.verdict.exit_code == 0
    assert played.verdict.deciding.workflow
    assert played.verdict.deciding.workflow.nodes


def test_several_workflows_are_waited_for_in_one_loop() -> None:
    run = recorded("terminated-while-pending")
    played = Play(run=run, names=list(run.workflows), limits=Limits(timeout=60)).play()
    assert [result.exit_code for result in played.verdict.results] == [124, 1]
    assert played.verdict.exit_code == 1
