"""`python -m proof [NAME]... [OPTION]...`: prove, and print what was tried."""

from __future__ import annotations

import argparse
import signal
import sys
import time
from importlib import import_module
from pathlib import Path

from proof.figures import Figures, remembered, write

NAMES = ("interleavings", "faults", "torture", "fuzz", "mutants", "regressions", "soak", "live")
"""Each lives in the module of its name: `run` tries, prints, and returns what was wrong."""

OPTIONS = {
    "table": {"faults"},
    "minutes": {"soak", "fuzz"},
    "paths": {"mutants"},
    "most": {"mutants", "regressions"},
}
"""Further options, and who takes each."""


def main() -> None:
    """Run what was named, or everything; exit 1 where something was wrong."""
    parser = argparse.ArgumentParser(prog="python -m proof", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"out of {', '.join(NAMES)}")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="of what is drawn")
    parser.add_argument("--each", type=int, default=40, help="how many of each kind are tried")
    parser.add_argument(
        "--table", type=Path, metavar="FILE", help="write what `faults` found there"
    )
    parser.add_argument("--minutes", type=float, help="how long `soak` takes (1), or `fuzz`")
    parser.add_argument(
        "--paths", nargs="+", default=(), metavar="PATH", help="of which `mutants` are made"
    )
    parser.add_argument("--most", type=int, help="so many `mutants` or `regressions`")
    parser.add_argument(
        "--figures", type=Path, metavar="FILE", help="write what came of each into docs/proof.md"
    )
    asked = parser.parse_args()
    if unknown := set(asked.names) - set(NAMES):
        parser.error(f"no such proof: {', '.join(sorted(unknown))}; there are {', '.join(NAMES)}")
    for option, takers in OPTIONS.items():
        if getattr(asked, option) and not takers & set(asked.names or NAMES):
            parser.error(f"--{option} is of {' and '.join(sorted(takers))}")
    # A shell lets what runs in the background ignore some of them, and the gate would heed that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    wrong: list[str] = []
    for name in asked.names or NAMES:
        wrong += _prove(name, asked)
    sys.exit(bool(wrong))


def _prove(name: str, asked: argparse.Namespace) -> list[str]:
    """Run one; return what was wrong."""
    further = _further(name, asked)
    options = {"seed": asked.seed, "each": asked.each}
    options |= {option: further.get(option) for option in ("most", "minutes")}
    options["paths"] = " ".join(asked.paths) if "paths" in further else None
    said = [f"--{option} {value}".removesuffix(".0") for option, value in options.items() if value]
    spelled = " ".join(said)
    print(f"# {name} ({spelled})", flush=True)
    began = time.monotonic()
    with remembered(sys.stdout) as lines:
        found: list[str] = import_module(f"proof.{name}").run(asked.seed, asked.each, **further)
    seconds = time.monotonic() - began
    print(*(f"WRONG {each}" for each in found), sep="\n")
    print(f"{name}: {len(found)} wrong, {seconds:.0f} s\n", flush=True)
    if asked.figures:
        told = next((line for line in reversed(lines) if line and not line.startswith("|")), "")
        figures = Figures(
            name=name,
            asked=spelled,
            told=told.strip(),
            wrong=len(found),
            seconds=seconds,
            table=tuple(line for line in lines if line.startswith("|")),
        )
        write(asked.figures, figures)
    return found


def _further(name: str, asked: argparse.Namespace) -> dict[str, object]:
    return {option: getattr(asked, option) for option, takers in OPTIONS.items() if name in takers}


if __name__ == "__main__":
    main()
