"""What a wait for several workflows tells: an outage once, and that all is well now and then."""

from __future__ import annotations

from typing import TYPE_CHECKING

from argogate.waiting.news import News, Recovered, Standing, StillWaiting, Troubled, Unheard

if TYPE_CHECKING:
    from collections.abc import Sequence

    from argogate.waiting.patience import Pace
    from argogate.waiting.watch import Watch


class Relay:
    """Passes on what the watches tell."""

    def __init__(self, pace: Pace, *, began: float) -> None:
        self._pace = pace
        self._limits, self._clock = pace.limits, pace.clock
        self._began = began
        self._last_told = pace.clock.now()
        self._told_of_trouble = ""

    def hear(self, news: News) -> None:
        """Pass news on; an outage that several workflows notice is told once."""
        match news:
            case Troubled(target=target, reason=reason):
                reason = reason.replace(target.name, "")
                if self._told_of_trouble == reason:
                    return
                self._told_of_trouble = reason
            case Recovered():
                if not self._told_of_trouble:
                    return
                self._told_of_trouble = ""
            case Standing():
                self._pace.on_news(news)
                return
            case _:
                pass
        self._last_told = self._clock.now()
        self._pace.on_news(news)

    def unheard(self, watch: Watch, reason: str) -> None:
        """Tell that a stream is not to be had, which is no news of any workflow."""
        self._pace.on_news(Unheard(target=watch.target, reason=reason))

    def heartbeat(self, watches: Sequence[Watch]) -> None:
        """Say that all is well where nothing was said for a while, for all by the first."""
        now = self._clock.now()
        if now - self._last_told < self._limits.heartbeat:
            return
        waited = now - self._began
        left = self._limits.timeout - waited if self._limits.timeout else 0
        for watch in watches[:1]:
            self.hear(
                StillWaiting(
                    target=watch.target,
                    workflow=watch.track.last,
                    waited=waited,
                    left=left,
                    others=len(watches) - 1,
                )
            )
