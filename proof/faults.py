"""The fault matrix: every fault at every moment, shorter and longer than its budget.

`python -m proof faults --table docs/faults.md` writes the table.
"""

from __future__ import annotations

import ssl
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import product
from typing import TYPE_CHECKING

import trustme

from proof import local
from proof.cells import Cell, Moment, tabulate
from proof.faulty import FaultyProxy, Identities, Spoiling, answer
from proof.gate import playing, recorded, start

if TYPE_CHECKING:
    from collections.abc import Iterator
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
    Spoiling(name="another certificate", certificate=True),
    Spoiling(name="the server's clock is ahead", ahead=3600),
    Spoiling(name="the server's clock is behind", ahead=-3600),
)

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
    Moment(name="final read", meant="fields=-metadata", over=True, at_once=True),
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


def allowed(spoiling: Spoiling, moment: Moment, *, lasting: bool) -> frozenset[int]:
    """Return the exit codes that are right."""
    refusal = {"400": 2, "401": 4, "403": 4}.get(spoiling.name)
    nonsense = spoiling.name in {"HTML, 200", "no JSON, 200", "garbage", "302 to a login"}
    nonsense = nonsense or spoiling.name == "JSON of wrong types" or spoiling.certificate
    if spoiling.ahead:
        return frozenset({moment.code})
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
        playing(recorded(moment.run), over=moment.at_once) as server,
        _identities(encrypted=spoiling.certificate) as identities,
        FaultyProxy(
            server.url,
            moment.meant,
            nth=moment.nth,
            spoiling=spoiling,
            seconds=seconds,
            identities=identities,
        ) as proxy,
    ):
        trust = ("--ca-cert", identities.file, "--secure") if identities else ()
        ended = start(
            ("wait", *moment.arguments, *REPORTS, *LIMITS, *trust),
            proxy.url,
            most_seconds=MOST_SECONDS,
        )
        return Cell(
            fault=spoiling.name,
            moment=moment,
            lasting=lasting,
            ended=ended,
            came=proxy.came,
            allowed=allowed(spoiling, moment, lasting=lasting),
        )


@contextmanager
def _identities(*, encrypted: bool) -> Iterator[Identities | None]:
    """Make certificates that are to be believed, and one that is not."""
    if not encrypted:
        yield None
        return
    with tempfile.TemporaryDirectory() as folder:
        known, stranger = trustme.CA(), trustme.CA()
        known.cert_pem.write_to_path(f"{folder}/ca.pem")
        contexts = [ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER) for _ in range(2)]
        for authority, context in zip((known, stranger), contexts, strict=True):
            authority.issue_cert("127.0.0.1").configure_cert(context)
        yield Identities(file=f"{folder}/ca.pem", proper=contexts[0], other=contexts[1])


HEADING = f"""\
# What a fault comes to

Written by `python -m proof faults --table docs/faults.md`; not to be edited.

Each word is the [exit code](../README.md#exit-codes) of the real process and the colour of its
JUnit report: briefly / for good. A report is red beside every code but 0.

## Of the wire

A fault that is brief lasts {BRIEF:g} s; `--outage-timeout` is {OUTAGE} s. The workflow that is
waited for has failed (1); the one whose artifact is required has passed (0).

"""
LOCAL = """
## Of the machine

The workflow passes (`--success-phase Failed`), and all its artifacts are required. A signal comes
once; a full disk, a folder that cannot be written and closed streams take one operation where they
are brief; the name server is away, and the clock an hour ahead, for 1.2 s or for good.

"""
SHORT = (
    ("reset before the head", "first look", True),
    ("HTML, 200", "waiting", False),
    ("400", "waiting", False),
    ("drips", "waiting", False),
    ("JSON of wrong types", "list", False),
    ("404, HTML", "first look", True),
    ("empty, 200", "artifact", True),
)
"""What a short form tries of the wire: the fault, the moment, and whether for good."""


def wanted(*, short: bool) -> list[tuple[Spoiling, Moment, bool]]:
    """Return what is tried of the wire."""
    return [
        (spoiling, moment, lasting)
        for spoiling, moment, lasting in product(SPOILINGS, MOMENTS, (False, True))
        if not short or (spoiling.name, moment.name, lasting) in SHORT
    ]


def run(
    seed: int,  # noqa: ARG001 - all of it is tried
    each: int,
    jobs: int = 8,
    *,
    table: Path | None = None,
) -> list[str]:
    """Try every fault at every moment, or a few where `each` is below 10; return what is wrong."""
    short = each < 10
    with ThreadPoolExecutor(2 if short else jobs) as pool:
        tried = [
            pool.submit(try_spoiling, spoiling, moment, lasting=lasting)
            for spoiling, moment, lasting in wanted(short=short)
        ]
        befallen = [
            pool.submit(local.try_fault, fault, moment, lasting=lasting)
            for fault, moment, lasting in local.wanted(short=short)
        ]
        wire, machine = [one.result() for one in tried], [one.result() for one in befallen]
    print(f"{len(wire)} cells of the wire, {len(machine)} of the machine")
    if table:
        text = HEADING + tabulate(wire, MOMENTS) + LOCAL + tabulate(machine, local.MOMENTS)
        table.write_text(text, encoding="utf-8")
    return [f"{cell}: {complaint}" for cell in wire + machine for complaint in cell.complaints()]
