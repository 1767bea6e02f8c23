"""The tree, once more and elsewhere: what is broken in it leaves the checkout alone."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ROOT = Path(__file__).parents[1]
PATIENCE = 12
"""So many times its seconds of work may something take: the machine may be busy."""
QUIET = ("-m", "pytest", "-x", "-q", "-n", "0", "-p", "no:cacheprovider", "--tb=line")
LIMIT = 'ulimit -t "$0"; exec nice "$@"'


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a command ended."""

    code: int
    """The exit code, or less than 0: the signal that ended it."""
    out: str
    seconds: float
    """Of work, if nothing else ran meanwhile."""


class Copy:
    """A copy of the tree that may be broken."""

    def __init__(self, folder: Path) -> None:
        """The copy is in that folder already."""
        self.folder = folder
        self._changes = 0

    @contextmanager
    def changed(self, texts: dict[str, str]) -> Iterator[None]:
        """Have files hold other texts for a while."""
        before = {path: (self.folder / path).read_bytes() for path in texts}
        times = {path: (self.folder / path).stat().st_mtime_ns for path in texts}
        # What Python has compiled is told from a text by size and time, and neither need differ.
        self._changes += 1
        try:
            for path, text in texts.items():
                (self.folder / path).write_text(text, encoding="utf-8")
                self._date(path, times[path] + self._changes * 10**9)
            yield
        finally:
            for path, content in before.items():
                (self.folder / path).write_bytes(content)
                self._date(path, times[path])

    def _date(self, path: str, nanoseconds: int) -> None:
        os.utime(self.folder / path, ns=(nanoseconds, nanoseconds))

    def python(
        self, arguments: Sequence[str], *, seconds: int = 600, compiles: bool = False
    ) -> Outcome:
        """Run Python there, with so many seconds of work at most."""
        variables = {**os.environ, "PYTHONPATH": str(self.folder), "PYTHONUTF8": "1"}
        if compiles:
            variables.pop("PYTHONDONTWRITEBYTECODE", None)
        else:
            variables["PYTHONDONTWRITEBYTECODE"] = "1"
        before = _worked()
        process = subprocess.Popen(
            ["/bin/sh", "-c", LIMIT, str(seconds), sys.executable, *arguments],
            cwd=self.folder,
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            out, _ = process.communicate(timeout=seconds * PATIENCE)
        except subprocess.TimeoutExpired:
            out = b"it hung"
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        code = process.wait()
        return Outcome(
            code=code, out=out.decode(errors="replace"), seconds=max(_worked() - before, 0)
        )

    def tests(self, paths: Sequence[str], *, seconds: int = 600, compiles: bool = False) -> Outcome:
        """Run tests there, until the first that fails."""
        return self.python([*QUIET, *paths], seconds=seconds, compiles=compiles)


def _worked() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@contextmanager
def copied() -> Iterator[Copy]:
    """Copy what git knows or would add, for as long as it is needed."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],  # noqa: S607 - git, wherever it is
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    with tempfile.TemporaryDirectory(prefix="proof-") as scratch:
        folder = Path(scratch) / "tree"
        for name in filter(None, listed.stdout.decode().split("\0")):
            if (ROOT / name).is_file():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, folder / name)
        yield Copy(folder)


@contextmanager
def once_more(copy: Copy) -> Iterator[Copy]:
    """Copy a copy, with all that it has compiled."""
    with tempfile.TemporaryDirectory(prefix="proof-") as scratch:
        shutil.copytree(copy.folder, Path(scratch) / "tree", symlinks=True)
        yield Copy(Path(scratch) / "tree")
