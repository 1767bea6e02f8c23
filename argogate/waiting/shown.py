"""What the log shows of a run: a change of anything else is no news."""

from __future__ import annotations

from typing import TYPE_CHECKING

from argogate.waiting.news import Appeared, Changed, OnNews

if TYPE_CHECKING:
    from argogate.model.workflow import Workflow
    from argogate.verdict.observation import Target


class Shown:
    """Tells of each change of a run once."""

    def __init__(self, target: Target, on_news: OnNews) -> None:
        self._target = target
        self._on_news = on_news
        self._last: tuple[str, ...] = ()

    def appeared(self, workflow: Workflow) -> None:
        """Tell that it was found."""
        self.known(workflow)
        self._on_news(Appeared(target=self._target, workflow=workflow))

    def changed(self, workflow: Workflow) -> None:
        """Tell how it is, if that was not told before."""
        if self._last != _marks(workflow):
            self.known(workflow)
            self._on_news(Changed(target=self._target, workflow=workflow))

    def known(self, workflow: Workflow) -> None:
        """Take in what was told of it otherwise."""
        self._last = _marks(workflow)


def _marks(workflow: Workflow) -> tuple[str, ...]:
    return (workflow.phase_word, workflow.progress, workflow.message, workflow.shutdown)
