"""How recorded runs end, and what argogate says then. `make generate` writes the page.

The command line runs in this process, in simulated time, against the replay server on loopback.
"""

from __future__ import annotations

import io
import os
import random
import re
import sys
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest

from argo_replay.server import DemoServer
from argogate.__main__ import main as argogate
from argogate.cli import wait
from argogate.cli.signals import Signals
from argogate.verdict.reasons import HINTS, Cause
from argogate.verdict.steps import AGAIN, LASTING
from tests.clock import SimulatedClock, simulate
from tests.harness import TOKEN, recorded
from tests.recorded_runs import read_table

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime, tzinfo

DOCUMENT = Path(__file__).parent.parent / "docs" / "endings.md"
UI = "https://argo.example.com"
STAMP = re.compile(r"\A\d\d:\d\d:\d\d ")
HEAD = """# How runs end, and what argogate says then

Written by `make generate` from runs of real Argo Servers, checked by `tests/test_endings.py`. Every
recorded run that does not pass is here, and some that are waited for with limits; the gate waits
from the first second on, for at most five minutes. First what each comes to: the last line of the
log and the next step. Below, the whole text on stdout.
"""
CLASSES = """
## Why nodes fail

Every report groups what failed by these reasons; an exit code and a text of the program itself
stand for themselves. Causes come before consequences (what was shut down, what was still running
when the wait ended), the commonest first, of equals the one that ended first.
"""


@dataclass(frozen=True, kw_only=True)
class Situation:
    """One run, waited for."""

    run: str
    name: str
    words: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """What stands above its text."""
        version, _, scenario = self.run.removeprefix("older/").rpartition("/")
        own = f"{scenario}: {self.name}" if self.name != scenario else scenario
        own += f" (Argo {version})" if version else ""
        return f"{own}, with `{' '.join(self.words)}`" if self.words else own


@dataclass(frozen=True, kw_only=True)
class Told:
    """What was said of it."""

    situation: Situation
    code: int
    out: str
    last: str

    @property
    def steps(self) -> list[str]:
        """The next steps."""
        rows = (row.strip() for row in self.out.splitlines())
        return [row.removeprefix("next: ") for row in rows if row.startswith("next: ")]


LACKING = ("--artifacts", "out", "--require-artifact", "no-such-file")
LIMITED = (
    Situation(run="suspend-approve", name="suspend-approve", words=("--on-suspend", "fail")),
    Situation(run="image-pull-fails", name="image-pull-fails", words=("--pending-timeout", "20s")),
    Situation(run="unschedulable", name="unschedulable", words=("--pending-timeout", "15s")),
    Situation(run="steps-one-fails", name="steps-one-fails", words=("--node", "no-such-node")),
    Situation(run="hello-succeeds", name="no-such-name", words=()),
    Situation(run="hello-succeeds", name="hello-succeeds", words=LACKING),
    Situation(run="api-server-down", name="api-server-down", words=("--outage-timeout", "3s")),
    Situation(
        run="terminated-while-pending",
        name="terminated-while-pending-a",
        words=("terminated-while-pending-b", "--fail-fast"),
    ),
    Situation(run="on-exit-slow", name="on-exit-slow", words=("--timeout", "10s")),
    Situation(
        run="on-exit-slow",
        name="on-exit-slow",
        words=("--timeout", "10s", "--on-timeout", "terminate"),
    ),
)


class Dice:
    """The same pauses each time."""

    @staticmethod
    def Random() -> random.Random:  # noqa: N802 - as the module calls it
        """Return dice that fall the same way."""
        return random.Random(7)


def situations() -> Iterator[Situation]:
    """Yield every recorded run that does not pass, of older releases what has no newer one."""
    failing = [key for key, row in read_table().items() if "| passed |" not in row]
    known = {run for run, _ in failing if "/" not in run}
    for run, name in failing:
        scenario = run.rpartition("/")[2]
        if "/" not in run or scenario not in known:
            known.add(scenario)
            yield Situation(run=run, name=name)
    yield from LIMITED


def tell(situation: Situation) -> Told:
    """Wait for a run, and return what is said."""
    run, clock, out = recorded(situation.run), SimulatedClock(), io.BytesIO()
    err = io.BytesIO()

    class Then:
        """The time at which it was recorded: the run's own times are compared with it."""

        @staticmethod
        def now(_: tzinfo) -> datetime:
            return run.recorded

    words = ["wait", situation.name, *situation.words]
    if "--timeout" not in situation.words:
        words += ["--timeout", "5m"]
    with (
        pytest.MonkeyPatch.context() as patch,
        TemporaryDirectory() as folder,
        DemoServer([run], token=TOKEN, clock=clock) as server,
        Signals().routed(),
    ):
        simulate(clock, patch)
        patch.chdir(folder)
        patch.setattr(wait, "datetime", Then)
        patch.setattr(wait, "random", Dice)
        for name in os.environ:
            if name.startswith(("ARGO", "GITHUB_", "GITLAB_")):
                patch.delenv(name)
        patch.setenv("ARGO_SERVER", server.url)
        patch.setenv("ARGO_TOKEN", TOKEN)
        patch.setattr(sys, "stdin", sys.stdin)
        patch.setattr(sys, "stdout", io.TextIOWrapper(out, "utf-8", write_through=True))
        patch.setattr(sys, "stderr", io.TextIOWrapper(err, "utf-8", write_through=True))
        patch.setattr(
            sys,
            "argv",
            ["argogate", *words, "-n", run.namespace, "--no-watch", "--ui-url", UI],
        )
        with pytest.raises(SystemExit) as end:
            argogate()
        shown = [stream.getvalue().decode().replace(server.url, UI) for stream in (out, err)]
    return Told(
        situation=situation,
        code=int(str(end.value.code)),
        out=shown[0],
        last=STAMP.sub("", shown[1].splitlines()[-1]),
    )


def render() -> str:
    """Return the page."""
    return "\n".join(_rows()) + "\n"


def _rows() -> Iterator[str]:
    found = [tell(situation) for situation in situations()]
    yield HEAD
    yield "| Situation | Exit | Last line | Next step |"
    yield "| --- | ---: | --- | --- |"
    for number, told in zip(count(1), found, strict=False):
        steps = "<br>".join(_code(step) for step in told.steps)
        link = f"[{told.situation.title}](#{_anchor(f'{number} {told.situation.title}')})"
        yield f"| {link} | {told.code} | {_code(told.last)} | {steps} |"
    yield CLASSES
    yield "| Reason | What it means | What to do next |"
    yield "| --- | --- | --- |"
    for cause in Cause:
        if cause in HINTS:
            step = LASTING.get(cause) or AGAIN.get(cause, "run once more what failed")
            yield f"| {cause} | {HINTS[cause]} | {step} |"
    yield "\n## The whole text\n"
    for number, told in zip(count(1), found, strict=False):
        yield f"### {number} {told.situation.title}\n"
        yield f"```text\n{told.out}```\n"


def _anchor(heading: str) -> str:
    """Return the anchor that GitHub gives a heading."""
    return re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-")


def _code(text: str) -> str:
    return "`" + text.replace("|", "\\|").replace("`", "'") + "`"


def main() -> None:
    """Write the page anew."""
    DOCUMENT.write_text(render(), "utf-8")


if __name__ == "__main__":
    main()
