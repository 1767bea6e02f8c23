"""What the checks of the pipelines share: a server, a clean environment, programs of others.

They are not part of `make check`, as they need Node, Groovy, rsync and Chromium: `make check-ci`
runs them.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from argo_replay.server import DemoServer
from tests.harness import TOKEN, recorded

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

PROJECT = Path(__file__).resolve().parents[2]
NODE_MODULES = PROJECT / "node_modules"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a process ended; `log` is both of its streams."""

    code: int
    log: str


@contextmanager
def serving(run: str, speed: float = 10_000) -> Iterator[dict[str, str]]:
    """Play a recorded run; yield the variables that a gate needs to see it."""
    with DemoServer([recorded(run)], token=TOKEN, speed=speed) as server:
        time.sleep(0.02)
        yield {"ARGO_SERVER": server.url, "ARGO_TOKEN": TOKEN, "ARGO_NAMESPACE": "argo"}


def clean(**variables: str) -> dict[str, str]:
    """Return this environment without what a CI system or a user of Argo would set.

    Nor with an empty store of authorities: what installs packages has to trust somebody.
    """
    ours = ("ARGO", "GITHUB_", "GITLAB_", "RUNNER_", "CI", "INPUT_", "PYTEST", "COV", "SSL_CERT")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return kept | variables


def ended(words: Sequence[str], *, cwd: Path = PROJECT, env: Mapping[str, str]) -> Ended:
    """Run a program to its end."""
    process = subprocess.run(
        words,
        cwd=cwd,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=180,
        check=False,
    )
    return Ended(code=process.returncode, log=process.stdout)


def java_home() -> str:
    """Return where Java is: Debian's own guess is often wrong."""
    return str(Path(needed("java")).resolve().parents[1])


def needed(program: str) -> str:
    """Return the path of a program of a Debian package of the same name.

    It is installed where we are root; where we are not, the test is skipped and says so.
    """
    if not shutil.which(program):
        if os.geteuid() or not shutil.which("apt-get"):
            pytest.skip(f"{program} is missing: apt-get install {program}")
        _install(program)
    return str(shutil.which(program))


def _install(package: str) -> None:
    """Install a Debian package; one worker at a time, as apt bears no other beside it."""
    with (Path(tempfile.gettempdir()) / "argogate-apt.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for words in (("update",), ("install", "--yes", "--no-install-recommends", package)):
            subprocess.run(
                ["apt-get", "--quiet", *words],  # noqa: S607 - where the system has it
                env=clean(DEBIAN_FRONTEND="noninteractive"),
                stdout=subprocess.DEVNULL,
                check=True,
            )
