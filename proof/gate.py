"""One gate as a process of its own, against a replay server, with one thing that goes wrong."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from argo_replay.clock import MonotonicClock
from argo_replay.run import Run, load
from argo_replay.server import DemoServer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

ROOT = Path(__file__).parents[1]
HOOK = Path(__file__).parent / "hook"
RECORDED = (ROOT / "argo_replay" / "runs", ROOT / "tests" / "runs")
TOKEN = "sesame-of-the-proof"
SPEED = 6.0
"""Played seconds in a second."""
OVER = 120.0
"""Played seconds after which every run that is played has ended."""


def recorded(name: str) -> Run:
    """Load a recorded run by its name."""
    return load(next(path for folder in RECORDED if (path := folder / f"{name}.json").exists()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """What happens to the N-th operation of the process; nothing where `at` is 0."""

    at: int = 0
    what: str = ""
    """A signal, or the name of an errno."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Befalls:
    """What befalls the process at a moment."""

    fault: str
    """A signal, or what the hook knows of the machine."""
    meant: str
    """How the operation is spelled in whose place it begins."""
    nth: int = 1
    seconds: float = float("inf")

    def variables(self) -> dict[str, str]:
        """Return what tells the hook."""
        return {
            "PROOF_FAULT": self.fault,
            "PROOF_MEANT": self.meant,
            "PROOF_NTH": str(self.nth),
            "PROOF_SECONDS": str(self.seconds),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """What a gate left behind."""

    code: int | None
    """None where it had to be killed."""
    out: str
    err: str
    seconds: float
    operations: tuple[str, ...]
    files: Mapping[str, bytes] = field(default_factory=dict)
    """Content of every file in its folder, by its path there."""
    stragglers: int = 0
    """Processes that outlived it."""

    @property
    def came(self) -> bool:
        """Whether the moment came at which something was to befall it."""
        return any(line.startswith("moment ") for line in self.operations)

    @property
    def parts(self) -> list[str]:
        """Files that were left half-written."""
        return [name for name in self.files if name.endswith(".part")]

    def red(self, report: str = "junit.xml") -> bool | None:
        """Whether the JUnit report is red; None where there is none that can be read."""
        try:
            root = ET.fromstring(self.files[report])
        except (KeyError, ET.ParseError):
            return None
        return any(case.find(kind) is not None for case in root.iter("testcase") for kind in RED)


RED = ("failure", "error")


class Late(MonotonicClock):
    """Real time that leaps ahead once."""

    leap = 0.0

    def now(self) -> float:
        """Seconds, with those that were left out."""
        return super().now() + self.leap


@contextmanager
def playing(run: Run, *, speed: float = SPEED, over: bool = False) -> Iterator[DemoServer]:
    """Serve a recorded run on loopback, from its first second, or when it is `over` already."""
    clock = Late()
    with DemoServer([run], token=TOKEN, clock=clock, speed=speed, resumable=True) as server:
        clock.leap = OVER / speed if over else 0.0
        yield server


def start(
    arguments: Sequence[str],
    server: str,
    *,
    trouble: Trouble | None = None,
    befalls: Befalls | None = None,
    environment: Mapping[str, str] | None = None,
    most_seconds: float = 60,
) -> Ended:
    """Run the gate in a fresh folder to its end, or kill it after so many seconds."""
    trouble = trouble or Trouble()
    with tempfile.TemporaryDirectory(prefix="proof-") as scratch:
        folder, log = Path(scratch) / "work", Path(scratch) / "operations"
        folder.mkdir()
        log.touch()
        variables = {
            "PATH": os.environ["PATH"],
            "HOME": scratch,
            "TMPDIR": scratch,
            "PYTHONPATH": f"{HOOK}{os.pathsep}{ROOT}",
            "PYTHONUTF8": "1",
            "NO_COLOR": "1",
            "ARGO_SERVER": server,
            "ARGO_SECURE": "false",
            "ARGO_TOKEN": TOKEN,
            "ARGO_NAMESPACE": "argo",
            "PROOF_LOG": str(log),
            "PROOF_AT": str(trouble.at),
            "PROOF_WHAT": trouble.what,
            **(befalls.variables() if befalls else {}),
            **(environment or {}),
        }
        began = time.monotonic()
        process = subprocess.Popen(
            [sys.executable, "-m", "argogate", *arguments],
            cwd=folder,
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        code: int | None
        try:
            out, err = process.communicate(timeout=most_seconds)
            code = process.returncode
        except subprocess.TimeoutExpired:
            code = None
        seconds = time.monotonic() - began
        stragglers = _end_group(process.pid)
        if code is None:
            out, err = process.communicate()
        return Ended(
            code=code,
            out=out.decode(errors="replace"),
            err=err.decode(errors="replace"),
            seconds=seconds,
            operations=tuple(log.read_text(errors="replace").splitlines()),
            files={
                str(path.relative_to(folder)): path.read_bytes()
                for path in sorted(folder.rglob("*"))
                if path.is_file()
            },
            stragglers=stragglers,
        )


def _end_group(leader: int) -> int:
    """End what is left of the session that the gate led; return how many processes that were."""
    left = 0
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError, IndexError, ValueError):
            fields = entry.read_text().rpartition(")")[2].split()
            if int(fields[3]) == leader and fields[0] != "Z":
                left += 1
                os.kill(int(entry.parent.name), signal.SIGKILL)
    return left
