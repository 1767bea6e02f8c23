"""Simulated time: nobody waits for real."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from argogate.waiting.clock import MonotonicClock

if TYPE_CHECKING:
    import pytest

_GLANCE = 0.01
_BLINK = 0.0005
_CALM = 3
"""So many looks in a row find everybody asleep: one may miss who waits for the interpreter."""
_QUIET = 2
"""As many do where it is also seen that nobody worked meanwhile: who waits for us would have."""
_NOTHING = 20_000
"""Nanoseconds of work that are none: it takes some to look."""
_ENOUGH = 5.0
"""Real seconds after which the time goes on whoever is awake."""
_TASKS = Path("/proc/self/task")
_STATE = 512
"""So many bytes have the state of a thread among them."""


def at_rest(process: int) -> None:
    """Return when a process has nothing to do but wait.

    A signal whose handler raises may come in the middle of coverage's own work, and leave the lock
    that it holds there: what is measured and gets a signal should not be at work.
    """
    calm, until = 0, time.monotonic() + _ENOUGH
    while calm < _CALM and time.monotonic() < until:
        time.sleep(0.02)
        tasks = Path(f"/proc/{process}/task")
        calm = 0 if tasks.exists() and busy(tasks) else calm + 1


def busy(tasks: Path = _TASKS) -> bool:
    """Whether another thread of a process runs, or could if it got a processor."""
    me = str(threading.get_native_id())
    for task in os.listdir(tasks):  # noqa: PTH208 - asked ten thousand times, and paths are dear
        if task != me:
            try:
                opened = os.open(f"{tasks}/{task}/stat", os.O_RDONLY)
            except OSError:  # it has just ended
                continue
            try:
                state = os.read(opened, _STATE)
            except OSError:
                continue
            finally:
                os.close(opened)
            if state[state.rindex(b")") + 2 :][:1] not in b"SI":
                return True
    return False


def _work_of_others() -> int:
    """Nanoseconds of processors that all other threads of this process have had."""
    return time.process_time_ns() - time.thread_time_ns()


class SimulatedClock:
    """A clock that only moves when told to; satisfies the clock protocols of the package.

    `sleep` is for the code under test: time advances at once, and everybody who waits for that
    moment goes on. `wait` is for servers: it blocks until somebody else lets the time pass.
    """

    def __init__(self, now: float = 0.0, *, settle: float = 0.0) -> None:
        """`settle`: real seconds that others get to act after each step of a pause.

        Where the system tells who sleeps, the step is over as soon as everybody does, and never
        before: how long that takes under load is no matter of this number.
        """
        self._now = now
        self.settle = settle
        self._awaited: dict[int, float] = {}
        self._moved = threading.Condition()
        self.slept: list[float] = []
        """What was asked of `sleep`, in order."""
        self.waiting = 0
        """How many threads are in `wait`."""

    def now(self) -> float:
        """Simulated seconds."""
        with self._moved:
            return self._now

    def sleep(self, seconds: float) -> None:
        """Let the time pass at once."""
        with self._moved:
            self.slept.append(seconds)
            self._now += max(0.0, seconds)
            self._moved.notify_all()

    def pause(self, seconds: float, bell: threading.Event) -> None:
        """Let the time pass, but in steps: everybody who waits for a moment acts on it first.

        Returns early when one of them rings the bell. Without anybody who waits it is `sleep`.
        """
        until = self.now() + max(0.0, seconds)
        while (left := until - self.now()) > 0:
            # The others act in threads of their own, over real sockets.
            if self.settle and self._settled(bell):
                return
            with self._moved:
                moments = [moment for moment in self._awaited.values() if moment > self._now]
            step = min(left, *(moment - self.now() for moment in moments)) if moments else left
            self.sleep(step)

    def _settled(self, bell: threading.Event) -> bool:
        """Let the others act until they have nothing to do; whether the bell rang."""
        if not _TASKS.exists():
            return bell.wait(self.settle)
        calm, until, worked = 0, time.monotonic() + _ENOUGH, _work_of_others()
        while calm < _QUIET and time.monotonic() < until:
            if bell.wait(_BLINK):
                return True
            before, worked = worked, _work_of_others()
            # Whoever worked meanwhile is not at rest. To ask each whether it would like to is dear.
            calm = 0 if worked - before > _NOTHING or busy() else calm + 1
        return bell.is_set()

    def wait(self, seconds: float, wake: threading.Event) -> None:
        """Block until that much simulated time has passed, or `wake` is set."""
        with self._moved:
            until = self._now + seconds
            me = threading.get_ident()
            self._awaited[me] = until
            self.waiting += 1
            while self._now < until and not wake.is_set():
                # An event cannot notify a condition, hence the glance from time to time.
                self._moved.wait(_GLANCE)
            self.waiting -= 1
            del self._awaited[me]


def simulate(clock: SimulatedClock, patch: pytest.MonkeyPatch) -> None:
    """Let the command line take a simulated time for the real one."""

    def now(_: MonotonicClock) -> float:
        return clock.now()

    def sleep(_: MonotonicClock, seconds: float) -> None:
        clock.sleep(seconds)

    def pause(_: MonotonicClock, seconds: float, bell: threading.Event) -> None:
        clock.pause(seconds, bell)

    def wait(_: MonotonicClock, seconds: float, wake: threading.Event) -> None:
        clock.wait(seconds, wake)

    for method in (now, sleep, pause, wait):
        patch.setattr(MonotonicClock, method.__name__, method)
