"""`--follow`, whole: against a server that restarts, cuts and delays, in simulated time."""

from __future__ import annotations

import itertools
import json
import threading
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from argo_replay.faults import Fault, FaultKind
from argo_replay.run import load, parse
from argo_replay.server import DemoServer
from argogate.argo.address import parse_address
from argogate.argo.api import ArgoServer
from argogate.argo.credentials import Token, TokenFile
from argogate.argo.session import Transport
from argogate.argo.tls import Trust
from argogate.errors import Interrupted
from argogate.following import flow
from argogate.following import follower as module
from argogate.following.follower import Follower
from argogate.following.tail import Followed, Tail
from argogate.model.pods import PodLine
from argogate.model.workflow import Phase
from argogate.reports.escape import log_lines
from argogate.waiting.identity import Identity
from argogate.waiting.news import Changed, Standing
from argogate.waiting.patience import Limits
from tests.clock import SimulatedClock
from tests.harness import TOKEN, Log, Play, Played, recorded

if TYPE_CHECKING:
    from argo_replay.run import Run
    from argogate.argo.credentials import Credential
    from argogate.waiting.news import News

TALK = load(Path(__file__).with_name("log-follow.json"))
"""The lines and their times are a recording, the states of the workflow are made to go with them:
a and b print side by side, then c, whose first attempt fails."""
NAMES = {
    "c-follow-talk-1501720377": "a",
    "c-follow-talk-1451387520": "b",
    "c-follow-flaky-582847774": "c (attempt 1)",
    "c-follow-flaky-3199906075": "c (attempt 2)",
}
LOG = "/log$"
SIGNAL = "SIGTERM"


SELDOM = Limits(poll_interval=15, max_poll_interval=15)
"""Following hangs on no look: what it needs of a run it reads itself."""


def played(
    run: Run = TALK,
    *faults: Fault,
    follow: int = 1000,
    limits: Limits = SELDOM,
    **wish: Any,  # noqa: ANN401
) -> Played:
    return Play(run=run, faults=faults, follow=follow, limits=limits, **wish).play()


@cache
def troubled(*faults: Fault) -> Played:
    """Return what becomes of it, once for all that look at the same."""
    return played(TALK, *faults)


@cache
def followed() -> Played:
    """Return what becomes of it where nothing goes wrong."""
    return played(limits=Limits())


@cache
def plain() -> Played:
    """Return what becomes of it without --follow."""
    return played(follow=0, limits=Limits())


def printed(run: Run = TALK) -> dict[str, list[str]]:
    """Return what each pod printed, as it was recorded."""
    return {
        NAMES.get(log.pod, log.pod): [
            text for _, line in log.lines if " argo=true" not in line for text in log_lines(line)
        ]
        for log in run.logs
    }


def told(quoted: list[tuple[str, str]]) -> dict[str, list[str]]:
    """Return what was told of each pod, in the order in which it was."""
    found: dict[str, list[str]] = {}
    for source, text in quoted:
        found.setdefault(source, []).append(text)
    return found


def cut(*, start: float) -> Fault:
    return Fault(kind=FaultKind.CUT, match=LOG, start=start, stop=start + 0.5)


def test_every_line_is_told_once_in_the_order_of_its_pod_under_the_name_of_its_node() -> None:
    assert told(followed().quoted) == printed()
    assert followed().verdict.exit_code == 0


RESTART = Fault(kind=FaultKind.REFUSE, start=6, stop=20)
CUTS = [cut(start=second) for second in (3, 5, 7, 9, 11, 13, 23, 25, 33)]
TROUBLES = [
    CUTS,
    [RESTART],
    [Fault(kind=FaultKind.REFUSE, match=LOG, start=4, stop=39)],
    [Fault(kind=FaultKind.HANG, match=LOG, start=4, stop=9), cut(start=9), RESTART],
    [Fault(kind=FaultKind.RESET, match=LOG, start=5, after=700, times=4)],
    [Fault(kind=FaultKind.HANG, match=LOG, start=4, stop=28)],
    [Fault(kind=FaultKind.SLOW, match=LOG, seconds=9)],
    [Fault(kind=FaultKind.ANSWER, match=LOG, stop=15, status=503, body=b"busy")],
    [
        Fault(
            kind=FaultKind.ANSWER, match=LOG, stop=15, body=b'{"error":{"message":"x"}}', status=200
        )
    ],
]


@pytest.mark.parametrize(
    "faults",
    [
        *TROUBLES[:5],
        *(pytest.param(faults, marks=pytest.mark.thorough) for faults in TROUBLES[5:]),
    ],
)
def test_no_line_is_lost_or_told_twice_whatever_becomes_of_the_stream(faults: list[Fault]) -> None:
    seen = troubled(*faults)
    assert told(seen.quoted) == printed()
    assert seen.verdict.exit_code == 0


RECORDED = {
    "with-items": None,
    "daemon": ["client", "server"],
    "suspend-approve": ["build", "deploy"],
    "older/v3.4.18/hello-succeeds": ["main"],
}
OTHERS = {
    "server-restart-mid-poll": ["main"],
    "steps-one-fails": ["build", "integration", "unit"],
    "retry-exhausted": ["never (attempt 1)", "never (attempt 2)"],
    "nested-steps-dag": ["outer.d1.i1", "outer.d1.i2", "outer.d2.i1", "outer.d2.i2"],
    "on-exit-fails": ["main", "onExit"],
    "terminated": ["main"],
}


@pytest.mark.parametrize(
    ("name", "names"),
    [
        *RECORDED.items(),
        *(pytest.param(*other, marks=pytest.mark.thorough) for other in OTHERS.items()),
    ],
)
def test_recorded_runs_are_followed_whole(name: str, names: list[str] | None) -> None:
    run = recorded(name)
    quoted = told(played(run).quoted)
    assert sorted(quoted.values()) == sorted(lines for lines in printed(run).values() if lines)
    assert sorted(quoted) == (names or sorted(quoted))


@pytest.mark.parametrize("begin", [8, 41])
def test_whoever_begins_late_is_told_all_that_the_pods_still_have(begin: float) -> None:
    assert told(played(begin=begin).quoted) == printed()


def test_a_gap_is_said_and_a_short_one_is_not() -> None:
    long = troubled(RESTART).sentences
    assert [text for text in long if "was cut for" in text] == [
        "c-follow: the log stream was cut for 15s; it goes on where it was"
    ]
    assert not [text for text in troubled(*CUTS).sentences if "cut" in text]


def test_nothing_is_asked_and_told_without_the_wish() -> None:
    assert plain().quoted == []
    asked = plain().requests
    assert not [one for one in asked if one.path.endswith("/log") and "follow" in one.query]


def test_the_verdict_and_its_seconds_are_the_same_as_without() -> None:
    assert followed().verdict.message == plain().verdict.message
    assert followed().said == plain().said
    assert followed().seconds == pytest.approx(plain().seconds, abs=0.1)


@pytest.mark.parametrize(
    ("fault", "delay"),
    [
        (Fault(kind=FaultKind.HANG, match=LOG, start=33, stop=900), 5),
        (Fault(kind=FaultKind.REFUSE, match=LOG, start=33), 5),
        (Fault(kind=FaultKind.REFUSE, match=LOG, start=33, stop=51), 2.5),
        (Fault(kind=FaultKind.REFUSE, match=LOG, start=38), 5),
        pytest.param(
            Fault(kind=FaultKind.HANG, match=LOG, start=33, stop=46), 5, marks=pytest.mark.thorough
        ),
    ],
)
def test_the_end_waits_for_the_last_lines_and_never_for_long(fault: Fault, delay: float) -> None:
    seen, before = played(TALK, fault, limits=Limits()), plain().seconds
    assert before <= seen.seconds <= before + delay + 0.1
    assert seen.verdict.exit_code == 0
    complete = told(seen.quoted) == printed()
    assert complete != any("its last lines may be missing" in text for text in seen.sentences)


def test_what_the_stream_did_not_bring_is_read_at_the_end() -> None:
    stop = Fault(kind=FaultKind.HANG, match=LOG, query="follow", start=33)
    seen = played(TALK, stop)
    assert told(seen.quoted) == printed()
    asked = [one.query for one in seen.requests if one.path.endswith("/log")]
    assert "logOptions.follow" not in asked[-1]
    assert int(asked[-1]["logOptions.sinceSeconds"]) < 60


FORBIDDEN = json.dumps(
    {
        "error": {
            "grpc_code": 7,
            "http_code": 403,
            "message": 'pods is forbidden: User "system:serviceaccount:argo:ci" cannot watch '
            'resource "pods" in API group "" in the namespace "argo"',
        }
    }
).encode()


def test_a_refusal_is_said_once_with_the_remedy() -> None:
    seen = played(TALK, Fault(kind=FaultKind.ANSWER, match=LOG, status=403, body=FORBIDDEN))
    [said, last] = [text for text in seen.sentences if text.startswith("c-follow: ")]
    assert said.startswith("c-follow: its pods are not followed: ")
    assert 'cannot watch resource "pods"' in said
    assert said.endswith("; argogate doctor --follow NAME shows what the Role lacks")
    assert "its last lines may be missing" in last
    assert seen.verdict.exit_code == 0


def test_a_refusal_that_passes_is_not_said() -> None:
    fault = Fault(kind=FaultKind.ANSWER, match=LOG, stop=2, status=403, body=FORBIDDEN)
    seen = played(TALK, fault)
    assert told(seen.quoted) == printed()
    assert not [text for text in seen.sentences if text.startswith("c-follow")]


def test_what_cannot_be_followed_for_another_reason_is_said_without_a_remedy() -> None:
    body = b'{"code":12,"message":"no"}'
    seen = played(TALK, Fault(kind=FaultKind.ANSWER, match=LOG, status=501, body=body))
    [said] = [text for text in seen.sentences if "not followed" in text]
    assert said.endswith(" is not known here") or "argogate doctor" not in said


def test_a_stream_that_is_never_to_be_had_is_said_once() -> None:
    seen = played(TALK, Fault(kind=FaultKind.ANSWER, match=LOG, status=504, body=b"gateway"))
    [said] = [text for text in seen.sentences if "not followed" in text]
    assert "504" in said
    assert said.endswith("; asking again")


def test_pods_of_which_no_line_comes_are_said_to_be_silent() -> None:
    """Without pods/log the server answers with an empty log."""
    seen = played(TALK, Fault(kind=FaultKind.ANSWER, match=LOG, status=200, body=b""))
    [said] = [text for text in seen.sentences if "no line came" in text]
    assert said.startswith("no line came from the pods of c-follow: ")
    assert "pods/log" in said


def test_a_token_that_expires_is_renewed_for_the_next_stream(tmp_path: Path) -> None:
    file, held = tmp_path / "token", [SimulatedClock()]
    file.write_text("first-token")

    def valid() -> str:
        if held[0].now() < 7:
            return "first-token"
        file.write_text("second-token")
        return "second-token"

    def credential(clock: SimulatedClock) -> Credential:
        held[0] = clock
        return TokenFile(str(file))

    seen = played(TALK, cut(start=9), cut(start=24), credential=credential, valid=valid)
    assert told(seen.quoted) == printed()
    assert seen.verdict.exit_code == 0
    assert not [text for text in seen.sentences if "followed" in text]


def test_without_a_tree_a_pod_has_its_own_name() -> None:
    trees = Fault(kind=FaultKind.ANSWER, query="managedFields", status=500, body=b"{}")
    seen = played(TALK, trees)
    pods = dict(zip(NAMES, printed().values(), strict=True))
    assert told(seen.quoted) == pods


def test_other_containers_are_said_once_not_to_be_followed() -> None:
    seen = played(recorded("container-set"))
    said = "of containers other than main nothing is followed: a and b"
    assert seen.sentences.count(said) == 1


def several(number: int, *, later: float = 0) -> Run:
    """Return so many workflows that print the same, each so many seconds after the one before."""
    text = Path(__file__).with_name("log-follow.json").read_text("utf-8")
    document = json.loads(text)
    for count in range(1, number):
        other = json.loads(text.replace("c-follow", f"d{count}-follow"))
        for change in other["workflows"][f"d{count}-follow"][1:]:
            change["at"] += count * later
        for log in other["logs"]:
            log["lines"] = [[at + count * later, lines] for at, lines in log["lines"]]
        document["workflows"] |= other["workflows"]
        document["logs"] += other["logs"]
    return parse(document)


def test_of_several_workflows_each_line_says_of_which_it_is() -> None:
    seen = played(several(2), names=("c-follow", "d1-follow"))
    lines = told(seen.quoted)
    assert {name: lines[f"c-follow: {name}"] for name in NAMES.values()} == printed()
    assert len(lines) == 2 * len(NAMES)
    assert {name.partition(":")[0] for name in lines} == {"c-follow", "d1-follow"}


def test_who_selects_by_labels_is_told_of_which_each_line_is_also_where_it_is_one() -> None:
    seen = played(labels="workflows.argoproj.io/phase=Running")
    assert told(seen.quoted) == {f"c-follow: {name}": lines for name, lines in printed().items()}


@pytest.mark.parametrize("later", [0, 25])
def test_only_so_many_are_followed_at_a_time(monkeypatch: pytest.MonkeyPatch, later: float) -> None:
    monkeypatch.setattr(module, "MOST_STREAMS", 1)
    run = several(3, later=later)
    seen = played(run, names=tuple(run.workflows), listen=True)
    opened = [one for one in seen.requests if "logOptions.follow" in one.query]
    assert len({one.path for one in opened if one.at < 39}) == 1
    assert seen.sentences.count("1 workflows are followed at a time; others come later") == 1
    left = [text for text in seen.sentences if text.startswith("not followed, ")]
    names = "d1-follow and d2-follow"
    assert left == ([] if later else [f"not followed, as there were too many at a time: {names}"])
    followed = run.workflows if later else ("c-follow",)
    found = {name.partition(":")[0] for name, _ in seen.quoted}
    assert found == set(followed)
    assert len(seen.quoted) == len(followed) * sum(len(lines) for lines in printed().values())


def test_too_many_lines_in_all_are_counted_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flow, "MOST_LINES", 10)
    seen = played()
    assert len(seen.quoted) == 11
    [said] = [text for text in seen.sentences if "left out" in text]
    assert said == "… 22 lines of 4 pods left out: 10 lines is the most"


def test_a_log_without_a_time_of_the_server_is_read_by_our_own_clock() -> None:
    line = json.dumps({"result": {"content": "2026-11-25T16:44:03.5Z x", "podName": "p"}})
    odd = Fault(
        kind=FaultKind.ANSWER,
        match=LOG,
        times=1,
        body=line.encode(),
        status=200,
        headers=(("Date", "today"),),
    )
    quoted = told(played(TALK, odd).quoted)
    assert quoted.pop("p") == ["x"]
    assert quoted == printed()


def test_a_signal_writes_what_was_heard_and_ends_it_at_once() -> None:
    def hear(news: News) -> None:
        if isinstance(news, Changed) and news.workflow.progress == "2/3":
            raise Interrupted(SIGNAL)

    seen = played(hear=hear)
    heard = len(seen.quoted)
    assert told(seen.quoted).items() >= {name: printed()[name] for name in ("a", "b")}.items()
    assert seen.verdict.exit_code == 143
    assert [one for one in seen.requests if one.path.endswith("/log")][-1].query.get(
        "logOptions.follow"
    )
    assert len(seen.quoted) == heard


def test_a_signal_leaves_no_line_that_waits_for_its_turn_and_no_writer() -> None:
    before = set(threading.enumerate())
    looks = itertools.count(1)

    def hear(news: News) -> None:
        if isinstance(news, Standing) and next(looks) == 8:
            raise Interrupted(SIGNAL)

    seen = played(hear=hear, limits=Limits(poll_interval=1, max_poll_interval=1))
    assert set(told(seen.quoted)) == {"a", "b"}
    for writer in {*threading.enumerate()} - before:
        if writer.name == "follow":
            writer.join(5)
            assert not writer.is_alive()


def test_a_run_that_is_retried_is_followed_again() -> None:
    clock, log = SimulatedClock(settle=0.02), Log()
    with DemoServer([TALK], token=TOKEN, clock=clock) as server:
        argo = ArgoServer(Transport(parse_address(server.url), Token(TOKEN, "token"), Trust()))
        follower = Follower(argo, clock, log, most_lines=99, clean=str, several=False)
        run = argo.poll("argo", "c-follow", timeout=5).workflow
        late = Tail(Followed(namespace="argo", name="c-follow", uid=""), argo, clock, follower)
        follower.changed(run)  # which it does not know
        follower.appeared("argo", run)
        follower.changed(replace(run, phase=Phase.FAILED))
        clock.pause(60, threading.Event())
        follower.changed(replace(run, phase=Phase.RUNNING))
        clock.pause(5, threading.Event())
        follower.finish([replace(run, uid="another"), replace(run, name="another")])
        follower.stop()
        follower.hear(late, PodLine("p", "", "too late", argo=False))
        follower.say("too late")
    asked = [one for one in server.requests if one.path.endswith("/log")]
    assert len(asked) > 2
    assert told(log.quoted) == printed()
    assert log.sentences == []


def test_a_run_that_is_over_and_gone_is_not_asked_for_any_more() -> None:
    clock, log = SimulatedClock(settle=0.02), Log()
    away = Fault(kind=FaultKind.ANSWER, match=LOG, stop=50, status=503, body=b"busy")
    run = recorded("archived-then-deleted")
    with DemoServer([run], token=TOKEN, clock=clock, faults=[away]) as server:
        argo = ArgoServer(Transport(parse_address(server.url), Token(TOKEN, "token"), Trust()))
        follower = Follower(argo, clock, log, most_lines=99, clean=str, several=False)
        [name] = run.workflows
        seen = argo.poll("argo", name, timeout=5).workflow
        follower.appeared("argo", replace(seen, phase=Phase.SUCCEEDED))
        clock.pause(300, threading.Event())
        follower.stop()
    asked = [one for one in server.requests if one.path.endswith("/log")]
    assert len([one for one in asked if one.at > 50]) == 1


def test_no_line_is_lost_where_the_clock_of_the_server_is_not_like_ours() -> None:
    """A machine sleeps, or a clock is set: what was reckoned before a cut is too little."""
    clock, log = SimulatedClock(settle=0.02), Log()
    with DemoServer(
        [TALK], token=TOKEN, clock=clock, speed=3, faults=[cut(start=5), RESTART]
    ) as server:
        argo = ArgoServer(Transport(parse_address(server.url), Token(TOKEN, "token"), Trust()))
        follower = Follower(argo, clock, log, most_lines=99, clean=str, several=False)
        follower.appeared("argo", argo.poll("argo", "c-follow", timeout=5).workflow)
        clock.pause(20, threading.Event())
        follower.finish([argo.tree("argo", "c-follow", timeout=5).workflow])
    assert told(log.quoted) == printed()


def test_where_no_thread_is_to_be_had_the_wait_goes_on_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A limit on processes, as containers have it: Python raises RuntimeError."""
    start = threading.Thread.start

    def refuse(thread: threading.Thread) -> None:
        if thread.name.startswith("log "):
            msg = "can't start new thread"
            raise RuntimeError(msg)
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", refuse)
    seen = played()
    assert "c-follow: its pods are not followed: can't start new thread" in seen.sentences
    assert seen.verdict.exit_code == 0


def test_where_no_thread_is_to_be_had_at_the_end_that_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    start = threading.Thread.start

    def refuse(thread: threading.Thread) -> None:
        if thread.name == "rest c-follow":
            msg = "can't start new thread"
            raise RuntimeError(msg)
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", refuse)
    seen = played(listen=True)
    assert "the last lines of pods may be missing: can't start new thread" in seen.sentences


def test_what_is_in_the_archive_has_no_pods() -> None:
    play = Play(
        run=recorded("archived-then-deleted"),
        begin=35,
        identity=Identity(accept_archived=True),
        follow=1000,
    )
    seen = play.play()
    assert seen.verdict.exit_code == 0
    assert not [one for one in seen.requests if "logOptions.follow" in one.query]
