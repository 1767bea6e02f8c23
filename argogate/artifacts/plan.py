"""Which artifacts of a run are fetched, and where each one goes. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import PurePosixPath
from string import Formatter
from typing import TYPE_CHECKING

from argogate.artifacts.content import ENDINGS
from argogate.artifacts.manifest import NAME
from argogate.artifacts.naming import folded, parts_of, safe_name, safe_segment
from argogate.model.nodes import Tree, started
from argogate.model.workflow import ArchiveForm

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from argogate.model.workflow import Artifact, Node, Workflow

PACKED_ENDINGS = tuple(ending for endings in ENDINGS.values() for ending in endings)
ENDING = re.compile(r"\.[A-Za-z0-9_+-]{1,20}")
UNPACKABLE = (".tgz", ".tar.gz", ".tar", ".zip")

PLACEHOLDERS: Mapping[str, Callable[[Workflow, Node, Artifact], str]] = {
    "namespace": lambda workflow, *_: workflow.namespace,
    "workflowName": lambda workflow, *_: workflow.name,
    "uid": lambda workflow, *_: workflow.uid,
    "nodeId": lambda _, node, __: node.id,
    "nodeName": lambda workflow, node, _: _own_name(workflow, node),
    "templateName": lambda _, node, __: node.template_name,
    "artifactName": lambda _, __, artifact: artifact.name,
    "fileName": lambda _, __, artifact: PurePosixPath(artifact.key).name,
}
"""Those of `argo cp --path`, and a few more."""
NOWHERE = PurePosixPath()
OF_THE_RUN = frozenset({"namespace", "workflowName", "uid"})


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


@dataclass(frozen=True, slots=True)
class Template:
    """Where artifacts go: segments with placeholders, as in `argo cp --path`."""

    text: str = "{workflowName}/{nodeName}/{artifactName}"

    def __post_init__(self) -> None:
        """Raise ValueError for what would be no path below the artifacts folder."""
        parts = parts_of(self.text)
        if not parts or self.text.endswith("/"):
            msg = "it must be a relative path without '..' that ends in a name"
            raise ValueError(msg)
        for literal, name, form, conversion in Formatter().parse(self.text):
            if name is not None and (name not in PLACEHOLDERS or form or conversion):
                known = ", ".join(f"{{{each}}}" for each in PLACEHOLDERS)
                msg = f"{{{name}}} is no placeholder; there are {known}"
                raise ValueError(msg)
            if any(safe_name(each) != each for each in literal.split("/") if each.strip(".")):
                msg = f"{literal!r} is no name on every system"
                raise ValueError(msg)

    def place(self, workflow: Workflow, node: Node, artifact: Artifact) -> PurePosixPath:
        """Return where an artifact goes; the ending of its key tells what the file is."""
        segments = [self._filled(part, workflow, node, artifact) for part in self._parts]
        ending = "".join(PurePosixPath(artifact.key).suffixes[-1:])
        if "{fileName}" not in self._parts[-1] and ENDING.fullmatch(ending):
            segments[-1] += ending
        return PurePosixPath(*(safe_name(segment) for segment in segments))

    def manifest(self, workflow: Workflow) -> PurePosixPath:
        """Return where the manifest goes: the folder that is this workflow's alone."""
        own: list[str] = []
        for part in self._parts[:-1]:
            names = _names_in(part)
            if not names <= OF_THE_RUN:
                break
            own.append(safe_name(self._filled(part, workflow)))
            if names & {"workflowName", "uid"}:
                return PurePosixPath(*own, NAME)
        return PurePosixPath(*own, safe_segment(workflow.name), NAME)

    @property
    def _parts(self) -> tuple[str, ...]:
        return parts_of(self.text) or ()

    def _filled(self, part: str, *about: object) -> str:
        fill: Mapping[str, Callable[..., str]] = PLACEHOLDERS
        return part.format_map({name: safe_segment(fill[name](*about)) for name in _names_in(part)})


DEFAULT = Template()


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


def _own_name(workflow: Workflow, node: Node) -> str:
    """Return a node's name without the workflow's and without the numbers of step groups."""
    own = node.name.removeprefix(workflow.name).lstrip(".") or node.template_name
    return re.sub(r"\[\d+\]", "", own).strip(".") or node.template_name


def _names_in(part: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(part) if name}


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
