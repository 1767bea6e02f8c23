"""SIGINT and SIGTERM: where they count at once, where they wait, and when they end everything."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from argogate.cli.signals import Signals
from argogate.errors import Interrupted

TWICE = """
import os, signal
from argogate.cli.signals import Signals
with Signals().routed():
    os.kill(os.getpid(), signal.SIGTERM)
    os.kill(os.getpid(), signal.SIGINT)
    print("still here")
"""


def test_a_signal_interrupts_only_where_that_is_allowed() -> None:
    signals = Signals()
    with signals.routed():
        with pytest.raises(Interrupted) as stop, signals.interruptible():
            signal.raise_signal(signal.SIGTERM)
        assert stop.value.signal_name == "SIGTERM"


def test_a_signal_that_came_before_counts_as_soon_as_it_is_allowed_to() -> None:
    signals = Signals()
    with signals.routed():
        signal.raise_signal(signal.SIGINT)
        with pytest.raises(Interrupted, match="SIGINT"), signals.interruptible():
            pytest.fail("it went on")


def test_a_second_signal_ends_the_process_at_once() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", TWICE], check=False, capture_output=True, text=True, timeout=20
    )
    assert ended.returncode == 130
    assert ended.stdout == ""


def test_afterwards_signals_do_what_they_did_before() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with Signals().routed():
        assert signal.getsignal(signal.SIGTERM) is not before
    assert signal.getsignal(signal.SIGTERM) is before
