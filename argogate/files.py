"""Files that are there whole or not at all."""

from __future__ import annotations

import io
import os
import re
import select
import stat
import tempfile
from contextlib import contextmanager, suppress
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PATIENCE = 10.0
"""Seconds that a pipe may take nothing of a report."""

MOST_AT_ONCE = 4096
"""Bytes (PIPE_BUF): of a pipe that is ready to be written to, so many are free."""

STANDARD = {"/dev/stdin": 0, "/dev/stdout": 1, "/dev/stderr": 2}
_DESCRIPTOR = rf"/(?:dev|proc/(?:self|{os.getpid()}))/fd/(\d+)"
_OF_THE_SYSTEM = ("/dev/", "/proc/")


@contextmanager
def whole_file(path: Path, mode: int = 0o666) -> Iterator[IO[bytes]]:
    """Open a temporary file beside `path` that takes its name when the block ends well.

    Otherwise it is removed, and what bore the name before stays. A link of that name is replaced:
    a branch can commit one that leads anywhere. What is no file is written to as it is, at the end
    of the block. Raises OSError.
    """
    if is_special(path):
        content = io.BytesIO()
        yield content
        _pour(path, content.getbuffer())
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    import secrets  # noqa: PLC0415 - most waits write no file

    part = path.with_name(f".argogate.{secrets.token_hex(8)}.part")
    try:
        with open(part, "xb", opener=lambda name, flags: os.open(name, flags, mode)) as stream:
            yield stream
        part.replace(path)
    except BaseException:
        with suppress(OSError):
            part.unlink()
        raise


def way_back(folder: Path) -> str:
    """Return the way from a folder to the working directory, `../..`; empty from outside of it."""
    try:
        way = os.path.relpath(".", folder)
    except (OSError, ValueError):
        return ""
    return way if set(way) <= {".", os.sep} else ""


def write_whole(path: Path, content: bytes, *, mode: int = 0o666) -> None:
    """Write a file that is there whole or not at all. Raises OSError."""
    with whole_file(path, mode) as stream:
        stream.write(content)


def why_unwritable(path: Path) -> str:
    """Return why a file of this name could not be written here, or an empty string."""
    try:
        if path.is_dir():
            return "it is a directory"
        number = _own_descriptor(path)
        if number is not None:
            os.fstat(number)
            return ""
        if is_special(path):
            return "" if os.access(path, os.W_OK) else "permission denied"
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path.parent):
            pass
    except OSError as error:
        return error.strerror or str(error)
    return ""


def is_special(path: Path) -> bool:
    """Whether it is to be replaced by nobody: a pipe, a device, or where our own log goes."""
    if _own_descriptor(path) is not None:
        return True
    try:
        mode = path.lstat().st_mode
    except OSError:
        return False
    if stat.S_ISLNK(mode):
        return str(path).startswith(_OF_THE_SYSTEM)
    return not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)


def same_place(path: Path) -> str:
    """Return what is equal for two spellings of one place. Raises OSError.

    The last part is not followed where it is a link, as it will be replaced.
    """
    return os.path.join(os.path.realpath(path.parent), path.name)  # noqa: PTH118 - text is wanted


def _own_descriptor(path: Path) -> int | None:
    """Return the descriptor that the path spells, or that leads into the file of this name.

    To open such a file again, or to rename over it, would lose what is in it.
    """
    spelled = os.path.normpath(path)
    if match := re.fullmatch(_DESCRIPTOR, spelled):
        return int(match[1])
    if spelled in STANDARD:
        return STANDARD[spelled]
    for number in STANDARD.values():
        with suppress(OSError):
            if number and os.path.samestat(path.lstat(), os.fstat(number)):
                return number
    return None


def _pour(path: Path, content: memoryview) -> None:
    """Write into what is there already; a pipe that nobody reads is an error."""
    number = _own_descriptor(path)
    if number is None:
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_NONBLOCK | os.O_NOCTTY)
    else:
        descriptor = os.dup(number)
    try:
        while content:
            if not select.select([], [descriptor], [], PATIENCE)[1]:
                msg = f"nothing was read from it for {PATIENCE:.0f} seconds"
                raise TimeoutError(msg)
            content = content[os.write(descriptor, content[:MOST_AT_ONCE]) :]
    finally:
        os.close(descriptor)
