"""Mutation testing: is a slip of the hand noticed by the tests that cover its file?

`python -m proof mutants --paths argogate/waiting/track.py --most 50 --seed 1` tries fifty, drawn by
that seed; without --paths, of all that decides and waits. Each is tried in a copy of the tree.
"""

from __future__ import annotations

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING

from proof.copies import ROOT, Copy, copied, once_more
from proof.explained import EXPLAINED
from proof.mutator import Mutant, mutants

if TYPE_CHECKING:
    from collections.abc import Sequence

PATHS = (
    "argogate/model",
    "argogate/verdict",
    "argogate/waiting",
    "argogate/reports/escape.py",
    "argogate/reports/markup.py",
)
"""What is mutated where nothing is named."""
END_TO_END = ("tests/situations", "tests/test_gate.py", "tests/test_choosing.py", "tests/proof")
TESTS: dict[str, tuple[tuple[str, ...], ...]] = {
    "argogate/model": (("tests/model",), ("tests/verdict", "tests/waiting"), END_TO_END),
    "argogate/verdict": (("tests/verdict",), ("tests/reports", "tests/ci"), END_TO_END),
    "argogate/waiting": (("tests/waiting",), ("tests/cli",), END_TO_END),
    "argogate/reports": (("tests/reports",), ("tests/ci", "tests/cli"), END_TO_END),
    "argogate/evidence": (("tests/evidence",), END_TO_END),
    "argogate/argo": (("tests/argo",), ("tests/cli",), END_TO_END),
    "argogate/ci": (("tests/ci",), ("tests/cli",)),
    "argogate/cli": (("tests/cli",), ("tests/packaging", *END_TO_END)),
    "argogate/publishing.py": (("tests/test_publishing.py",), ("tests/cli",)),
}
"""The tests that cover a folder: the nearest first; the next are asked where those notice nothing.

Of the nearest, the file that is called as the module comes first.
"""
JOBS = 2
AIR, GRACE = 3, 10
"""So many times what the tests need, and so many seconds more, until a mutant counts as endless."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """A mutant, and what noticed it."""

    mutant: Mutant
    by: str
    """`tests`, `time` where it never came to an end, or empty: it survived."""


def stages(path: str) -> list[tuple[str, ...]]:
    """Return the tests that cover a file, the nearest first."""
    folder = next((folder for folder in TESTS if path.startswith(folder)), None)
    if folder is None:
        msg = f"no tests are known of {path}: proof.mutants.TESTS"
        raise ValueError(msg)
    nearest, *further = TESTS[folder]
    own = f"{nearest[0]}/test_{Path(path).stem}.py"
    first = [(own,)] if (ROOT / own).exists() else []
    return [*first, nearest, *further]


def drawn(paths: Sequence[str], seed: int, most: int) -> tuple[list[Mutant], int]:
    """Return so many mutants of these files and folders, and how many there are."""
    files = [
        file
        for path in paths
        for file in ([ROOT / path] if path.endswith(".py") else sorted((ROOT / path).rglob("*.py")))
    ]
    found = [
        mutant
        for file in files
        for mutant in mutants(str(file.relative_to(ROOT)), file.read_text(encoding="utf-8"))
    ]
    numbers = range(len(found))
    if len(found) > most:
        numbers = sorted(random.Random(seed).sample(numbers, most))  # type: ignore[assignment]
    return [found[number] for number in numbers], len(found)


def unbroken(copy: Copy, wanted: Sequence[tuple[str, ...]]) -> dict[tuple[str, ...], int]:
    """Return the seconds that tests may take. Raises AssertionError where they fail unbroken."""
    limits = {}
    for tests in wanted:
        ended = copy.tests(tests, compiles=True)
        assert ended.code == 0, f"{' '.join(tests)} fail unbroken: {ended.out[-2000:]}"
        limits[tests] = int(ended.seconds * AIR) + GRACE
    return limits


def noticed(copy: Copy, mutant: Mutant, limits: dict[tuple[str, ...], int]) -> str:
    """Return what notices a mutant, if anything does."""
    with copy.changed({mutant.path: mutant.after}):
        for tests in stages(mutant.path):
            ended = copy.tests(tests, seconds=limits[tests])
            if ended.code:
                return "tests" if ended.code > 0 else "time"
    return ""


def attempt(chosen: Sequence[Mutant]) -> list[Tried]:
    """Try each of them, two at a time, in copies of the tree."""
    wanted = list(dict.fromkeys(tests for mutant in chosen for tests in stages(mutant.path)))
    with ExitStack() as stack:
        first = stack.enter_context(copied())
        limits = unbroken(first, wanted)
        idle: SimpleQueue[Copy] = SimpleQueue()
        idle.put(first)
        for _ in range(JOBS - 1):
            idle.put(stack.enter_context(once_more(first)))

        def one(mutant: Mutant) -> Tried:
            copy = idle.get()
            try:
                tried = Tried(mutant=mutant, by=noticed(copy, mutant, limits))
            finally:
                idle.put(copy)
            if not tried.by:
                print(_spelled(mutant), flush=True)
            return tried

        with ThreadPoolExecutor(JOBS) as pool:
            return list(pool.map(one, chosen))


def reason(mutant: Mutant) -> str:
    """Return why a mutant may survive, if somebody has said so."""
    return EXPLAINED.get((mutant.path, mutant.slip), "")


def _spelled(mutant: Mutant) -> str:
    lines = [f"survived: {mutant.path}:{mutant.line}: {mutant.kind}", *mutant.diff()]
    why = reason(mutant)
    return "\n  ".join([*lines, f"explained: {why}"] if why else lines)


def run(seed: int, each: int, *, paths: Sequence[str] = (), most: int | None = None) -> list[str]:
    """Try so many mutants; return those that survived without a reason."""
    chosen, known = drawn(paths or PATHS, seed, each if most is None else most)
    print(f"{len(chosen)} of {known} mutants of {', '.join(paths or PATHS)}", flush=True)
    tried = attempt(chosen)
    killed = sum(bool(one.by) for one in tried)
    for title, key in (("kind", lambda one: one.mutant.kind), ("folder", _folder)):
        of, dead = Counter(map(key, tried)), Counter(key(one) for one in tried if one.by)
        print(f"killed by {title}: " + ", ".join(f"{k}: {dead[k]}/{n}" for k, n in of.items()))
    survived = [one.mutant for one in tried if not one.by]
    explained = sum(bool(reason(mutant)) for mutant in survived)
    share = killed / len(tried) if tried else 1
    print(f"{killed} killed ({share:.1%}), {explained} survived with a reason")
    return [
        f"survived: {mutant.path}:{mutant.line}: {mutant.kind}: {mutant.slip}"
        for mutant in survived
        if not reason(mutant)
    ]


def _folder(tried: Tried) -> str:
    return str(Path(tried.mutant.path).parent)
