"""What bears no name yet, and what has left the cluster: how long, and what is there instead."""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING

from argogate.errors import ArgoError, Denied, Impossible, Malformed, NotFound
from argogate.model import lifecycle
from argogate.verdict.endings import Deleted, Ending, NeverAppeared, Replaced
from argogate.waiting.news import Missing, OnNews, Remarked
from argogate.waiting.timers import Since

if TYPE_CHECKING:
    from argogate.model.workflow import Workflow
    from argogate.verdict.observation import Target
    from argogate.waiting.contact import Contact
    from argogate.waiting.patience import Limits

STILL_GONE = 10.0
"""Seconds for which a doubtful sign of deletion must have been the only one.

An answer from the archive is one: the server asks it after *any* error of the cluster. A 404 that
names another workflow is one, and so is what the archive answers, but for "not there".
"""


SHORT_TTL = 60
"""Seconds: with a shorter `ttlStrategy` the result may vanish before it was read."""


class Action(Enum):
    """What is to be done at once, instead of asking again later."""

    ASK_ARCHIVE = auto()
    """The run is not there under its name."""


class Appearing:
    """How long nothing acceptable has been there, by a server that answers."""

    def __init__(self, target: Target, limits: Limits, on_news: OnNews) -> None:
        self.found = ""
        """What was there instead, at the last look."""
        self._target = target
        self._patience = limits.appear_timeout
        self._on_news = on_news
        self._missing = Since()

    def not_there(self, found: str, now: float) -> NeverAppeared | None:
        """Take in that it is not there; return the ending where that has lasted too long."""
        if self._missing.start(now):
            self._on_news(Missing(target=self._target, found=found, patience=self._patience))
        self.found = found
        if not self._missing.reached(now, self._patience):
            return None
        return NeverAppeared(waited=self._missing.lasted(now), found=found)

    def appeared(self) -> None:
        """Take in that it is there."""
        self.found = ""
        self._missing.stop()

    def deadlines(self) -> list[float]:
        """Return the moment at which that could end the wait."""
        return self._missing.after(self._patience)


class Absence:
    """A run that is not there under its name: not yet, or not any more.

    One sign that it is gone can be wrong, and it may come back.
    """

    def __init__(self, target: Target, limits: Limits, contact: Contact, on_news: OnNews) -> None:
        self._contact = contact
        self._appearing = Appearing(target, limits, on_news)
        self._target = target
        self._on_news = on_news
        self._seen = False
        self._gone = Since()
        self._surely = False
        self._namesake = ""
        self._successor = ""

    @property
    def found(self) -> str:
        """What is there instead of a run that was never seen."""
        return self._appearing.found

    def not_there(self, found: str, now: float) -> Ending | None:
        """Take in that it is not there yet; return the ending where that has lasted too long."""
        return self._appearing.not_there(found, now)

    def appeared(self) -> None:
        """Take in that it was seen: from now on it can be gone."""
        self._seen = True
        self._appearing.appeared()

    def came_back(self) -> None:
        """Take in that it is there under its name."""
        self._gone.stop()

    def notice(
        self, now: float, *, surely: bool = True, namesake: str = "", successor: str | None = None
    ) -> Action:
        """Have the archive asked: what bears the name is not the run, or nothing bears it.

        Only the archive's answer ends an outage then. `namesake` says why what bears the name is
        not the run that was asked for; `successor` is the uid of what has taken its name, where
        that is known.
        """
        self._contact.answered = True
        self._surely, self._namesake = surely, namesake
        if successor is not None:
            self._successor = successor
        if self._gone.start(now) and self._seen:
            heir = f", and another run (uid {self._successor}) bears its name"
            text = f"it is gone from the cluster{heir if self._successor else ''}"
            text += "; asking the archive about it"
            self._on_news(Remarked(target=self._target, text=text))
        return Action.ASK_ARCHIVE

    def doubt(self) -> None:
        """Take in that the archive could not tell whether it has the run."""
        self._surely = False

    def without_result(self, why: str, now: float, *, certain: bool = True) -> Ending | None:
        """Return the ending of a run that is gone; one that was never seen may still appear.

        `certain` says that it is known not to be in the archive.
        """
        if not self._seen:
            found = [self._namesake, "" if certain else why]
            return self.not_there("; ".join(filter(None, found)), now)
        if not self._surely and not self._gone.reached(now, STILL_GONE):
            return None
        if self._successor:
            return Replaced(new_uid=self._successor)
        return Deleted(why_no_result=why)

    def deadlines(self) -> list[float]:
        """Return the moments at which the wait could end, or a doubtful sign becomes a sure one."""
        doubtful = [] if self._surely else self._gone.after(STILL_GONE)
        return [*self._appearing.deadlines(), *doubtful]


def why_no_result(error: ArgoError) -> str:
    """Return why the archive gave no result, or nothing where it is to be asked again."""
    match error:
        case NotFound():
            return "the archive has no result of it"
        case Denied():
            return "whether the archive has its result cannot be told: the token may not read it"
        case Impossible() | Malformed():
            return f"the archive gave no result of it: {error.message}"
        case _:
            return ""


def why_fleeting(workflow: Workflow) -> str:
    """Return why the result of a run may be gone before it is read, or nothing."""
    ttl = workflow.ttl_seconds
    if ttl is None or ttl >= SHORT_TTL or lifecycle.is_over(workflow):
        return ""
    return (
        f"its ttlStrategy deletes it {ttl}s after its end; without an archive its "
        "result may be gone before it is read"
    )
