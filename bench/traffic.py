"""Bytes and requests of a five-minute wait for 900 nodes, beside what other tools send for."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from argo_replay.faults import Fault, FaultKind
from argo_replay.golang import encode
from argo_replay.server import DemoServer
from argogate import gate
from argogate.waiting.patience import Limits
from bench import peers
from bench.clock import FastClock
from bench.gates import TOKEN, gate_here
from bench.proxy import CountingProxy
from bench.runs import LASTS, UPDATES, fan_outs
from bench.table import Row, Table

if TYPE_CHECKING:
    from collections.abc import Callable

    from argo_replay.run import Run

NAME = "five-minutes"
SPEED = 8.0
"""Everything is a count, so the clock of gate, peers and server may run faster."""
MEGABYTE = 1e6
BYTES_GOAL, POLL_GOAL, STREAM_GOAL = 0.5 * MEGABYTE, 50, 100
FORBIDDEN = Fault(
    kind=FaultKind.ANSWER,
    match="/stream/events/",
    status=403,
    headers=(("Content-Type", "application/json"),),
    body=b'{"code":7,"message":"events is forbidden: User cannot watch resource \\"events\\""}',
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """What one wait has cost."""

    up: int
    down: int
    requests: int

    @property
    def both(self) -> int:
        """Bytes in both directions."""
        return self.up + self.down


def run() -> Table:
    """Let all four wait at the same time, each for a workflow on a server of its own."""
    wait = fan_outs(NAME)
    clock = FastClock(SPEED)
    gate_waits = partial(_gate, clock=clock)
    ways: tuple[tuple[Callable[[str], None], tuple[Fault, ...]], ...] = (
        (gate_waits, ()),
        (gate_waits, (FORBIDDEN,)),
        (lambda url: peers.poll(url, "argo", NAME, clock.sleep), ()),
        (lambda url: peers.stream(url, "argo", NAME), ()),
    )
    with ThreadPoolExecutor() as pool:
        tasks = [pool.submit(_measure, wait, clock, way, faults) for way, faults in ways]
        ours, blind, polls, stream = (task.result() for task in tasks)
    size = len(encode(wait.state_at(NAME, LASTS) or {}))
    return Table(
        title=f"Traffic: {LASTS:.0f} s, {UPDATES} updates of 900 nodes, {size / 1e3:.0f} KB",
        columns=("requests", "KB up", "MB down", "Hera's / this", "`argo wait`'s / this"),
        rows=(
            _row("argogate, events watched", ours, polls, stream, goal=True),
            _row("argogate without permission for events", blind, polls, stream),
            _row("Hera's way: the whole object every 5 s", polls, polls, stream),
            _row("`argo wait`'s way: a stream of whole objects", stream, polls, stream),
        ),
    )


def _row(what: str, it: Traffic, polls: Traffic, stream: Traffic, *, goal: bool = False) -> Row:
    less_than_polls, less_than_stream = polls.both / it.both, stream.both / it.both
    reached = (
        less_than_polls >= POLL_GOAL and less_than_stream >= STREAM_GOAL and it.both <= BYTES_GOAL
    )
    return Row(
        what=what,
        figures=(
            str(it.requests),
            f"{it.up / 1000:.0f}",
            f"{it.down / MEGABYTE:.2f}",
            f"{less_than_polls:.1f}",
            f"{less_than_stream:.1f}",
        ),
        goal=f"≥ {POLL_GOAL}, ≥ {STREAM_GOAL}, ≤ {BYTES_GOAL / MEGABYTE:g} MB" if goal else "",
        reached=reached if goal else None,
    )


def _measure(
    wait: Run, clock: FastClock, way: Callable[[str], None], faults: tuple[Fault, ...]
) -> Traffic:
    with (
        DemoServer([wait], token=TOKEN, clock=clock, faults=faults) as server,
        CountingProxy(server.url) as proxy,
    ):
        way(proxy.url)
        return Traffic(up=proxy.up, down=proxy.down, requests=len(server.requests))


def _gate(url: str, clock: FastClock) -> None:
    request = gate.Request(namespace="argo", names=(NAME,))
    verdict = gate_here(url, request, clock, Limits())
    if verdict.exit_code != 0:
        raise RuntimeError(str(verdict.conclusion))
