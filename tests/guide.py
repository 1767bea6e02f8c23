"""The commands of the guide and of README.md, and what they print; `make generate` writes it anew.

Each block that begins with a prompt is run, from top to bottom: in this process, in simulated time,
against the replay server on loopback. A comment before it names its scene, one of SCENES, and how
much of each output is shown: `<!-- run: SCENE; first 5 lines -->`.
"""

from __future__ import annotations

import io
import json
import os
import re
import shlex
import sys
import time
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pytest

from argo_replay.faults import Fault, FaultKind
from argo_replay.run import Run, merge, parse
from argo_replay.server import DemoServer
from argogate.__main__ import main as argogate
from argogate.cli.signals import Signals
from tests.clock import SimulatedClock, simulate
from tests.conftest import SETTLE
from tests.endings import Dice
from tests.harness import RECORDED, SHIPPED

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import tzinfo

PAGE = Path(__file__).parents[1] / "docs" / "guide.md"
README = PAGE.parents[1] / "README.md"
UI = "https://argo.example.com:2746"
BEGAN = datetime(2026, 11, 24, 12, tzinfo=UTC)
"""When the newest run was created."""
TOKEN = "ey-a-token-of-the-guide"
BLOCK = re.compile(
    r"(?:^<!-- run: (?P<scene>[a-z ]*)(?:; (?P<how>first|last) (?P<lines>\d+) lines)? -->\n)?"
    r"^```(?P<kind>text|python)\n(?P<body>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
PROMPT = "$ "
ELSEWHERE = "…"
"""Stands for the lines of an output that are left out."""
MODULES = ("history", "list", "log", "request", "status", "times", "wait")
"""Those of the command line that ask for the time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """When somebody asks, and what goes wrong."""

    at: float = 120
    """Played second."""
    faults: tuple[Fault, ...] = ()
    token: str = TOKEN


def answering(status: int, body: str = "", **more: Any) -> Fault:  # noqa: ANN401 - of a fault
    """Return a server that answers this instead."""
    return Fault(kind=FaultKind.ANSWER, status=status, body=body.encode(), **more)


FORBIDDEN = json.dumps(
    {
        "code": 7,
        "message": 'workflows.argoproj.io "nightly-7f" is forbidden: User '
        '"system:serviceaccount:argo:gate" cannot get resource "workflows" in API group '
        '"argoproj.io" in the namespace "argo"',
    }
)
HTML = (("Content-Type", "text/html"),)
SCENES = {
    "": Scene(),  # two minutes after the newest run began
    "it begins": Scene(at=0),
    "a wrong token": Scene(token="of-somebody-else"),
    "forbidden": Scene(faults=(answering(403, FORBIDDEN),)),
    "busy": Scene(at=0, faults=(answering(429, start=3, stop=9, headers=(("Retry-After", "4"),)),)),
    "away": Scene(at=0, faults=(Fault(kind=FaultKind.REFUSE, start=3, stop=15),)),
    "away for good": Scene(at=0, faults=(answering(503, start=3),)),
    "a login page": Scene(faults=(answering(200, "<html>Sign in</html>", headers=HTML),)),
}


@cache
def cluster() -> Run:
    """Return all runs of the page as one: three nightly ones and three others."""
    nightly = _run("steps-one-fails", "nightly-7f", app="web")
    waits = _over(_run("suspend-approve", "release-41", app="web"), at=15)
    build = _over(_run("outputs-params", "build-7f", app="docs"), hours=3)
    tests = _over(_run("junit-artifact", "tests-7f", app="docs"), hours=5)
    flaky = _over(_run("retry-flaky-succeeds", "nightly-7e", app="web"), hours=24)
    before = _over(_run("hello-succeeds", "nightly-7d", app="web"), hours=48)
    assert before.archive
    archived = tuple(replace(entry, at=0) for entry in before.archive)
    runs = (nightly, waits, build, tests, flaky)
    return replace(
        nightly,
        recorded=BEGAN,
        workflows={name: changes for run in runs for name, changes in run.workflows.items()},
        archive=archived,
        logs=tuple(log for run in runs for log in run.logs),
        artifacts=tuple(stored for run in runs for stored in run.artifacts),
        events=nightly.events,
        outages=(),
    )


def _run(recording: str, name: str, **labels: str) -> Run:
    """Return a recorded run under another name, as if it had begun now."""
    own = RECORDED / f"{recording}.json"
    text = (own if own.exists() else SHIPPED / f"{recording}.json").read_text("utf-8")
    [known, *_] = json.loads(text)["workflows"]
    run = parse(json.loads(text.replace(known, name)))
    patch = {"metadata": {"labels": labels}}
    workflows = {
        name: tuple(
            replace(change, object=change.object and merge(change.object, patch))
            for change in changes
        )
        for name, changes in run.workflows.items()
    }
    archive = tuple(
        replace(entry, object=merge(entry.object, patch)) for entry in run.archive or ()
    )
    moved = replace(run, workflows=workflows, archive=archive)
    return moved.moved(BEGAN - run.recorded)


def _over(run: Run, *, hours: float = 0, at: float | None = None) -> Run:
    """Return it as it was at a second, or at its end, from the beginning on; begun hours ago."""
    run = run.moved(-timedelta(hours=hours))
    workflows = {}
    for name, changes in run.workflows.items():
        seen = [change for change in changes if change.object and (at is None or change.at <= at)]
        workflows[name] = (replace(seen[-1], at=0.0),)
    logs = tuple(
        replace(log, lines=tuple((0.0, line) for _, line in log.lines)) for log in run.logs
    )
    stored = tuple(replace(each, at=0.0) for each in run.artifacts)
    return replace(run, workflows=workflows, logs=logs, artifacts=stored)


def rendered(page: str) -> str:
    """Return the page with what its commands print today."""
    with TemporaryDirectory() as folder:
        return BLOCK.sub(lambda match: _told(match, Path(folder)), page)


def scenes(page: str) -> set[str]:
    """Return the names of those that are used."""
    return {match["scene"] or "" for match in BLOCK.finditer(page)}


def document(line: str) -> str:
    """Return what a command prints on the finished runs."""
    with TemporaryDirectory() as folder:
        return "\n".join(_call(line, SCENES[""], Path(folder))[1])


def _told(match: re.Match[str], folder: Path) -> str:
    body = match["body"]
    if match["kind"] == "python" or not body.startswith(PROMPT):
        return match[0]
    lines = []
    code = 0
    for line in body.splitlines():
        if not line.startswith(PROMPT):
            continue
        words = line.removeprefix(PROMPT)
        lines.append(line)
        if words == "echo $?":
            lines.append(str(code))
        elif words == "python script.py":
            lines += _script(match.string[: match.start()])
        else:
            code, said = _call(words, SCENES[match["scene"] or ""], folder)
            lines += _cut(said, match["how"], int(match["lines"] or 0))
    return match[0].replace(body, "\n".join(lines) + "\n")


def _cut(lines: list[str], how: str | None, most: int) -> list[str]:
    """Return what is shown of an output."""
    if how is None or len(lines) <= most:
        return lines
    return [*lines[:most], ELSEWHERE] if how == "first" else [ELSEWHERE, *lines[-most:]]


def _call(line: str, scene: Scene, folder: Path) -> tuple[int, list[str]]:
    """Run a command; return its exit code and what a terminal would show."""
    words = shlex.split(line)
    assert words[0] == "argogate", line
    shown = io.BytesIO()
    with _around(scene, folder) as (patch, url):
        patch.setattr(sys, "stdin", sys.stdin)
        for stream in ("stdout", "stderr"):
            patch.setattr(sys, stream, io.TextIOWrapper(shown, "utf-8", write_through=True))
        patch.setattr(sys, "argv", words)
        with Signals().routed(), pytest.raises(SystemExit) as end:
            argogate()
        lines = shown.getvalue().decode().replace(url, UI).splitlines()
    return int(str(end.value.code)), lines


def _script(page: str) -> list[str]:
    """Run the program that stands last on the page so far."""
    [*_, source] = [match["body"] for match in BLOCK.finditer(page) if match["kind"] == "python"]
    shown = io.StringIO()
    with _around(Scene(), PAGE.parent), redirect_stdout(shown):
        exec(compile(source, "script.py", "exec"), {"__name__": "__main__"})  # noqa: S102 - ours
    return shown.getvalue().splitlines()


@contextmanager
def _around(scene: Scene, folder: Path) -> Iterator[tuple[pytest.MonkeyPatch, str]]:
    """Yield what patches a shell that knows where the cluster of a scene is, and its address."""
    clock = SimulatedClock(settle=SETTLE)
    with DemoServer([cluster()], token=TOKEN, clock=clock, faults=scene.faults) as server:
        clock.sleep(scene.at)
        try:
            with pytest.MonkeyPatch.context() as patch:
                simulate(clock, patch)
                _surround(patch, server.url, scene.token, folder)
                _set_the_time(patch, clock)
                yield patch, server.url
        finally:
            time.tzset()


def _surround(patch: pytest.MonkeyPatch, url: str, token: str, folder: Path) -> None:
    for name in os.environ:
        if name.startswith(("ARGO", "GITHUB_", "GITLAB_")):
            patch.delenv(name)
    variables = {
        "ARGO_SERVER": url,
        "ARGO_TOKEN": token,
        "ARGO_NAMESPACE": "argo",
        "ARGOGATE_UI_URL": UI,
        "ARGOGATE_WATCH": "false",  # when an event is heard is a matter of real time
        "COLUMNS": "100",
        "TZ": "UTC",
    }
    for name, value in variables.items():
        patch.setenv(name, value)
    time.tzset()
    patch.chdir(folder)


def _set_the_time(patch: pytest.MonkeyPatch, clock: SimulatedClock) -> None:
    class Now(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Any:  # noqa: ANN401, ARG003 - as its base
            return BEGAN + timedelta(seconds=clock.now())

    for module in MODULES:
        patch.setattr(import_module(f"argogate.cli.{module}"), "datetime", Now)
    patch.setattr(import_module("argogate.cli.wait"), "random", Dice)


def main() -> None:
    """Write the pages anew."""
    for page in (PAGE, README):
        page.write_text(rendered(page.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    main()
