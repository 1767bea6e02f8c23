"""Stopping workflows that are given up: after the reports, and only the runs that were meant."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from argogate import spell
from argogate.errors import ArgoError, Malformed, NotFound, Unavailable
from argogate.model.lifecycle import is_terminal
from argogate.waiting.together import together

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from argogate.model.workflow import Workflow
    from argogate.verdict.observation import Observation, Target

COMPLETED = "cannot shutdown a completed workflow"
CONFIRMATION_PAUSE = 0.2
AT_ONCE = 16
"""How many are asked at the same time."""
MOST_NAMED = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Levers:
    """What it takes; both raise ArgoError, and the number is the request's timeout."""

    poll: Callable[[Target, float], Workflow]
    put: Callable[[Target, float], None]
    now: Callable[[], float]
    sleep: Callable[[float], None]


def shut_down(
    observations: Sequence[Observation], levers: Levers, how: str, budget: float
) -> Iterator[str]:
    """Shut workflows down within `budget` seconds; yield a sentence on each outcome.

    All are asked before any is confirmed, which only takes what time is left.
    """
    shutdown = _Shutdown(levers, how, levers.now() + budget)
    targets = defaultdict(list)
    for observation, outcome in shutdown.outcomes(observations):
        targets[outcome].append(str(observation.target))
    for outcome, names in targets.items():
        yield f"{spell.listing(names, MOST_NAMED)}: {outcome}"


class _Shutdown:
    def __init__(self, levers: Levers, how: str, until: float) -> None:
        self._levers, self._how, self._until = levers, how, until
        self._asked = f"asked to {how}; the server did not confirm it in time"
        """The outcome of those that may still be confirmed."""

    @property
    def _left(self) -> float:
        return self._until - self._levers.now()

    def outcomes(self, observations: Sequence[Observation]) -> list[tuple[Observation, str]]:
        """Return what became of each."""
        unanswered = f"it did not answer in time, so whether it was asked to {self._how} is open"
        outcomes = [each or unanswered for each in self._of_each(self._ask, observations)]
        found = list(zip(observations, outcomes, strict=True))
        asked = [observation for observation, outcome in found if outcome == self._asked]
        confirmed = self._confirmed(asked)
        well = f"asked to {self._how}, which the server confirmed"
        return [(each, well if each.target in confirmed else outcome) for each, outcome in found]

    def _of_each(
        self, do: Callable[[Observation], str], observations: Sequence[Observation]
    ) -> list[str | None]:
        return together(do, observations, jobs=AT_ONCE, seconds=max(self._left, 0))

    def _ask(self, observation: Observation) -> str:
        """Ask for one shutdown. A PUT knows no uid, so the run is looked at right before."""
        if observation.workflow is None:
            return f"it was never seen, so nothing of that name is asked to {self._how}"
        if self._left <= 0:
            return f"no time was left to {self._how} it"
        try:
            return self._why_not(observation.target, observation.workflow) or self._put(observation)
        except NotFound:
            return f"it is gone, so there was nothing to {self._how}"
        except ArgoError as error:
            return f"it could not be asked to {self._how}: {error.message}"

    def _why_not(self, target: Target, seen: Workflow) -> str:
        """Return why what bears the name now is not to be shut down, or nothing."""
        workflow = self._levers.poll(target, self._left)
        if workflow.uid != seen.uid:
            return f"another run has its name now, which is left alone (uid {workflow.uid})"
        if is_terminal(workflow):
            return f"it is over ({workflow.phase_word}), so there was nothing to {self._how}"
        return ""

    def _put(self, observation: Observation) -> str:
        try:
            self._levers.put(observation.target, max(self._left, CONFIRMATION_PAUSE))
        except (Malformed, Unavailable) as error:
            if COMPLETED in error.message:
                return f"it was over just now, so there was nothing to {self._how}"
            raise
        return self._asked

    def _confirmed(self, asked: Sequence[Observation]) -> set[Target]:
        """Return which of these the server shows as shut down before the time is up."""
        confirmed: set[Target] = set()
        while (missing := [each for each in asked if each.target not in confirmed]) and (
            self._left > 0
        ):
            answers = self._of_each(self._look, missing)
            confirmed |= {each.target for each, seen in zip(missing, answers, strict=True) if seen}
            if len(confirmed) < len(asked):
                self._levers.sleep(CONFIRMATION_PAUSE)
        return confirmed

    def _look(self, observation: Observation) -> str:
        """Return how the server shows that it was shut down, or nothing."""
        try:
            workflow = self._levers.poll(observation.target, max(self._left, CONFIRMATION_PAUSE))
        except ArgoError:
            return ""
        return workflow.shutdown or (workflow.phase_word if is_terminal(workflow) else "")
