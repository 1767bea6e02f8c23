"""What `argogate status` shows of recorded runs: docs/status.md, and its making.

`make generate` writes it anew.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from argo_replay.run import Change
from argo_replay.server import DemoServer
from argogate.argo.address import parse_address
from argogate.argo.api import ArgoServer
from argogate.argo.credentials import Token
from argogate.argo.session import Transport
from argogate.argo.tls import Trust
from argogate.lookups.drawing import Layout
from argogate.lookups.status import Request, Status, ask
from argogate.verdict.observation import Target
from tests.clock import SimulatedClock
from tests.harness import TOKEN, recorded

if TYPE_CHECKING:
    from collections.abc import Collection

    from argo_replay.run import Run

PAGE = Path(__file__).parents[2] / "docs" / "status.md"
HEAD = """# What `argogate status` shows

One look, which never waits: the state in a word, the gate's own sentence, the nodes, what the run
made, and what to do next. What passed is folded into a line with number and range, what failed is
single; `--all` unfolds. Recorded runs of real servers, on terminals of 80 and 120 columns. Written
by `make generate`, compared by `tests/lookups/test_captures.py`.

`--node` shows single nodes whole, with the end of their logs; `--phase Failed,Error` only nodes in
these phases; `-o json` has the same facts for scripts, `-o name` bare names. It exits 0 where the
workflow could be read, whatever its state; with `--exit-code` as a gate that looks now: 0, 1, 124
where it is not over, 7 where it waits for an approval. On a terminal it has colours, and plain
letters where the output has no others.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """One picture."""

    run: str
    """Name of a recorded run; `large-5000` is the recorded thousand, repeated."""
    at: float | None = None
    """Played second of the look; by default after the end."""
    columns: int = 80
    nodes: tuple[str, ...] = ()
    phases: tuple[str, ...] = ()
    everything: bool = False
    says: str = ""

    @property
    def words(self) -> str:
        """The command line."""
        words = [f"--node '{node}'" for node in self.nodes]
        words += [f"--phase {','.join(self.phases)}"] if self.phases else []
        words += ["--all"] if self.everything else []
        return " ".join(["argogate status", "NAME", *words])


CAPTURES = (
    Capture(run="with-items", says="Fan-outs in steps and in a DAG, each with a failed item."),
    Capture(run="with-items", columns=120, says="The same, wider."),
    Capture(run="with-items", everything=True, columns=120, says="Nothing folded."),
    Capture(run="nested-steps-dag", says="Steps in a DAG in steps."),
    Capture(run="nested-steps-dag", columns=120, says="The same, wider."),
    Capture(run="retry-flaky-succeeds", says="Passed in the third attempt."),
    Capture(run="retry-exhausted", says="Failed in each attempt."),
    Capture(run="retry-exhausted", columns=120, says="The same, wider."),
    Capture(run="hooks", says="Hooks of steps, a hook of the workflow, an exit handler."),
    Capture(run="hooks", columns=120, says="The same, wider."),
    Capture(run="large-1000", says="A thousand nodes."),
    Capture(run="large-5000", says="Five thousand nodes."),
    Capture(run="large-5000", columns=120, says="The same, wider."),
    Capture(run="suspend-approve", at=12, says="It waits for somebody."),
    Capture(run="unschedulable", at=12, says="It does not go on."),
    Capture(run="stale-green", at=60, says="It is only in the archive."),
    Capture(
        run="steps-one-fails",
        nodes=("integration",),
        says="A single node, with the end of its log.",
    ),
    Capture(run="with-items", phases=("Failed", "Error"), says="Only what failed."),
)


def run_of(name: str) -> Run:
    """Return a recorded run, or the recorded thousand made as large as its name says."""
    return grown(5000, failed=(17, 2041, 4711)) if name == "large-5000" else recorded(name)


def grown(items: int, failed: Collection[int] = ()) -> Run:
    """Return the recorded fan-out with so many items, some of them failed."""
    run = recorded("large-1000")
    [(name, changes)] = run.workflows.items()
    end = changes[-1].object
    assert end is not None
    nodes = end["status"]["nodes"]
    item = next(node for node in nodes.values() if node["type"] == "Suspend")
    frame = item["boundaryID"]
    made = {key: node for key, node in nodes.items() if node["type"] != "Suspend"}
    for number in range(items):
        own = f"case({number}:case {number:05})"
        made[f"{name}-{number}"] = {
            **item,
            "id": f"{name}-{number}",
            "type": "Pod",
            "name": f"{name}[0].{own}",
            "displayName": own,
            "boundaryID": frame,
            "finishedAt": f"2026-11-23T05:40:{21 + number % 30}Z",
            **(
                {"phase": "Failed", "message": "main: Error (exit code 1)"}
                if number in failed
                else {}
            ),
        }
    group = next(node for node in made.values() if node["type"] == "StepGroup")
    made[group["id"]] = {**group, "children": [f"{name}-{number}" for number in range(items)]}
    state = {"phase": "Failed"} if failed else {}
    for key in (name, group["id"]):
        made[key] = {**made[key], **state}
    status = {**end["status"], **state, "nodes": made, "finishedAt": "2026-11-23T05:40:51Z"}
    change = Change(at=changes[-1].at, object={**end, "status": status})
    return replace(run, workflows={name: (*changes[:-1], change)})


@cache
def seen(capture: Capture) -> Status:
    """Look at a run as the command does; however wide the terminal is, it looks once."""
    run = run_of(capture.run)
    name = next(iter(run.workflows))
    clock = SimulatedClock(settle=0)
    with DemoServer([run], token=TOKEN, clock=clock) as server:
        clock.sleep(run.ends + 60 if capture.at is None else capture.at)
        transport = Transport(
            parse_address(server.url), Token(TOKEN, "the token of ARGO_TOKEN"), Trust()
        )
        request = Request(
            namespace=run.namespace,
            names=(name,),
            nodes=capture.nodes,
            phases=frozenset(capture.phases),
            everything=capture.everything,
            log_lines=20,
        )
        return ask(request, target, ArgoServer(transport), clock, run.recorded)


def target(name: str) -> Target:
    """Return a workflow, with a page that is the same each time."""
    return Target(
        namespace="argo", name=name, url=f"https://argo.example.com/workflows/argo/{name}"
    )


@cache
def drawn(capture: Capture, layout: Layout | None = None) -> list[str]:
    """Return the lines of a picture."""
    layout = replace(layout or Layout(), width=capture.columns)
    return list(seen(replace(capture, columns=0, says="")).lines(layout))


def page() -> str:
    """Return docs/status.md."""
    parts = [HEAD]
    for capture in CAPTURES:
        name = "large-1000" if capture.run == "large-5000" else capture.run
        words = capture.words.replace("NAME", name)
        lines = "\n".join(drawn(capture))
        parts.append(
            f"## {capture.run}, {capture.columns} columns\n\n{capture.says}\n\n"
            f"```text\n$ {words}\n{lines}\n```\n"
        )
    return "\n".join(parts)


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
