"""What every test may use: the command line in this process, and time that only seems to pass."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from argogate.waiting.clock import MonotonicClock
from tests.cli.conftest import call, clean
from tests.clock import SimulatedClock

if TYPE_CHECKING:
    import threading

__all__ = ["call", "clean", "clock"]

# How long an example takes says more about the machine than about the code. `make check` tries the
# same few examples each time, `make check-ci` many, and others each time.
settings.register_profile("argogate", deadline=None, derandomize=True, max_examples=20)
settings.register_profile("thorough", deadline=None, max_examples=300)
settings.load_profile("argogate")

# A shell makes what it runs in the background deaf to Ctrl-C, and every process that a test starts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

SETTLE = 0.005
"""Real seconds that event streams get to be heard after each step of simulated time."""


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimulatedClock:
    """Return the time that the command line takes for the real one."""
    simulated = SimulatedClock(settle=SETTLE)

    def now(_: MonotonicClock) -> float:
        return simulated.now()

    def sleep(_: MonotonicClock, seconds: float) -> None:
        simulated.sleep(seconds)

    def pause(_: MonotonicClock, seconds: float, bell: threading.Event) -> None:
        simulated.pause(seconds, bell)

    def wait(_: MonotonicClock, seconds: float, wake: threading.Event) -> None:
        simulated.wait(seconds, wake)

    for method in (now, sleep, pause, wait):
        monkeypatch.setattr(MonotonicClock, method.__name__, method)
    return simulated
