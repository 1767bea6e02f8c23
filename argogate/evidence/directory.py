"""An artifact that is a directory: what is in it, and what has arrived of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from argogate import spell
from argogate.evidence.allowance import Exceeded
from argogate.evidence.names import Names, parts_of
from argogate.evidence.placing import INDEX
from argogate.evidence.unpack import DEEPEST
from argogate.values import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from argogate.evidence.manifest import FileRecord
    from argogate.evidence.plan import Wanted

MOST_MEMBERS = 100_000


@dataclass(slots=True, kw_only=True)
class Folder:
    """A directory while its files arrive."""

    one: Wanted
    path: Path
    left: int
    hidden: tuple[str, ...]
    """Folders that the server would not list."""
    names: Names = field(default_factory=Names)
    records: list[FileRecord] = field(default_factory=list)
    route: str = ""
    error: str = ""


def walk(
    listed: Callable[[str], tuple[str, ...] | None],
) -> tuple[list[str], tuple[str, ...]]:
    """Return all files of a directory, and the folders that cannot be listed.

    A listing names the files right in it, and every folder below with its whole path.
    """
    files: list[str] = []
    hidden: list[str] = []
    folders = [""]
    known = {""}
    for inside in folders:
        entries = listed(inside)
        if entries is None:
            hidden.append(inside)
            files.append(f"{inside}{INDEX}")
            continue
        for name in entries:
            whole = f"{inside}{name}"
            _refuse_outside(whole)
            if not name.endswith("/"):
                files.append(whole)
            elif whole not in known:
                known.add(whole)
                folders.append(whole)
        _refuse_more_than_most(len(files) + len(folders))
    return sorted(set(files)), tuple(hidden)


def _refuse_outside(name: str) -> None:
    """Raise Exceeded for a listed name that is none of the directory's."""
    parts = parts_of(name)
    if not parts or parts != tuple(name.removesuffix("/").split("/")) or len(parts) > DEEPEST:
        msg = f"its listing names {spell.one_line(name, 200)!r}, which is no path in a directory"
        raise Exceeded(msg)


def _refuse_more_than_most(members: int) -> None:
    if members > MOST_MEMBERS:
        msg = f"it has more than {MOST_MEMBERS} files"
        raise Exceeded(msg)
