"""Below one folder, and through no link: a branch can commit links into it that lead elsewhere."""

from __future__ import annotations

import errno
import stat
from itertools import takewhile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def parents(path: Path, folder: Path) -> Iterator[Path]:
    """Return the folders around a path, the innermost first, below this one."""
    return takewhile(lambda parent: parent != folder, path.parents)


def is_within(path: Path, folder: Path) -> bool:
    """Whether no link on the way leads out of the folder; the folder itself may be one."""
    return not any(parent.is_symlink() for parent in parents(path, folder))


def make_way(path: Path, folder: Path) -> Path:
    """Make the folders around a path, and return it. Raises OSError where a link is among them."""
    for parent in parents(path, folder):
        if parent.is_symlink():
            refuse_link(parent)
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def refuse_link(path: Path) -> None:
    """Raise OSError: nothing is written through a link."""
    msg = f"{path} is a symbolic link"
    raise OSError(errno.ELOOP, msg)


def is_plain_file(path: Path, most: int) -> bool:
    """Whether there is a file of at most this size, no link, pipe or device. Raises OSError."""
    found = path.lstat()
    return stat.S_ISREG(found.st_mode) and found.st_size <= most
