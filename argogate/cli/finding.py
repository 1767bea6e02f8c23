"""Which runs are meant: the words as click gives them → a question."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, TypeVar

import click

from argogate.cli.connection import ConnectionOptions
from argogate.lookups.filters import Filters, Window
from argogate.model.lifecycle import TERMINAL
from argogate.model.selectors import field_requirements, label_requirements
from argogate.model.workflow import Phase
from argogate.values import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

Read = TypeVar("Read")


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingOptions(ConnectionOptions):
    """What `list` and `history` have in common."""

    namespace: str
    all_namespaces: bool
    labels: str
    template: str
    cron: str
    created_after: datetime | None
    created_before: datetime | None
    finished_after: datetime | None
    finished_before: datetime | None
    archived: str
    request_timeout: float
    record: Path | None
    cache_dir: str | None

    @property
    def space(self) -> str:
        """The namespace to ask; empty for all of them."""
        return "" if self.all_namespaces else self.namespace

    def common(self) -> Filters:
        """Return the filters. Raises click.UsageError."""
        labels = self.labels.strip(" ,")
        return Filters(
            labels=_read(label_requirements, labels),
            labels_text=labels,
            template=self.template,
            cron=self.cron,
            created=_window("created", self.created_after, self.created_before),
            finished=_window("finished", self.finished_after, self.finished_before),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ListOptions(FindingOptions):
    """Each option of `list`, under the name that click gives it."""

    fields: str
    phases: tuple[tuple[str, ...], ...]
    name: str
    prefix: str
    running: bool
    completed: bool
    node_phases: tuple[tuple[str, ...], ...]
    limit: int | None
    sort: str | None
    output: str

    def filters(self) -> Filters:
        """Return what a run has to be. Raises click.UsageError for what no run can be."""
        phases = frozenset(chain.from_iterable(self.phases))
        found = replace(
            self.common(),
            fields=_read(field_requirements, self.fields),
            phases=frozenset(Phase(phase) for phase in phases),
            name=self.name,
            prefix=self.prefix,
            running=self.running,
            completed=self.completed,
        )
        _refuse_contradictions(self, phases, ends=not found.finished.is_open)
        return found


def _refuse_contradictions(given: ListOptions, phases: frozenset[str], *, ends: bool) -> None:
    contradictions = {
        "--running and --completed": given.running and given.completed,
        "--running and --archived only": given.running and given.archived == "only",
        "--running and --finished-after or --finished-before": given.running and ends,
        "--running and --phase": given.running and bool(phases) and phases <= TERMINAL,
        "--completed and --phase": given.completed and bool(phases) and not phases & TERMINAL,
        "--phase and --finished-after or --finished-before": (
            ends and bool(phases) and not phases & TERMINAL
        ),
        "--name and --prefix": not _compatible(given.name, given.prefix),
    }
    for what, contradict in contradictions.items():
        if contradict:
            msg = f"{what}, as they are given, leave no run at all"
            raise click.UsageError(msg)


def _compatible(name: str, prefix: str) -> bool:
    """Whether a name can match the glob and begin with the prefix."""
    begin = Filters(name=name).beginning
    return begin.startswith(prefix) or (prefix.startswith(begin) and begin != name) or not name


def _window(word: str, after: datetime | None, before: datetime | None) -> Window:
    window = Window(after=after, before=before)
    if window.is_empty:
        msg = f"--{word}-after is later than --{word}-before, so that no run lies between"
        raise click.UsageError(msg)
    return window


def _read(read: Callable[[str], Read], text: str) -> Read:
    try:
        return read(text)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
