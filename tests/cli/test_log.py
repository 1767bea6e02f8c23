"""The progress log: lines, and one that is drawn over on a terminal."""

from __future__ import annotations

import io
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from argogate.artifacts.download import Progress
from argogate.cli.log import Log
from argogate.observation import ArtifactFile

if TYPE_CHECKING:
    import pytest

FILE = ArtifactFile(node_id="n", node_path="a", template="t", name="x", path="out/x", size=2048)
HALF = Progress(done=3, total=6, bytes=5 << 20)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_bar_is_drawn_on_a_terminal_and_makes_room_for_lines(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    log = Log({})
    log.show_progress(HALF)
    bar = "█" * 15 + "░" * 15
    assert terminal.getvalue() == f"\r{bar} 3/6, 5.0 MiB\x1b[K"
    log.tell_artifact(FILE)
    log.caution("careful")
    first, second = terminal.getvalue().splitlines()[-2:]
    assert first.startswith("\x1b[K")
    assert first.endswith("artifact a/x: 2.0 KiB to out/x")
    assert second == "argogate: careful"


def test_no_bar_is_drawn_elsewhere_or_where_quiet_is_wanted(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    Log({}).show_progress(HALF)
    assert capfd.readouterr().err == ""
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    Log({}, quiet=True).show_progress(HALF)
    assert terminal.getvalue() == ""


def test_the_end_of_a_download_is_one_line(capfd: pytest.CaptureFixture[str]) -> None:
    log = Log({})
    log.tell_artifact(replace(FILE, path="", error="gone"))
    log.tell_artifact(replace(FILE, warning="it was left packed: evil"))
    log.tell_artifact(replace(FILE, reused=True))
    first, second, third = capfd.readouterr().err.splitlines()
    assert first.endswith("artifact a/x was not downloaded: gone")
    assert second.endswith("2.0 KiB to out/x; it was left packed: evil")
    assert third.endswith("2.0 KiB to out/x (unchanged since it was downloaded)")
