"""The workers that fetch: threads, what they are to do, and what they have done."""

from __future__ import annotations

import queue
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

from argogate.evidence.allowance import OUT_OF_TIME, Exceeded
from argogate.evidence.transfer import Progress

if TYPE_CHECKING:
    from collections.abc import Callable

    from argogate.evidence.manifest import Entry
    from argogate.evidence.transfer import Transfer

GLANCE = 0.1
"""Real seconds between two looks at the progress."""
LAST_MOMENT = 1.0
"""Real seconds in which workers can end what they are at, once they shall."""
MOST_LATE = 20
"""Such looks after the time for collecting ran out; who still hangs then is left behind."""


class Crew:
    """Daemons: a signal that ends the caller does not wait for a slow server."""

    def __init__(self, transfer: Transfer) -> None:
        self._transfer = transfer
        self._allowance = transfer.allowance
        self._workers = [
            threading.Thread(target=self._work, daemon=True) for _ in range(transfer.jobs)
        ]
        self.todo: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self.done: queue.SimpleQueue[tuple[int, Entry | Exception]] = queue.SimpleQueue()
        self._said: queue.SimpleQueue[str] = queue.SimpleQueue()

    def say(self, sentence: str) -> None:
        """Leave a sentence for the log, which only the caller's thread writes."""
        self._said.put(sentence)

    def hire(self) -> None:
        """Let the workers begin; fewer will do. Raises Exceeded where there can be none."""
        try:
            for worker in self._workers:
                worker.start()
        except RuntimeError as error:  # a container may have few threads
            if not self._workers[0].is_alive():
                msg = f"there is no thread to fetch it: {error}"
                raise Exceeded(msg) from error

    def ended(self, done: int, total: int) -> tuple[int, Entry]:
        """Return the next one that is over, and show the progress until then."""
        late = 0
        while late < MOST_LATE:
            progress = Progress(done=done, total=total, bytes=self._allowance.bytes)
            self._transfer.glance(progress)
            self._tell()
            with suppress(queue.Empty):
                number, entry = self.done.get(timeout=GLANCE)
                if isinstance(entry, Exception):
                    raise entry
                return number, entry
            late += not self._allowance.left()
        raise Exceeded(OUT_OF_TIME)

    def dismiss(self) -> None:
        """Let the workers go; who hangs at a silent server is not waited for."""
        for _ in self._workers:
            self.todo.put(None)
        for worker in self._workers:
            if worker.is_alive():  # a signal can come while they are being started
                worker.join(LAST_MOMENT / len(self._workers))
        self._tell()

    def _tell(self) -> None:
        with suppress(queue.Empty):
            while True:
                self._transfer.say(self._said.get_nowait())

    def _work(self) -> None:
        while (task := self.todo.get()) is not None:
            task()
