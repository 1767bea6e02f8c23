"""The verdict as JSON, documented by `result.schema.json`, and read back again.

Of each result the evidence is stored, and beside it members for scripts that follow from it;
those are not read back.
"""

import json
from typing import get_args

from argogate.codec import Codec, Json
from argogate.model.blueprint import Blueprint
from argogate.model.workflow import Node, Workflow
from argogate.reports.escape import json_text
from argogate.values import dataclass, replace
from argogate.verdict.conclusion import EXIT_CODES, SIGTERM_EXIT_CODE, Conclusion, Result, Verdict
from argogate.verdict.endings import (
    AccessDenied,
    Ending,
    Finished,
    PartEnded,
    PartMissing,
    RequestRefused,
)
from argogate.verdict.evidence import ArtifactFile, LogTail, MergedFile
from argogate.verdict.judge import restore
from argogate.verdict.observation import Observation
from argogate.verdict.report import Outcome, Report, Suite

VERSION = 2
"""Of what is written. It grows when an earlier release would leave out of a report what a newer one
has put into the document; what is only more for scripts does not change it."""

RENAMED = {AccessDenied: "Denied", RequestRefused: "Malformed"}
"""Endings that documents of this version know by an earlier name."""

KINDS: dict[str, type] = {RENAMED.get(kind, kind.__name__): kind for kind in get_args(Ending)}
"""The endings, by the word that tells them apart in a document."""

NAMES = {kind.__name__: kind for kind in (Workflow, ArtifactFile, LogTail, MergedFile)}
CODEC = Codec(kinds=KINDS, names={**NAMES, "Ending": Ending})


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """What of one result is read back."""

    conclusion: Conclusion
    exit_code: int
    message: str
    observation: Observation
    """Without what stands beside it here."""
    nodes: tuple[Node, ...] = ()
    artifacts: tuple[ArtifactFile, ...] = ()
    logs: tuple[LogTail, ...] = ()
    merged: tuple[MergedFile, ...] = ()
    remarks: tuple[str, ...] = ()
    shortfalls: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What of the whole is read back."""

    exit_zero: bool
    results: tuple[Stored, ...]


def render(report: Report) -> str:
    """Render as ASCII, without `##`: GitHub obeys `##[command]` in any line."""
    verdict = report.verdict
    head = {
        "version": VERSION,
        "conclusion": verdict.conclusion.value,
        "exitCode": verdict.exit_code,
        "exitCodeBeforeExitZero": verdict.deciding.exit_code,
        "exitZero": verdict.exit_zero,
        "message": verdict.message,
    }
    results = ",\n".join(_spell(suite) for suite in report.suites)
    document = f'{_open(head)} "results": [\n{results}\n ]\n}}\n'
    return json_text(document)


def _spell(suite: Suite) -> str:
    """Spell one result, its nodes a line each: json is ten times as fast without indentation."""
    tree = suite.result.tree
    nodes = ",\n".join(
        json.dumps({"path": tree.path(node), **CODEC.encode(node)})
        for node in suite.workflow.nodes.values()
    )
    return f'{_open(_encode(suite))} "nodes": [\n{nodes}\n ]\n}}'


def _open(members: dict[str, Json]) -> str:
    """Spell an object to which one more member is added."""
    return json.dumps(members, indent=1).removesuffix("\n}") + ",\n"


def read(text: str | bytes) -> Verdict:
    """Return the verdict that `render` wrote, in this release or an earlier one.

    A member that did not exist then has its default now.

    Raises:
        ValueError: It is no such document; one sentence says why.
    """
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        message = f"the result is not JSON: {error}"
        raise ValueError(message) from None
    version = document.get("version") if isinstance(document, dict) else None
    if type(version) is not int or version < 1:
        message = "this is no result of argogate: it has no `version`"
        raise ValueError(message)
    if version > VERSION:
        message = (
            f"the result is of version {version}, and this argogate knows those up to {VERSION}; "
            "take the release that wrote it, or a newer one"
        )
        raise ValueError(message)
    try:
        stored = CODEC.decode(Document, document)
        results = tuple(_restored(result) for result in stored.results)
    except ValueError as error:
        message = f"the result cannot be read: {str(error).lstrip('.')}"
        raise ValueError(message) from None
    if not results:
        message = "the result cannot be read: results is empty"
        raise ValueError(message)
    return Verdict(results=results, exit_zero=stored.exit_zero)


def _encode(suite: Suite) -> Json:
    """Return summary and evidence of one workflow, without its nodes."""
    result, workflow = suite.result, suite.workflow
    return {
        "name": workflow.name,
        "namespace": workflow.namespace,
        "uid": workflow.uid,
        "url": result.observation.target.url,
        "phase": workflow.phase_word,
        "progress": workflow.progress,
        "createdAt": CODEC.encode(workflow.created_at),
        "startedAt": CODEC.encode(workflow.started_at),
        "finishedAt": CODEC.encode(workflow.finished_at),
        "durationSeconds": round(suite.seconds, 3),
        "waitedSeconds": round(result.observation.seconds, 3),
        "template": workflow.template,
        "shutdown": workflow.shutdown,
        "failures": [leaf.path for leaf in result.failures],
        "cases": {outcome.value: suite.count(outcome) for outcome in Outcome},
        "tests": {outcome.value: suite.count_tests(outcome) for outcome in Outcome},
        "outputs": {"parameters": [CODEC.encode(item) for item in workflow.parameters]},
        "artifacts": [],
        "logs": [],
        "merged": [],
        "remarks": [],
        "shortfalls": [],
        **CODEC.encode(_stored(result)),
    }


def _stored(result: Result) -> Stored:
    """Take apart what is written apart, and leave out what no report shows.

    Annotations may hold anything, a whole manifest with its secrets included.
    """
    observation = result.observation
    ending = observation.ending
    if isinstance(ending, (Finished, PartEnded, PartMissing)):
        ending = replace(ending, poll=_bare(ending.poll))
    return Stored(
        conclusion=result.conclusion,
        exit_code=result.exit_code,
        message=result.message,
        observation=replace(
            observation,
            ending=ending,
            workflow=_bare(observation.workflow) if observation.workflow else None,
            remarks=(),
            artifacts=(),
            logs=(),
            merged=(),
            shortfalls=(),
        ),
        artifacts=observation.artifacts,
        logs=observation.logs,
        merged=observation.merged,
        remarks=observation.remarks,
        shortfalls=observation.shortfalls,
    )


def _bare(workflow: Workflow) -> Workflow:
    return replace(workflow, nodes={}, annotations={}, resource_version="", blueprint=Blueprint())


def _restored(stored: Stored) -> Result:
    code = EXIT_CODES[stored.conclusion]
    codes = {code, SIGTERM_EXIT_CODE} if stored.conclusion is Conclusion.CANCELLED else {code}
    if stored.exit_code not in codes:
        message = f".results: exit code {stored.exit_code} is not one of {stored.conclusion.value}"
        raise ValueError(message)
    observation = stored.observation
    workflow = observation.workflow
    if workflow:
        workflow = replace(workflow, nodes={node.id: node for node in stored.nodes})
    whole = replace(
        observation,
        workflow=workflow,
        artifacts=stored.artifacts,
        logs=stored.logs,
        merged=stored.merged,
        remarks=stored.remarks,
        shortfalls=stored.shortfalls,
    )
    return restore(whole, stored.conclusion, stored.message, stored.exit_code)
