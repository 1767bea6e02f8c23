"""The line that is drawn anew on a terminal."""

from __future__ import annotations

import io
import os
import re
import sys
import threading
from contextlib import contextmanager
from math import inf
from typing import TYPE_CHECKING

import pytest

from argogate.cli.live import Line, Standings, cells, columns, cut, is_live, spell_downloads
from argogate.cli.log import REDRAWN, Log
from argogate.evidence.transfer import Progress
from argogate.verdict.observation import Target
from argogate.waiting.news import Changed, News, Recovered, Remarked, Standing, Troubled
from tests.build import HOSTILE, workflow

if TYPE_CHECKING:
    from collections.abc import Iterator

WF = Target(namespace="argo", name="wf")
RUNNING = workflow(phase="Running", progress="1/3")
STANDING = Standing(
    target=WF, workflow=RUNNING, nodes=("integration", "unit"), limit="--timeout", ends=3600
)
CLEAR = "\r\x1b[K"


class Terminal(io.StringIO):
    """A terminal that tells what it shows."""

    def isatty(self) -> bool:
        return True

    def screen(self) -> list[str]:
        """Return the lines as they stand, what was drawn over being gone."""
        return [
            row.rpartition("\r")[2].replace("\x1b[K", "") for row in self.getvalue().split("\n")
        ]


@contextmanager
def terminal() -> Iterator[Terminal]:
    """Put a terminal in the place of stderr; a fixture would come before pytest's own."""
    made = Terminal()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stderr", made)
        yield made


class Ticking:
    """A clock of the log that moves when told."""

    def __init__(self) -> None:
        self.time = 0.0

    def now(self) -> float:
        return self.time


def said(*news: News, now: float = 72, width: int = 200) -> str:
    status = Standings(0)
    for each in news:
        status.hear(each)
    return status.spell(now, width)


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, True),
        ({"CI": "false"}, True),
        ({"TERM": "xterm"}, True),
        ({"TERM": "dumb"}, False),
        ({"CI": "true"}, False),
        ({"FORCE_COLOR": "1", "CI": "true"}, False),
        ({"NO_COLOR": "1"}, True),
    ],
)
def test_a_line_is_drawn_where_a_person_sits_and_colours_decide_nothing(
    environ: dict[str, str], *, expected: bool
) -> None:
    with terminal():
        assert is_live(environ) is expected


def test_no_line_is_drawn_in_a_pipe(capfd: pytest.CaptureFixture[str]) -> None:
    assert not is_live({"FORCE_COLOR": "1"})
    log = Log({"FORCE_COLOR": "1"}, now=Ticking().now)
    log.tell(STANDING)
    log.tick()
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(
    ("news", "expected"),
    [
        ([], "waiting for 1m 12s"),
        (
            [STANDING],
            "Running 1/3, waiting for 1m 12s; now: integration, unit; --timeout in 58m 48s",
        ),
        (
            [Standing(target=WF, workflow=RUNNING, held="node a is Pending: no room", ends=inf)],
            "Running 1/3, waiting for 1m 12s; node a is Pending: no room",
        ),
        ([Standing(target=WF, workflow=None, ends=inf)], "not seen yet, waiting for 1m 12s"),
        (
            [STANDING, Changed(target=WF, workflow=workflow(phase="Running", progress="2/3"))],
            "Running 2/3, waiting for 1m 12s; --timeout in 58m 48s",
        ),
        (
            [
                Standing(
                    target=WF, workflow=workflow(phase="Running", estimated_seconds=250), ends=inf
                )
            ],
            "Running, waiting for 1m 12s (usually 4m 10s)",
        ),
        (
            [STANDING, Troubled(target=WF, reason="refused", patience=300)],
            "Running 1/3, waiting for 1m 12s; no answer: refused; --timeout in 58m 48s",
        ),
        (
            [
                STANDING,
                Troubled(target=WF, reason="refused", patience=300),
                Recovered(target=WF, outage=2),
                Remarked(target=WF, text="hm"),
            ],
            "Running 1/3, waiting for 1m 12s; now: integration, unit; --timeout in 58m 48s",
        ),
        (
            [Changed(target=WF, workflow=RUNNING)],
            "waiting for 1m 12s",
        ),
        (
            [Standing(target=WF, workflow=RUNNING, over=True)],
            "it is over; collecting logs and artifacts",
        ),
        (
            [
                STANDING,
                Standing(target=Target(namespace="argo", name="b"), workflow=None, ends=60),
                Standing(
                    target=Target(namespace="argo", name="c"), workflow=None, over=True, ends=1
                ),
            ],
            "2 of 3 not over, waiting for 1m 12s; now: wf Running 1/3, b not seen yet",
        ),
    ],
)
def test_the_line_says_how_it_stands(news: list[News], expected: str) -> None:
    assert said(*news) == expected


@pytest.mark.parametrize(
    ("width", "names"),
    [
        (200, "now: a-long-name, b, c, d, e, f, g, h, +2 more"),
        (87, "now: a-long-name, b, c, d, +6 more"),
        (10, "now: a-long-name, +9 more"),
    ],
)
def test_names_that_do_not_fit_are_counted(width: int, names: str) -> None:
    many = Standing(
        target=WF, workflow=RUNNING, nodes=("a-long-name", *"bcdefghij"), limit="--timeout", ends=99
    )
    assert said(many, width=width).split("; ")[1] == names


@pytest.mark.parametrize(
    ("text", "width", "expected"),
    [
        ("short", 9, "short"),
        ("too long for it", 9, "too long…"),
        ("漢字漢字漢字", 9, "漢字漢字…"),
        ("e\u0301e\u0301e\u0301", 3, "e\u0301e\u0301e\u0301"),
    ],
)
def test_a_line_is_cut_to_the_columns_that_it_takes(text: str, width: int, expected: str) -> None:
    assert cut(text, width) == expected
    assert cells(expected) <= width


@pytest.mark.parametrize(("told", "expected"), [(33, 33), (4, 20), (0, 80)])
def test_the_terminal_says_how_wide_it_is(
    monkeypatch: pytest.MonkeyPatch, told: int, expected: int
) -> None:
    monkeypatch.setattr(os, "get_terminal_size", lambda _: os.terminal_size((told, 24)))
    assert columns() == expected


def test_what_is_no_terminal_to_the_system_is_as_wide_as_usual() -> None:
    with terminal():
        assert columns() == 80


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:12]))
def test_hostile_names_stay_on_the_line(text: str) -> None:
    seen = workflow(phase="Running", message=text)
    spelled = said(Standing(target=WF, workflow=seen, nodes=(text, "b")))
    with terminal() as screen:
        Line(on=True).draw(spelled)
    sent = re.sub(r"\A\r|\x1b\[K\Z", "", screen.getvalue())
    assert sent
    assert all(letter.isprintable() for letter in sent)


def test_lines_come_above_and_the_drawn_one_stays_last() -> None:
    clock = Ticking()
    with terminal() as screen:
        log = Log({"NO_COLOR": "1"}, now=clock.now)
        clock.time = 1
        log.tell(STANDING)
        log.line("hello")
        clock.time = 2
        log.tick()
        first, last = screen.screen()
        assert first.endswith(" hello")
        assert last.startswith("Running 1/3, waiting for 2s; now: integration, unit")
        log.close()
        log.line("the end")
        clock.time = 3
        log.tick()
        log.tell(STANDING)
    assert [row[9:] for row in screen.screen()] == ["hello", "the end", ""]


def test_what_has_not_changed_is_not_drawn_again() -> None:
    clock = Ticking()
    with terminal() as screen:
        log = Log({}, now=clock.now)
        clock.time = 1.2
        log.tell(STANDING)
        drawn = screen.getvalue()
        clock.time += REDRAWN
        log.tick()
        log.tick()
    assert screen.getvalue() == drawn


def test_quiet_draws_nothing() -> None:
    clock = Ticking()
    with terminal() as screen:
        log = Log({}, quiet=True, now=clock.now)
        clock.time = 1
        log.tell(STANDING)
        log.tick()
    assert screen.getvalue() == ""


def test_another_thread_writes_lines_and_draws_nothing() -> None:
    clock = Ticking()
    with terminal() as screen:
        log = Log({}, now=clock.now)
        clock.time = 1

        def act() -> None:
            log.tick()
            log.line("from a thread")

        thread = threading.Thread(target=act)
        thread.start()
        thread.join()
    assert screen.getvalue().endswith(" from a thread\n")
    assert CLEAR not in screen.getvalue()


def test_how_it_stands_is_said_to_who_asks(capfd: pytest.CaptureFixture[str]) -> None:
    clock = Ticking()
    log = Log({}, now=clock.now)
    log.tell(STANDING)
    log.tick()
    assert capfd.readouterr().err == ""
    log.ask()
    clock.time = 72
    log.tick()
    log.tick()
    [line] = capfd.readouterr().err.splitlines()
    assert line[9:] == (
        "Running 1/3, waiting for 1m 12s; now: integration, unit; --timeout in 58m 48s"
    )


@pytest.mark.parametrize("drawn", [True, False])
def test_a_process_that_ends_at_once_leaves_a_last_line(
    capfd: pytest.CaptureFixture[str], *, drawn: bool
) -> None:
    with terminal():
        log = Log({"CI": "" if drawn else "true"}, now=Ticking().now)
    log.break_off("argogate: cancelled (exit 143): at once")
    wiped = CLEAR if drawn else ""
    assert capfd.readouterr().err == f"{wiped}argogate: cancelled (exit 143): at once\n"


@pytest.mark.parametrize(
    ("encoding", "bar"), [("UTF-8", "█" * 15 + "░" * 15), ("ANSI_X3.4-1968", "#" * 15 + "-" * 15)]
)
def test_a_bar_is_of_letters_that_the_terminal_has(encoding: str, bar: str) -> None:
    half = Progress(done=1, total=2, bytes=2048)
    assert spell_downloads(half, encoding) == f"{bar} 1/2 artifacts, 2.0 KiB"
