"""What befalls the gate on its own machine: signals, disk, streams, clock, name server."""

from __future__ import annotations

from itertools import product

from proof.cells import KILLED, Cell, Moment
from proof.faulty import FaultyProxy
from proof.gate import Befalls, playing, recorded, start

BRIEF, FOR_GOOD = 1.2, float("inf")
MOST_SECONDS = 45.0
RUN = "junit-artifact"
SPEED = 2.0
"""Played seconds in a second: it must not be over before a busy machine has looked three times."""
LOST = 6
REFUSED = 2
AWAY = 5
WISHES = (
    *("--success-phase", "Failed", "--artifacts", "out", "--extract", "--require-artifact", "*"),
    *("--junit", "junit.xml", "--result", "result.json", "--summary", "summary.md"),
    *("--poll-interval", "100ms", "--max-poll-interval", "300ms", "--request-timeout", "1s"),
    *("--outage-timeout", "6s", "--collect-timeout", "6s", "--timeout", "30s", "--jobs", "1"),
)
GITHUB = {"GITHUB_ACTIONS": "true", "GITHUB_OUTPUT": "outputs.txt"}
SIGNALS = {"SIGINT": 130, "SIGTERM": 143, "SIGHUP": 143, "SIGKILL": KILLED}
DISKS = ("disk full", "read-only folder")
STREAMS, NAMES, CLOCK = "stdout and stderr closed", "no name server", "clock jumps"
FAULTS = (*SIGNALS, *DISKS, STREAMS, NAMES, CLOCK)

POLL = r"send GET /api/v1/workflows/argo/[a-z-]+\?fields=metadata"


def _moment(name: str, meant: str, **more: object) -> Moment:
    return Moment(name=name, meant=meant, run=RUN, arguments=(RUN,), code=0, lost=LOST, **more)  # type: ignore[arg-type]


MOMENTS = (
    _moment("import", r"import argogate\.gate$", first=True),
    _moment("first look", POLL, first=True),
    _moment("waiting", POLL, nth=3),
    _moment("stream is opened", "send GET /api/v1/workflow-events/argo"),
    Moment(
        name="list",
        meant=r"send GET /api/v1/(workflows/argo\?|workflow-events/argo\?.*sendInitialEvents)",
        run=RUN,
        arguments=("-l", f"lab/scenario={RUN}"),
        code=0,
        lost=LOST,
        first=True,
    ),
    _moment("final read", "send GET .*fields=-metadata", over=True, at_once=True),
    _moment("log", "send GET .*/log[?]", over=True),
    _moment("artifact", "send GET /(artifacts|artifact-files)", over=True),
    _moment("extraction", r"create out/.*[.]part/\d+/", over=True),
    _moment("report writing", r"rename [.]argogate[.].*[.]part", nth=4, over=True),
    _moment("announcing", r"create outputs[.]txt", over=True, told=True),
)
"""By operation; the first three files that are put in place hold those of three reports."""
BEFORE = ("import",)
LAST = ("report writing", "announcing")
SHORT = (
    ("SIGTERM", "waiting"),
    ("SIGINT", "report writing"),
    ("SIGKILL", "waiting"),
    ("disk full", "extraction"),
    ("read-only folder", "report writing"),
    (STREAMS, "first look"),
)
"""What a short form tries."""


def makes_sense(fault: str, moment: Moment) -> bool:
    """Whether a fault can do anything at a moment."""
    return fault != NAMES or moment.name not in {*BEFORE, *LAST, "extraction"}


def wanted(*, short: bool) -> list[tuple[str, Moment, bool]]:
    """Return what is tried; a signal comes once."""
    return [
        (fault, moment, lasting)
        for fault, moment, lasting in product(FAULTS, MOMENTS, (False, True))
        if makes_sense(fault, moment)
        and not (lasting and fault in SIGNALS)
        and (not short or ((fault, moment.name) in SHORT and (lasting or fault in SIGNALS)))
    ]


def allowed(fault: str, moment: Moment, *, lasting: bool) -> frozenset[int]:
    """Return the exit codes that are right."""
    if fault == "SIGKILL":
        return frozenset({KILLED})
    if fault in SIGNALS:
        return frozenset({0} if moment.name in LAST else {SIGNALS[fault]})
    if fault in DISKS:
        return _of_disks(moment, lasting=lasting)
    if fault == NAMES and lasting:
        return frozenset({LOST if moment.over else AWAY})
    return frozenset({0})


def _of_disks(moment: Moment, *, lasting: bool) -> frozenset[int]:
    """Return what a file that cannot be written costs: at most what was asked for."""
    if moment.name in BEFORE:  # nothing was asked of the server yet
        return frozenset({REFUSED} if lasting else {REFUSED, 0})
    if moment.name == "announcing":  # the verdict is told, and outputs are no report
        return frozenset({0})
    # One operation that fails may be one that is not needed, or is tried again.
    return frozenset({LOST} if lasting else {LOST, 0})


def try_fault(fault: str, moment: Moment, *, lasting: bool) -> Cell:
    """Run the gate once, and let it befall it."""
    befalls = Befalls(
        fault=fault,
        meant=moment.meant,
        nth=moment.nth,
        seconds=FOR_GOOD if lasting or fault in SIGNALS else BRIEF,
    )
    # Behind this proxy every request has a connection of its own, whose name is looked up.
    with (
        playing(recorded(moment.run), speed=SPEED, over=moment.at_once) as server,
        FaultyProxy(server.url, "never meant") as proxy,
    ):
        ended = start(
            ("wait", *moment.arguments, *WISHES),
            proxy.url,
            befalls=befalls,
            environment=GITHUB,
            most_seconds=MOST_SECONDS,
        )
    return Cell(
        fault=fault,
        moment=moment,
        lasting=lasting,
        ended=ended,
        came=ended.came,
        allowed=allowed(fault, moment, lasting=lasting),
        silent=fault in DISKS or (fault == "SIGKILL" and moment.name in BEFORE),
    )
