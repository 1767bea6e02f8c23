"""stdin, stdout and stderr, made so that who does not listen changes no exit code."""

from __future__ import annotations

import io
import os
import sys

TYPE_CHECKING = False  # to import typing for it would double what --version costs
if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

STREAMS = ("stdin", "stdout", "stderr")
"""By the numbers of their descriptors."""


class Unfailing(io.FileIO):
    """Writes to a descriptor; what a closed pipe or a full disk does not take is dropped.

    Python would otherwise try again when it exits, fail, and exit with 120.
    """

    def write(self, data: ReadableBuffer, /) -> int:
        """Write, or wait where somebody made the descriptor non-blocking and it is full."""
        view = memoryview(data).cast("B")
        try:
            while (count := super().write(view)) is None:
                import select

                select.select([], [self], [])
        except OSError:
            return len(view)
        return count


def repair() -> None:
    """Open what is closed, and let nothing that is written there raise.

    The numbers of closed ones are taken before a report or a socket can get them.
    """
    for number, name in enumerate(STREAMS):
        stream = getattr(sys, name)
        if stream is None:
            _occupy()
            stream = io.TextIOWrapper(io.FileIO(number, "w" if number else "r", closefd=False))
        if isinstance(stream, io.TextIOWrapper):
            setattr(sys, name, _output(stream) if number else _input(stream))


def _occupy() -> None:
    """Put /dev/null in the place of the first descriptor that is closed, for our children too."""
    lowest = os.open(os.devnull, os.O_RDWR)  # it is: those below are open
    os.set_inheritable(lowest, True)  # noqa: FBT003 - the name of the function says it


def _input(stream: io.TextIOWrapper) -> io.TextIOWrapper:
    """Let it be read whatever its bytes are: what is no text is no name either."""
    stream.reconfigure(errors="backslashreplace")
    return stream


def _output(stream: io.TextIOWrapper) -> io.TextIOWrapper:
    """Escape what the encoding lacks, and drop what cannot be written."""
    raw = getattr(stream.buffer, "raw", stream.buffer)
    if type(raw) is not io.FileIO:  # the console of Windows, or what a test put there
        stream.reconfigure(errors="backslashreplace")
        return stream
    return io.TextIOWrapper(
        io.BufferedWriter(Unfailing(raw.fileno(), "w", closefd=False)),
        encoding=stream.encoding,
        errors="backslashreplace",
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )
