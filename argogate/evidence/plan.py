"""Which artifacts of a run are fetched, and where each one goes. Pure."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from argogate.evidence.content import Content
from argogate.evidence.places import Places, ending_of
from argogate.evidence.template import DEFAULT, Template
from argogate.model.nodes import started
from argogate.model.tree import Tree
from argogate.model.workflow import ArchiveForm, NodeType
from argogate.values import dataclass, replace
from argogate.verdict.evidence import ArtifactFile

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import PurePosixPath

    from argogate.model.workflow import Artifact, Node, Workflow

ARCHIVED_AS = {
    ArchiveForm.TAR: frozenset({Content.TGZ, Content.GZIP, Content.TAR}),
    ArchiveForm.ZIP: frozenset({Content.ZIP}),
    ArchiveForm.NONE: frozenset[Content](),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One artifact to fetch."""

    workflow: Workflow
    node: Node
    node_path: str
    artifact: Artifact
    names: tuple[str, ...]
    """All that a pattern may call it: other nodes can list the same under names of their own."""
    place: PurePosixPath
    """Where it goes, relative to the artifacts folder; of safe segments only."""
    folder: PurePosixPath
    """Where its members go, should it be unpacked."""

    @property
    def packed(self) -> bool:
        """Whether it was packed for the way, as far as form and name tell.

        A program's own format may well be a zip inside; that is not to be unpacked.
        """
        return self.artifact.form is not ArchiveForm.NONE or bool(ending_of(self.place))

    @property
    def archived_as(self) -> frozenset[Content]:
        """What the executor made of it on its way to the storage; empty where that is not known.

        A pod's log is stored as it is (`<container>-logs`), and so is what only passes through.
        """
        is_log = self.artifact.name.endswith("-logs") and not ending_of(self.place)
        if is_log or self.node.type is not NodeType.POD:
            return frozenset()
        return ARCHIVED_AS[self.artifact.form]

    def describe(self) -> ArtifactFile:
        """Return what is told of it where nothing is on disk."""
        return ArtifactFile(
            node_id=self.node.id,
            node_path=self.node_path,
            template=self.node.template_name,
            name=self.artifact.name,
            started_at=self.node.started_at,
            finished_at=self.node.finished_at,
        )


def plan(
    workflow: Workflow,
    patterns: Sequence[str] = (),
    template: Template = DEFAULT,
    places: Places | None = None,
) -> tuple[Wanted, ...]:
    """Choose the artifacts that match any of the patterns (all, where there are none).

    A pattern is `artifact`, `node/artifact` or `template/artifact` with shell wildcards. What
    lies in one place of the storage is taken once, from the innermost node that lists it under
    a name that was asked for; all its names count. Whatever is chosen, a place stays the same,
    so that two gates can fetch different artifacts of a run into one folder.
    `places` holds those of other workflows in the same folder, and is added to.
    """
    places = places or Places()
    places.reserve(template.manifest(workflow))
    found: list[Wanted] = []
    for listings in _group_listings(workflow):
        asked = [one for one in listings if _mentions(one.names, patterns)]
        first = (asked or listings)[0]
        place = places.give(template.place(workflow, first.node, first.artifact))
        if asked or not patterns:
            found.append(
                Wanted(
                    workflow=workflow,
                    node=first.node,
                    node_path=first.node_path,
                    artifact=first.artifact,
                    names=tuple(name for one in listings for name in one.names),
                    place=place,
                    folder=place,
                )
            )
    return tuple(replace(one, folder=places.folder(one.place)) for one in found)


def matches(one: Wanted, patterns: Sequence[str]) -> bool:
    """Whether any pattern names this artifact."""
    return _mentions(one.names, patterns)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Listing:
    """An artifact as one node lists it."""

    node: Node
    node_path: str
    artifact: Artifact

    @property
    def names(self) -> tuple[str, ...]:
        name = self.artifact.name
        return (
            name,
            *((self.artifact.global_name,) if self.artifact.global_name else ()),
            f"{self.node_path}/{name}",
            f"{self.node.display_name}/{name}",
            f"{self.node.template_name}/{name}",
        )


def _group_listings(workflow: Workflow) -> Collection[Sequence[_Listing]]:
    """Return what was stored, each with all that list it: the innermost nodes first."""
    tree = Tree(workflow)
    leaves_first = sorted(
        workflow.nodes.values(), key=lambda node: (not tree.is_leaf(node), started(node))
    )
    found: dict[tuple[str, str], list[_Listing]] = {}
    for node in leaves_first:
        for artifact in node.artifacts:
            if artifact.key:
                listing = _Listing(node=node, node_path=tree.path(node), artifact=artifact)
                found.setdefault((artifact.store, artifact.key), []).append(listing)
    return found.values()


def _mentions(names: Sequence[str], patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(name, pattern) for name in names for pattern in patterns)
