"""Following several workflows beside the wait: their streams, one writer, and an end to both.

Nothing of it touches a verdict, and all that it costs the end is the drain.
"""

from __future__ import annotations

import threading
from collections import deque
from math import inf
from typing import TYPE_CHECKING, Protocol

from argogate import spell
from argogate.errors import ArgoError
from argogate.following.flow import OVERLAP, Flow
from argogate.following.heard import moment_of
from argogate.following.names import Names
from argogate.following.rest import Rest
from argogate.following.tail import Followed, Tail
from argogate.model.lifecycle import from_archive, is_terminal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from argogate.following.flow import Said, Source
    from argogate.following.tail import Clock, PodLogs
    from argogate.model.pods import PodLine
    from argogate.model.workflow import Workflow

MOST_STREAMS = 20
TREE_TIMEOUT = 5.0
"""Seconds that a tree gets which is only read for names; lines wait for it."""
LONGEST_REST = 60.0
MOST_NAMED = 10


class Log(Protocol):
    """Where followed lines are told."""

    def line(self, text: str) -> None:
        """Say a sentence of our own."""
        ...

    def quote(self, source: str, text: str, at: datetime | None) -> None:
        """Write a line of somebody else's, plain text, behind the name of whose it is."""
        ...


class Follower:
    """What is followed for one gate."""

    def __init__(
        self,
        source: PodLogs,
        clock: Clock,
        log: Log,
        *,
        most_lines: int,
        clean: Callable[[str], str],
        several: bool,
    ) -> None:
        """`most_lines` are told of one pod, `clean` cuts secrets out of a text.

        With `several` workflows each line says of which it is.
        """
        self._source, self._clock, self._log = source, clock, log
        self._several = several
        self._flow = Flow(most_lines, clean)
        self._tails: dict[str, Tail] = {}
        self._names: dict[str, Names] = {}
        self._active: set[str] = set()
        self._queue: deque[Tail] = deque()
        self._lock = threading.RLock()
        """Held by whoever looks at the flow, or writes."""
        self._bell = threading.Event()
        self._closed = False
        self._writing = False

    def appeared(self, namespace: str, workflow: Workflow) -> None:
        """Begin to follow a run; one that is in the archive has no pods."""
        if from_archive(workflow):
            return
        run = Followed(namespace=namespace, name=workflow.name, uid=workflow.uid)
        with self._lock:
            self._tails[run.name] = Tail(run, self._source, self._clock, self)
            self._names[run.name] = Names()
            self.changed(workflow)
            self._enqueue(self._tails[run.name])

    def changed(self, workflow: Workflow) -> None:
        """Take in how a run is now; one that was retried runs again."""
        with self._lock:
            tail = self._tails.get(workflow.name)
            if tail is None:
                return
            tail.over = is_terminal(workflow)
            if tail.complete and not tail.over:
                tail.complete = False
                self._enqueue(tail)

    def finish(self, ended: Iterable[Workflow]) -> None:
        """Read what was printed last of these runs, write all there is, and stop."""
        left = []
        with self._lock:
            for workflow in ended:
                tail = self._tails.get(workflow.name)
                if tail and tail.run.uid == workflow.uid:
                    self._names[workflow.name].learn(workflow)
                    if not tail.complete and workflow.name in self._active:
                        left.append(tail)
        if left:
            rest = Rest(self._clock, self._lock, self._flow, self._names, self.say)
            rest.read(left)
        self.stop()
        self._remark()

    def stop(self) -> None:
        """Write what was heard, and nothing from then on."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            for tail in self._tails.values():
                tail.stop()
            self._bell.set()
            self._write(self._flow.rest(self._clock.now()))
            if left_out := self._flow.left_out():
                self._log.line(left_out)

    # What tails tell, each from its own thread.

    def hear(self, tail: Tail, line: PodLine) -> None:
        """Take a line in."""
        with self._lock:
            if self._closed:
                return
            if source := self._flow.hear(tail.run.name, line, self._clock.now()):
                self._names[source.workflow].want(source.pod)
        self._bell.set()

    def say(self, text: str) -> None:
        """Say a sentence."""
        with self._lock:
            if not self._closed:
                self._log.line(text)

    def missing_from(self, tail: Tail) -> float:
        """Return from when on lines may be missing, in seconds since 1970."""
        with self._lock:
            return self._flow.oldest_end(tail.run.name, within=OVERLAP)

    def ended(self, tail: Tail) -> None:
        """Follow the next one instead."""
        with self._lock:
            self._active.discard(tail.run.name)
            if self._queue and not self._closed:
                self._start(self._queue.popleft())

    def _enqueue(self, tail: Tail) -> None:
        if len(self._active) < MOST_STREAMS:
            self._start(tail)
            return
        if not self._queue:
            self._log.line(f"{MOST_STREAMS} workflows are followed at a time; others come later")
        self._queue.append(tail)

    def _start(self, tail: Tail) -> None:
        try:
            tail.start()
            if not self._writing:
                threading.Thread(target=self._keep_writing, daemon=True, name="follow").start()
                self._writing = True
        except RuntimeError as error:
            self._log.line(f"{tail.run.name}: its pods are not followed: {error}")
        else:
            self._active.add(tail.run.name)

    # The writer's thread.

    def _keep_writing(self) -> None:
        while True:
            for tail, names in self._unnamed():
                self._read_names(tail, names)
            with self._lock:
                if self._closed:
                    return
                self._write(self._flow.due(self._clock.now()))
                rest = self._next_at() - self._clock.now()
            self._clock.wait(min(rest, LONGEST_REST), self._bell)
            self._bell.clear()

    def _next_at(self) -> float:
        names = (names.due_at() for names in self._names.values())
        return min(self._flow.next_at(), *names, inf)

    def _unnamed(self) -> list[tuple[Tail, Names]]:
        with self._lock:
            now = self._clock.now()
            return [
                (self._tails[name], names)
                for name, names in self._names.items()
                if names.due_at() <= now
            ]

    def _read_names(self, tail: Tail, names: Names) -> None:
        size, run = None, tail.run
        try:
            poll = self._source.tree(
                run.namespace, run.name, timeout=TREE_TIMEOUT, whole=TREE_TIMEOUT
            )
        except ArgoError:
            pass
        else:
            size = poll.size
        with self._lock:
            names.asked(self._clock.now(), size)
            if size is not None and poll.workflow.uid == run.uid:
                names.learn(poll.workflow)

    def _write(self, told: Sequence[tuple[Source, Sequence[Said]]]) -> None:
        for source, lines in told:
            name = self._names[source.workflow].of(source.pod)
            shown = f"{source.workflow}: {name}" if self._several else name
            for said in lines:
                self._log.quote(shown, said.text, moment_of(said.at))

    def _remark(self) -> None:
        """Say what was not followed, and why nothing came where nothing did."""
        others = sorted({name for names in self._names.values() for name in names.others})
        if others:
            self._log.line(f"of containers other than main nothing is followed: {_listed(others)}")
        silent = [
            name
            for name, tail in self._tails.items()
            if tail.opened and self._names[name].printed and not any(self._flow.pods(name))
        ]
        if silent:
            self._log.line(
                f"no line came from the pods of {_listed(silent)}: they may be gone, or the token "
                f"lacks get of pods/log; argogate doctor --follow NAME shows which"
            )
        if self._queue:
            left = [tail.run.name for tail in self._queue]
            self._log.line(f"not followed, as there were too many at a time: {_listed(left)}")


def _listed(names: Sequence[str]) -> str:
    return spell.listing(names, MOST_NAMED)
