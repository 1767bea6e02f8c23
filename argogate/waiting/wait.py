"""The whole wait: find what is meant, then look until it is over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from argogate.model.workflow import LATEST
from argogate.values import replace
from argogate.verdict.endings import Cancelled
from argogate.verdict.observation import Observation
from argogate.waiting.choice import Chosen
from argogate.waiting.chooser import Chooser
from argogate.waiting.members import Lists, Members
from argogate.waiting.newest import Newest
from argogate.waiting.waiter import Waiter

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from argogate.verdict.observation import Target
    from argogate.waiting.hearing import Streams
    from argogate.waiting.patience import Pace
    from argogate.waiting.trees import Questions
    from argogate.waiting.watch import Wish


class Workflows(Lists, Protocol):
    """The workflows of a namespace: how to find some, and what may be heard of them."""

    def streams(self, names: Sequence[str]) -> Streams:
        """Return the streams of those that have these names."""
        ...


class Wait:
    """What a signal may end at any moment; what is known then can still be told."""

    def __init__(
        self,
        targets: Sequence[Target],
        wish: Wish,
        pace: Pace,
        *,
        server: Questions,
        workflows: Workflows,
        target_of: Callable[[str], Target],
        say: Callable[[str], None],
        on_chosen: Callable[[Sequence[Target]], None],
        listen: bool,
        is_red: Callable[[Observation], bool] | None,
    ) -> None:
        """`targets` are named, or the only one says what is to be looked for.

        `target_of` makes a target of a name, `say` is told what is left out, and `on_chosen` what
        is waited for. `is_red` makes the first workflow for which it is true end the whole wait.
        """
        self._targets = tuple(targets)
        self._server, self._workflows = server, workflows
        self._pace, self._wish = pace, wish
        self._on_chosen = on_chosen
        self._listen = listen
        self._is_red = is_red
        self._began = pace.clock.now()
        pace.contact.open(self._began)
        self._search = self._searched(target_of, say)
        self._stage: Chooser | Waiter | None = None

    def observe(self) -> tuple[Observation, ...]:
        """Choose and wait; return what was observed of each."""
        chosen = tuple(Chosen(target=target) for target in self._targets)
        if self._search:
            [wanted] = self._targets
            chooser = self._stage = Chooser(wanted, self._search, self._pace, began=self._began)
            chosen = chooser.choose()
            if not chosen:
                return chooser.observed()
            self._targets = tuple(each.target for each in chosen)
        self._on_chosen(self._targets)
        waiter = self._stage = self._waiter()
        return waiter.wait(chosen)

    def cancelled(self, signal_name: str) -> tuple[Observation, ...]:
        """Return what is known when a signal came, of each that is waited for.

        What was over already counts as cancelled too when its evidence was still being collected.
        """
        ending = Cancelled(signal_name=signal_name)
        known = self._stage.observed(otherwise=ending) if self._stage else ()
        of = {each.target: each for each in known if each.target.named}
        for target in self._targets:
            of.setdefault(target, Observation(target=target, ending=ending))
        observations = list(of.values())
        if not any(isinstance(each.ending, Cancelled) for each in observations):
            observations = [replace(each, ending=ending) for each in observations]
        return self._remarked(observations)

    def remarked(self, observations: Sequence[Observation]) -> tuple[Observation, ...]:
        """Add what was left out of a choice; where nothing was chosen, the ending tells it."""
        chosen = isinstance(self._stage, Waiter)
        return self._remarked(observations) if chosen else tuple(observations)

    def _remarked(self, observations: Sequence[Observation]) -> tuple[Observation, ...]:
        """Add what was left out, which is about all of them, to the first."""
        first, *others = observations
        left_out = self._search.left_out() if self._search else ()
        return (replace(first, remarks=(*first.remarks, *left_out)), *others)

    def _searched(
        self, target_of: Callable[[str], Target], say: Callable[[str], None]
    ) -> Members | Newest | None:
        """Return how to find out which workflows are meant: most often, they are named."""
        wanted, identity = self._targets[0], self._wish.identity
        if wanted.named:
            return None
        if wanted.name == LATEST:
            return Newest(self._workflows, identity, self._pace, target_of)
        return Members(self._workflows, identity, self._pace, target_of, say)

    def _waiter(self) -> Waiter:
        return Waiter(
            self._server,
            self._workflows.streams([target.name for target in self._targets]),
            self._pace,
            self._wish,
            began=self._began,
            listen=self._listen,
            is_red=self._is_red,
            members=self._search if isinstance(self._search, Members) else None,
        )
