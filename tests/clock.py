"""Simulated time: nobody waits for real."""

import threading

_GLANCE = 0.002


class SimulatedClock:
    """A clock that only moves when told to; satisfies the clock protocols of the package.

    `sleep` is for the code under test: time advances at once, and everybody who waits for that
    moment goes on. `wait` is for servers: it blocks until somebody else lets the time pass.
    """

    def __init__(self, now: float = 0.0, *, settle: float = 0.0) -> None:
        """`settle`: real seconds that others get to act after each step of a pause."""
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
            if self.settle and bell.wait(self.settle):
                return
            with self._moved:
                moments = [moment for moment in self._awaited.values() if moment > self._now]
            step = min(left, *(moment - self.now() for moment in moments)) if moments else left
            self.sleep(step)

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
