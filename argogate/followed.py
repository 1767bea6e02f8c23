"""What connects `--follow` with a wait: what it hears of the runs, and when it ends."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from argogate.following.follower import Follower
from argogate.values import replace
from argogate.waiting.news import Appeared, Changed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from argogate.following.follower import Log
    from argogate.following.tail import PodLogs
    from argogate.model.workflow import Workflow
    from argogate.waiting.news import News
    from argogate.waiting.patience import Pace


@contextmanager
def followed(
    pace: Pace,
    source: PodLogs,
    log: Log,
    *,
    most_lines: int,
    clean: Callable[[str], str],
    several: bool,
) -> Iterator[tuple[Pace, Callable[[Iterable[Workflow]], None]]]:
    """Follow the logs of pods until this context ends.

    It gives the pace of a wait, whose news lead the way, and what is told the runs that are over:
    their last lines are read then.
    """
    follower = Follower(
        source, pace.clock, log, most_lines=most_lines, clean=clean, several=several
    )

    def tell(news: News) -> None:
        pace.on_news(news)
        if isinstance(news, Appeared):
            follower.appeared(news.target.namespace, news.workflow)
        elif isinstance(news, Changed):
            follower.changed(news.workflow)

    try:
        yield replace(pace, on_news=tell), follower.finish
    finally:
        follower.stop()
