"""Shutting down what is given up: only the run that was meant, within a budget, said in words."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from argogate.errors import ArgoError, Denied, Malformed, NotFound, Unavailable
from argogate.model.workflow import Workflow
from argogate.shutdown import COMPLETED, Levers, shut_down
from tests.build import observed, workflow
from tests.clock import SimulatedClock

if TYPE_CHECKING:
    from argogate.observation import Target

RUNNING = workflow(phase="Running")
STOPPING = replace(RUNNING, shutdown="Stop")
DONE = workflow(phase="Succeeded")
DOWN = Unavailable("connection refused")

Answer = Workflow | ArgoError


def said(polls: list[Answer], put: ArgoError | None = None, budget: float = 3) -> tuple[str, int]:
    """Return the sentence, and how often a PUT was sent."""
    clock = SimulatedClock()
    puts: list[Target] = []

    def poll(_: Target, timeout: float) -> Workflow:
        assert timeout > 0
        answer = polls.pop(0) if len(polls) > 1 else polls[0]
        if isinstance(answer, ArgoError):
            raise answer
        return answer

    def pull(target: Target, timeout: float) -> None:
        assert timeout > 0
        puts.append(target)
        if put:
            raise put

    levers = Levers(poll=poll, put=pull, now=clock.now, sleep=clock.sleep)
    [sentence] = shut_down([observed(RUNNING)], levers, "stop", budget)
    assert sentence.startswith("argo/wf: ")
    assert clock.now() <= budget + 0.2
    return sentence, len(puts)


@pytest.mark.parametrize(
    ("polls", "put", "words", "puts"),
    [
        ([RUNNING, RUNNING, STOPPING], None, "the server confirmed", 1),
        ([RUNNING, DONE], None, "the server confirmed", 1),
        ([RUNNING, DOWN, STOPPING], None, "the server confirmed", 1),
        ([RUNNING], None, "did not confirm it in time", 1),
        ([RUNNING, DOWN], None, "did not confirm it in time", 1),
        ([DONE], None, "is over (Succeeded)", 0),
        ([replace(RUNNING, uid="other")], None, "another run has its name", 0),
        ([NotFound("gone")], None, "it is gone", 0),
        ([DOWN], None, "connection refused", 0),
        ([RUNNING], Unavailable(f"500: {COMPLETED}"), "over just now", 1),
        ([RUNNING], Malformed(f"400: {COMPLETED}"), "over just now", 1),
        ([RUNNING], DOWN, "could not be asked to stop: connection refused", 1),
        ([RUNNING], Denied("403 no", status=403, renewable=False), "403 no", 1),
    ],
)
def test_the_outcome_is_said(
    polls: list[Answer], put: ArgoError | None, words: str, puts: int
) -> None:
    sentence, sent = said(polls, put)
    assert words in sentence
    assert sent == puts


def test_what_does_not_fit_into_the_time_is_named() -> None:
    clock = SimulatedClock()
    levers = Levers(poll=lambda *_: RUNNING, put=lambda *_: None, now=clock.now, sleep=clock.sleep)
    first, second = shut_down([observed(RUNNING), observed(RUNNING)], levers, "terminate", 1)
    assert "did not confirm" in first
    assert "no time was left to terminate it" in second


def test_a_run_that_was_never_seen_is_shut_down_by_its_name() -> None:
    clock = SimulatedClock()
    levers = Levers(poll=lambda *_: STOPPING, put=lambda *_: None, now=clock.now, sleep=clock.sleep)
    [sentence] = shut_down([observed(None)], levers, "stop", 1)
    assert "confirmed" in sentence
