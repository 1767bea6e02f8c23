"""One workflow at the end of the wait: everything that `judge` may look at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from argogate.values import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from argogate.model.workflow import Workflow
    from argogate.verdict.endings import Ending
    from argogate.verdict.evidence import ArtifactFile, LogTail, MergedFile


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The workflow that was asked for."""

    namespace: str
    name: str
    url: str = ""
    """Its page in the Argo UI."""
    named: bool = True
    """Whether this is a name, not what was to be looked for: `@latest`, `-l app=web`."""

    suite: str = ""
    """What reports call it, if the user chose that (`--suite-name`)."""
    stem: str = ""
    """Its name without the numbers that a CI system gives its runs, if it ended in some."""

    def __str__(self) -> str:
        """Spell `namespace/name`, as Argo's own messages do."""
        return f"{self.namespace}/{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """One workflow at the end of the wait, with the evidence collected afterwards."""

    target: Target
    ending: Ending
    workflow: Workflow | None = None
    """As last seen; with its nodes where the tree could be read."""
    began: datetime | None = None
    seconds: float = 0
    """How long the gate waited for it."""
    remarks: tuple[str, ...] = ()
    """What makes the reports thinner than they should be, a sentence each."""
    artifacts: tuple[ArtifactFile, ...] = ()
    logs: tuple[LogTail, ...] = ()
    merged: tuple[MergedFile, ...] = ()
    """Of tests that ran inside of nodes: they are shown, and decide nothing."""
    part: tuple[str, ...] = ()
    """Ids of the nodes that the gate is about; empty where it is about all of them."""
    pending: Mapping[str, str] = field(default_factory=dict)
    """Node id → why nothing ran for a while: `Pending: ErrImagePull: …`."""
    shortfalls: tuple[str, ...] = ()
    """Required reports and artifacts that could not be produced, a sentence each."""
    shutting_down: str = ""
    """`stop` or `terminate`: what the gate does with it after the reports, as it is given up."""
