"""The last lines of runs that are over: their streams may not have brought them yet."""

from __future__ import annotations

import threading
from math import inf
from typing import TYPE_CHECKING

from argogate import spell
from argogate.errors import ArgoError, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from contextlib import AbstractContextManager

    from argogate.following.flow import Flow
    from argogate.following.names import Names
    from argogate.following.tail import Clock, Tail

DRAIN = 5.0
"""Seconds after the end in which the last lines are read."""
DRAIN_PAUSE = 0.5


class Rest:
    """Reads them, with threads of its own."""

    def __init__(
        self,
        clock: Clock,
        lock: AbstractContextManager[object],
        flow: Flow,
        names: Mapping[str, Names],
        say: Callable[[str], None],
    ) -> None:
        """`lock` is held by whoever looks at the flow or the names."""
        self._clock, self._lock = clock, lock
        self._flow, self._names = flow, names
        self._say = say

    def read(self, tails: Sequence[Tail]) -> None:
        """Read what is left of these, side by side, for so long at most."""
        until = self._clock.now() + DRAIN
        done, pending = threading.Event(), set(tails)

        def drain(tail: Tail) -> None:
            self._read_rest(tail, until)
            with self._lock:
                pending.discard(tail)
                if not pending:
                    done.set()

        try:
            for tail in tails:
                name = f"rest {tail.run.name}"
                threading.Thread(target=drain, args=(tail,), daemon=True, name=name).start()
        except RuntimeError as error:
            self._say(f"the last lines of pods may be missing: {error}")
            return
        self._clock.pause(DRAIN, done)
        for tail in tails:
            if tail in pending and self._is_missing(tail.run.name):
                self._say(f"{tail.run.name}: its last lines may be missing: they came too slowly")

    def _read_rest(self, tail: Tail, until: float) -> None:
        while True:
            try:
                tail.read_rest(self._rest_from(tail.run.name), until - self._clock.now())
            except ArgoError as error:
                if self._clock.now() + DRAIN_PAUSE < until and isinstance(error, Unavailable):
                    self._clock.wait(DRAIN_PAUSE, threading.Event())
                    continue
                if self._is_missing(tail.run.name):
                    why = spell.one_line(error.later)
                    self._say(f"{tail.run.name}: its last lines may be missing: {why}")
            return

    def _is_missing(self, name: str) -> bool:
        """Whether a pod was not heard to its end."""
        with self._lock:
            ended = {source.pod for source in self._flow.pods(name) if source.ended}
            return not ended >= self._names[name].started.keys()

    def _rest_from(self, name: str) -> float:
        """Return from when on there may be more: of pods that went on, or were never heard."""
        with self._lock:
            heard = {source.pod for source in self._flow.pods(name)}
            started = self._names[name].started
            unheard = [at for pod, at in started.items() if pod not in heard]
            return min(self._flow.oldest_end(name), *unheard, inf)
