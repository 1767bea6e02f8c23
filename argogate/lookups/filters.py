"""Which runs are meant: filters as a value, and what of them a server may apply. Pure.

A server's own filters are an economy: what comes is filtered here once more, so that the answer
is the same whether a server knows a filter, ignores it, or applies it to a row that is outdated.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from argogate.argo.query import Selection
from argogate.model.lifecycle import is_terminal
from argogate.model.selectors import Field
from argogate.model.workflow import LABEL_CLUSTER_TEMPLATE, LABEL_CRON, LABEL_TEMPLATE, Phase
from argogate.values import dataclass, replace

if TYPE_CHECKING:
    from datetime import datetime

    from argogate.model.selectors import FieldRequirement, Requirement
    from argogate.model.workflow import Workflow

GLOB = frozenset("*?[")
LABEL_PHASE = "workflows.argoproj.io/phase"


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A stretch of time; both ends belong to it, and None is an open end."""

    after: datetime | None = None
    before: datetime | None = None

    def holds(self, moment: datetime | None) -> bool:
        """Whether a moment lies in it; what has none lies in an open one only."""
        if moment is None:
            return self.is_open
        return (self.after is None or moment >= self.after) and (
            self.before is None or moment <= self.before
        )

    @property
    def is_open(self) -> bool:
        """Whether it holds everything."""
        return self.after is None and self.before is None

    @property
    def is_empty(self) -> bool:
        """Whether nothing can lie in it."""
        return self.after is not None and self.before is not None and self.after > self.before


EVER = Window()


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What a run has to be; everything that is given has to hold."""

    labels: tuple[Requirement, ...] = ()
    labels_text: str = ""
    """The same as the user wrote it."""
    fields: tuple[FieldRequirement, ...] = ()
    phases: frozenset[Phase] = frozenset()
    name: str = ""
    """A glob."""
    prefix: str = ""
    template: str = ""
    cron: str = ""
    created: Window = EVER
    finished: Window = EVER
    running: bool = False
    completed: bool = False

    def meets(self, run: Workflow) -> bool:
        """Whether a run is meant, by what is known of it."""
        return (
            run.name.startswith(self.prefix)
            and (not self.name or fnmatchcase(run.name, self.name))
            and (not self.phases or _phase(run) in self.phases)
            and self.created.holds(run.created_at)
            and self._finished(run)
            and not (self.running and is_terminal(run))
            and not (self.completed and not is_terminal(run))
            and (not self.cron or run.labels.get(LABEL_CRON) == self.cron)
            and (not self.template or self.template in templates_of(run))
            and all(requirement.meets(run.labels) for requirement in self.labels)
            and all(requirement.meets(run) for requirement in self.fields)
        )

    def cannot_tell(self, run: Workflow) -> bool:
        """Whether a row lost what tells when it was created, though that matters."""
        return run.created_at is None and not self.created.is_open

    def _finished(self, run: Workflow) -> bool:
        """Whether it ended in time; a run that goes on again after a retry has not ended."""
        return self.finished.holds(run.finished_at if is_terminal(run) else None)

    @property
    def beginning(self) -> str:
        """What the name of every run that is meant begins with."""
        stop = next((at for at, char in enumerate(self.name) if char in GLOB), len(self.name))
        return max(self.prefix, self.name[:stop], key=len)

    def of_all(self) -> Selection:
        """Return what a server may leave out of live and archived runs alike: what never changes.

        `createdAfter` has seconds, and releases differ in whether it includes them.
        """
        return Selection(
            name=self._exact_name, prefix=self.beginning, created_after=self.created.after
        )

    def of_archived(self) -> Selection:
        """Return what besides may be left out where only archived runs are looked for.

        Their labels are those of their end, so that the label of the phase is true.
        """
        parts = [self.label_selector]
        if self.phases and not self.phases & {Phase.UNKNOWN}:
            parts.append(f"{LABEL_PHASE} in ({','.join(sorted(filter(None, self.phases)))})")
        return Selection(
            name=self._exact_name,
            prefix=self.beginning,
            created_after=self.created.after,
            labels=",".join(filter(None, parts)),
        )

    @property
    def label_selector(self) -> str:
        """What the labels are to be, but for the phase."""
        cron = f"{LABEL_CRON}={self.cron}" if self.cron else ""
        return ",".join(filter(None, (self.labels_text, cron)))

    def without_labels(self) -> Filters:
        """Return the same for rows that tell no labels."""
        return replace(self, labels=(), labels_text="", cron="")

    @property
    def _exact_name(self) -> str:
        names = [
            each.value for each in self.fields if each.field is Field.NAME and each.sign != "!="
        ]
        if names:
            return names[0]
        return self.name if self.name and not GLOB & set(self.name) else ""


def _phase(run: Workflow) -> Phase:
    """Return the phase that is looked for: what nobody has picked up yet is pending."""
    return run.phase if run.phase is not Phase.NONE else Phase.PENDING


def templates_of(run: Workflow) -> tuple[str, ...]:
    """Return the names of what a run was made from."""
    names = (
        run.labels.get(LABEL_TEMPLATE, ""),
        run.labels.get(LABEL_CLUSTER_TEMPLATE, ""),
        run.template,
    )
    return tuple(filter(None, dict.fromkeys(names)))
