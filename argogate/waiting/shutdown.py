"""Stopping workflows that are given up: after the reports, and only the runs that were meant."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Protocol

from argogate import spell
from argogate.errors import ArgoError, Malformed, NotFound, Unavailable
from argogate.model.lifecycle import is_terminal
from argogate.together import together

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from argogate.model.answers import Poll
    from argogate.model.workflow import Shutdown, Workflow
    from argogate.verdict.observation import Observation, Target
    from argogate.waiting.timers import Budget

COMPLETED = "cannot shutdown a completed workflow"
CONFIRMATION_PAUSE = 0.2
AT_ONCE = 16
"""How many are asked at the same time."""
MOST_NAMED = 20


class Levers(Protocol):
    """What it takes; timeouts are in seconds, and both raise ArgoError."""

    def poll(self, namespace: str, name: str, *, timeout: float) -> Poll:
        """Look at what bears the name."""
        ...

    def shut_down(self, namespace: str, name: str, how: Shutdown, *, timeout: float) -> None:
        """Ask for it."""
        ...


def shut_down(
    observations: Sequence[Observation],
    levers: Levers,
    how: Shutdown,
    within: Budget,
) -> Iterator[str]:
    """Shut workflows down within a budget; yield a sentence on each outcome.

    All are asked before any is confirmed, which only takes what time is left.
    """
    shutdown = _Shutdown(levers, how, within)
    targets = defaultdict(list)
    for observation, outcome in shutdown.outcomes(observations):
        targets[outcome].append(str(observation.target))
    for outcome, names in targets.items():
        yield f"{spell.listing(names, MOST_NAMED)}: {outcome}"


class _Shutdown:
    def __init__(self, levers: Levers, how: Shutdown, within: Budget) -> None:
        self._levers, self._how, self._within = levers, how, within
        self._asked = f"asked to {how}; the server did not confirm it in time"
        """The outcome of those that may still be confirmed."""

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
        return together(do, observations, jobs=AT_ONCE, seconds=self._within.left)

    def _ask(self, observation: Observation) -> str:
        """Ask for one shutdown. A PUT knows no uid, so the run is looked at right before."""
        if observation.workflow is None:
            return f"it was never seen, so nothing of that name is asked to {self._how}"
        if self._within.is_over:
            return f"no time was left to {self._how} it"
        try:
            return self._why_not(observation.target, observation.workflow) or self._put(observation)
        except NotFound:
            return f"it is gone, so there was nothing to {self._how}"
        except ArgoError as error:
            return f"it could not be asked to {self._how}: {error.message}"

    def _why_not(self, target: Target, seen: Workflow) -> str:
        """Return why what bears the name now is not to be shut down, or nothing."""
        workflow = self._poll(target, self._within.left)
        if workflow.uid != seen.uid:
            return f"another run has its name now, which is left alone (uid {workflow.uid})"
        if is_terminal(workflow):
            return f"it is over ({workflow.phase_word}), so there was nothing to {self._how}"
        return ""

    def _put(self, observation: Observation) -> str:
        try:
            target, timeout = observation.target, self._within.share(least=CONFIRMATION_PAUSE)
            self._levers.shut_down(target.namespace, target.name, self._how, timeout=timeout)
        except (Malformed, Unavailable) as error:
            if COMPLETED in error.message:
                return f"it was over just now, so there was nothing to {self._how}"
            raise
        return self._asked

    def _confirmed(self, asked: Sequence[Observation]) -> set[Target]:
        """Return which of these the server shows as shut down before the time is up."""
        confirmed: set[Target] = set()
        while (missing := [each for each in asked if each.target not in confirmed]) and (
            not self._within.is_over
        ):
            answers = self._of_each(self._look, missing)
            confirmed |= {each.target for each, seen in zip(missing, answers, strict=True) if seen}
            if len(confirmed) < len(asked):
                self._within.clock.sleep(CONFIRMATION_PAUSE)
        return confirmed

    def _look(self, observation: Observation) -> str:
        """Return how the server shows that it was shut down, or nothing."""
        try:
            workflow = self._poll(observation.target, self._within.share(least=CONFIRMATION_PAUSE))
        except ArgoError:
            return ""
        return workflow.shutdown or (workflow.phase_word if is_terminal(workflow) else "")

    def _poll(self, target: Target, timeout: float) -> Workflow:
        return self._levers.poll(target.namespace, target.name, timeout=timeout).workflow
