"""The door: `argogate` and `python -m argogate`."""

from __future__ import annotations

import os
import sys
from contextlib import suppress

from argogate import __version__

EXIT_INTERNAL = 70


def main() -> None:
    """Run the command line and exit.

    The version is answered before anything else is loaded: importing click alone costs twice
    the start of the interpreter.
    """
    if sys.argv[1:] == ["--version"]:
        sys.stdout.write(f"argogate {__version__}\n")
        return
    try:
        from argogate.cli import main as command_line  # noqa: PLC0415 - see the docstring
    except ImportError as error:  # Python would exit with 1: "the workflow failed"
        told = f"argogate: the installation is not complete: {error}; install it anew\n"
        with suppress(OSError):  # to the letter: no stream that could fail when Python exits
            os.write(2, told.encode(errors="replace"))
        sys.exit(EXIT_INTERNAL)
    command_line()


if __name__ == "__main__":
    main()
