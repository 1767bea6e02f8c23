"""A situation written as data: what a server answers, what is typed, and what is right.

A directory with `case.json` and `case.md`. The latter says in a few sentences what happens, what is
right and why; its first line is a title. The former has

    workflow   the object that GET answers, from the beginning; or instead of it
    timeline   [[second, object or null], ...]: it becomes this at that second; null: it is deleted
    archived   true: only the archive has it
    answers    [{path, query?, status, headers?, text | base64}, ...]: what is answered instead of
               what the server would; `query` is a part of the query as it was sent
    name       what is waited for, if not the name of the workflow
    args, env  words after `argogate wait NAME --junit junit.xml`, and variables
    expect     what is right; all of it is optional, but not everything may be missing:
      exit           the exit code
      out_has, out_lacks, err_has, err_lacks, junit_has
                     expressions that are found, or not, in stdout, in stderr, in the JUnit report
      cases          name of a case -> passed, failed, errored, skipped or absent, or two with a `|`
      count          how many cases there are
      no_flaky       true: no case has an earlier attempt
      files          path below the working directory -> text, {"base64": ...}, "*" or null
      never_sent     texts that no Authorization header has
      max_seconds    how long it may take, in the time that is played
"""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import unquote

from argo_replay.faults import Fault, FaultKind
from argo_replay.run import Archived, Change, Object, Run

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

VERSION = "v4.1.2"


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What is right; see above."""

    exit: int | None = None
    out_has: tuple[str, ...] = ()
    out_lacks: tuple[str, ...] = ()
    err_has: tuple[str, ...] = ()
    err_lacks: tuple[str, ...] = ()
    junit_has: tuple[str, ...] = ()
    cases: Mapping[str, str] | None = None
    count: int | None = None
    no_flaky: bool = False
    files: Mapping[str, str | dict[str, str] | None] | None = None
    never_sent: tuple[str, ...] = ()
    max_seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """One directory, read; `expect` is what the rest leads to."""

    run: Run
    faults: tuple[Fault, ...]
    name: str
    args: tuple[str, ...]
    env: dict[str, str]
    expect: Expected

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read a directory; ValueError if it is not a whole situation."""
        document = json.loads((folder / "case.json").read_text("utf-8"))
        title, _, text = (folder / "case.md").read_text("utf-8").partition("\n")
        if not title.startswith("# ") or not text.strip():
            msg = f"{folder.name}/case.md lacks a title or what it is about"
            raise ValueError(msg)
        known = {"workflow", "timeline", "archived", "answers", "name", "args", "env", "expect"}
        _refuse_others(folder, document, known)
        _refuse_others(folder, document["expect"], {field.name for field in fields(Expected)})
        if not document["expect"] or ("workflow" in document) == ("timeline" in document):
            msg = f"{folder.name}/case.json expects nothing, or has not one workflow or timeline"
            raise ValueError(msg)
        timeline = document.get("timeline") or [[0, document["workflow"]]]
        run = _run(timeline, archived=document.get("archived", False))
        return cls(
            run=run,
            faults=tuple(_answer(row) for row in document.get("answers", ())),
            name=document.get("name", run.scenario),
            args=tuple(document["args"]),
            env=document.get("env", {}),
            expect=Expected(**document["expect"]),
        )


def _refuse_others(folder: Path, given: Object, known: set[str]) -> None:
    if others := given.keys() - known:
        msg = f"{folder.name}/case.json says something that nobody reads: {sorted(others)}"
        raise ValueError(msg)


def _run(timeline: list[tuple[float, Object | None]], *, archived: bool) -> Run:
    first = next(state for _, state in timeline if state)
    name = first["metadata"]["name"]
    changes = tuple(Change(at=at, object=state) for at, state in timeline)
    return Run(
        scenario=name,
        shows="",
        argo=VERSION,
        # Its clock goes with that of the gate, which compares the two.
        recorded=datetime.now(UTC),
        namespace=first["metadata"]["namespace"],
        workflows={} if archived else {name: changes},
        archive=(Archived(at=0, object=first),) if archived else (),
        logs=(),
        artifacts=(),
        events=(),
        outages=(),
    )


def _answer(row: dict[str, Any]) -> Fault:
    return Fault(
        kind=FaultKind.ANSWER,
        match=rf"\A{re.escape(unquote(row['path']))}\Z",
        query=re.escape(row["query"]) if "query" in row else None,
        status=row["status"],
        headers=tuple(row.get("headers", {}).items()),
        body=base64.b64decode(row["base64"]) if "base64" in row else row["text"].encode(),
    )
