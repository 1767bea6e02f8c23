"""The command line, in this process or in one of its own."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from argogate.__main__ import main
from argogate.cli.signals import Signals

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str


@pytest.fixture
def clean(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Take every variable away that the gate would read."""
    for name in os.environ:
        if name.startswith(("ARGO", "GITHUB_", "GITLAB_")) or name == "NO_COLOR":
            monkeypatch.delenv(name)
    return monkeypatch


@pytest.fixture
def call(clean: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Callable[..., Ended]:
    """Return a function that runs `argogate WORDS` with variables set."""

    def run(*words: str, **variables: str) -> Ended:
        with clean.context() as patch, Signals().routed():
            patch.setattr(sys, "stdin", sys.stdin)  # given back afterwards, as the signals are
            patch.setattr(sys, "stdout", sys.stdout)
            patch.setattr(sys, "stderr", sys.stderr)
            for name, value in variables.items():
                patch.setenv(name, value)
            patch.setattr(sys, "argv", ["argogate", *words])
            try:
                main()
                code = 0
            except SystemExit as end:
                code = end.code if isinstance(end.code, int) else 1
        out, err = capfd.readouterr()
        return Ended(code=code, out=out, err=err)

    return run
