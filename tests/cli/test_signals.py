"""Signals: where they count at once, where they wait, when they end all, and none is lost."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from argogate.cli.signals import SAME_REQUEST, Signals, asked_for_state
from argogate.errors import Interrupted
from argogate.waiting.clock import MonotonicClock

if TYPE_CHECKING:
    from collections.abc import Callable

TWICE = """
import os, signal, sys
from argogate.cli.signals import Signals
first, second, gap = signal.Signals(int(sys.argv[1])), signal.Signals(int(sys.argv[2])), sys.argv[3]
times = iter([0.0, float(gap)])
with Signals(lambda: next(times)).routed():
    os.kill(os.getpid(), first)
    os.kill(os.getpid(), second)
    print("still here")
"""

AT_THE_VERY_END = """
import os, signal, sys
from argogate.cli import main as cli
class Last:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGTERM)
def command_line(signals):
    globals()["_last"] = Last()  # such names go first when Python ends
cli.main = command_line
from argogate.__main__ import main
main()
"""


WHILE_IT_REPORTS = """
import os, signal
from argogate.cli.signals import Signals
def twice():
    os.kill(os.getpid(), signal.SIGTERM)
    os.kill(os.getpid(), signal.SIGINT)
signals = Signals()
with signals.routed():
    with signals.settling() as settle:
        {during}
        print("written", flush=True)
        {told}
    print("announced", flush=True)
    {after}
    print("still here", flush=True)
"""


class Finalized:
    """What sends a signal while Python takes it away."""

    def __del__(self) -> None:
        signal.raise_signal(signal.SIGTERM)


def after_a_finalizer(signals: Signals, step: Callable[[], object]) -> None:
    with signals.interruptible():
        Finalized()
        step()


def interrupted_in(signals: Signals, clean_up: Callable[[], object]) -> None:
    with signals.interruptible():
        try:
            signal.raise_signal(signal.SIGTERM)
        finally:
            clean_up()


def run(script: str, *words: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", script, *map(str, words)]
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=20)


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


@pytest.mark.parametrize(
    ("first", "second", "gap", "code"),
    [
        (signal.SIGTERM, signal.SIGTERM, SAME_REQUEST * 0.99, 0),
        (signal.SIGINT, signal.SIGINT, 0.0, 0),
        (signal.SIGHUP, signal.SIGTERM, 0.0, 0),
        (signal.SIGTERM, signal.SIGTERM, SAME_REQUEST, 143),
        (signal.SIGINT, signal.SIGINT, SAME_REQUEST, 130),
        (signal.SIGTERM, signal.SIGINT, 0.0, 130),
        (signal.SIGINT, signal.SIGTERM, 0.0, 143),
        (signal.SIGTERM, signal.SIGHUP, SAME_REQUEST, 143),
    ],
)
def test_a_second_request_ends_the_process_at_once_but_an_echo_of_the_first_is_none(
    *,
    request: pytest.FixtureRequest,
    first: signal.Signals,
    second: signal.Signals,
    gap: float,
    code: int,
) -> None:
    if first is second is signal.SIGTERM:  # these two run every line
        request.getfixturevalue("measured")
    ended = run(TWICE, int(first), int(second), gap)
    assert (ended.returncode, ended.stdout) == (code, "" if code else "still here\n")


@pytest.mark.parametrize(
    ("during", "told", "after", "code", "said"),
    [
        ("twice()", "settle(0)", "", 0, ["written"]),
        ("twice()", "settle(1)", "", 1, ["written"]),
        ("twice()", "", "", 130, ["written"]),
        ("", "settle(0)", "twice()", 0, ["written", "announced"]),
        ("", "", "", 0, ["written", "announced", "still here"]),
    ],
)
def test_who_ends_it_at_once_does_not_contradict_the_reports(
    *,
    request: pytest.FixtureRequest,
    during: str,
    told: str,
    after: str,
    code: int,
    said: list[str],
) -> None:
    if told == "settle(0)":  # these two run every line
        request.getfixturevalue("measured")
    ended = run(
        WHILE_IT_REPORTS.format(during=during or "pass", told=told or "pass", after=after or "pass")
    )
    assert (ended.returncode, ended.stdout.split("\n")[:-1]) == (code, said)


def test_a_signal_on_the_way_out_does_not_change_the_exit_code() -> None:
    ended = run(AT_THE_VERY_END)
    assert (ended.returncode, ended.stderr) == (0, "")


def test_afterwards_signals_do_what_they_did_before() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with Signals().routed():
        assert signal.getsignal(signal.SIGTERM) is not before
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_signal_that_was_ignored_stays_ignored() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        signals = Signals()
        with signals.routed(), signals.interruptible():
            signal.raise_signal(signal.SIGHUP)
            signals.notice()
    finally:
        signal.signal(signal.SIGHUP, before)


def test_a_command_without_reports_leaves_the_signals_to_python() -> None:
    signals = Signals()
    before = signal.getsignal(signal.SIGINT)
    with signals.routed():
        signals.decline()
        assert signal.getsignal(signal.SIGINT) is before


def test_a_signal_that_such_a_command_got_before_is_not_lost() -> None:
    signals = Signals()
    with signals.routed():
        signal.raise_signal(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            signals.decline()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("what", ["now", "sleep", "pause"])
def test_a_signal_whose_exception_a_finalizer_swallowed_is_noticed_by_the_clock(
    what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "unraisablehook", lambda _: None)
    signals = Signals()
    clock = MonotonicClock(signals.notice)
    waits = {
        "now": clock.now,
        "sleep": lambda: clock.sleep(3600),
        "pause": lambda: clock.pause(3600, threading.Event()),
    }
    with signals.routed(), pytest.raises(Interrupted, match="SIGTERM"):
        after_a_finalizer(signals, waits[what])


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_only_the_waiting_thread_notices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "unraisablehook", lambda _: None)
    signals, raised = Signals(), []

    def beside() -> None:
        try:
            signals.notice()
        except BaseException as error:  # noqa: BLE001 - whatever it is
            raised.append(error)

    def both() -> None:
        thread = threading.Thread(target=beside)
        thread.start()
        thread.join()
        signals.notice()

    with signals.routed(), pytest.raises(Interrupted):
        after_a_finalizer(signals, both)
    assert raised == []


def test_what_cleans_up_after_a_signal_is_not_interrupted_once_more() -> None:
    signals, cleaned = Signals(), []

    def clean_up() -> None:
        signals.notice()
        cleaned.append(True)

    with signals.routed(), pytest.raises(Interrupted):
        interrupted_in(signals, clean_up)
    assert cleaned


def test_a_clock_sleeps_and_pauses_as_long_as_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("argogate.waiting.clock.LONGEST_STRETCH", 0.01)
    clock, bell = MonotonicClock(), threading.Event()
    began = clock.now()
    clock.sleep(0.03)
    clock.pause(0.03, bell)
    assert clock.now() - began >= 0.06
    bell.set()
    clock.pause(3600, bell)


def test_how_it_stands_is_asked_for_only_meanwhile() -> None:
    asked: list[bool] = []
    before = signal.getsignal(signal.SIGUSR1)
    with asked_for_state(lambda: asked.append(True)):
        signal.raise_signal(signal.SIGUSR1)
    assert asked
    assert signal.getsignal(signal.SIGUSR1) is before


def test_who_ignores_the_question_goes_on_to() -> None:
    before = signal.signal(signal.SIGUSR1, signal.SIG_IGN)
    try:
        with asked_for_state(lambda: pytest.fail("it was asked")):
            signal.raise_signal(signal.SIGUSR1)
    finally:
        signal.signal(signal.SIGUSR1, before)
