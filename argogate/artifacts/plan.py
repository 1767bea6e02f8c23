"""Which artifacts of a run are fetched, and where each one goes. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from argogate.artifacts.content import ENDINGS
from argogate.artifacts.naming import folded
from argogate.artifacts.template import DEFAULT, Template
from argogate.model.nodes import Tree, started
from argogate.model.workflow import ArchiveForm

if TYPE_CHECKING:
    from collections.abc import Sequence

    from argogate.model.workflow import Artifact, Node, Workflow

PACKED_ENDINGS = tuple(ending for endings in ENDINGS.values() for ending in endings)
UNPACKABLE = (".tgz", ".tar.gz", ".tar", ".zip")

NOWHERE = PurePosixPath()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One artifact to fetch."""

    workflow: Workflow
    node: Node
    node_path: str
    artifact: Artifact
    place: PurePosixPath
    """Where it goes, relative to the artifacts folder; of safe segments only."""
    folder: PurePosixPath
    """Where its members go, should it be unpacked."""

    @property
    def packed(self) -> bool:
        """Whether it was packed for the way, as far as form and name tell.

        A program's own format may well be a zip inside; that is not to be unpacked.
        """
        return self.artifact.form is not ArchiveForm.NONE or self.place.name.lower().endswith(
            UNPACKABLE
        )


def plan(
    workflow: Workflow,
    patterns: Sequence[str] = (),
    template: Template = DEFAULT,
    taken: set[str] | None = None,
) -> tuple[Wanted, ...]:
    """Choose the artifacts that match any of the patterns (all, where there are none).

    A pattern is `artifact`, `node/artifact` or `template/artifact` with shell wildcards. What
    a Retry, Steps or DAG repeats of the nodes inside is taken once, from the innermost node.
    `taken` holds the places of other workflows in the same folder, and is added to.
    """
    tree = Tree(workflow)
    taken = set() if taken is None else taken
    _take(taken, template.manifest(workflow))
    leaves_first = sorted(
        workflow.nodes.values(), key=lambda node: (not tree.is_leaf(node), started(node))
    )
    wanted: list[Wanted] = []
    keys: set[str] = set()
    for node in leaves_first:
        for artifact in node.artifacts:
            one = Wanted(
                workflow=workflow,
                node=node,
                node_path=tree.path(node),
                artifact=artifact,
                place=NOWHERE,
                folder=NOWHERE,
            )
            if not artifact.key or artifact.key in keys:
                continue
            if patterns and not matches(one, patterns):
                continue
            keys.add(artifact.key)
            place = _free(template.place(workflow, node, artifact), taken)
            wanted.append(replace(one, place=place))
    return tuple(replace(one, folder=_folder(one.place, taken)) for one in wanted)


def matches(one: Wanted, patterns: Sequence[str]) -> bool:
    """Whether any pattern names this artifact."""
    name = one.artifact.name
    names = (
        name,
        one.artifact.global_name,
        f"{one.node_path}/{name}",
        f"{one.node.display_name}/{name}",
        f"{one.node.template_name}/{name}",
    )
    return any(fnmatchcase(each, pattern) for each in names if each for pattern in patterns)


def _free(place: PurePosixPath, taken: set[str]) -> PurePosixPath:
    """Return the place, numbered where another one differs from it in case or ending only."""
    free, number = place, 1
    while not taken.isdisjoint(_variants(free)):
        number += 1
        free = place.with_name(f"{place.stem}-{number}{place.suffix}")
    _take(taken, free)
    taken.update(_variants(free))
    return free


def _variants(place: PurePosixPath) -> set[str]:
    """Return it with each ending that its content may yet give it."""
    return {folded(f"{place}{ending}") for ending in ("", *PACKED_ENDINGS)}


def _folder(place: PurePosixPath, taken: set[str]) -> PurePosixPath:
    """Return the place without the ending of packed files: it is then that of a folder."""
    ending = next((each for each in UNPACKABLE if place.name.lower().endswith(each)), "")
    stem = place.name[: len(place.name) - len(ending)]
    if not ending or not stem:
        return place
    free, number = place.with_name(stem), 1
    while folded(str(free)) in taken:
        number += 1
        free = place.with_name(f"{stem}-{number}")
    taken.add(folded(str(free)))
    return free


def _take(taken: set[str], place: PurePosixPath) -> None:
    """Take a place and the folders around it."""
    taken.update(folded(str(each)) for each in (place, *place.parents[:-1]))
