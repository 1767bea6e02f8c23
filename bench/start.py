"""What a start costs, beside a bare interpreter and a script that reads the workflow once."""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from argo_replay.server import DemoServer
from bench.gates import TOKEN, environment, words
from bench.runs import brief
from bench.table import Row, Table

ROUNDS = 21
VERSION_GOAL, WAIT_GOAL = 2.0, 1.5
SCRIPT = """
import sys, requests
answer = requests.get(sys.argv[1], headers={"Authorization": "Bearer sesame"}, timeout=30)
print(answer.json()["status"]["phase"])
"""


def run() -> Table:
    """Run everything in turns, so that what else the machine does hits all alike."""
    ended = brief("run", "argo", ends=1)
    with TemporaryDirectory() as folder, DemoServer([ended], token=TOKEN) as server:
        time.sleep(1.2)
        address = f"{server.url}/api/v1/workflows/argo/run"
        wait = words(server.url, "argo", "run")
        commands = {
            "python -c pass": [sys.executable, "-c", "pass"],
            "argogate --version": [sys.executable, "-m", "argogate", "--version"],
            "script with requests": [sys.executable, "-c", SCRIPT, address],
            "argogate wait": wait,
            "argogate wait --junit": [*wait, "--junit", str(Path(folder) / "argo.xml")],
        }
        seconds = _in_turns(commands)
    bare, version, script, waited, reported = (median(each) for each in seconds.values())
    return Table(
        title=f"Start: CPU time, medians of {ROUNDS} alternating runs",
        columns=("ms", "ratio"),
        rows=(
            Row(what="`python -c pass`", figures=(_ms(bare), "")),
            Row(
                what="`argogate --version`",
                figures=(_ms(version), f"{version / bare:.2f}"),
                goal=f"≤ {VERSION_GOAL:g}",
                reached=version / bare <= VERSION_GOAL,
            ),
            Row(what="three lines with `requests` that read it once", figures=(_ms(script), "")),
            Row(
                what="`argogate wait`, the workflow has ended",
                figures=(_ms(waited), f"{waited / script:.2f}"),
                goal=f"≤ {WAIT_GOAL:g}",
                reached=waited / script <= WAIT_GOAL,
            ),
            Row(
                what="the same with `--junit`",
                figures=(_ms(reported), f"{reported / script:.2f}"),
            ),
        ),
    )


def _in_turns(commands: dict[str, list[str]]) -> dict[str, list[float]]:
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    for number in range(ROUNDS + 1):
        for name, command in commands.items():
            began = _spent()
            subprocess.run(command, env=environment(), capture_output=True, check=True)
            if number:  # the first round fills the caches
                seconds[name].append(_spent() - began)
    return seconds


def _spent() -> float:
    """Return the CPU seconds of all processes that have ended.

    The clock on the wall would measure what else the machine does.
    """
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.0f}"
