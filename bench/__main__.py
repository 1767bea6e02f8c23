"""`python -m bench [NAME]...`: run benchmarks and print a table of each."""

from __future__ import annotations

import sys
import time
from importlib import import_module

NAMES = ("start", "action", "detection", "traffic", "many", "list", "day", "big", "artifacts")
"""Each lives in the module of its name: `run` measures and returns a table."""


def main() -> None:
    """Run what was named, or everything."""
    names = sys.argv[1:] or NAMES
    if unknown := set(names) - set(NAMES):
        sys.exit(f"bench: no such benchmark: {', '.join(sorted(unknown))}; there are {NAMES}")
    for name in names:
        began = time.monotonic()
        table = import_module(f"bench.{name}").run()
        print(f"{table}\n\n(`python -m bench {name}`, {time.monotonic() - began:.0f} s)\n")


if __name__ == "__main__":
    main()
