"""What a person at a terminal sees more than a log file."""

from __future__ import annotations

import io
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from argo_replay.server import DemoServer
from argogate.cli.log import Log
from argogate.evidence.transfer import Progress
from argogate.verdict.observation import Target
from argogate.waiting.news import Unheard
from tests.harness import TOKEN, recorded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.cli.conftest import Ended

    Call = Callable[..., Ended]

GREEN, RED, PLAIN = "\x1b[32m", "\x1b[31m", "\x1b[0m"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@contextmanager
def terminal() -> Iterator[Terminal]:
    """Put a terminal in the place of both streams; a fixture would come before pytest's own."""
    made = Terminal()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stderr", made)
        patch.setattr(sys, "stdout", made)
        yield made


def test_words_that_matter_are_coloured_on_a_terminal() -> None:
    with terminal() as screen:
        Log({}).line("wf: Succeeded 2/2, Failed: no")
    assert f"{GREEN}Succeeded{PLAIN}" in screen.getvalue()
    assert f"{RED}Failed:{PLAIN}" in screen.getvalue()


def test_no_colour_where_nobody_wants_it() -> None:
    with terminal() as screen:
        Log({"NO_COLOR": "1"}).line("wf: Succeeded")
    assert "\x1b" not in screen.getvalue()


def test_a_lost_stream_is_told_only_to_who_wants_to_know_more() -> None:
    lost = Unheard(target=Target(namespace="argo", name="wf"), reason="403")
    with terminal() as screen:
        Log({}).tell(lost)
        assert screen.getvalue() == ""
        Log({}, verbose=True).tell(lost)
    assert "polling instead: 403" in screen.getvalue()


def test_progress_is_drawn_over_one_line_and_wiped_for_the_next() -> None:
    with terminal() as screen:
        log = Log({})
        log.show_progress(Progress(done=1, total=4, bytes=2048))
        assert "1/4 artifacts, 2.0 KiB" in screen.getvalue()
        log.line("done")
        assert "done\n" in screen.getvalue()
        assert screen.getvalue().endswith("1/4 artifacts, 2.0 KiB")
        drawn = screen.getvalue()
        Log({}, quiet=True).show_progress(Progress(done=1, total=4, bytes=0))
        assert screen.getvalue() == drawn


@pytest.mark.parametrize(("run", "colour"), [("hello-succeeds", "32"), ("steps-one-fails", "31")])
def test_the_result_begins_with_its_conclusion_in_colour(call: Call, run: str, colour: str) -> None:
    with DemoServer([recorded(run)], token=TOKEN, speed=10_000) as server, terminal() as screen:
        call("wait", run, "-n", "argo", "-s", server.url, ARGO_TOKEN=TOKEN)
    assert f"\x1b[{colour}m\x1b[1m" in screen.getvalue()
