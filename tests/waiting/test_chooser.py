"""Looking for what no name names: as patiently as for a workflow that is named."""

from __future__ import annotations

import pytest

from argogate.errors import ArgoError, Denied, NotFound, NotUnderstood, Unavailable
from argogate.verdict.endings import Cancelled, NeverAppeared, TimedOut, Unreachable
from argogate.verdict.observation import Target
from argogate.waiting.choice import Chosen
from argogate.waiting.chooser import Chooser
from argogate.waiting.contact import CUT_OFF, Contact
from argogate.waiting.patience import Limits
from tests.build import BEGAN, pace
from tests.clock import SimulatedClock


class Answers:
    """A search whose looks are told in advance; the last answer is repeated."""

    def __init__(self, answers: list[tuple[Chosen, ...] | ArgoError]) -> None:
        self.timeouts: list[float] = []
        self._answers = answers

    def find(self, timeout: float) -> tuple[Chosen, ...]:
        self.timeouts.append(timeout)
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, ArgoError):
            raise answer
        return answer

    def left_out(self) -> tuple[str, ...]:
        return ("one is old",)


def choose(
    answers: list[tuple[Chosen, ...] | ArgoError],
    began: float = 0,
    contact: Contact | None = None,
    **limits: float,
) -> tuple[tuple[Chosen, ...], Chooser, SimulatedClock]:
    clock = SimulatedClock()
    paced = pace(Limits(**limits), clock=clock, contact=contact or Contact())
    wanted = Target(namespace="argo", name="-l a=b", named=False)
    chooser = Chooser(wanted, Answers(answers), paced, began=began)
    return chooser.choose(), chooser, clock


FOUND = (Chosen(target=Target(namespace="argo", name="a")),)


def test_it_asks_until_there_is_one() -> None:
    answers: list[tuple[Chosen, ...] | ArgoError] = [(), Unavailable("x", retry_after=9), (), FOUND]
    found, chooser, clock = choose(answers)
    assert found == FOUND
    assert chooser.observed() == ()
    assert clock.slept[1] == 9
    assert clock.slept[2] < 9


def test_after_an_empty_answer_a_page_is_a_hiccup() -> None:
    assert choose([NotUnderstood("a page"), FOUND])[0] == ()
    assert choose([(), NotUnderstood("a page"), FOUND])[0] == FOUND


def test_the_servers_clock_is_taken_from_a_refusal_too() -> None:
    refused = Unavailable("x")
    refused.server_time = BEGAN
    contact = Contact()
    choose([refused, FOUND], contact=contact)
    assert contact.began == BEGAN + CUT_OFF


@pytest.mark.parametrize(
    ("answer", "ending", "seconds"),
    [
        ((), NeverAppeared, 30),
        (NotFound("no workflows found"), NeverAppeared, 30),
        (NotFound("no such other workflow", names_another=True), Unreachable, 60),
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
    assert observation.ending.reason == "one is old"
    assert clock.now() == pytest.approx(10)


def test_the_timeout_runs_from_the_gates_begin() -> None:
    _, _, clock = choose([()], began=-7, timeout=10)
    assert clock.now() == pytest.approx(3)


def test_what_is_there_instead_is_told() -> None:
    _, chooser, _ = choose([()])
    [observation] = chooser.observed()
    assert observation.ending == NeverAppeared(waited=30, found="one is old")


def test_a_search_that_is_cut_short_is_observed_as_such() -> None:
    _, chooser, _ = choose([FOUND])
    [observation] = chooser.observed(Cancelled(signal_name="SIGTERM"))
    assert observation.target.name == "-l a=b"
