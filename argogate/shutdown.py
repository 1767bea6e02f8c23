"""Stopping a workflow that is given up: after the reports, and only the run that was meant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from argogate.errors import ArgoError, Malformed, NotFound, Unavailable
from argogate.model.lifecycle import is_terminal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from argogate.model.workflow import Workflow
    from argogate.observation import Observation, Target

COMPLETED = "cannot shutdown a completed workflow"
CONFIRMATION_PAUSE = 0.2


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
    """Shut workflows down one after the other; yield a sentence on each.

    Within `budget` seconds as many as fit; the rest is named. A PUT knows no uid, so each is
    looked at once more right before.
    """
    until = levers.now() + budget
    for observation in observations:
        left = until - levers.now()
        if left <= 0:
            yield f"{observation.target}: no time was left to {how} it"
            continue
        try:
            yield f"{observation.target}: {_shut_down(observation, levers, how, until)}"
        except ArgoError as error:
            yield f"{observation.target}: it could not be asked to {how}: {error.message}"


def _shut_down(observation: Observation, levers: Levers, how: str, until: float) -> str:
    target, seen = observation.target, observation.workflow
    try:
        workflow = levers.poll(target, until - levers.now())
    except NotFound:
        return f"it is gone, so there was nothing to {how}"
    if seen and workflow.uid != seen.uid:
        return f"another run has its name now, which is left alone (uid {workflow.uid})"
    if is_terminal(workflow):
        return f"it is over ({workflow.phase_word}), so there was nothing to {how}"
    try:
        levers.put(target, max(until - levers.now(), CONFIRMATION_PAUSE))
    except (Malformed, Unavailable) as error:
        if COMPLETED in error.message:
            return f"it was over just now, so there was nothing to {how}"
        raise
    return _confirmed(target, levers, how, until)


def _confirmed(target: Target, levers: Levers, how: str, until: float) -> str:
    while levers.now() < until:
        try:
            workflow = levers.poll(target, max(until - levers.now(), CONFIRMATION_PAUSE))
        except ArgoError:
            pass
        else:
            if workflow.shutdown or is_terminal(workflow):
                return f"asked to {how}, which the server confirmed"
        levers.sleep(CONFIRMATION_PAUSE)
    return f"asked to {how}; the server did not confirm it in time"
