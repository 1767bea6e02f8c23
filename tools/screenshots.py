"""The pictures of docs/page.md: `python -m tools.screenshots`. It needs node_modules and Chromium.

They are taken of recorded runs, so that they can be taken again after a change.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from argogate.reports.page.render import render
from argogate.verdict.evidence import ArtifactFile, LogTail
from argogate.verdict.judge import Rules, judge
from argogate.verdict.suites import make_report
from argogate.waiting.patience import Limits
from tests.build import moment, node, observed, workflow
from tests.harness import Play, recorded

PROJECT = Path(__file__).resolve().parents[1]
FOLDER = PROJECT / "docs" / "page"
NAME = "build-and-test-7xk2p"


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One of them."""

    name: str
    page: str
    width: int = 1280
    height: int = 800
    scheme: str = "light"
    media: str = ""
    query: str = ""
    hash: str = ""
    scroll: str = ""
    """What is to be at the top."""


PICTURES = (
    Picture(name="failing", page="failing", height=1010),
    Picture(name="timeline", page="failing", height=620, scroll=".workflow"),
    Picture(name="passing", page="passing", height=560, scheme="dark"),
    Picture(name="retried", page="retried", height=620, scheme="dark"),
    Picture(name="approval", page="approval", height=760),
    Picture(name="timed-out", page="timed-out", height=760),
    Picture(name="thousand", page="thousand", height=760, scheme="dark", scroll=".workflow"),
    Picture(name="filtered", page="thousand", height=900, hash="s:failed", scroll=".workflow"),
    Picture(name="phone", page="several", width=360, height=900, scheme="dark"),
    Picture(name="phone-timeline", page="failing", width=360, height=700, scroll=".workflow"),
    Picture(name="paper", page="failing", width=794, height=900, media="print"),
    Picture(name="jenkins", page="failing", height=900, query="jenkins"),
)


def played(*runs: str, timeout: float = 300) -> bytes:
    """Return the page about recorded runs."""
    observations = []
    for run in runs:
        play = Play(
            run=recorded(run),
            names=list(recorded(run).workflows)[:1],
            limits=Limits(timeout=timeout),
        )
        observations += [each.observation for each in play.play().verdict.results]
    return render(make_report(judge(observations, Rules())), ".")


def failing() -> bytes:
    """Return a page with some of everything; no recorded run has it all."""
    times = {
        "build": (0, 31),
        "unit": (40, 112),
        "integration": (40, 190),
        "lint": (41, 60),
        "later": (112, 112),
    }
    messages = {
        "unit": "main: Error (exit code 3)",
        "integration": "main: OOMKilled (exit code 137)",
        "later": "omitted: depends condition not met",
    }
    phases = {"unit": "Failed", "integration": "Failed", "later": "Omitted"}
    nodes = [
        replace(
            node(name, phases.get(name, "Succeeded"), boundary_id=NAME),
            name=f"{NAME}.{name}",
            started_at=moment(begin),
            finished_at=moment(end),
            message=messages.get(name, ""),
            exit_code={"unit": "3", "integration": "137"}.get(name, ""),
            children=("wf-unit", "wf-integration", "wf-lint") if name == "build" else (),
        )
        for name, (begin, end) in times.items()
    ]
    seen = workflow(
        *nodes, name=NAME, template="build-and-test", finished_at=moment(195), created_at=moment(0)
    )
    root = replace(seen.nodes["wf"], id=NAME, name=NAME, display_name=NAME, finished_at=moment(195))
    inside = {key: each for key, each in seen.nodes.items() if key != "wf"}
    passed = tuple(f"tests/test_api.py::test_{at} PASSED" for at in range(9))
    lines = (*passed, "FAILED tests/test_api.py::test_9", "E   AssertionError: assert 3 == 4")
    log = LogTail(node_id="wf-unit", lines=lines)
    file = ArtifactFile(
        node_id="wf-unit",
        node_path="unit",
        template="unit",
        name="junit",
        path=f"out/{NAME}/unit/junit.xml",
        size=20480,
        sha256="5b" * 32,
    )
    made = observed(replace(seen, nodes={NAME: root, **inside}), logs=(log,), artifacts=(file,))
    target = replace(made.target, name=NAME, url=f"https://argo.example/workflows/argo/{NAME}")
    return render(make_report(judge([replace(made, target=target)], Rules())), ".")


def thousand() -> bytes:
    """Return the page about a fan-out of 1,000 that take turns, sixty at a time."""
    free = [5.0] * 60
    made = []
    for at in range(1000):
        begin = min(free)
        end = begin + 3 + at * 7919 % 41
        free[free.index(begin)] = end
        bad = at % 97 == 7  # noqa: PLR2004 - some of them
        made.append(
            replace(
                node(f"case({at}:shard-{at:03})", "Failed" if bad else "Succeeded"),
                template_name="case",
                boundary_id="wf",
                message="main: Error (exit code 1)" if bad else "",
                exit_code="1" if bad else "0",
                started_at=moment(begin),
                finished_at=moment(end),
            )
        )
    end = max(free)
    ids = tuple(each.id for each in made)
    cases = node("case", "Failed", "TaskGroup", children=ids, finished_at=moment(end))
    build = node("build", children=(cases.id,), started_at=moment(0), finished_at=moment(5))
    seen = workflow(build, replace(cases, started_at=moment(5)), *made, finished_at=moment(end + 8))
    root = replace(seen.nodes["wf"], children=(build.id,), finished_at=moment(end + 8))
    whole = replace(seen, created_at=moment(0), nodes={**seen.nodes, "wf": root})
    return render(make_report(judge([observed(whole)], Rules())), ".")


def main() -> None:
    """Take all of them; they are made small where pngquant is."""
    pages = {
        "failing": failing(),
        "thousand": thousand(),
        "passing": played("hello-succeeds"),
        "retried": played("retry-flaky-succeeds"),
        "approval": played("suspend-approve", timeout=15),
        "timed-out": played("on-exit-slow", timeout=12),
        "several": played(
            "dag-diamond-fails",
            "hello-succeeds",
            "retry-flaky-succeeds",
            "on-exit-fails",
            "nested-steps-dag",
        ),
    }
    browser = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    if not browser:
        sys.exit("there is no Chromium: apt-get install chromium-headless-shell")
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        for name, page in pages.items():
            Path(folder, f"{name}.html").write_bytes(page)
        Path(folder, "wanted.json").write_text(json.dumps([asdict(each) for each in PICTURES]))
        script = Path(__file__).with_suffix(".mjs")
        words = ["node", str(script), browser, folder, str(FOLDER)]
        subprocess.run(words, check=True)  # noqa: S603 - a program of this project
    if shrink := shutil.which("pngquant"):
        for picture in sorted(FOLDER.glob("*.png")):
            subprocess.run([shrink, "--force", "--ext", ".png", str(picture)], check=True)  # noqa: S603


if __name__ == "__main__":
    main()
