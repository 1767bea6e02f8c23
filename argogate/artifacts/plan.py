"""Which artifacts of a run are fetched, and where each one goes. Pure."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from argogate.model.nodes import Tree, started
from argogate.model.workflow import ArchiveForm

if TYPE_CHECKING:
    from collections.abc import Sequence

    from argogate.model.workflow import Artifact, Node, Workflow

LONGEST_SEGMENT = 100
RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?$")
"""Names that Windows keeps for devices."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One artifact to fetch."""

    workflow: Workflow
    node: Node
    node_path: str
    artifact: Artifact
    place: PurePosixPath
    """Where it goes, relative to the artifacts folder; of safe segments only."""


def plan(workflow: Workflow, patterns: Sequence[str] = ()) -> tuple[Wanted, ...]:
    """Choose the artifacts that match any of the patterns (all, where there are none).

    A pattern is `artifact`, `node/artifact` or `template/artifact` with shell wildcards. What
    a Retry, Steps or DAG repeats of the nodes inside is taken once, from the innermost node.
    """
    tree = Tree(workflow)
    leaves_first = sorted(
        workflow.nodes.values(), key=lambda node: (not tree.is_leaf(node), started(node))
    )
    wanted: list[Wanted] = []
    keys: set[str] = set()
    places: set[str] = set()
    for node in leaves_first:
        for artifact in node.artifacts:
            path = tree.path(node)
            if not artifact.key or artifact.key in keys:
                continue
            if not _chosen(patterns, node, path, artifact):
                continue
            keys.add(artifact.key)
            place = _free(_place(workflow, node, artifact), places)
            wanted.append(
                Wanted(workflow=workflow, node=node, node_path=path, artifact=artifact, place=place)
            )
    return tuple(wanted)


def safe_segment(text: str) -> str:
    """Turn any text into one file name that Linux, macOS and Windows all take.

    A name that had to be changed beyond its punctuation bears a hash of the original.
    """
    name = re.sub(r"[^A-Za-z0-9._+=@-]+", "_", text.replace("(", ".").replace(")", ""))
    name = name.strip("._") or "unnamed"
    if RESERVED.match(name):
        name = f"_{name}"
    if len(name) > LONGEST_SEGMENT or not text.isascii():
        digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]
        name = f"{name[:LONGEST_SEGMENT]}-{digest}"
    return name


def _chosen(patterns: Sequence[str], node: Node, path: str, artifact: Artifact) -> bool:
    names = (
        artifact.name,
        f"{path}/{artifact.name}",
        f"{node.display_name}/{artifact.name}",
        f"{node.template_name}/{artifact.name}",
    )
    return not patterns or any(fnmatchcase(name, pattern) for name in names for pattern in patterns)


def _place(workflow: Workflow, node: Node, artifact: Artifact) -> PurePosixPath:
    """Keep workflows, nodes and attempts apart; the ending tells what the file is."""
    own = node.name.removeprefix(workflow.name).lstrip(".") or node.template_name
    inner = re.sub(r"\[\d+\]", "", own).strip(".") or node.template_name
    ending = "".join(PurePosixPath(artifact.key).suffixes[-1:])
    if artifact.form is ArchiveForm.TAR and not ending:
        ending = ".tgz"
    return PurePosixPath(
        safe_segment(workflow.name),
        safe_segment(inner),
        safe_segment(artifact.name + ending),
    )


def _free(place: PurePosixPath, taken: set[str]) -> PurePosixPath:
    """Return the place, numbered where another one differs from it only in case."""
    free, number = place, 1
    while str(free).lower() in taken:
        number += 1
        free = place.with_name(f"{place.stem}-{number}{place.suffix}")
    taken.add(str(free).lower())
    return free
