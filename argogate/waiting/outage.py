"""Failures in a row: how long they are borne, and what they end as."""

from __future__ import annotations

from enum import Enum, auto
from http import HTTPStatus
from typing import TYPE_CHECKING

from argogate.errors import (
    ArgoError,
    CertificateRefused,
    Denied,
    Impossible,
    Malformed,
    NotUnderstood,
    Unavailable,
)
from argogate.verdict.endings import AccessDenied, Ending, RequestRefused, Unreachable
from argogate.waiting.news import OnNews, Recovered, Troubled
from argogate.waiting.patience import (
    DENIED_AFTER_SUCCESS,
    DENIED_AT_FIRST_CONTACT,
    GARBLED_AT_FIRST_CONTACT,
)
from argogate.waiting.timers import Since

if TYPE_CHECKING:
    from argogate.verdict.observation import Target
    from argogate.waiting.contact import Contact
    from argogate.waiting.patience import Limits

DENIALS_AT_FIRST_CONTACT = 3
PAUSE_AT_FIRST_CONTACT = 2.0
"""Seconds between the tries where only a few seconds are borne."""


class Kind(Enum):
    """What is counted in a row."""

    REFUSAL = auto()
    GARBLE = auto()
    """What is no page of another site, and yet no answer: empty, cut, about something else."""
    OUTAGE = auto()


class Outage:
    """One workflow's failures since the last proper answer, which alone ends them.

    All of them share one budget. Refusals, and garbled answers at first contact, are borne for
    less, in a row: a failure of another kind in between restarts that, not the budget.
    """

    def __init__(self, target: Target, limits: Limits, contact: Contact, on_news: OnNews) -> None:
        self.trouble = ""
        """The last failure, until there is a proper answer.

        Guesses at the address are left out of it once that is known to be right.
        """
        self._target = target
        self._limits = limits
        self._contact = contact
        self._on_news = on_news
        self._failing = Since()
        self._kind: Kind | None = None
        self._in_a_row = Since()
        """Failures of this kind."""
        self._count = 0
        self._bears = 0.0
        self._told: set[Kind | None] = set()

    def end(self, now: float) -> None:
        """Take in a proper answer."""
        if self._told:
            self._on_news(Recovered(target=self._target, outage=self._failing.lasted(now)))
        self._failing.stop()
        self._in_a_row.stop()
        self._kind = None
        self.trouble = ""
        self._told = set()
        self._contact.answered = True

    def go_on(self, error: ArgoError, now: float) -> Ending | None:
        """Take in a failure; return the ending where it is not borne any longer."""
        self.trouble = error.later if self._contact.answered else error.message
        self._failing.start(now)
        kind = self._kind_of(error)
        if kind is not self._kind:
            self._kind, self._in_a_row, self._count = kind, Since(now), 0
        self._count += 1
        self._bears = self._patience(error)
        if self._is_over(now):
            return self._ending(error, self._failing.lasted(now))
        self._say(error)
        return None

    def deadlines(self) -> list[float]:
        """Return the moments at which a look is due."""
        moments = [*self._failing.after(self._budget), *self._in_a_row.after(self._bears)]
        if self._is_short:
            moments += self._in_a_row.after(self._count * PAUSE_AT_FIRST_CONTACT)
        return moments

    @property
    def _budget(self) -> float:
        return self._limits.outage_budget(answered=self._contact.answered)

    @property
    def _is_short(self) -> bool:
        return self._kind is not Kind.OUTAGE and not self._contact.answered

    def _kind_of(self, error: ArgoError) -> Kind:
        match error:
            case Denied():
                return Kind.REFUSAL
            case NotUnderstood(passing=True) if not self._contact.answered:
                return Kind.GARBLE
            case _:
                return Kind.OUTAGE

    def _patience(self, error: ArgoError) -> float:
        """Return for how many seconds errors like this one are borne in a row."""
        match error:
            case Denied() if self._contact.answered:
                most = DENIED_AFTER_SUCCESS
            case Denied(status=HTTPStatus.UNAUTHORIZED, renewable=False):
                most = 0
            case Denied():
                most = DENIED_AT_FIRST_CONTACT
            case _ if self._contact.answered:
                most = self._budget
            case NotUnderstood(passing=True):
                most = GARBLED_AT_FIRST_CONTACT
            case NotUnderstood() | CertificateRefused() | Malformed() | Impossible():
                most = 0
            case _:
                most = self._budget
        return min(most, self._budget)

    def _is_over(self, now: float) -> bool:
        refused = self._kind is Kind.REFUSAL and self._is_short
        if refused and self._count >= DENIALS_AT_FIRST_CONTACT:
            return True
        return self._failing.reached(now, self._budget) or self._in_a_row.reached(now, self._bears)

    def _ending(self, error: ArgoError, lasted: float) -> Ending:
        reason = self.trouble
        match error:
            case Denied():
                return AccessDenied(reason=reason)
            case Malformed() if not self._contact.answered:
                return RequestRefused(reason=reason)
            case _:
                return Unreachable(reason=reason, outage=lasted)

    def _say(self, error: ArgoError) -> None:
        """Tell of each kind once; of a rate limit, which is no trouble, once in the whole wait."""
        limited = isinstance(error, Unavailable) and error.status == HTTPStatus.TOO_MANY_REQUESTS
        if self._kind in self._told or (limited and self._contact.limited):
            return
        self._contact.limited = self._contact.limited or limited
        self._told.add(self._kind)
        self._on_news(Troubled(target=self._target, reason=self.trouble, patience=self._bears))
