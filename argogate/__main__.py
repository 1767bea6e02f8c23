"""The door: `argogate` and `python -m argogate`."""

from __future__ import annotations

import sys

from argogate import __version__


def main() -> None:
    """Run the command line and exit.

    The version is answered before anything else is loaded: importing click alone costs twice
    the start of the interpreter.
    """
    if sys.argv[1:] == ["--version"]:
        sys.stdout.write(f"argogate {__version__}\n")
        return
    from argogate.cli import main as command_line  # noqa: PLC0415 - see the docstring

    command_line()


if __name__ == "__main__":
    main()
