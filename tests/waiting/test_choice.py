"""Finding the workflows that no name names."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta

import pytest

from argogate.errors import ArgoError, Denied, Unavailable
from argogate.model.workflow import LABEL_ARCHIVING, Workflow
from argogate.observation import Cancelled, Glimpse, NeverAppeared, Target, TimedOut, Unreachable
from argogate.waiting.choice import Chooser, Chosen, selected
from argogate.waiting.identity import Identity
from argogate.waiting.patience import Limits, Pace
from tests.build import BEGAN, workflow
from tests.clock import SimulatedClock

LIVE = workflow(phase="Running", name="live", uid="1")
OLD = workflow(phase="Succeeded", name="old", uid="2", labels={LABEL_ARCHIVING: "Persisted"})


@pytest.mark.parametrize(
    ("rows", "identity", "names"),
    [
        ([LIVE, OLD], Identity(), ["live"]),
        ([LIVE, OLD], Identity(accept_archived=True), ["live", "old"]),
        ([LIVE, OLD], Identity(created_after=BEGAN - timedelta(hours=1)), ["live", "old"]),
        ([LIVE, OLD], Identity(created_after=BEGAN + timedelta(hours=1)), []),
        ([replace(LIVE, created_at=None)], Identity(created_after=BEGAN), ["live"]),
        ([LIVE, replace(LIVE, uid="3")], Identity(), ["live"]),
    ],
)
def test_live_workflows_are_taken_and_archived_ones_only_when_accepted(
    rows: list[Workflow], identity: Identity, names: list[str]
) -> None:
    chosen = selected([Glimpse(workflow=row) for row in rows], identity)
    assert [one.name for one in chosen] == names


def choose(
    answers: list[tuple[Chosen, ...] | ArgoError], **limits: float
) -> tuple[tuple[Chosen, ...], Chooser, SimulatedClock]:
    clock = SimulatedClock()
    pace = Pace(
        limits=Limits(**limits),
        clock=clock,
        dice=random.Random(1),
        tell=lambda _: None,
        began=BEGAN,
    )
    chooser = Chooser(Target(namespace="argo", name="-l a=b"), pace)

    def ask(_: float) -> tuple[Chosen, ...]:
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, ArgoError):
            raise answer
        return answer

    return chooser.choose(ask), chooser, clock


FOUND = (Chosen(name="a"),)


def test_it_asks_until_there_is_one() -> None:
    answers: list[tuple[Chosen, ...] | ArgoError] = [(), Unavailable("x", retry_after=9), FOUND]
    found, chooser, clock = choose(answers)
    assert found == FOUND
    assert chooser.observed() == ()
    assert clock.slept[1] == 9


@pytest.mark.parametrize(
    ("answer", "ending", "seconds"),
    [
        ((), NeverAppeared, 30),
        (Unavailable("down"), Unreachable, 60),
        (Denied("no", status=401, renewable=False), None, 0),
    ],
)
def test_it_gives_up_as_for_a_workflow_that_is_named(
    answer: tuple[Chosen, ...] | ArgoError, ending: type | None, seconds: float
) -> None:
    found, chooser, clock = choose([answer])
    assert found == ()
    [observation] = chooser.observed()
    assert ending is None or isinstance(observation.ending, ending)
    assert clock.now() == pytest.approx(seconds)


def test_the_timeout_bounds_the_search_too() -> None:
    _, chooser, clock = choose([()], timeout=10)
    [observation] = chooser.observed()
    assert isinstance(observation.ending, TimedOut)
    assert clock.now() == pytest.approx(10)


def test_a_search_that_is_cut_short_is_observed_as_such() -> None:
    _, chooser, _ = choose([FOUND])
    [observation] = chooser.observed(Cancelled(signal_name="SIGTERM"))
    assert observation.target.name == "-l a=b"
