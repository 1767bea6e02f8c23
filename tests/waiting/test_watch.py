"""One workflow's watch: rare turns of events, with answers given one by one."""

from __future__ import annotations

from dataclasses import replace
from math import inf
from typing import TYPE_CHECKING

import pytest

from argogate.errors import ArgoError, Impossible, NotFound, NotUnderstood, Unavailable
from argogate.model.answers import Glimpse
from argogate.verdict.endings import (
    Finished,
    Limit,
    PartEnded,
    PartMissing,
    Suspended,
    TimedOut,
    Unreachable,
)
from argogate.waiting.contact import Contact
from argogate.waiting.news import Held
from argogate.waiting.patience import Limits
from argogate.waiting.quiet import SOON_QUIET
from argogate.waiting.timers import Budget
from argogate.waiting.watch import Watch, Wish
from tests.build import moment, node, pace, workflow
from tests.clock import SimulatedClock
from tests.waiting.server import Answer, Server
from tests.waiting.watched import (
    AGAIN,
    DONE,
    PULLING,
    RUNNING,
    TARGET,
    flipping,
    looked,
    tree,
    watch,
)

if TYPE_CHECKING:
    from argogate.model.workflow import Workflow


def test_a_run_that_was_retried_before_its_tree_was_read_is_waited_for_again() -> None:
    done = replace(DONE, started_at=moment(70))
    one, _, news = watch([DONE, AGAIN, done], [tree(AGAIN), tree(done)])
    assert one.look() is None
    assert one.ending is None
    assert "was retried" in one.track.remarks[0]
    one.look()
    ending = looked(one)
    assert isinstance(ending, Finished)
    assert news


def test_a_later_attempt_found_in_the_tree_is_the_one_that_counts() -> None:
    failed = tree(workflow(phase="Failed", started_at=moment(70)))
    one, _, _ = watch([DONE], [failed])
    ending = looked(one)
    assert isinstance(ending, Finished)
    assert ending.poll.phase_word == "Failed"


def test_nodes_that_cannot_be_read_are_remarked() -> None:
    unreadable = replace(DONE, nodes_unreadable="kept in a database")
    one, _, _ = watch([DONE], [unreadable])
    ending = looked(one)
    assert isinstance(ending, Finished)
    assert one.track.remarks == ["kept in a database"]


@pytest.mark.parametrize(
    ("answer", "unread"),
    [
        (replace(DONE, nodes_unreadable="kept in a database"), True),
        (Impossible("larger than max"), True),
        (NotFound("gone"), True),
        (tree(DONE), False),
    ],
)
def test_a_node_that_nobody_could_look_for_is_not_missing(answer: Answer, *, unread: bool) -> None:
    one, _, _ = watch([DONE], [answer], nodes=("build",))
    ending = looked(one)
    assert isinstance(ending, PartMissing)
    assert ending.unread == unread


def test_a_tree_of_another_run_is_no_tree_of_this_one() -> None:
    one, _, _ = watch([DONE], [replace(tree(DONE), uid="other")], [tree(DONE)])
    ending = looked(one)
    assert isinstance(ending, Finished)
    assert one.track.last
    assert one.track.last.nodes
    lost, _, _ = watch([DONE], [replace(tree(DONE), uid="other")])
    lost.look()
    assert "could not be read" in lost.track.remarks[0]


EARLIER = replace(tree(workflow(phase="Failed")), started_at=moment(-60))


@pytest.mark.parametrize(
    ("trees", "archived"),
    [
        ([EARLIER], []),
        ([tree(RUNNING)], []),
        ([tree(workflow(phase="Failed"))], []),
        ([replace(tree(DONE), started_at=None)], []),
        ([NotFound("gone")], [EARLIER]),
        ([replace(EARLIER, uid="other")], [EARLIER]),
    ],
)
def test_a_tree_of_an_earlier_state_changes_no_verdict_and_is_no_evidence(
    trees: list[Answer], archived: list[Answer]
) -> None:
    one, _, _ = watch([DONE], trees, archived or None)
    ending = looked(one)
    assert ending == Finished(poll=DONE)
    assert one.observation(ending).workflow == DONE
    assert "earlier state" in one.track.remarks[0]


def test_a_tree_of_an_earlier_state_is_read_again() -> None:
    one, _, _ = watch([DONE], [EARLIER, tree(DONE)])
    one.look()
    assert one.track.last
    assert one.track.last.nodes
    assert not one.track.remarks


def test_what_was_read_while_it_ran_is_no_evidence_of_its_end() -> None:
    one, _, _ = watch([RUNNING, DONE], [tree(RUNNING), NotFound("gone")])
    one.look()
    assert one.nodes.tree
    ending = looked(one)
    assert isinstance(ending, Finished)
    assert one.observation(ending).workflow == DONE


@pytest.mark.parametrize(("later", "shown"), [(RUNNING, True), (AGAIN, False)])
def test_the_nodes_of_an_earlier_attempt_are_not_shown_as_those_of_this_one(
    later: Workflow, *, shown: bool
) -> None:
    one, _, _ = watch([RUNNING, later], [tree(RUNNING), NotFound("gone")])
    one.look()
    one.look()
    seen = one.observation(Unreachable(reason="down")).workflow
    assert seen
    assert bool(seen.nodes) == shown


def test_a_part_that_is_final_ends_the_wait_while_the_rest_still_runs() -> None:
    one, _, _ = watch([RUNNING], [tree(RUNNING, node("a"), node("b", "Running"))], nodes=("wf.a",))
    ending = looked(one)
    assert isinstance(ending, PartEnded)
    assert ending.nodes == ("wf-a",)


def test_a_node_of_an_earlier_attempt_ends_no_wait_for_it() -> None:
    one, _, _ = watch([AGAIN], [tree(DONE)], nodes=("a",))
    assert one.look() is None
    assert one.ending is None


def test_what_one_workflow_taught_of_the_server_holds_for_the_next() -> None:
    contact = Contact()
    page = NotUnderstood("a page")
    assert isinstance(looked(watch([page], [], contact=contact)[0]), Unreachable)
    watch([RUNNING], [tree(RUNNING)], contact=contact)[0].look()
    later = watch([page], [], contact=contact)[0]
    assert later.look() is page
    assert later.ending is None


def test_a_glimpse_leads_to_a_look_when_it_has_been_quiet_and_seldom_from_then_on() -> None:
    one, clock, _ = watch([RUNNING], [tree(RUNNING)])
    one.look()
    same = Glimpse(workflow=RUNNING)
    assert [one.glimpse(same) for _ in range(2)] == [False, False]
    clock.sleep(61)
    assert [one.glimpse(same) for _ in range(2)] == [True, False]
    clock.sleep(299)
    assert not one.glimpse(same)
    clock.sleep(1)
    assert [one.glimpse(same) for _ in range(2)] == [True, False]


def test_rows_that_show_progress_lead_to_the_nodes_where_a_limit_depends_on_them() -> None:
    began, later = (
        replace(RUNNING, progress=progress, resource_version=progress)
        for progress in ("0/2", "1/2")
    )
    pends = tree(later, node("b", "Pending", message="ImagePullBackOff"))
    limits = Limits(pending_timeout=20)
    one, clock, _ = watch([began, later], [tree(began, node("a", "Running")), pends], limits=limits)
    one.look(warned=True)
    while one.ending is None and clock.now() < 60:
        clock.sleep(1)
        if one.glimpse(Glimpse(workflow=later)):
            one.look(warned=True)
    assert isinstance(one.ending, TimedOut)
    assert (one.ending.limit, "ImagePullBackOff" in one.ending.reason) == (Limit.PENDING, True)
    assert clock.now() == 1 + limits.pending_timeout / 2 + SOON_QUIET + limits.pending_timeout


def test_every_glimpse_leads_to_a_look_where_only_nodes_tell() -> None:
    one, _, _ = watch([RUNNING], [tree(RUNNING)], nodes=("b",))
    one.look()
    assert one.glimpse(Glimpse(workflow=RUNNING))


@pytest.mark.parametrize("warned", [True, False])
def test_a_message_that_flips_does_not_stop_the_clock_of_the_pending_limit(*, warned: bool) -> None:
    polls, trees = flipping(99)
    one, clock, news = watch(polls, trees, limits=Limits(pending_timeout=30))
    ending = None
    while ending is None:
        ending = looked(one, warned=warned)
        clock.sleep(2)
    assert isinstance(ending, TimedOut)
    assert ending.limit is Limit.PENDING
    assert "Pull" in ending.reason
    assert clock.now() == pytest.approx(32, abs=2)
    said = [each.reason for each in news if isinstance(each, Held)]
    assert said == ["node pull is Pending: ErrImagePull: no such image"]
    assert one.observation(ending).pending["wf-pull"].startswith("Pending: ")


def test_a_limit_that_is_due_ends_nothing_before_the_tree_was_read_again() -> None:
    began = node("pull", "Running")
    later = replace(RUNNING, resource_version="2")
    one, clock, _ = watch(
        [RUNNING, later],
        [tree(RUNNING, node("pull", "Pending")), NotFound("gone"), tree(later, began)],
        limits=Limits(pending_timeout=30),
    )
    one.look(warned=True)
    clock.sleep(30)
    assert looked(one, warned=True) is None
    clock.sleep(2)
    assert looked(one, warned=True) is None
    assert one.nodes.tree
    assert one.nodes.tree.nodes["wf-pull"].phase == "Running"


def test_a_pattern_without_a_match_is_missed_although_another_one_matches() -> None:
    one, _, _ = watch([DONE], [tree(DONE)], nodes=("a", "tset"))
    ending = looked(one)
    assert isinstance(ending, PartMissing)
    assert (ending.patterns, ending.names) == (("tset",), ("wf", "a"))
    both, _, _ = watch([DONE], [tree(DONE)], nodes=("a", "wf.a"))
    assert isinstance(looked(both), PartEnded)


def test_an_approval_on_nodes_that_are_not_current_ends_nothing() -> None:
    asks = tree(RUNNING, node("ok", "Running", "Suspend"))
    one, _, _ = watch([RUNNING], [NotFound("away"), asks], fail_on_suspend=True)
    assert looked(one) is None
    assert isinstance(looked(one), Suspended)


def test_what_it_waited_for_is_kept_where_the_last_tree_cannot_be_read() -> None:
    asks = tree(RUNNING, node("ok", "Running", "Suspend"))
    one, clock, _ = watch([RUNNING], [asks, NotFound("away")], limits=Limits(timeout=60))
    one.look()
    clock.sleep(60)
    ending = looked(one)
    assert isinstance(ending, TimedOut)
    assert ending.reason == "it waits for an approval of ok"


def test_nodes_of_an_attempt_before_a_retry_are_none_of_this_one() -> None:
    killed = node("a", "Failed", message="workflow shutdown with strategy:  Stop")
    again = replace(RUNNING, started_at=moment(99), resource_version="2")
    done = replace(DONE, started_at=moment(99))
    one, _, _ = watch([RUNNING, again, done], [tree(RUNNING, killed), NotFound("away")])
    one.look()
    one.look()
    ending = looked(one)
    assert isinstance(ending, Finished)
    seen = one.observation(ending).workflow
    assert seen
    assert not seen.nodes


def test_a_limit_that_is_due_reads_nodes_that_seemed_current() -> None:
    one, clock, _ = watch(
        [RUNNING],
        [tree(RUNNING, node("a", "Pending")), tree(RUNNING, node("a", "Running"))],
        limits=Limits(pending_timeout=30),
    )
    one.look(warned=True)
    clock.sleep(30)
    assert looked(one, warned=True) is None


def test_a_look_without_an_answer_ends_nothing_on_nodes_that_may_have_changed() -> None:
    one, clock, _ = watch(
        [RUNNING, Unavailable("down")],
        [tree(RUNNING, node("pull", "Pending", message=PULLING[0]))],
        limits=Limits(pending_timeout=30),
    )
    one.look()
    clock.sleep(30)
    assert looked(one) is None


def timed(
    *polls: Answer, began: float = 0, **limits: float
) -> tuple[Watch, Server, SimulatedClock]:
    """Return a watch, and the server, which keeps what it was asked with which timeout."""
    clock = SimulatedClock()
    server = Server(polls=[*polls], trees=[tree(DONE if DONE in polls else RUNNING)])
    return (
        Watch(TARGET, Wish(), server, pace(Limits(**limits), clock=clock), began=began),
        server,
        clock,
    )


def test_what_is_asked_in_a_round_is_to_be_answered_before_its_end() -> None:
    one, server, clock = timed(RUNNING)
    one.look(warned=True, within=Budget(clock=clock, until=3))
    one.look(warned=True, within=Budget(clock=clock, until=0))
    (_, first), (_, second) = server.asked
    assert first == 3
    assert 0 < second < 1


def test_a_server_that_gave_no_answer_at_the_timeout_is_asked_for_no_reason() -> None:
    one, server, clock = timed(RUNNING, Unavailable("hung"), began=-9, timeout=10)
    one.look(warned=True)
    clock.sleep(1)
    ending = looked(one, warned=True)
    assert isinstance(ending, TimedOut)
    assert [what for what, _ in server.asked] == ["poll", "poll"]


@pytest.mark.parametrize(
    ("answers", "waited", "within", "limits", "asked"),
    [
        ((RUNNING,), 0, inf, {"timeout": 0}, ("tree", 30, 600)),
        ((RUNNING,), 0, 3, {"timeout": 0}, ("tree", 3, 600)),
        ((RUNNING,), 0, inf, {"timeout": 0, "collect_timeout": 20}, ("tree", 20, 20)),
        ((RUNNING,), 20, inf, {"timeout": 60}, ("tree", 30, 40)),
        ((RUNNING,), 59, inf, {"timeout": 60}, ("tree", 2, 2)),
        ((RUNNING,), 60, 6, {"timeout": 60}, ("tree", 6, 600)),
        ((DONE,), 59, 3, {"timeout": 60}, ("tree", 30, 600)),
        ((DONE,), 59, 3, {"timeout": 60, "collect_timeout": 20}, ("tree", 20, 20)),
        ((RUNNING, NotFound("x")), 20, inf, {"timeout": 60}, ("archived", 30, 40)),
    ],
)
def test_a_tree_may_take_longer_than_a_look_as_long_as_it_comes(
    answers: tuple[Answer, ...],
    waited: float,
    within: float,
    limits: dict[str, float],
    asked: tuple[str, float, float],
) -> None:
    one, server, clock = timed(*answers, began=-waited, **limits)
    for _ in answers:
        one.look(within=Budget(clock=clock, until=within))
    what, timeout = server.asked[-1]
    assert (what, timeout, server.wholes[-1]) == asked


def test_all_tries_to_read_the_final_tree_share_one_limit() -> None:
    one, server, clock = timed(DONE, collect_timeout=100)
    server.trees = [Unavailable("down"), NotFound("moved"), tree(DONE)]
    server.archive = [Unavailable("down")]
    one.look()
    assert server.wholes[0] == 100
    assert server.wholes[1:] == [99.5, 99.5, 98.5]
    assert clock.now() == 1.5


@pytest.mark.parametrize("error", [Unavailable("hung"), NotUnderstood("HTML")])
def test_the_error_of_another_is_an_outage_at_most(error: ArgoError) -> None:
    one, _, _ = timed(RUNNING)
    one.stand_back(error)
    assert one.ending is None
