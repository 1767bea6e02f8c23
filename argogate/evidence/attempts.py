"""What went wrong with a transfer, and what is said of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from argogate import spell
from argogate.errors import ArgoError, Unavailable
from argogate.evidence.allowance import Exceeded
from argogate.evidence.content import Content
from argogate.evidence.placing import why
from argogate.model.workflow import ArchiveForm

if TYPE_CHECKING:
    from argogate.evidence.content import Inspector
    from argogate.evidence.plan import Wanted

SERVER_ERROR = 500
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
