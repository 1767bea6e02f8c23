"""One workflow's watch: rare turns of events, with answers given one by one."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from argogate.errors import ArgoError, NotFound, NotUnderstood, Unavailable
from argogate.model.workflow import Node, Workflow
from argogate.news import AwaitsApproval, News, NodeFailed
from argogate.observation import Finished, Glimpse, NodeWarning, Poll, Target, TimedOut
from argogate.waiting.patience import Limits, Pace
from argogate.waiting.watch import Questions, Watch, Wish
from tests.build import BEGAN, node, workflow
from tests.clock import SimulatedClock

if TYPE_CHECKING:
    from collections.abc import Callable

TARGET = Target(namespace="argo", name="wf")
RUNNING = workflow(phase="Running", resource_version="1")
DONE = workflow(phase="Succeeded", resource_version="2")
Answer = Workflow | ArgoError


def asked(answers: list[Answer]) -> Callable[..., Poll]:
    """Return a question that is answered one by one; the last answer stays."""

    def question(*_: object) -> Poll:
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, ArgoError):
            raise answer
        return Poll(workflow=answer, server_time=BEGAN, size=100)

    return question


def watch(
    polls: list[Answer],
    trees: list[Answer],
    archived: list[Answer] | None = None,
    **wish: Any,  # noqa: ANN401
) -> tuple[Watch, SimulatedClock, list[News]]:
    clock = SimulatedClock()
    news: list[News] = []
    pace = Pace(limits=Limits(), clock=clock, dice=random.Random(1), tell=news.append, began=BEGAN)
    questions = Questions(
        poll=asked(polls), tree=asked(trees), archived=asked(archived or [NotFound("none")])
    )
    return Watch(TARGET, Wish(**wish), questions, pace), clock, news


def tree(seen: Workflow, *nodes: Node) -> Workflow:
    made = workflow(*nodes or (node("a"),), phase=seen.phase_word)
    return replace(made, resource_version=seen.resource_version)


def test_a_run_that_was_retried_before_its_tree_was_read_is_waited_for_again() -> None:
    one, _, news = watch([DONE, RUNNING, DONE], [tree(RUNNING), tree(DONE)])
    assert one.look() == (None, None)
    assert "was retried" in one.track.remarks[0]
    one.look()
    _, ending = one.look()
    assert isinstance(ending, Finished)
    assert news


def test_a_later_attempt_found_in_the_tree_is_the_one_that_counts() -> None:
    failed = replace(tree(workflow(phase="Failed")), started_at=BEGAN)
    one, _, _ = watch([DONE], [failed])
    _, ending = one.look()
    assert isinstance(ending, Finished)
    assert ending.poll.phase_word == "Failed"


def test_nodes_that_cannot_be_read_are_remarked() -> None:
    unreadable = replace(DONE, nodes_unreadable="kept in a database")
    one, _, _ = watch([DONE], [unreadable])
    _, ending = one.look()
    assert isinstance(ending, Finished)
    assert one.track.remarks == ["kept in a database"]


def test_a_tree_of_another_run_is_no_tree_of_this_one() -> None:
    one, _, _ = watch([DONE], [replace(tree(DONE), uid="other")], [tree(DONE)])
    _, ending = one.look()
    assert isinstance(ending, Finished)
    assert one.track.last
    assert one.track.last.nodes
    lost, _, _ = watch([DONE], [replace(tree(DONE), uid="other")])
    lost.look()
    assert "could not be read" in lost.track.remarks[0]


def test_a_glimpse_leads_to_a_look_once_when_it_has_been_quiet() -> None:
    one, clock, _ = watch([RUNNING], [tree(RUNNING)])
    one.look()
    same = Glimpse(workflow=RUNNING)
    assert [one.glimpse(same) for _ in range(2)] == [False, False]
    clock.sleep(61)
    assert [one.glimpse(same) for _ in range(2)] == [True, False]


def test_every_glimpse_leads_to_a_look_where_only_nodes_tell() -> None:
    one, _, _ = watch([RUNNING], [tree(RUNNING)], nodes=("b",))
    one.look()
    assert one.glimpse(Glimpse(workflow=RUNNING))


@pytest.mark.parametrize(("uid", "named"), [("b1a0", ["x"]), ("of an earlier run", [])])
def test_an_event_about_a_node_is_told_if_it_is_of_this_run(uid: str, named: list[str]) -> None:
    one, _, news = watch([RUNNING], [tree(RUNNING)])
    one.look()
    one.warn(
        NodeWarning(
            workflow="wf", uid=uid, node_id="i", node_name="wf.x", message="Error node wf.x: no"
        )
    )
    assert [each.failure.path for each in news if isinstance(each, NodeFailed)] == named


def test_an_approval_is_told_again_only_when_it_is_another_one() -> None:
    waiting = node("ok", "Running", kind="Suspend")
    other = node("sure", "Running", kind="Suspend")
    later = [replace(RUNNING, resource_version=str(number)) for number in range(4)]
    one, _, news = watch(
        list(later),
        [
            tree(later[0], waiting),
            tree(later[1], waiting),
            tree(later[2], node("a", "Running")),
            tree(later[3], other),
        ],
    )
    for _ in later:
        one.look()
    assert [each.approvals for each in news if isinstance(each, AwaitsApproval)] == [
        ("ok",),
        ("sure",),
    ]


def timed(
    poll: Callable[[float], Poll], began: float = 0, **limits: float
) -> tuple[Watch, list[str]]:
    """Return a watch whose poll is told its timeout, and what else it asks."""
    asked_for: list[str] = []

    def tree_of(*_: object) -> Poll:
        asked_for.append("tree")
        return Poll(workflow=tree(RUNNING))

    pace = Pace(
        limits=Limits(**limits),
        clock=SimulatedClock(),
        dice=random.Random(1),
        tell=lambda _: None,
        began=BEGAN,
    )
    questions = Questions(poll=lambda _, timeout: poll(timeout), tree=tree_of, archived=tree_of)
    return Watch(TARGET, Wish(), questions, pace, began=began), asked_for


def test_what_is_asked_in_a_round_is_to_be_answered_before_its_end() -> None:
    timeouts: list[float] = []

    def poll(timeout: float) -> Poll:
        timeouts.append(timeout)
        return Poll(workflow=RUNNING)

    one, _ = timed(poll)
    one.look(warned=True, until=3)
    one.look(warned=True, until=0)
    assert timeouts[0] == 3
    assert 0 < timeouts[1] < 1


def test_a_server_that_gave_no_answer_at_the_timeout_is_asked_for_no_reason() -> None:
    answers: list[Answer] = [RUNNING, Unavailable("hung")]
    question = asked(answers)
    one, asked_for = timed(lambda _: question(), began=-9, timeout=10)
    one.look(warned=True)
    one.track.began = -10
    _, ending = one.look(warned=True)
    assert isinstance(ending, TimedOut)
    assert asked_for == []


@pytest.mark.parametrize("error", [Unavailable("hung"), NotUnderstood("HTML")])
def test_the_error_of_another_is_an_outage_at_most(error: ArgoError) -> None:
    one, _ = timed(lambda _: Poll(workflow=RUNNING))
    one.stand_back(error)
    assert one.ending is None
