from __future__ import annotations

from dataclasses import replace

import pytest

from argogate.model.lifecycle import (
    from_archive,
    is_outdated,
    is_over,
    is_terminal,
    root_node,
    same_attempt,
    uniquely_named,
    waiting_approvals,
)
from argogate.model.parse import parse_workflow
from argogate.model.workflow import LABEL_ARCHIVING, LABEL_CRON, Phase, Workflow
from tests.build import moment, node, workflow
from tests.harness import recorded

ENDS = {Phase.SUCCEEDED, Phase.FAILED, Phase.ERROR}


@pytest.mark.parametrize("phase", [*Phase])
def test_over_means_a_terminal_phase_and_a_time_of_the_end(phase: Phase) -> None:
    ended = Workflow(phase=phase, finished_at=moment(9))
    assert is_terminal(ended) == (phase in ENDS)
    assert is_over(ended) == (phase in ENDS)
    assert not is_over(replace(ended, finished_at=None))


def test_a_recorded_run_is_terminal_before_it_is_over() -> None:
    changes = recorded("older/v3.5.5/daemon").workflows["daemon"]
    states = [parse_workflow(change.object) for change in changes]
    assert any(is_terminal(state) and not is_over(state) for state in states)
    assert is_over(states[-1])


@pytest.mark.parametrize(
    ("label", "expected"), [("Persisted", True), ("Archived", False), ("Pending", False)]
)
def test_only_a_persisted_answer_is_from_the_archive(label: str, *, expected: bool) -> None:
    assert from_archive(Workflow(labels={LABEL_ARCHIVING: label})) is expected


@pytest.mark.parametrize(
    ("live", "archived", "expected"),
    [(1, 1, True), (1, 2, False), (1, None, False), (None, 2, True), (None, None, True)],
)
def test_an_archived_copy_is_the_same_attempt_if_it_started_when_it_was_seen_to(
    live: float | None, archived: float | None, *, expected: bool
) -> None:
    copies = [Workflow(started_at=None if at is None else moment(at)) for at in (archived, live)]
    assert same_attempt(copies[0], copies[1]) is expected


OVER = workflow(phase="Succeeded")
RUNS = workflow(phase="Running")


@pytest.mark.parametrize(
    ("answer", "seen", "expected"),
    [
        (OVER, OVER, False),
        (RUNS, RUNS, False),
        (OVER, RUNS, False),
        (RUNS, OVER, True),
        (workflow(phase="Failed"), OVER, True),
        (workflow(phase="Running", started_at=moment(70)), OVER, False),
        (workflow(phase="Failed", started_at=moment(70)), OVER, False),
        (workflow(phase="Failed", started_at=moment(-9)), RUNS, True),
        (workflow(phase="", started_at=None), RUNS, True),
        (workflow(phase="", started_at=None), workflow(phase="", started_at=None), False),
        (RUNS, workflow(phase="", started_at=None), False),
        (RUNS, workflow(phase="Succeeded", finished_at=None), False),
    ],
)
def test_an_answer_is_outdated_if_only_an_earlier_moment_explains_it(
    answer: Workflow, seen: Workflow, *, expected: bool
) -> None:
    assert is_outdated(answer, seen) is expected


@pytest.mark.parametrize(
    ("name", "generate_name", "cron", "expected"),
    [
        ("build-x7k2q", "build-", "", True),
        ("build-bcdfg", "build-", "", True),
        ("build-24567", "build-", "", True),
        ("build-89zwx", "build-", "nightly", True),
        ("build-x7k2", "build-", "", False),
        ("build-x7k2q4", "build-", "", False),
        ("build-x7k2q\n", "build-", "", False),
        ("build-X7k2q", "build-", "", False),
        *((f"build-x7k2{letter}", "build-", "", False) for letter in "aeiouy013"),
        ("build-x7k2q", "", "", False),
        ("other-x7k2q", "build-", "", False),
        ("a.c-x7k2q", "a.c-", "", True),
        ("abc-x7k2q", "a.c-", "", False),
        ("nightly-1769860800", "", "nightly", True),
        ("nightly-176986080", "", "nightly", False),
        ("nightly-17698608000", "", "nightly", False),
        ("nightly-1769860800", "", "weekly", False),
        ("nightly-1769860800", "", "", False),
        ("nightly-176986080\u0661", "", "nightly", False),
        ("", "", "", False),
        ("x" * 58 + "bcdfg", "x" * 58, "", True),
        ("x" * 58 + "bcdfg", "x" * 90, "", True),
        ("x" * 57 + "bcdfg", "x" * 58, "", False),
        ("x" * 59 + "bcdfg", "x" * 90, "", False),
        ("x" * 90 + "bcdfg", "x" * 90, "", False),
    ],
)
def test_a_name_is_unique_if_it_was_generated(
    name: str, generate_name: str, cron: str, *, expected: bool
) -> None:
    labels = {LABEL_CRON: cron} if cron else {}
    seen = Workflow(name=name, generate_name=generate_name, labels=labels)
    assert uniquely_named(seen) is expected


@pytest.mark.parametrize(
    ("run", "prefix", "expected"),
    [
        ("generate-name", "", True),
        ("cron-created", "lab-cron-", True),
        ("stale-green", "", False),
    ],
)
def test_recorded_names_are_unique_or_not(run: str, prefix: str, *, expected: bool) -> None:
    workflows = recorded(run).workflows.items()
    seen = [parse_workflow(changes[0].object) for name, changes in workflows if prefix in name]
    assert seen
    assert all(uniquely_named(item) is expected for item in seen)


def test_the_root_node_bears_the_name_of_the_workflow() -> None:
    seen = workflow(node("a"))
    assert root_node(seen) is seen.nodes["wf"]
    assert root_node(workflow()) is None


def test_only_a_running_suspension_without_a_duration_is_an_approval() -> None:
    seen = workflow(
        node("ask", "Running", "Suspend"),
        node("pause", "Running", "Suspend", timed=True),
        node("asked", "Succeeded", "Suspend"),
        node("later", "Pending", "Suspend"),
        node("work", "Running"),
    )
    assert [item.display_name for item in waiting_approvals(seen)] == ["ask"]


@pytest.mark.parametrize(
    ("run", "expected"), [("suspend-approve", True), ("suspend-duration", False)]
)
def test_recorded_suspensions_are_approvals_or_not(run: str, *, expected: bool) -> None:
    changes = next(iter(recorded(run).workflows.values()))
    states = [parse_workflow(change.object) for change in changes]
    assert any(item.type == "Suspend" for state in states for item in state.nodes.values())
    assert any(waiting_approvals(state) for state in states) is expected
