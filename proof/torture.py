"""Torture: typical runs, over and over, each time with another outside operation that fails.

The N-th open, write, rename, mkdir, unlink, connect, send, recv, thread, child or print fails, or a
signal arrives right before it, for every N of a run. Whatever happens, the exit code is one that
the run may have, no report says green beside a red code, nothing half-written stays, and no
process is left.
"""

from __future__ import annotations

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from proof.gate import Ended, Trouble, playing, recorded, start

if TYPE_CHECKING:
    from collections.abc import Iterator

SIGNALS = ("SIGTERM", "SIGINT", "SIGHUP")
ERRORS = ("EIO", "ENOSPC")
CANCELLED = {"SIGTERM": 143, "SIGHUP": 143, "SIGINT": 130}
INTERNAL = 70
MOST_SECONDS = 60.0

REPORTS = ("--junit", "junit.xml", "--result", "result.json", "--summary", "summary.md")
BRISK = ("--poll-interval", "100ms", "--max-poll-interval", "200ms")
SPEED = 40.0
"""Played seconds in a second: what is waited for costs the most."""
PATIENT = ("--outage-timeout", "20s", "--appear-timeout", "2s", "--collect-timeout", "20s")


@dataclass(frozen=True, slots=True, kw_only=True)
class Typical:
    """A run of the gate as people start it, and the exit code that it has undisturbed."""

    name: str
    run: str
    arguments: tuple[str, ...]
    code: int


TYPICAL = (
    Typical(name="passing", run="hello-succeeds", arguments=("hello-succeeds",), code=0),
    Typical(name="failing", run="steps-one-fails", arguments=("steps-one-fails",), code=1),
    Typical(
        name="polling only",
        run="dag-diamond-fails",
        arguments=("dag-diamond-fails", "--no-watch", "--logs", "none"),
        code=1,
    ),
    Typical(
        name="artifacts",
        run="with-items",
        arguments=("with-items", "--artifacts", "out", "--extract", "--jobs", "2"),
        code=1,
    ),
    Typical(
        name="flaky, with variables",
        run="retry-flaky-succeeds",
        arguments=("retry-flaky-succeeds", "--dotenv", "gate.env", "-o", "json"),
        code=0,
    ),
    Typical(
        name="timed out",
        run="suspend-approve",
        arguments=("suspend-approve", "--timeout", "1s", "--on-timeout", "stop"),
        code=124,
    ),
    Typical(name="never appears", run="hello-succeeds", arguments=("nobody",), code=3),
    Typical(
        name="recorded",
        run="hello-succeeds",
        arguments=("hello-succeeds", "--record", "run.har"),
        code=0,
    ),
    Typical(name="newest", run="hello-succeeds", arguments=("@latest",), code=0),
    Typical(
        name="a part",
        run="steps-one-fails",
        arguments=("steps-one-fails", "--node", "unit", "--node", "build"),
        code=0,
    ),
)


def play(typical: Typical, trouble: Trouble | None = None) -> Ended:
    """Run it once."""
    with playing(recorded(typical.run), speed=SPEED) as server:
        arguments = ("wait", *typical.arguments, *REPORTS, *BRISK, *PATIENT)
        return start(arguments, server.url, trouble=trouble, most_seconds=MOST_SECONDS)


def complaints(typical: Typical, trouble: Trouble, ended: Ended) -> Iterator[str]:
    """Yield what is wrong with an end."""
    allowed = _allowed(typical, trouble)
    if ended.code is None:
        yield f"it hung for {ended.seconds:.0f} s"
        return
    if ended.code not in allowed:
        yield f"exit code {ended.code}, not one of {sorted(allowed)}"
    if ended.red() is not None and ended.red() is not (ended.code != 0):
        colour = "red" if ended.red() else "green"
        yield f"exit code {ended.code} beside a JUnit report that is {colour}"
    if ended.parts:
        yield f"half-written: {', '.join(ended.parts)}"
    if ended.stragglers:
        yield f"{ended.stragglers} processes were left"
    if "Traceback" in ended.err and ended.code != INTERNAL:
        yield "a traceback"
    if ended.code in {0, 1} and ended.red() is None and trouble.what in SIGNALS:
        yield "no report"


def _allowed(typical: Typical, trouble: Trouble) -> set[int]:
    if trouble.what in SIGNALS:
        return {CANCELLED[trouble.what], typical.code}
    # A failed operation may cost a report (6), the file system before the first request (2), a
    # connection for good (5), or what nobody can help (70); never the workflow's own verdict.
    return {typical.code, 2, 5, 6, INTERNAL}


def troubles(operations: tuple[str, ...], each: int, rng: random.Random) -> list[Trouble]:
    """Return what is tried on a run with these operations: all of them, or so many."""
    numbers = list(range(1, len(operations) + 1))
    if len(numbers) > each:
        numbers = sorted(rng.sample(numbers, each))
    return [
        Trouble(at=number, what=rng.choice(words))
        for number in numbers
        for words in (ERRORS, SIGNALS)
    ]


def run(seed: int, each: int, jobs: int = 2) -> list[str]:
    """Torture every typical run with at most `each` operations of it; return what was wrong."""
    rng = random.Random(seed)
    wrong: list[str] = []
    count = 0
    for typical in TYPICAL:
        quiet = play(typical)
        if quiet.code != typical.code:
            wrong.append(f"{typical.name}: undisturbed, exit code {quiet.code}: {quiet.err[-300:]}")
            continue
        tried = troubles(quiet.operations, each, rng)
        with ThreadPoolExecutor(jobs) as pool:
            ends = list(pool.map(lambda trouble, one=typical: play(one, trouble), tried))
        count += len(ends)
        codes = Counter(end.code for end in ends)
        print(
            f"{typical.name}: {len(quiet.operations)} operations, {len(tried)} runs, exit codes "
            + ", ".join(f"{code}: {count}" for code, count in sorted(codes.items(), key=str))
        )
        for trouble, end in zip(tried, ends, strict=True):
            hit = end.operations[trouble.at - 1] if len(end.operations) >= trouble.at else "(none)"
            wrong += [
                f"{typical.name}: {trouble.what} at {hit}: {complaint}"
                for complaint in complaints(typical, trouble, end)
            ]
    print(f"{count} runs of {len(TYPICAL)} kinds, each with another operation that fails")
    return wrong
