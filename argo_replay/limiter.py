"""The server's rate limiter: so many requests in each second of the clock."""

import threading
from datetime import datetime

_USUAL = 1000


class Limiter:
    """One bucket for everybody, as behind an ingress; `most` None refuses nobody.

    A request takes one token before it is looked at, and a call of the API a second one behind the
    credentials: the server counts gRPC by its own gateway's address, and clients on loopback share
    that. The window is a whole second of the server's clock.
    """

    def __init__(self, most: int | None) -> None:
        self.most = most or _USUAL
        self.limits = most is not None
        self._second: datetime | None = None
        self._taken = 0
        self._lock = threading.Lock()

    def take(self, moment: datetime) -> int | None:
        """Take a token; how many are left in this second, or None where there was none."""
        if not self.limits:
            return self.most - 1
        with self._lock:
            second = moment.replace(microsecond=0)
            if second != self._second:
                self._second, self._taken = second, 0
            if self._taken >= self.most:
                return None
            self._taken += 1
            return self.most - self._taken
