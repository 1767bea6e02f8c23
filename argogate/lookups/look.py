"""One look at a workflow: what is asked, and what the answer means. It never waits for anything."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Protocol, TypeVar

from argogate.errors import (
    ArgoError,
    CertificateRefused,
    Denied,
    Impossible,
    Malformed,
    NotFound,
    NotUnderstood,
    Unavailable,
    worth_repeating,
)
from argogate.model import lifecycle
from argogate.model.about import About, read_about
from argogate.model.parse import parse_workflow
from argogate.values import dataclass, field
from argogate.verdict.endings import (
    AccessDenied,
    Ending,
    Finished,
    Limit,
    NeverAppeared,
    RequestRefused,
    Suspended,
    TimedOut,
    Unreachable,
)
from argogate.verdict.observation import Observation

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from typing import Any

    from argogate.model.answers import Poll
    from argogate.model.workflow import Workflow
    from argogate.verdict.observation import Target

T = TypeVar("T")
PAUSES = (0.3, 1.0)
"""Seconds before a question is asked again, where the answer was a hiccup."""
SETTLED = timedelta(seconds=30)
"""After which a terminal phase without `finishedAt` is the end (Argo 3.4)."""


class Document(Protocol):
    """A workflow as the server sent it, or as it was kept."""

    @property
    def content(self) -> Mapping[str, Any]:
        """The object, as JSON has it."""
        ...

    @property
    def server_time(self) -> datetime | None:
        """The server's clock."""
        ...


class Questions(Protocol):
    """A server to ask; each raises ArgoError. Timeouts are in seconds."""

    def document(self, namespace: str, name: str, *, timeout: float, whole: float) -> Document:
        """Read whatever bears the name, with its nodes."""
        ...

    def archived_document(self, uid: str, *, timeout: float, whole: float) -> Document:
        """Read the archived run of a uid, with its nodes."""
        ...

    def poll(self, namespace: str, name: str, *, timeout: float) -> Poll:
        """Look at whatever bears the name, without its nodes."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long questions may take, and how to rest between them."""

    timeout: float
    """Of one request; of a tree, to its head and between its parts."""
    whole: float
    """Of one tree."""
    rest: Callable[[float], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What one look showed."""

    target: Target
    ending: Ending
    """What a gate would conclude now; that a run is not over yet, as a limit of no length."""
    workflow: Workflow | None = None
    about: About = field(default_factory=About)
    server_time: datetime | None = None
    remarks: tuple[str, ...] = ()

    @property
    def observation(self) -> Observation:
        """Return it as the gate would have it, to be judged by the same rules."""
        return Observation(
            target=self.target,
            ending=self.ending,
            workflow=self.workflow,
            began=self.server_time,
            remarks=self.remarks,
        )


def look(target: Target, uid: str, questions: Questions, patience: Patience) -> Sight:
    """Look at the workflow of a name, or at the very run of a uid. Never raises ArgoError."""
    try:
        return _look(target, uid, questions, patience)
    except ArgoError as error:
        return Sight(target=target, ending=_why_unread(error))


def _look(target: Target, uid: str, questions: Questions, patience: Patience) -> Sight:
    timeout, whole = patience.timeout, patience.whole
    namespace, name = target.namespace, target.name
    found = ""
    try:
        document = _asked(
            lambda: questions.document(namespace, name, timeout=timeout, whole=whole), patience
        )
    except NotFound:
        if not uid:
            return Sight(target=target, ending=NeverAppeared(waited=0))
    except Impossible as error:
        poll = _asked(lambda: questions.poll(namespace, name, timeout=timeout), patience)
        if not uid or poll.workflow.uid == uid:
            thin = f"its nodes could not be read: {error.message}"
            return _seen(target, poll.workflow, About(), poll.server_time, (thin,))
        found = poll.workflow.uid
    else:
        sight = _read(target, document)
        found = sight.workflow.uid if sight.workflow else ""
        if not uid or found == uid:
            return sight
    return _archived(target, uid, found, questions, patience)


def _archived(
    target: Target, uid: str, found: str, questions: Questions, patience: Patience
) -> Sight:
    """Look for a run where its name leads elsewhere, or nowhere."""
    timeout, whole = patience.timeout, patience.whole
    there = f"there is a run of that name, uid {found}, not {uid} (--uid)" if found else ""
    try:
        document = _asked(
            lambda: questions.archived_document(uid, timeout=timeout, whole=whole), patience
        )
    except (NotFound, Impossible) as error:
        reason = "" if isinstance(error, NotFound) else error.message
        told = "; ".join(filter(None, (there, reason))) or f"no run has the uid {uid}"
        return Sight(target=target, ending=NeverAppeared(waited=0, found=told))
    sight = _read(target, document)
    run = sight.workflow
    if run and (run.namespace, run.name) != (target.namespace, target.name):
        told = f"the uid {uid} is that of {run.namespace}/{run.name}"
        return Sight(target=target, ending=NeverAppeared(waited=0, found=told))
    return sight


def _read(target: Target, document: Document) -> Sight:
    content = dict(document.content)
    workflow, about = parse_workflow(content), read_about(content)
    thin = workflow.nodes_unreadable
    if lifecycle.is_terminal(workflow) and not workflow.nodes:
        thin = thin or "the server has none of its nodes"
    return _seen(target, workflow, about, document.server_time, (thin,) if thin else ())


def _seen(
    target: Target,
    workflow: Workflow,
    about: About,
    server_time: datetime | None,
    remarks: tuple[str, ...],
) -> Sight:
    return Sight(
        target=target,
        ending=_ending(workflow, server_time),
        workflow=workflow,
        about=about,
        server_time=server_time,
        remarks=(*_where(workflow), *remarks),
    )


def _where(workflow: Workflow) -> tuple[str, ...]:
    """Say where a run was found, if that is not simply in the cluster."""
    if lifecycle.from_archive(workflow):
        several = (
            "" if lifecycle.uniquely_named(workflow) else "; other runs may have had this name"
        )
        return (f"it is archived: the cluster has no live run of this name{several}",)
    if workflow.deleted_at:
        return ("it is marked for deletion",)
    return ()


def _ending(workflow: Workflow, now: datetime | None) -> Ending:
    """Return what a gate would conclude that looked now."""
    if lifecycle.is_over(workflow):
        return Finished(poll=workflow)
    if lifecycle.is_terminal(workflow) and _is_settled(workflow, now):
        return Finished(poll=workflow, settled=False)
    if approvals := lifecycle.approvals(workflow):
        return Suspended(approvals=approvals)
    return TimedOut(limit=Limit.TIMEOUT, seconds=0, reason=why_not_over(workflow))


def why_not_over(workflow: Workflow) -> str:
    """Return why a run does not go on, or nothing where it goes on."""
    if lifecycle.is_terminal(workflow):
        return "its finishedAt is not set yet, so this may not be its end"
    return lifecycle.why_not_over(workflow)


def _is_settled(workflow: Workflow, now: datetime | None) -> bool:
    """Whether the last of its nodes has been over for so long that `finishedAt` will not come."""
    ends = [node.finished_at for node in workflow.nodes.values() if node.finished_at]
    return bool(now and ends and now - max(ends) > SETTLED)


def _asked(ask: Callable[[], T], patience: Patience) -> T:
    """Ask, and once or twice again after what may be a hiccup, or with a token that is renewed.

    Raises the last ArgoError.
    """
    for pause in PAUSES:
        try:
            return ask()
        except (Unavailable, Denied) as error:
            if not worth_repeating(error) or _is_lasting(error, pause):
                raise
        patience.rest(pause)
    return ask()


def _is_lasting(error: ArgoError, pause: float) -> bool:
    """Whether it will be the same after a moment's rest."""
    wrong = isinstance(error, NotUnderstood) and not error.passing
    later = isinstance(error, Unavailable) and error.retry_after > pause
    return wrong or later or isinstance(error, CertificateRefused)


def _why_unread(error: ArgoError) -> Ending:
    match error:
        case Denied():
            return AccessDenied(reason=error.message)
        case Malformed():
            return RequestRefused(reason=error.message)
        case _:
            return Unreachable(reason=error.message)
