"""A simulated day with everything that goes wrong in one: outages, expired tokens, cut streams."""

from __future__ import annotations

import gc
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from argo_replay.faults import Fault, FaultKind
from argo_replay.server import DemoServer
from argogate import gate
from argogate.argo.credentials import TokenFile
from argogate.waiting.patience import Limits
from bench.gates import gate_here
from bench.runs import long
from bench.table import Row, Table
from tests.clock import SimulatedClock

if TYPE_CHECKING:
    from collections.abc import Callable

HOUR = 3600.0
HOURS = 24
NAME = "a-day"
CHANGES_EVERY = 600.0
OUTAGE, OUTAGE_LASTS = 900.0, 90.0
"""Seconds past the hour at which the server is gone, and for how long."""
EXPIRY, EXPIRY_LASTS = 1800.0, 30.0
"""The same for the token; then its file is written anew."""
CUTS = (300.0, 1200.0, 2400.0, 3000.0)
"""Seconds past the hour at which streams are cut."""
GROWTH_GOAL = 1.1
UNAUTHORIZED = b'{"code":16,"message":"Unauthorized"}'


class DayClock(SimulatedClock):
    """Does something each time an hour has passed, or a token has been renewed."""

    def __init__(self, at_moment: Callable[[float], None], moments: list[float]) -> None:
        super().__init__(settle=0.002)
        self._at_moment = at_moment
        self._moments = moments

    def sleep(self, seconds: float) -> None:
        """Let the time pass."""
        super().sleep(seconds)
        while self._moments and self._now >= self._moments[0]:
            self._at_moment(self._moments.pop(0))


def run() -> Table:
    """Wait for a day."""
    requests: list[int] = []
    memory: list[float] = []
    tokens: Counter[str] = Counter()
    with TemporaryDirectory() as folder:
        token = Path(folder) / "token"
        token.write_text("token-0", "utf-8")

        def at_moment(second: float) -> None:
            hour, past = divmod(second, HOUR)
            if past:
                token.write_text(f"token-{hour + 1:.0f}", "utf-8")
                return
            tokens.update(seen.headers["Authorization"] or "" for seen in server.requests)
            requests.append(len(server.requests))
            server.requests.clear()
            gc.collect()
            memory.append(_resident())

        hours = [hour * HOUR for hour in range(HOURS)]
        moments = [hour + EXPIRY + EXPIRY_LASTS for hour in hours] + [hour + HOUR for hour in hours]
        clock = DayClock(at_moment, sorted(moments))
        end = HOURS * HOUR + 60
        faults = [fault for hour in hours for fault in _faults(hour)]
        with DemoServer([long(NAME, end, CHANGES_EVERY)], clock=clock, faults=faults) as server:
            verdict = gate_here(
                server.url,
                gate.Request(namespace="argo", names=(NAME,)),
                clock,
                Limits(timeout=2 * end),
                TokenFile(str(token)),
            )
    quarters = [memory[hour - 1] for hour in (6, 12, 18, 24)]
    steady = requests[1:]
    return Table(
        title=f"A simulated day: {HOURS} outages, {HOURS} expired tokens, {HOURS * 4} cut streams",
        columns=("figure",),
        rows=(
            Row(
                what="verdict about a workflow that fails after it",
                figures=(f"{verdict.conclusion}, exit {verdict.exit_code}",),
                goal="failed, exit 1",
                reached=verdict.exit_code == 1,
            ),
            Row(
                what="tokens used",
                figures=(str(len(tokens)),),
                goal=f"{HOURS + 1}: each once it is there",
                reached=len(tokens) == HOURS + 1,
            ),
            Row(
                what="requests an hour: least, most",
                figures=(f"{min(steady)}, {max(steady)}",),
                goal=f"most ≤ {GROWTH_GOAL:g} of least",
                reached=max(steady) <= GROWTH_GOAL * min(steady),
            ),
            Row(
                what="memory after 6, 12, 18, 24 h, MB (server included)",
                figures=(", ".join(f"{each:.1f}" for each in quarters),),
                goal=f"last ≤ {GROWTH_GOAL:g} of first",
                reached=quarters[-1] <= GROWTH_GOAL * quarters[0],
            ),
        ),
    )


def _faults(hour: float) -> list[Fault]:
    gone = hour + OUTAGE
    expired = hour + EXPIRY
    return [
        Fault(kind=FaultKind.REFUSE, start=gone, stop=gone + OUTAGE_LASTS),
        Fault(
            kind=FaultKind.ANSWER,
            start=expired,
            stop=expired + EXPIRY_LASTS,
            status=401,
            headers=(("Content-Type", "application/json"),),
            body=UNAUTHORIZED,
        ),
        *(
            Fault(kind=kind, start=hour + past, stop=hour + past + 0.1, match="events/")
            for past, kind in zip(CUTS, (FaultKind.CUT, FaultKind.RESET) * 2, strict=True)
        ),
    ]


def _resident() -> float:
    """Return the memory of this process in MB (/proc/self/statm, in pages of 4 KiB)."""
    return int(Path("/proc/self/statm").read_text("utf-8").split()[1]) / 256
