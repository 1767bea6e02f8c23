"""The artifacts folder from run to run: keep what the manifest proves, fetch the rest."""

from __future__ import annotations

import secrets
import shutil
import sys
from contextlib import contextmanager, suppress
from typing import IO, TYPE_CHECKING

from argogate.evidence import manifest
from argogate.evidence.allowance import Exceeded
from argogate.evidence.crew import fetch
from argogate.evidence.manifest import Entry, Manifest
from argogate.evidence.placing import possible_places, record_failure, why
from argogate.evidence.within import make_way
from argogate.values import dataclass, replace

if sys.platform != "win32":
    import fcntl

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from argogate.evidence.plan import Wanted
    from argogate.evidence.transfer import Transfer
    from argogate.model.workflow import Artifact, Node, Workflow
    from argogate.verdict.evidence import ArtifactFile

LOCK = "lock"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What lies in the folder at the end."""

    artifacts: tuple[ArtifactFile, ...]
    """One for each that was wanted, in that order."""
    problem: str = ""
    """Why the manifest could not be written."""


def keep(
    transfer: Transfer,
    workflow: Workflow,
    wanted: Sequence[Wanted],
    path: Path,
    tell: Callable[[ArtifactFile], None],
    *,
    doubted: frozenset[tuple[str, str]] = frozenset(),
) -> Kept:
    """Bring the folder up to date with a run; `path` is its manifest's.

    `doubted` names what is fetched again whatever the manifest proves: nodes and artifacts.

    What an earlier run left and this one does not prove is removed first: were it to stay, a
    failed transfer would leave another run's evidence. `tell` hears of each as it ends.
    """
    entries: dict[int, Entry] = {}

    def heard(number: int, entry: Entry) -> None:
        entries[number] = entry
        tell(_show(entry, transfer.folder))

    old = manifest.read(path, transfer.folder)
    if old and doubted:
        old = _drop(old, doubted, transfer.folder)
    reused, others = _sort_out(old, transfer, workflow, wanted) if old else ({}, [])
    for number, entry in reused.items():
        heard(number, entry)
    left = [(number, one) for number, one in enumerate(wanted) if number not in entries]
    problem = ""
    try:
        if left:
            with _scratch(make_way(path, transfer.folder).parent) as parts:
                fetch(transfer, parts, left, heard)
    except (OSError, Exceeded) as error:
        for number, one in left:
            if number not in entries:
                heard(number, record_failure(one, why(error)))
    finally:
        done = [entries[number] for number in sorted(entries)]
        written = Manifest(
            version=manifest.VERSION,
            namespace=workflow.namespace,
            workflow=workflow.name,
            uid=workflow.uid,
            complete=len(done) == len(wanted) and not any(each.artifact.error for each in done),
            written_at=transfer.moment(),
            entries=transfer.clean((*done, *others)),
        )
        try:
            if wanted or path.exists():
                written.write(path, transfer.folder)
        except OSError as error:
            problem = f"{path} could not be written: {error.strerror or error}"
    shown = (_show(entry, transfer.folder) for entry in done)
    return Kept(artifacts=tuple(shown), problem=problem)


def _sort_out(
    old: Manifest, transfer: Transfer, workflow: Workflow, wanted: Sequence[Wanted]
) -> tuple[dict[int, Entry], list[Entry]]:
    """Return what is there already, by its number, and what an earlier gate fetched besides.

    What else the manifest lists is removed.
    """
    numbers = {(one.node.id, one.artifact.name): number for number, one in enumerate(wanted)}
    taken = {place for one in wanted for place in (*possible_places(one), str(one.folder))}
    found: dict[int, Entry] = {}
    others: list[Entry] = []
    for entry in old.entries:
        number = numbers.get((entry.artifact.node_id, entry.artifact.name))
        one = wanted[number] if number is not None else None
        stands = _is_of(workflow, entry, one, old) and manifest.is_proven(entry, transfer.folder)
        if stands and not one and entry.artifact.path not in taken:
            others.append(entry)
        elif stands and one and _is_as_wanted(entry, one, unpacks=transfer.unpacks):
            found[numbers[one.node.id, one.artifact.name]] = replace(
                entry, artifact=replace(entry.artifact, reused=True)
            )
        else:
            manifest.remove(entry, transfer.folder)
    return found, others


def _drop(old: Manifest, doubted: frozenset[tuple[str, str]], folder: Path) -> Manifest:
    """Remove what is doubted."""
    left: list[Entry] = []
    for entry in old.entries:
        if (entry.artifact.node_id, entry.artifact.name) in doubted:
            manifest.remove(entry, folder)
        else:
            left.append(entry)
    return replace(old, entries=tuple(left))


def _is_of(workflow: Workflow, entry: Entry, one: Wanted | None, old: Manifest) -> bool:
    """Whether an entry is about an artifact that this run has, wanted now or not."""
    node = one.node if one else workflow.nodes.get(entry.artifact.node_id)
    if node is None:
        return False
    listed = [one.artifact] if one else node.artifacts
    return any(_is_same(entry, node, each, workflow.uid, old) for each in listed)


def _is_same(entry: Entry, node: Node, artifact: Artifact, uid: str, old: Manifest) -> bool:
    """Whether an entry is about this very artifact: an Argo retry changes the node's times."""
    known = entry.artifact
    return (
        old.uid == uid
        and not known.error
        and node.finished_at is not None
        and (known.node_id, known.name, entry.key) == (node.id, artifact.name, artifact.key)
        and (known.started_at, known.finished_at) == (node.started_at, node.finished_at)
    )


def _is_as_wanted(entry: Entry, one: Wanted, *, unpacks: bool) -> bool:
    """Whether it lies where it should, packed or not as it should be."""
    artifact = entry.artifact
    if artifact.unpacked:
        return unpacks and artifact.path == str(one.folder)
    could_be_unpacked = unpacks and one.packed and not artifact.warning
    is_packed = artifact.content in {"tgz", "tar", "zip"}
    return artifact.path in possible_places(one) and not (could_be_unpacked and is_packed)


def _show(entry: Entry, folder: Path) -> ArtifactFile:
    """Return it with its path as the reports spell it."""
    artifact = entry.artifact
    return replace(artifact, path=str(folder / artifact.path) if artifact.path else "")


@contextmanager
def _scratch(folder: Path) -> Iterator[Path]:
    """Make a folder for what has no final name yet, after removing those of runs that died.

    A lock tells which are alive: the system takes it from a process that ends, however it ends.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob(".argogate.*.part"):
        if not old.is_symlink() and _is_abandoned(old / LOCK):
            shutil.rmtree(old, ignore_errors=True)
    path = folder / f".argogate.{secrets.token_hex(8)}.part"
    path.mkdir()
    try:
        with (path / LOCK).open("wb") as lock:
            _hold(lock)
            yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)
        with suppress(OSError):
            folder.rmdir()


def _is_abandoned(lock: Path) -> bool:
    try:
        with lock.open("r+b") as stream:
            _hold(stream)
        if sys.platform == "win32":  # pragma: no cover - there, what is open cannot be removed
            lock.unlink()
    except OSError:
        return False
    return True


def _hold(lock: IO[bytes]) -> None:
    """Take the lock until the file is closed. Raises OSError where somebody has it."""
    if sys.platform != "win32":  # pragma: no branch
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
