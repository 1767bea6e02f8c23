"""When a transfer is tried again, and what is said when it is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import tenacity

from argogate.artifacts.allowance import Exceeded
from argogate.artifacts.content import Content
from argogate.artifacts.placing import why
from argogate.errors import ArgoError, Unavailable, worth_repeating
from argogate.model import spell
from argogate.model.workflow import ArchiveForm

if TYPE_CHECKING:
    from collections.abc import Callable

    from argogate.artifacts.allowance import Allowance
    from argogate.artifacts.content import Inspector
    from argogate.artifacts.plan import Wanted

ATTEMPTS = 3
HICCUP_ATTEMPTS = 6
"""Of what a restart of the server explains; a plain 500 is most often there to stay."""
SERVER_ERROR = 500
LONGEST_PAUSE = 8.0
PERHAPS = "its storage may be down, or the token may not get secrets in the namespace"

FAILURES = (ArgoError, Exceeded, OSError)
"""What is an artifact's own misfortune; anything else is a bug."""


def why_failed(error: Exception) -> str:
    """Return the sentence of an error."""
    if isinstance(error, Unavailable) and error.status == SERVER_ERROR:
        return f"{error}; {PERHAPS}"
    return why(error)


class NotWhole(Unavailable):
    """A good answer whose body is not what was stored, or not all of it."""


def refused_defect(one: Wanted, inside: str, inspector: Inspector) -> str:
    """Return a defect that may well be the file's own. Raises NotWhole for any other."""
    if reason := inspector.glued_error():
        msg = f"the server broke off in the middle of it: {spell.one_line(reason)}"
        raise NotWhole(msg)
    if inside:
        return inspector.defect()
    content, due = inspector.content(), one.archived_as
    if due and content not in due:
        msg = f"it did not arrive whole: it was stored as an archive, and {_likeness(inspector)}"
        raise NotWhole(msg)
    defect = inspector.defect()
    if defect and one.artifact.form is not ArchiveForm.NONE:
        msg = f"it did not arrive whole: {defect}"
        raise NotWhole(msg)
    return defect


def _likeness(inspector: Inspector) -> str:
    """Return what a body is instead: most often an error's text."""
    if inspector.content() is not Content.PLAIN:
        return f"what came is {inspector.content()}"
    begins = spell.one_line(inspector.beginning(), 60)
    return f"it begins with {begins!r}" if begins else "it is empty"


def _is_enough(state: tenacity.RetryCallState) -> bool:
    error = state.outcome.exception() if state.outcome else None
    patient = isinstance(error, Unavailable) and error.status != SERVER_ERROR
    return state.attempt_number >= (HICCUP_ATTEMPTS if patient else ATTEMPTS)


def _asked_pause(state: tenacity.RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    return error.retry_after if isinstance(error, Unavailable) else 0


def retrying(allowance: Allowance, sleep: Callable[[float], None]) -> tenacity.Retrying:
    """Return what calls a function until it succeeds, or it is enough."""
    growing = tenacity.wait_exponential(multiplier=0.5, max=LONGEST_PAUSE)
    return tenacity.Retrying(
        sleep=lambda pause: sleep(min(pause, allowance.left())),
        wait=tenacity.wait_combine(_asked_pause, growing, tenacity.wait_random(0, 0.25)),
        stop=_is_enough,
        retry=tenacity.retry_if_exception(worth_repeating),
        reraise=True,
    )
