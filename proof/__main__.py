"""`python -m proof [NAME]... [OPTION]...`: prove, and print what was tried."""

from __future__ import annotations

import argparse
import signal
import sys
import time
from importlib import import_module
from pathlib import Path

NAMES = ("interleavings", "faults", "torture", "fuzz", "mutants", "regressions")
"""Each lives in the module of its name: `run` tries, prints, and returns what was wrong."""

OPTIONS = {"table": {"faults"}, "paths": {"mutants"}, "most": {"mutants", "regressions"}}
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
    parser.add_argument(
        "--paths", nargs="+", default=(), metavar="PATH", help="of which `mutants` are made"
    )
    parser.add_argument("--most", type=int, help="so many `mutants` or `regressions`")
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
    wrong = []
    for name in asked.names or NAMES:
        began = time.monotonic()
        print(f"# {name} (--seed {asked.seed} --each {asked.each})")
        found = import_module(f"proof.{name}").run(asked.seed, asked.each, **_further(name, asked))
        print(*(f"WRONG {each}" for each in found), sep="\n")
        print(f"{name}: {len(found)} wrong, {time.monotonic() - began:.0f} s\n")
        wrong += found
    sys.exit(bool(wrong))


def _further(name: str, asked: argparse.Namespace) -> dict[str, object]:
    return {option: getattr(asked, option) for option, takers in OPTIONS.items() if name in takers}


if __name__ == "__main__":
    main()
