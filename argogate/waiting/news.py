"""What a person who follows the log wants to know, as values, in the order in which it happens."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from argogate.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable

    from argogate.model.tree import Leaf
    from argogate.model.workflow import Workflow
    from argogate.verdict.observation import Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Appeared:
    """A run was found under the name, and is pinned by its uid."""

    target: Target
    workflow: Workflow


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """Phase, progress or message are others than at the last look."""

    target: Target
    workflow: Workflow


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """Other nodes run than when that was told last."""

    target: Target
    nodes: tuple[str, ...]
    starting: tuple[str, ...] = ()
    """Those whose pods are only being started, as far as Argo has noticed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeFailed:
    """A node failed, or an attempt of it that was made again."""

    target: Target
    failure: Leaf
    attempt: int = 0
    """Which one it was of several, from 1; 0 where it is the only one, or the last."""
    retried: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AwaitsApproval:
    """Suspend nodes wait for a person."""

    target: Target
    approvals: tuple[str, ...]
    how: str
    """The commands that approve."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Nothing runs, and it is known why."""

    target: Target
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How it stands after a look: what a line shows that is drawn anew, and told to who asks."""

    target: Target
    workflow: Workflow | None
    nodes: tuple[str, ...] = ()
    """What runs or starts; empty where the tree is older than the last look."""
    held: str = ""
    """Why nothing runs, as far as that is known just now."""
    limit: str = ""
    """The option of the limit that would run out first."""
    ends: float = 0
    """When, by the clock of the wait."""
    over: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """Nothing acceptable is there under the name yet."""

    target: Target
    found: str
    patience: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Troubled:
    """The first of a row of failed requests."""

    target: Target
    reason: str
    patience: float
    """Seconds for which it will be asked again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovered:
    """The server answers again."""

    target: Target
    outage: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StillWaiting:
    """The heartbeat: nothing has changed for a while."""

    target: Target
    workflow: Workflow | None
    waited: float
    left: float
    """Seconds until the timeout; 0 where there is none."""
    others: int = 0
    """How many workflows are waited for besides."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unheard:
    """The event stream is not to be had just now; it is polled, which is as right, only later."""

    target: Target
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Remarked:
    """Something worth a line of its own."""

    target: Target
    text: str


News: TypeAlias = (
    Appeared
    | Changed
    | Running
    | NodeFailed
    | AwaitsApproval
    | Held
    | Standing
    | Missing
    | Troubled
    | Recovered
    | StillWaiting
    | Unheard
    | Remarked
)

OnNews: TypeAlias = "Callable[[News], None]"
