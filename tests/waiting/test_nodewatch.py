"""What the log is told of nodes while their workflow runs, and when they are read for it."""

from __future__ import annotations

from dataclasses import replace
from math import inf
from typing import TYPE_CHECKING

import pytest

from argogate.model.answers import NodeWarning
from argogate.waiting.news import (
    AwaitsApproval,
    Held,
    News,
    NodeFailed,
    Remarked,
    Running,
    Standing,
)
from argogate.waiting.nodewatch import MOST_NAMED
from argogate.waiting.patience import Limits
from argogate.waiting.quiet import SOON_QUIET
from tests.build import node, workflow
from tests.waiting.watched import DONE, PULLING, RUNNING, flipping, tree, watch

if TYPE_CHECKING:
    from tests.waiting.server import Answer


@pytest.mark.parametrize("number", [MOST_NAMED, MOST_NAMED + 1])
def test_as_many_failures_as_can_be_named_are_named_and_the_rest_is_counted(number: int) -> None:
    failed = [node(f"n{at}", "Failed") for at in range(number)]
    one, _, news = watch([RUNNING], [tree(RUNNING, *failed)])
    one.look()
    assert sum(isinstance(each, NodeFailed) for each in news) == MOST_NAMED
    counted = [each.text for each in news if isinstance(each, Remarked)]
    assert counted == ["… and 1 more nodes failed"] * (number - MOST_NAMED)


def test_an_attempt_that_is_made_again_is_told_as_one() -> None:
    attempts = [node("r(0)", "Failed", retried=True), node("r(1)", "Running", retried=True)]
    around = node("r", "Running", "Retry", children=tuple(each.id for each in attempts))
    one, _, news = watch([RUNNING], [tree(RUNNING, around, *attempts)])
    one.look()
    [failed] = [each for each in news if isinstance(each, NodeFailed)]
    assert (failed.failure.path, failed.attempt, failed.retried) == ("r", 1, True)


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


def test_why_nothing_runs_is_told_soon_after_the_last_news_where_the_tree_is_small() -> None:
    one, clock, news = watch([RUNNING], [tree(RUNNING, node("ok", "Running", "Suspend"))])
    one.look(warned=True)
    assert not [each for each in news if isinstance(each, AwaitsApproval)]
    assert one.quiet_at() == 5
    clock.sleep(5)
    one.look(warned=True)
    assert [each.approvals for each in news if isinstance(each, AwaitsApproval)] == [("ok",)]
    assert one.quiet_at() is None


def test_a_large_tree_is_read_after_a_quiet_minute_only() -> None:
    many = replace(RUNNING, progress="0/900")
    one, clock, _ = watch([many], [tree(many)])
    one.look(warned=True)
    assert one.quiet_at() == 60
    clock.sleep(59)
    one.look(warned=True)
    assert one.nodes.tree is None
    clock.sleep(1)
    one.look(warned=True)
    assert one.nodes.tree


def test_a_workflow_that_is_not_running_has_no_nodes_to_read() -> None:
    one, _, _ = watch([workflow(phase="Pending")], [tree(RUNNING)])
    assert one.quiet_at() is None
    one.look()
    assert one.quiet_at() is None


@pytest.mark.parametrize("message", ["", "ContainerCreating", "PodInitializing"])
def test_that_a_pod_starts_is_no_news(message: str) -> None:
    one, _, news = watch([RUNNING], [tree(RUNNING, node("a", "Pending", message=message))])
    one.look()
    assert not [each for each in news if isinstance(each, Remarked)]
    assert not one.nodes.holding.pending


def event(name: str, node_id: str = "i") -> NodeWarning:
    return NodeWarning(
        workflow="wf",
        uid="b1a0",
        node_id=node_id,
        node_name=name,
        message=f"Failed node {name}: main: Error (exit code 1)",
    )


def told(news: list[News]) -> list[tuple[str, int]]:
    return [(each.failure.label, each.attempt) for each in news if isinstance(each, NodeFailed)]


def test_an_event_spells_a_node_as_all_reports_do() -> None:
    one, _, news = watch([RUNNING], [tree(RUNNING)])
    one.look(warned=True)
    one.warn(event("wf[0].outer.flaky(1)"))
    assert told(news) == [("outer.flaky", 2)]


def test_an_event_about_a_node_that_is_known_tells_what_argo_displays() -> None:
    shown = replace(node("a", "Running"), display_name="Build")
    one, _, news = watch([RUNNING], [tree(RUNNING, shown)])
    one.look()
    one.warn(event("wf.a", "wf-a"))
    one.warn(event("wf.a", "wf-a"))
    assert told(news) == [("a (Build)", 0)]


def test_an_event_about_the_only_pod_has_the_tree_read_for_its_name() -> None:
    root = replace(node("wf", "Failed"), id="wf", name="wf", template_name="main")
    made = replace(tree(RUNNING), nodes={"wf": root})
    one, clock, news = watch([RUNNING], [made])
    one.look(warned=True)
    one.warn(event("wf", "wf"))
    assert told(news) == []
    clock.sleep(1)
    one.look(warned=True)
    assert told(news) == [("main", 0)]


def test_of_many_failures_at_once_the_first_are_named_and_the_rest_is_counted() -> None:
    failed = [node(f"a{number}", "Failed") for number in range(50)]
    one, _, news = watch([RUNNING], [tree(RUNNING, *failed)])
    one.look()
    assert len(told(news)) == 20
    assert [each.text for each in news if isinstance(each, Remarked)] == [
        "… and 30 more nodes failed"
    ]


def test_a_pod_that_was_only_starting_is_looked_at_again_when_something_changed() -> None:
    later = replace(RUNNING, resource_version="2")
    one, clock, news = watch(
        [RUNNING, RUNNING, later, later],
        [
            tree(RUNNING, node("pull", "Pending", message="PodInitializing")),
            tree(later, node("pull", "Pending", message=PULLING[0])),
        ],
    )
    for pause in (5, 2, 4, 0):
        one.look(warned=True)
        clock.sleep(pause)
    assert [each.reason for each in news if isinstance(each, Held)] == [
        "node pull is Pending: ErrImagePull: no such image"
    ]


def test_a_large_tree_is_read_once_a_minute_where_no_events_may_be_heard() -> None:
    polls: list[Answer] = [
        replace(RUNNING, resource_version=str(number), progress="0/900") for number in range(10, 14)
    ]
    failed = node("a", "Failed")
    one, clock, news = watch(polls, [tree(RUNNING), tree(RUNNING), tree(RUNNING, failed)])
    one.look()
    clock.sleep(30)
    reads = []
    for _ in range(3):
        one.look()
        reads.append(one.nodes.current)
        clock.sleep(30)
    assert reads == [False, True, False]
    assert not told(news)


def at_work(news: list[News]) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    return [(each.nodes, each.starting) for each in news if isinstance(each, Running)]


def test_what_runs_is_told_of_a_small_tree_soon_after_each_change() -> None:
    states = [
        replace(RUNNING, resource_version=str(number), progress=f"{number}/3")
        for number in range(3)
    ]
    begun, first, second = states
    one, clock, news = watch(
        [begun, begun, first, first, second, second],
        [
            tree(begun, node("a", "Pending", message="ContainerCreating")),
            tree(first, node("a"), node("b", "Running"), node("c", "Pending")),
            tree(second, node("a"), node("b", "Running"), node("c", "Running")),
        ],
    )
    for _ in range(6):
        one.look(warned=True)
        clock.sleep(SOON_QUIET)
    assert at_work(news) == [((), ("a",)), (("b",), ("c",)), (("b", "c"), ())]


def test_a_small_tree_that_keeps_changing_is_read_now_and_then() -> None:
    polls: list[Answer] = [
        replace(RUNNING, resource_version=str(number), progress=f"{number}/30")
        for number in range(30)
    ]
    trees: list[Answer] = [tree(RUNNING, node(f"n{at}", "Running")) for at in range(9)]
    one, clock, news = watch(polls, trees)
    for _ in range(30):
        one.look(warned=True)
        clock.sleep(2)
    assert [nodes for nodes, _ in at_work(news)] == [("n0",), ("n1",), ("n2",)]


def test_a_version_that_changes_has_a_small_tree_read_again() -> None:
    later = replace(RUNNING, resource_version="2")
    polls: list[Answer] = [*[RUNNING] * 10, later]
    one, clock, news = watch(
        polls,
        [tree(RUNNING, node("a", "Running")), tree(later, node("b", "Running"))],
    )
    for _ in range(20):
        one.look(warned=True)
        clock.sleep(2)
    assert [nodes for nodes, _ in at_work(news)] == [("a",), ("b",)]


def standing(news: list[News]) -> Standing:
    return [each for each in news if isinstance(each, Standing)][-1]


def test_what_runs_is_known_as_long_as_the_tree_is_that_of_the_last_poll() -> None:
    later = replace(RUNNING, resource_version="2")
    one, clock, news = watch(
        [RUNNING, RUNNING, later], [tree(RUNNING, node("a", "Running"))], limits=Limits(timeout=60)
    )
    one.look(warned=True)
    assert standing(news).nodes == ()
    clock.sleep(SOON_QUIET)
    one.look(warned=True)
    assert standing(news).nodes == ("a",)
    assert (standing(news).limit, standing(news).ends) == ("--timeout", 60)
    one.look(warned=True)
    assert standing(news).nodes == ()
    assert not standing(news).over


def test_the_limit_that_runs_out_first_is_told() -> None:
    polls, trees = flipping(99)
    one, _, news = watch(polls, trees, limits=Limits(pending_timeout=30))
    one.look()
    assert (standing(news).limit, standing(news).ends) == ("--pending-timeout", 30)
    assert standing(news).held == "node pull is Pending: ErrImagePull: no such image"


def test_without_a_timeout_no_limit_is_near() -> None:
    one, _, news = watch([RUNNING], [tree(RUNNING)], limits=Limits(timeout=0))
    one.look()
    assert standing(news).ends == inf


def test_a_run_that_is_over_stands_no_more() -> None:
    one, _, news = watch([DONE], [tree(DONE)])
    one.look()
    assert standing(news).over


def test_who_holds_the_lock_of_a_queued_run_is_told_and_kept() -> None:
    queued = workflow(phase="Pending", message="Waiting for argo/Mutex/m lock.", started_at=None)
    one, clock, news = watch([queued], [replace(queued, holders={"argo/Mutex/m": "argo/b"})])
    one.look(warned=True)
    assert one.quiet_at() == SOON_QUIET
    clock.sleep(SOON_QUIET)
    for _ in range(2):
        one.look(warned=True)
        clock.sleep(30)
    reason = "Waiting for argo/Mutex/m lock. (held by argo/b)"
    assert [each.reason for each in news if isinstance(each, Held)] == [reason]
    assert one.nodes.holding.pending == {"wf": f"Pending: {reason}"}


def test_why_each_node_had_to_wait_is_kept_whichever_fails_first() -> None:
    waits = [node(name, "Pending", message=f"Unschedulable: {name}") for name in "ab"]
    starts = node("c", "Pending")
    one, clock, news = watch([RUNNING], [tree(RUNNING, *waits, starts)])
    one.look(warned=True)
    clock.sleep(SOON_QUIET)
    one.look(warned=True)
    assert len([each for each in news if isinstance(each, Held)]) == 1
    assert one.nodes.holding.pending == {
        "wf-a": "Pending: Unschedulable: a",
        "wf-b": "Pending: Unschedulable: b",
    }


def test_that_an_approval_was_waited_for_is_kept() -> None:
    asks = node("ok", "Running", kind="Suspend")
    one, clock, _ = watch([RUNNING], [tree(RUNNING, asks)])
    one.look(warned=True)
    clock.sleep(SOON_QUIET)
    one.look(warned=True)
    assert one.nodes.holding.pending == {"wf-ok": "it waited for an approval"}


def test_why_a_pod_has_to_wait_is_told_also_while_others_run() -> None:
    runs = node("a", "Running")
    stuck = [node(name, "Pending", message=f"Unschedulable: {name}") for name in "bc"]
    locked = node("d", "Pending", message="Waiting for m", waiting_for_lock="argo/Mutex/m")
    later = replace(RUNNING, resource_version="2")
    pulls = node("b", "Pending", message="ErrImagePull: no such image")
    one, _, news = watch(
        [RUNNING, later],
        [tree(RUNNING, runs, *stuck, locked), tree(later, runs, pulls, stuck[1])],
    )
    one.look()
    one.look()
    assert [each.reason for each in news if isinstance(each, Held)] == [
        "node b is Pending: Unschedulable: b"
    ]
    assert one.nodes.holding.pending == {
        "wf-b": "Pending: ErrImagePull: no such image",
        "wf-c": "Pending: Unschedulable: c",
        "wf-d": "Pending: Waiting for m",
    }
    assert standing(news).nodes == ("a",)


def test_that_an_approval_is_waited_for_is_how_it_stands() -> None:
    one, _, news = watch([RUNNING], [tree(RUNNING, node("ok", "Running", kind="Suspend"))])
    one.look()
    assert standing(news).held == "waits for an approval of ok"
