"""How long something has lasted, and how much time is left."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Self

from argogate.values import dataclass

if TYPE_CHECKING:
    from argogate.waiting.clock import Clock

ROUNDING = 1e-6
"""Seconds: a pause that ends exactly at a deadline may end a rounding error before it."""


class Since:
    """The moment since which something is so, if it is; whoever asks brings the time."""

    def __init__(self, moment: float | None = None) -> None:
        self._moment = moment

    def start(self, now: float) -> bool:
        """Count from now, unless it counts already; return whether it began."""
        began = self._moment is None
        if began:
            self._moment = now
        return began

    def stop(self) -> None:
        """Forget the moment: it is not so any more."""
        self._moment = None

    def hold(self, now: float, *, so: bool) -> None:
        """Count on as long as it is `so`."""
        if so:
            self.start(now)
        else:
            self.stop()

    def lasted(self, now: float) -> float:
        """Return for how many seconds it has been so."""
        return 0 if self._moment is None else now - self._moment

    def reached(self, now: float, seconds: float) -> bool:
        """Whether it has been so for that long."""
        return self._moment is not None and self.lasted(now) >= seconds - ROUNDING

    def after(self, seconds: float) -> list[float]:
        """Return the moment at which it will have been so for that long, if it is so at all."""
        return [] if self._moment is None else [self._moment + seconds]


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """The time until a moment of a clock, for all that is done before it."""

    clock: Clock
    until: float = inf

    @classmethod
    def lasting(cls, clock: Clock, seconds: float) -> Self:
        """Return a budget of so many seconds from now on."""
        return cls(clock=clock, until=clock.now() + seconds)

    @property
    def left(self) -> float:
        """Seconds; 0 where it is used up."""
        return max(self.until - self.clock.now(), 0)

    @property
    def is_over(self) -> bool:
        """Whether it is used up."""
        return self.clock.now() >= self.until

    def share(self, most: float = inf, *, least: float = 0) -> float:
        """Return how long one request may take: what is left, within these bounds."""
        return min(most, max(self.left, least))
