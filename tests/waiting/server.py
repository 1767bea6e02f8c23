"""A server whose answers are told in advance, one by one; the last one stays."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from argogate.errors import ArgoError, NotFound, Unavailable
from argogate.model.answers import Poll
from argogate.model.workflow import Workflow
from tests.build import BEGAN

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from argogate.model.answers import Glimpse, NodeWarning
    from argogate.model.workflow import Shutdown

Answer: TypeAlias = Workflow | ArgoError
DEAF = Unavailable("no streams here")


@dataclass(kw_only=True)
class Server:
    """Satisfies what the wait asks, hears and pulls; it keeps what it was asked, and how long."""

    polls: list[Answer] = field(default_factory=list)
    trees: list[Answer] = field(default_factory=list)
    archive: list[Answer] = field(default_factory=lambda: [NotFound("none")])
    refusal: ArgoError | None = None
    """Of a shutdown."""
    asked: list[tuple[str, float]] = field(default_factory=list)
    """Each question, and its timeout."""
    wholes: list[float] = field(default_factory=list)
    """How long each tree was given, however slowly it came."""
    stopped: list[str] = field(default_factory=list)

    def poll(self, *_: str, timeout: float) -> Poll:
        return self._told("poll", self.polls, timeout)

    def tree(self, *_: str, timeout: float, whole: float) -> Poll:
        self.wholes.append(whole)
        return self._told("tree", self.trees, timeout)

    def archived(self, _: str, *, timeout: float, whole: float) -> Poll:
        self.wholes.append(whole)
        return self._told("archived", self.archive, timeout)

    def shut_down(self, _: str, name: str, how: Shutdown, *, timeout: float) -> None:
        assert how
        assert timeout > 0
        self.stopped.append(name)
        if self.refusal:
            raise self.refusal

    def _told(self, what: str, answers: list[Answer], timeout: float) -> Poll:
        assert timeout > 0
        self.asked.append((what, timeout))
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, ArgoError):
            raise answer
        return Poll(workflow=answer, server_time=BEGAN, size=100)


class Deaf:
    """Streams that are not to be had."""

    def changes(self) -> AbstractContextManager[Iterator[Glimpse | None]]:
        raise DEAF

    def warnings(self) -> AbstractContextManager[Iterator[NodeWarning | None]]:
        raise DEAF
