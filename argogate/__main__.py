"""The door: `argogate` and `python -m argogate`."""

from __future__ import annotations

import atexit
import sys

from argogate import __version__
from argogate.cli.stdio import repair

EXIT_INTERNAL = 70


def main() -> None:
    """Run the command line and exit.

    The version is answered before anything else is loaded: importing click alone costs twice
    the start of the interpreter. Signals are taken before that too: as long as nobody takes
    them, they end the process without a report, and are lost where it is the first of a container.
    """
    repair()
    if sys.argv[1:] == ["--version"]:
        sys.stdout.write(f"argogate {__version__}\n")
        return
    from argogate.cli.signals import Signals  # noqa: PLC0415 - see the docstring

    signals = Signals()
    signals.take()
    atexit.register(signals.ignore)
    try:
        from argogate.cli.memory import spare  # noqa: PLC0415 - see the docstring

        spare()
        from argogate.cli.main import main as command_line  # noqa: PLC0415 - see the docstring
    except Exception:  # noqa: BLE001 - Python would exit with 1: the workflow has failed
        import traceback  # noqa: PLC0415 - only then

        traceback.print_exc()
        sys.stderr.write("argogate: it cannot be loaded; is all that it needs installed?\n")
        sys.exit(EXIT_INTERNAL)
    command_line(signals)


if __name__ == "__main__":
    main()
