"""What is said of artifacts at the end: what failed, is missing, or was asked for in vain."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from argogate import spell
from argogate.evidence.plan import matches, plan
from argogate.model.workflow import Phase

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from argogate.evidence.plan import Wanted
    from argogate.model.workflow import Workflow
    from argogate.verdict.evidence import ArtifactFile

MOST_REASONS = 20
UNCERTAIN = "whether the artifacts are this run's could not be asked after the download"
AMBIGUOUS = (
    "the artifacts were read from the archive, and the workflow's name is not unique: by Argo's "
    "default keys they can be the bytes of a later run of that name"
)


def remark_on_troubles(files: Iterable[ArtifactFile]) -> Iterator[str]:
    """Yield a remark on each thing that went wrong, with the artifacts to which it happened."""
    found: dict[tuple[tuple[str, str], str], list[str]] = {}
    for file in files:
        if why := file.error or file.warning:
            name = f"{file.node_path}/{file.name}"
            found.setdefault((_what_happened(file), why), []).append(name)
    for ((one, many), why), names in islice(found.items(), MOST_REASONS):
        what = (
            f"artifact {names[0]}{one}"
            if len(names) == 1
            else f"artifacts {spell.listing(names)}{many}"
        )
        yield f"{what}: {why}"
    if left := sum(len(names) for names in islice(found.values(), MOST_REASONS, None)):
        yield f"{left} more artifacts have problems of their own"


def _what_happened(file: ArtifactFile) -> tuple[str, str]:
    """Return it for one artifact and for several."""
    if not file.error:
        return "", ""
    if file.path:
        return " is incomplete", " are incomplete"
    return " was not downloaded", " were not downloaded"


def remark_on_unmatched(
    workflow: Workflow, patterns: Sequence[str], wanted: Sequence[Wanted]
) -> list[str]:
    """Return a remark on each pattern that chose nothing: most often it is a typing error."""
    has = describe_offer(workflow)
    return [
        f"--artifact {pattern} matches nothing: {has}"
        for pattern in patterns
        if not any(matches(one, [pattern]) for one in wanted)
    ]


def find_shortfalls(
    workflow: Workflow,
    required: Sequence[str],
    wanted: Sequence[Wanted],
    files: Sequence[ArtifactFile],
) -> Iterator[str]:
    """Yield a sentence on each required artifact that is not there."""
    for pattern in required:
        found = [file for one, file in zip(wanted, files, strict=True) if matches(one, [pattern])]
        if not found:
            yield f"the required artifact {pattern} is missing: {describe_offer(workflow)}"
        for file in found:
            if file.error:
                yield (
                    f"the required artifact {file.node_path}/{file.name} could not be fetched: "
                    f"{file.error}"
                )


def describe_offer(workflow: Workflow) -> str:
    """Return what a run has instead of a name that nobody finds."""
    if workflow.nodes_unreadable or (not workflow.nodes and workflow.phase is Phase.SUCCEEDED):
        return "the nodes could not be read, so what the run has is not known"
    names = [f"{one.node_path}/{one.artifact.name}" for one in plan(workflow)]
    return f"the run has {spell.listing(names)}" if names else "the run has no artifact"
