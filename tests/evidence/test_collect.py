"""The evidence of a run, and whether it is this run's."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from argo_replay.faults import Fault, FaultKind
from argo_replay.server import DemoServer
from argogate.argo.artifacts import Readers
from argogate.evidence import collect as collecting
from argogate.evidence.collect import ArtifactWish, Collector, LogWish
from argogate.evidence.logs import WhichLogs
from argogate.evidence.ports import TimeLeft
from argogate.evidence.template import Template
from argogate.model.parse import parse_workflow
from argogate.verdict.endings import Finished
from argogate.verdict.observation import Observation, Target
from tests.argo.wire import SECRET, server_at
from tests.build import workflow
from tests.clock import SimulatedClock
from tests.evidence.making import files_in
from tests.harness import recorded

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from argogate.model.workflow import Workflow
    from argogate.verdict.evidence import ArtifactFile

RUN = recorded("artifacts")
FINAL: dict[str, Any] = [each.object for each in RUN.workflows["artifacts"] if each.object][-1]
TARGET = Target(namespace="argo", name="artifacts")
JSON = (("Content-Type", "application/json"),)


def changed(**members: object) -> Callable[[], Fault]:
    """Let the poll after the download show another document."""

    def make() -> Fault:
        document = copy.deepcopy(FINAL)
        for place, value in members.items():
            part, _, name = place.partition("_")
            document[part][name] = value
        return answering(200, json.dumps(document).encode())

    return make


def answering(status: int, body: bytes) -> Fault:
    return Fault(
        kind=FaultKind.ANSWER,
        match="^/api/v1/workflows/argo/artifacts$",
        status=status,
        headers=JSON,
        body=body,
    )


def of(seen: Workflow) -> Observation:
    return Observation(target=TARGET, ending=Finished(poll=seen), workflow=seen)


def collected(
    folder: Path,
    *faults: Fault,
    told: list[ArtifactFile] | None = None,
    wish: ArtifactWish | None = None,
    reserved: Sequence[Observation] = (),
    merged: tuple[str, ...] = (),
) -> Observation:
    clock = SimulatedClock()
    with DemoServer([RUN], token=SECRET, clock=clock, faults=faults) as demo:
        clock.sleep(34)
        collector = Collector(
            readers=Readers(server_at(demo.url)),
            time=TimeLeft(clock=clock, until=clock.now() + 600, request_timeout=5),
            clean=tuple,
            tell=(told if told is not None else []).append,
        )
        wish = wish or ArtifactWish(folder=folder, patterns=("gen/j*",))
        collector.reserve(reserved, wish)
        logs = LogWish(which=WhichLogs.NONE)
        chosen = None if merged else wish
        return collector.collect(of(parse_workflow(FINAL)), logs, chosen, merged)


def test_what_is_fetched_to_be_merged_is_asked_about_as_well() -> None:
    told: list[ArtifactFile] = []
    another = {"metadata_uid": "u2", "metadata_labels": {}}
    found = collected(Path(), changed(**another)(), told=told, merged=("gen/junit*",))
    assert any("another run took its name while" in each for each in found.remarks)
    assert {file.path for file in found.artifacts} == {""}
    assert [file.name for file in found.merged] == ["junit"]
    assert told == []


ARCHIVED = {"workflows.argoproj.io/workflow-archiving-status": "Persisted"}
GENUINE = b'{"code":5,"message":"workflows.argoproj.io \\"artifacts\\" not found"}'


@pytest.mark.parametrize(
    ("now", "remark", "route"),
    [
        (lambda: answering(404, GENUINE), "", "live"),
        (changed(), "", "live"),
        (changed(metadata_uid="u2", metadata_labels=ARCHIVED), "", "live"),
        (changed(metadata_uid="u2"), "another run took its name while", "archive"),
        (changed(status_startedAt="2027-01-01T00:00:00Z"), "the run was retried while", "archive"),
        (
            lambda: answering(503, b""),
            "whether the artifacts are this run's could not be asked",
            "live",
        ),
    ],
    ids=["gone", "same", "an older one", "another", "retried", "unknown"],
)
def test_what_came_by_name_is_this_runs_or_comes_again_by_uid(
    tmp_path: Path, now: Callable[[], Fault], remark: str, route: str
) -> None:
    told: list[ArtifactFile] = []
    found = collected(tmp_path, now(), told=told)
    assert {file.route for file in found.artifacts} == {route}
    assert {file.error for file in found.artifacts} == {""}
    assert any(each.startswith(remark) for each in found.remarks) == bool(remark)
    assert {file.name for file in told} == {file.name for file in found.artifacts}


def test_bytes_that_may_be_another_runs_are_given_to_nobody(tmp_path: Path) -> None:
    no_archive = Fault(kind=FaultKind.ANSWER, match="^/artifacts-by-uid/", status=404)
    found = collected(tmp_path, changed(metadata_uid="u2")(), no_archive)
    assert all("the archive has nothing of it" in file.error for file in found.artifacts)
    assert files_in(tmp_path) == ["artifacts/manifest.json"]


def test_the_manifest_of_each_run_has_its_place_before_the_first_artifact_has_one(
    tmp_path: Path,
) -> None:
    wish = ArtifactWish(
        folder=tmp_path, patterns=("gen/dir-none",), template=Template("{artifactName}")
    )
    other = of(replace(workflow(), name="dir-none"))
    unseen = replace(other, workflow=None)
    [file] = collected(tmp_path, wish=wish, reserved=[other, unseen]).artifacts
    assert file.path == str(tmp_path / "dir-none-2")


def test_only_so_many_failures_are_told_one_by_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collecting, "MOST_FAILURES_TOLD", 2)
    told: list[ArtifactFile] = []
    denied = Fault(kind=FaultKind.ANSWER, match="^/artifact", status=403)
    wish = ArtifactWish(folder=tmp_path)
    found = collected(tmp_path, denied, told=told, wish=wish)
    assert len([file for file in found.artifacts if file.error]) > 2
    assert len(told) == 2
