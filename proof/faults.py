"""The fault matrix: every fault at every moment, shorter and longer than its budget.

`python -m proof faults --table docs/faults.md` writes the table.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

from proof.faulty import FaultyProxy, Spoiling, answer
from proof.gate import Ended, playing, recorded, start

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

BRIEF, FOR_GOOD = 1.2, float("inf")
OUTAGE = 6
"""Seconds of `--outage-timeout`: longer than a brief fault with all its pauses."""
MOST_SECONDS = 45.0
LIMITS = (
    *("--poll-interval", "100ms", "--max-poll-interval", "300ms", "--request-timeout", "1s"),
    *("--outage-timeout", f"{OUTAGE}s", "--collect-timeout", f"{OUTAGE}s", "--timeout", "30s"),
    *("--appear-timeout", "3s"),
)
REPORTS = ("--junit", "junit.xml", "--result", "result.json", "--summary", "summary.md")

PAGE = b"<html><body>502 Bad Gateway, or a login</body></html>"


def _status(code: int, reason: str = "", *headers: str, body: bytes | None = None) -> Spoiling:
    text = b'{"code":2,"message":"spoilt"}' if body is None else body
    return Spoiling(name=f"{code}", answer=answer(f"{code} {reason or 'Spoilt'}", text, *headers))


def _types(body: bytes) -> bytes:
    return b'{"metadata":[],"status":"Succeeded","items":{"a":1}}'[: max(len(body), 1)]


SPOILINGS = (
    Spoiling(name="refused", refuses=True),
    Spoiling(name="reset before the head", resets=True),
    Spoiling(name="closed without an answer", closes=True),
    Spoiling(name="cut in the head", cuts=0.05),
    Spoiling(name="cut in the body", cuts=0.8),
    Spoiling(name="reset in the body", cuts=0.8, resets_after=True),
    Spoiling(name="drips", drips=True),
    Spoiling(name="stalls before the head", stalls=True),
    Spoiling(name="stalls in the body", cuts=0.8, stalls=True),
    Spoiling(name="100 Continue without end", interim=True),
    Spoiling(name="garbage", answer=b"\x00\xff\x13garbage\r\n\r\n" * 20),
    Spoiling(name="HTML, 200", answer=answer("200 OK", PAGE, kind="text/html")),
    Spoiling(name="no JSON, 200", answer=answer("200 OK", b"{]")),
    Spoiling(name="empty, 200", answer=answer("200 OK")),
    Spoiling(name="JSON of wrong types", answer=answer("200 OK", _types(b" " * 99))),
    _status(400),
    _status(401),
    _status(403),
    Spoiling(name="404, HTML", answer=answer("404 Not Found", PAGE, kind="text/html")),
    _status(408),
    _status(425),
    Spoiling(name="429, text", answer=answer("429 Too Many Requests", b"slow", kind="text/plain")),
    Spoiling(
        name="429, Retry-After: 1",
        answer=answer("429 Too Many Requests", b"slow", "Retry-After: 1", kind="text/plain"),
    ),
    Spoiling(
        name="429, Retry-After: a date",
        answer=answer("429 Too Many Requests", b"", "Retry-After: Wed, 01 Jan 2020 00:00:00 GMT"),
    ),
    Spoiling(
        name="429, JSON",
        answer=answer("429 Too Many Requests", b'{"code":8,"message":"rate limited"}'),
    ),
    Spoiling(name="429, empty", answer=answer("429 Too Many Requests")),
    _status(500),
    _status(502),
    _status(503),
    _status(504),
    Spoiling(name="302 to a login", answer=answer("302 Found", b"", "Location: /login")),
)

WIRE, SIGNAL = "wire", "signal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """When it happens: at the N-th request that is meant."""

    name: str
    meant: str
    nth: int = 1
    run: str = "steps-one-fails"
    arguments: tuple[str, ...] = ("steps-one-fails",)
    code: int = 1
    """The exit code undisturbed."""
    first: bool = False
    """Whether the server has not answered properly before."""
    over: bool = False
    """Whether the verdict is fixed by then."""
    lost: int | None = None
    """The exit code where a lasting fault costs what is required."""


POLL = r"GET /api/v1/workflows/argo/[a-z-]+\?fields=metadata"
MOMENTS = (
    Moment(name="first look", meant=POLL, first=True),
    Moment(name="waiting", meant=POLL, nth=3),
    Moment(name="stream is opened", meant="/workflow-events/argo"),
    Moment(
        name="list",
        meant=r"GET /api/v1/(workflows/argo\?|workflow-events/argo\?.*sendInitialEvents)",
        arguments=("-l", "lab/scenario=steps-one-fails"),
        first=True,
    ),
    Moment(name="final read", meant="fields=-metadata", over=True),
    Moment(name="log", meant="/log[?]", over=True),
    Moment(
        name="artifact",
        meant="GET /(artifacts|artifact-files)",
        run="hello-succeeds",
        arguments=("hello-succeeds", "--artifacts", "out", "--require-artifact", "main-logs"),
        code=0,
        over=True,
        lost=6,
    ),
)
HEADING = f"""\
# What a fault of the wire comes to

Written by `python -m proof faults --table docs/faults.md`; not to be edited.

The exit codes of the real process where an exchange goes wrong: briefly ({BRIEF:g} s) / for good,
with `--outage-timeout {OUTAGE}s`. The workflow that is waited for has failed (1); the one whose
artifact is required has passed (0). See [exit codes](../README.md#exit-codes).
"""
SIGNALS = {"SIGINT": 130, "SIGTERM": 143, "SIGHUP": 143, "SIGKILL": -9}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One fault at one moment, and what came of it."""

    fault: str
    moment: Moment
    lasting: bool
    ended: Ended
    came: bool
    allowed: frozenset[int]

    def complaints(self) -> Iterator[str]:
        """Yield what is wrong with it."""
        code, red = self.ended.code, self.ended.red()
        if not self.came:
            yield "the moment never came"
        if code is None:
            yield f"it hung for {self.ended.seconds:.0f} s"
            return
        if code not in self.allowed:
            yield f"exit code {code}, not one of {sorted(self.allowed)}: {self.ended.out[:200]!r}"
        if code != 2 and red is None:
            yield "no JUnit report that can be read"
        if red is not None and red is (code == 0):
            yield f"exit code {code} beside a {'red' if red else 'green'} JUnit report"
        if self.ended.parts and code != SIGNALS["SIGKILL"]:
            yield f"half-written: {', '.join(self.ended.parts)}"
        if self.ended.stragglers:
            yield f"{self.ended.stragglers} processes were left"
        if "Traceback" in self.ended.err:
            yield "a traceback"

    @property
    def code(self) -> str:
        """The exit code as the table has it."""
        if not self.came:
            return "not tried"
        return "hung" if self.ended.code is None else str(self.ended.code)

    def __str__(self) -> str:
        """Say what it is."""
        length = "for good" if self.lasting else "briefly"
        return f"{self.fault}, {length}, at: {self.moment.name}"


def allowed(spoiling: Spoiling, moment: Moment, *, lasting: bool) -> frozenset[int]:
    """Return the exit codes that are right."""
    refusal = {"400": 2, "401": 4, "403": 4}.get(spoiling.name)
    nonsense = spoiling.name in {"HTML, 200", "no JSON, 200", "garbage", "302 to a login"}
    nonsense = nonsense or spoiling.name == "JSON of wrong types"
    if moment.over:
        lost = moment.code if moment.lost is None else moment.lost
        # What is gone for a moment is fetched again, but where it says that it is to stay.
        return frozenset({lost} if lasting else {moment.code, lost if refusal else moment.code})
    if moment.first and refusal in {2, 4}:
        return frozenset({refusal, moment.code} if not lasting else {refusal})
    if moment.first and nonsense:
        return frozenset({5} if lasting else {5, moment.code})
    if not lasting:
        return frozenset({moment.code})
    return frozenset({4, 5} if refusal == 4 else {5})


def try_spoiling(spoiling: Spoiling, moment: Moment, *, lasting: bool) -> Cell:
    """Run the gate once against a server that is spoilt from a moment on."""
    seconds = FOR_GOOD if lasting else BRIEF
    with (
        playing(recorded(moment.run)) as server,
        FaultyProxy(
            server.url, moment.meant, nth=moment.nth, spoiling=spoiling, seconds=seconds
        ) as proxy,
    ):
        ended = start(
            ("wait", *moment.arguments, *REPORTS, *LIMITS), proxy.url, most_seconds=MOST_SECONDS
        )
        return Cell(
            fault=spoiling.name,
            moment=moment,
            lasting=lasting,
            ended=ended,
            came=proxy.came,
            allowed=allowed(spoiling, moment, lasting=lasting),
        )


def cells(jobs: int) -> list[Cell]:
    """Try everything."""
    with ThreadPoolExecutor(jobs) as pool:
        tried = [
            pool.submit(try_spoiling, spoiling, moment, lasting=lasting)
            for spoiling, moment, lasting in product(SPOILINGS, MOMENTS, (False, True))
        ]
        return [one.result() for one in tried]


def tabulate(found: Iterable[Cell]) -> str:
    """Return the exit codes as Markdown: a line for each fault, a column for each moment."""
    codes: dict[str, dict[str, list[str]]] = {}
    for cell in found:
        moments = codes.setdefault(cell.fault, {})
        moments.setdefault(cell.moment.name, []).append(cell.code)
    lines = [HEADING, f"| Fault | {' | '.join(moment.name for moment in MOMENTS)} |"]
    lines += [f"| --- |{' --- |' * len(MOMENTS)}"]
    lines += [
        f"| {fault} | {' | '.join(' / '.join(moments[moment.name]) for moment in MOMENTS)} |"
        for fault, moments in codes.items()
    ]
    return "\n".join(lines) + "\n"


def run(
    seed: int,  # noqa: ARG001 - all of it is tried
    each: int,  # noqa: ARG001
    jobs: int = 8,
    *,
    table: Path | None = None,
) -> list[str]:
    """Try every fault at every moment; return what was wrong."""
    found = cells(jobs)
    print(f"{len(found)} cells: {len(SPOILINGS)} faults, {len(MOMENTS)} moments, brief and lasting")
    if table:
        table.write_text(tabulate(found), encoding="utf-8")
    return [f"{cell}: {complaint}" for cell in found for complaint in cell.complaints()]
