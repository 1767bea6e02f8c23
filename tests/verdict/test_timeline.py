"""When what ran, and the critical path, by hand-made trees and recorded runs."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Any

import pytest

from argogate.model.nodes import NEVER
from argogate.model.workflow import NodePhase, NodeType
from argogate.verdict.endings import Limit, NeverAppeared, TimedOut
from argogate.verdict.timeline import Timeline, make_timeline
from tests.build import moment, node, observed, reported, workflow
from tests.recorded_runs import shared
from tests.reports.test_recorded import RUNS, report_of

if TYPE_CHECKING:
    from argogate.model.workflow import Node
    from argogate.verdict.report import Suite


def timed(name: str, start: float, end: float | None, *after: str, **members: Any) -> Node:  # noqa: ANN401
    """Return a node that ran from one second to another; `after` are the ids of what follows."""
    made = node(name, started_at=moment(start), children=after, **members)
    return replace(made, finished_at=None if end is None else moment(end))


def timeline_of(*nodes: Node, end: float = 60, entries: int = 1, **members: Any) -> Timeline:  # noqa: ANN401
    """Return the timeline of a DAG of these nodes; the first ones are where it begins."""
    seen = workflow(*nodes, finished_at=moment(end), created_at=moment(0), **members)
    root = replace(
        seen.nodes["wf"],
        children=tuple(each.id for each in nodes[:entries]),
        finished_at=moment(end),
    )
    made = make_timeline(suite_of(replace(seen, nodes={**seen.nodes, "wf": root})))
    assert made
    return made


def suite_of(*seen: Any, **members: Any) -> Suite:  # noqa: ANN401
    return reported(observed(*seen, **members)).suites[0]


def legs(timeline: Timeline) -> list[tuple[str, float, float]]:
    return [(leg.node.display_name, leg.waited, leg.seconds) for leg in timeline.path]


def recorded(name: str) -> Timeline:
    made = make_timeline(report_of(name).suites[0])
    assert made
    return made


def rows(timeline: Timeline) -> list[tuple[int, str, int]]:
    return [(row.depth, row.name, len(row.bars)) for row in timeline.rows]


def test_rows_lie_inside_one_another_and_come_in_order_of_their_start() -> None:
    assert rows(recorded("nested-steps-dag")) == [
        (0, "nested-steps-dag", 1),
        (1, "outer", 1),
        (2, "d1", 1),
        (3, "i1", 1),
        (3, "i2", 1),
        (2, "d2", 1),
        (3, "i1", 1),
        (3, "i2", 1),
    ]


def test_attempts_of_a_leaf_are_one_row_and_wait_for_one_another() -> None:
    row = recorded("retry-flaky-succeeds").rows[1]
    assert [(bar.ready, bar.start, bar.end, bar.attempt) for bar in row.bars] == [
        (0, 0, 4, 1),
        (4, 10, 12, 2),
        (12, 20, 23, 3),
    ]
    assert row.seconds == 23
    assert row.work.phase is NodePhase.SUCCEEDED
    assert row.critical


def test_attempts_of_a_frame_have_rows_of_their_own() -> None:
    retry = timed("r", 0, 20, "wf-a0", "wf-a1", kind="Retry")
    first = timed("a0", 0, 5, kind="DAG", boundary_id="wf-r", phase="Failed")
    second = timed("a1", 10, 20, kind="DAG", boundary_id="wf-r")
    work = timed("w", 1, 5, boundary_id="wf-a0", phase="Failed")
    again = timed("v", 11, 20, boundary_id="wf-a1")
    made = timeline_of(retry, first, second, work, again)
    assert [row[:2] for row in rows(made)][1:] == [
        (1, "r"),
        (2, "attempt 1"),
        (3, "w"),
        (2, "attempt 2"),
        (3, "v"),
    ]
    assert legs(made) == [("w", 1, 4), ("v", 6, 9)]


def test_the_critical_path_goes_back_through_what_each_had_to_wait_for() -> None:
    assert legs(recorded("dag-diamond-fails")) == [("A", 0, 5), ("B", 5, 7)]
    assert legs(recorded("hooks")) == [
        ("a", 0, 7),
        ("b", 23, 5),
        ("b.hooks.failed", 5, 3),
        ("hooks.onExit", 7, 2),
    ]


@pytest.mark.parametrize("name", shared(RUNS))
def test_the_parts_of_the_path_and_the_waiting_add_up_to_the_whole(name: str) -> None:
    for suite in report_of(name).suites:
        if made := make_timeline(suite):
            assert made.busy + made.waiting == pytest.approx(made.seconds)
            assert len(made.rows) <= len(suite.workflow.nodes)
            assert all(bar.ready <= bar.start <= bar.end for row in made.rows for bar in row.bars)
            assert all(row.bars[0].start >= 0 for row in made.rows if row.bars)
            idle = (row.frame or not row.seconds or row.node.daemon for row in made.rows)
            assert made.path or all(idle)


def test_a_place_that_was_freed_in_a_fan_out_is_on_the_path() -> None:
    build = timed("build", 0, 2, "wf-g")
    group = timed("g", 2, 30, "wf-x", "wf-y", "wf-z", kind="TaskGroup")
    made = timeline_of(build, group, timed("x", 2, 10), timed("y", 2, 12), timed("z", 11, 30))
    assert legs(made) == [("build", 0, 2), ("x", 0, 8), ("z", 1, 19)]
    assert [bar.waited for row in made.rows for bar in row.bars] == [0, 0, 0, 0, 0, 9]


def test_times_of_whole_seconds_may_overlap_by_one() -> None:
    made = timeline_of(timed("a", 0, 11, "wf-b"), timed("b", 10, 30))
    assert legs(made) == [("a", 0, 11), ("b", 0, 19)]
    assert made.rows[-1].bars[0].waited == 0


def test_what_was_skipped_or_serves_is_passed_over() -> None:
    a = timed("a", 0, 10, "wf-s")
    skipped = timed("s", 10, 10, "wf-b", phase="Skipped")
    b = timed("b", 11, 20, "wf-o")
    omitted = timed("o", 20, 20, phase="Omitted")
    daemon = timed("d", 0, 60, daemon=True)
    made = timeline_of(a, skipped, b, omitted, daemon, entries=2)
    assert legs(made) == [("a", 0, 10), ("b", 1, 9)]
    assert made.waiting == 41


def test_steps_wait_for_the_group_before_theirs() -> None:
    waited = {row.name: row.bars[0].waited for row in recorded("suspend-approve").rows}
    assert waited == {"suspend-approve": 0, "build": 0, "approve": 7, "deploy": 10}


def test_what_is_not_over_ends_with_the_wait() -> None:
    seen = workflow(
        timed("a", 5, None, phase="Running"),
        node("b", "Pending", started_at=None),
        timed("c", 5, None, phase="Skipped"),
        phase="Running",
        created_at=moment(0),
    )
    late = TimedOut(limit=Limit.TIMEOUT, seconds=70)
    made = make_timeline(suite_of(seen, late))
    assert made
    assert {row.name: [bar.seconds for bar in row.bars] for row in made.rows} == {
        "wf": [70],
        "a": [65],
        "b": [],
        "c": [0],
    }
    assert made.rows[-1].seconds == 0
    assert made.rows[-1].work.display_name == "b"
    assert not made.rows[-1].critical


def test_the_time_before_the_start_is_shown_unless_a_retry_kept_it() -> None:
    seen = workflow(timed("a", 5, 65))
    fresh = make_timeline(suite_of(seen))
    again = make_timeline(suite_of(replace(seen, created_at=moment(-3600))))
    assert fresh
    assert again
    assert (fresh.lead, fresh.begin, fresh.seconds) == (1, moment(-1), 66)
    assert (again.lead, again.begin, again.seconds) == (0, moment(0), 65)


def test_without_any_time_there_is_no_timeline() -> None:
    assert make_timeline(suite_of(None, NeverAppeared(waited=30))) is None


def test_a_run_without_nodes_has_a_time_and_no_rows() -> None:
    made = make_timeline(suite_of(workflow(phase="Error")))
    assert made
    assert (made.seconds, made.rows, made.path, made.waiting) == (66, (), (), 66)


def test_times_at_the_end_of_the_calendar_do_no_harm() -> None:
    end = NEVER - timedelta(seconds=5)
    suite = suite_of(workflow(phase="Running", started_at=end, created_at=None), began=end)
    made = make_timeline(suite)
    assert made
    assert (suite.seconds, made.seconds) == (5, 5)


def test_cycles_do_no_harm() -> None:
    one = timed("one", 0, 5, "wf-two", "wf-leaf", boundary_id="wf-two", kind="DAG")
    two = timed("two", 0, 5, "wf-one", boundary_id="wf-one", kind="DAG")
    leaf = timed("leaf", 0, 5, "wf-leaf", boundary_id="wf-two")
    made = timeline_of(one, two, leaf)
    assert sorted(row.name for row in made.rows) == ["leaf", "one", "two", "wf"]
    assert legs(made) == [("leaf", 0, 5)]


def test_it_is_counted_how_many_are_at_work() -> None:
    made = timeline_of(timed("a", 0, 30), timed("b", 15, 45), timed("c", 60, 60), entries=3)
    assert [(count, len(list(same))) for count, same in groupby(made.crowd)] == [
        (1, 40),
        (2, 40),
        (1, 40),
        (0, 40),
    ]
    apart = timeline_of(timed("a", 0, 0.1), timed("b", 0.1, 0.2), timed("c", 59, 60), entries=3)
    assert max(apart.crowd) == 1


def test_of_many_nodes_those_have_a_row_that_tell_most() -> None:
    group = timed("g", 0, 60, kind="DAG")
    short = [timed(f"n{at}", 0, 1 + at % 7, boundary_id="wf-g") for at in range(100)]
    bad = timed("bad", 1, 2, phase="Failed", boundary_id="wf-g")
    long, last = timed("long", 0, 40, boundary_id="wf-g"), timed("last", 59, 60)
    suite = suite_of(workflow(group, *short, bad, long, last, *retried()))
    made = make_timeline(suite, most=8)
    assert made
    assert rows(made) == [
        (0, "wf", 1),
        (1, "g", 1),
        (2, "long", 1),
        (2, "bad", 1),
        (1, "r", 2),
        (1, "last", 1),
    ]
    assert made.left_out == 100


def retried() -> list[Node]:
    tries = [timed("r(0)", 50, 51, phase="Failed"), timed("r(1)", 52, 53)]
    return [timed("r", 50, 53, *(each.id for each in tries), kind="Retry"), *tries]


def test_of_what_ends_at_the_same_time_the_failure_is_on_the_path() -> None:
    made = timeline_of(timed("a", 0, 9), timed("b", 0, 9, phase="Failed"), timed("c", 0, 9))
    assert legs(made) == [("b", 0, 9)]


def test_a_type_of_frame_never_hides_a_node() -> None:
    for kind in NodeType:
        made = timeline_of(timed("a", 0, 9, kind=kind.value))
        assert (kind is NodeType.STEP_GROUP) is (len(made.rows) == 1)


def test_what_follows_a_node_that_never_began_waited_for_nothing() -> None:
    stray = timed("g", 0, 9, kind="StepGroup", boundary_id="")
    made = timeline_of(stray, replace(timed("a", 0, 9, "wf-b"), started_at=None), timed("b", 3, 9))
    assert [(row.name, [bar.waited for bar in row.bars]) for row in made.rows] == [
        ("wf", [0]),
        ("b", [0]),
        ("a", []),
    ]
