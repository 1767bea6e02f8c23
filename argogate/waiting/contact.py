"""What is known of the server, whichever workflow it was asked about."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

CUT_OFF = timedelta(seconds=1)
"""What a `Date` leaves away at most: it has whole seconds only."""
LIKELY_YEARS = range(2000, 9000)
"""Years that a clock may show; with others one cannot reckon."""


class Contact:
    """One gate's contact with its server; all workflows of the gate share it."""

    def __init__(self) -> None:
        self.answered = False
        """Whether it has ever answered properly: then its address and the requests are right."""
        self.limited = False
        """Whether it was told already that the server limits how often it may be asked."""
        self.began: datetime | None = None
        """When the gate began, by the server's clock; never earlier than it really was."""
        self._opened: float | None = None

    def open(self, now: float) -> None:
        """Begin at this second of the gate's clock; whoever asks first does it."""
        if self._opened is None:
            self._opened = now

    def hear(self, date: datetime | None, now: float) -> None:
        """Take in the `Date` of any answer, whatever it says.

        An answer that took long to arrive says too early a time, so the latest is right.
        """
        if date is None or self._opened is None or date.year not in LIKELY_YEARS:
            return
        began = date + CUT_OFF - timedelta(seconds=now - self._opened)
        self.began = max(self.began or began, began)

    def shown(self, now: float) -> datetime | None:
        """Return what the server's clock shows now; never earlier than it really is."""
        if self.began is None or self._opened is None:
            return None
        return self.began + timedelta(seconds=now - self._opened)
