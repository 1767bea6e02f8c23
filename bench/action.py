"""How soon a step of the action asks its first question: from a released tag, from another ref."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from argo_replay.making import make_run
from argo_replay.server import DemoServer
from bench.gates import TOKEN
from bench.table import Row, Table

PROJECT = Path(__file__).resolve().parents[1]
ROUNDS = 5
GOAL = 1.0


def run() -> Table:
    """Run the step of each in turns; the dependencies of the other ref are installed each time."""
    with TemporaryDirectory() as folder:
        tag = Path(folder) / "tag"
        shutil.copytree(PROJECT / "action", tag / "action")
        words = [sys.executable, "-m", "tools.pyz", str(tag / "argogate.pyz")]
        subprocess.run(words, cwd=PROJECT, check=True, capture_output=True)
        seconds: dict[str, list[float]] = {"tag": [], "cold": [], "warm": []}
        for number in range(ROUNDS):
            temp = Path(folder) / f"runner-{number}"
            temp.mkdir()
            seconds["tag"].append(_step(tag, temp))
            seconds["cold"].append(_step(PROJECT, temp))
            seconds["warm"].append(_step(PROJECT, temp))
    released, cold, warm = (median(each) for each in seconds.values())
    return Table(
        title=f"The action's step: seconds to its first request, medians of {ROUNDS}",
        columns=("s",),
        rows=(
            Row(
                what="a released tag, which carries the program",
                figures=(f"{released:.2f}",),
                goal=f"≤ {GOAL:g}",
                reached=released <= GOAL,
            ),
            Row(what="any other ref, with pip's cache", figures=(f"{cold:.2f}",)),
            Row(what="the same, for a second time in a job", figures=(f"{warm:.2f}",)),
        ),
    )


def _step(action: Path, temp: Path) -> float:
    with DemoServer([make_run("run")], token=TOKEN) as server:
        inputs = {"workflow": "run", "server": server.url, "token": TOKEN, "namespace": "argo"}
        began = server.elapsed
        subprocess.run(
            ["bash", str(action / "action" / "main.sh")],
            env={
                "PATH": os.environ["PATH"],
                "HOME": os.environ["HOME"],
                "RUNNER_TEMP": str(temp),
                "GITHUB_OUTPUT": str(temp / "output"),
                "GITHUB_ACTIONS": "true",
                "ARGOGATE_INPUTS": json.dumps(inputs),
            },
            cwd=temp,
            check=True,
            capture_output=True,
        )
        return server.requests[0].at - began
