"""What every test may use: the command line in this process, and time that only seems to pass."""

from __future__ import annotations

import gc
import os
import signal
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from tests.cli.conftest import call, clean
from tests.clock import SimulatedClock, simulate

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["call", "clean", "clock", "measured", "surroundings"]

# How long an example takes says more about the machine than about the code. `make check` tries the
# same few examples each time, `make check-ci` many, and others each time.
settings.register_profile("argogate", deadline=None, derandomize=True, max_examples=10)
settings.register_profile("thorough", deadline=None, max_examples=300)
settings.load_profile("argogate")

# A shell makes what it runs in the background deaf to Ctrl-C, nohup to SIGHUP, and both make so
# every process that a test starts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
    signal.signal(signal.SIGHUP, signal.SIG_DFL)

NEEDED = ("HOME", "JAVA_", "LANG", "LC_", "NODE_", "PATH", "PIP_", "PYTEST_", "PYTHON", "TMP", "TZ")
"""How the variables begin that tools and tests cannot do without."""
MEASURE = "COVERAGE_PROCESS_CONFIG"
CONFIG = os.environ.get(MEASURE)
"""How coverage measures a process that is started, if it is at work."""

SETTLE = 0.005
"""Real seconds that event streams get to be heard after each step of simulated time."""


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Collect without a look for garbage, and never look at what was collected again.

    There are 8,000 tests, and all are there to the end: a look at them takes a third of a second.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_assertrepr_compare(op: str, left: object, right: object) -> list[str] | None:
    """Say which members of two values differ: pytest says it of the library's own alone."""
    if op != "==" or type(left) is not type(right) or isinstance(left, type):
        return None
    if not is_dataclass(left):
        return None
    names = [each.name for each in fields(left)]
    pairs = [(name, getattr(left, name), getattr(right, name)) for name in names]
    differing = [f"{name}: {one!r} != {other!r}" for name, one, other in pairs if one != other]
    return [f"two values of {type(left).__name__} differ", *differing]


@pytest.fixture(scope="session", autouse=True)
def surroundings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Take away what only the machine wants: `requests` reads all of it, for each request.

    Nobody is trusted by the system: to read whom it does takes 25 ms for each TLS connection.
    Processes start without coverage, which takes ten times as long as Python does: `measured`.
    """
    with pytest.MonkeyPatch.context() as patch:
        for name in os.environ:
            if not name.startswith(NEEDED):
                patch.delenv(name)
        nobody = tmp_path_factory.mktemp("trust") / "nobody.pem"
        nobody.touch()
        patch.setenv("SSL_CERT_FILE", str(nobody))
        yield


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> None:
    """Measure the processes of a test that alone runs what only a process can run."""
    if CONFIG is not None:
        monkeypatch.setenv(MEASURE, CONFIG)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimulatedClock:
    """Return the time that the command line takes for the real one."""
    simulated = SimulatedClock(settle=SETTLE)
    simulate(simulated, monkeypatch)
    return simulated
