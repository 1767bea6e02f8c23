"""Shutting down what is given up: only the run that was meant, within a budget, said in words."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace

import pytest

from argogate.errors import ArgoError, Denied, Malformed, NotFound, Unavailable
from argogate.model.answers import Poll
from argogate.model.workflow import Shutdown
from argogate.verdict.observation import Target
from argogate.waiting.shutdown import COMPLETED, shut_down
from argogate.waiting.timers import Budget
from tests.build import observed, workflow
from tests.clock import SimulatedClock
from tests.waiting.server import Answer, Server

RUNNING = workflow(phase="Running")
STOPPING = replace(RUNNING, shutdown="Stop")
DONE = workflow(phase="Succeeded")
DOWN = Unavailable("connection refused")


def said(polls: list[Answer], put: ArgoError | None = None, budget: float = 3) -> tuple[str, int]:
    """Return the sentence, and how often a PUT was sent."""
    clock = SimulatedClock()
    server = Server(polls=polls, refusal=put)
    [sentence] = shut_down(
        [observed(RUNNING)], server, Shutdown.STOP, Budget.lasting(clock, budget)
    )
    assert sentence.startswith("argo/wf: ")
    assert clock.now() <= budget + 0.2
    return sentence, len(server.stopped)


@pytest.mark.parametrize(
    ("polls", "put", "words", "puts"),
    [
        ([RUNNING, RUNNING, STOPPING], None, "the server confirmed", 1),
        ([RUNNING, DONE], None, "the server confirmed", 1),
        ([RUNNING, RUNNING, DONE], None, "the server confirmed", 1),
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


@dataclass
class Several:
    """A server of that many runs, which shows them as stopped once all were asked for it."""

    count: int
    clock: SimulatedClock
    confirms: bool
    put_takes: float
    puts: list[str] = field(default_factory=list)

    def poll(self, *_: str, timeout: float) -> Poll:
        assert timeout > 0
        stopping = self.confirms and len(self.puts) == self.count
        return Poll(workflow=STOPPING if stopping else RUNNING)

    def shut_down(self, _: str, name: str, how: Shutdown, *, timeout: float) -> None:
        assert how is Shutdown.TERMINATE
        assert timeout > 0
        self.puts.append(name)
        self.clock.sleep(self.put_takes)


def several(
    count: int, *, confirms: bool, put_takes: float = 0, budget: float = 3
) -> tuple[list[str], list[str]]:
    """Return the sentences about that many runs, and the names that were asked."""
    clock = SimulatedClock()
    server = Several(count, clock, confirms, put_takes)
    given_up = [
        observed(RUNNING, target=Target(namespace="argo", name=f"w{number}"))
        for number in range(count)
    ]
    sentences = shut_down(given_up, server, Shutdown.TERMINATE, Budget.lasting(clock, budget))
    return list(sentences), server.puts


@pytest.mark.parametrize("confirms", [False, True])
def test_all_are_asked_before_any_is_confirmed(*, confirms: bool) -> None:
    [sentence], puts = several(40, confirms=confirms)
    assert len(puts) == 40
    assert ("which the server confirmed" in sentence) is confirms
    assert "argo/w19 and 20 more: asked to terminate" in sentence


def test_what_does_not_fit_into_the_time_is_named() -> None:
    sentences, puts = several(40, confirms=False, put_takes=0.5)
    [unasked] = [one for one in sentences if "no time was left to terminate it" in one]
    assert "more: " in unasked
    assert len(puts) < 40


def test_a_run_that_was_never_seen_is_left_alone() -> None:
    server = Server()
    [sentence] = shut_down(
        [observed(None)], server, Shutdown.STOP, Budget.lasting(SimulatedClock(), 1)
    )
    assert "never seen" in sentence
    assert not server.asked


def test_no_time_at_all_asks_nobody() -> None:
    [sentence], puts = several(1, confirms=True, budget=0)
    assert "no time was left" in sentence or "is open" in sentence
    assert not puts


def test_whoever_does_not_answer_is_not_waited_for() -> None:
    released = threading.Event()

    class Hung(Server):
        def poll(self, *_: str, timeout: float) -> Poll:
            released.wait(10 + timeout)
            return Poll(workflow=RUNNING)

    [sentence] = shut_down(
        [observed(RUNNING)], Hung(), Shutdown.STOP, Budget.lasting(SimulatedClock(), 0.05)
    )
    released.set()
    assert "is open" in sentence
