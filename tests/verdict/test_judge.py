from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from itertools import permutations
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from argogate.model.workflow import NodePhase, NodeType, Phase, Workflow
from argogate.verdict.conclusion import DECIDING_ORDER, EXIT_CODES, Conclusion
from argogate.verdict.endings import (
    Abandoned,
    AccessDenied,
    Cancelled,
    Crashed,
    Deleted,
    Ending,
    Finished,
    Limit,
    NeverAppeared,
    PartEnded,
    PartMissing,
    Replaced,
    RequestRefused,
    Suspended,
    TimedOut,
    Unfinished,
    Unreachable,
)
from argogate.verdict.judge import Rules, add_shortfalls, judge
from argogate.verdict.observation import Observation, Target
from tests.build import HOSTILE, judged, moment, node, observed, workflow

if TYPE_CHECKING:
    from collections.abc import Sequence

RUNNING = workflow(node("a", "Running"), phase="Running", progress="1/3")
PASSED = observed(workflow(node("a"), phase="Succeeded"))
FAILED = observed(workflow(node("a", "Failed", message="exit 3")))

ENDINGS: dict[str, tuple[Ending, int, tuple[str, ...]]] = {
    "not-found": (NeverAppeared(waited=30), 3, ("argo/wf did not appear within 30s", "-n")),
    "not-found, at once": (NeverAppeared(waited=0), 3, ("argo/wf did not appear; check",)),
    "not-found, old one": (
        NeverAppeared(waited=30, found="an archived run is there; --accept-archived takes it"),
        3,
        ("argo/wf did not appear within 30s", "--accept-archived"),
    ),
    "not-found, deleted": (
        Deleted(why_no_result="the server has no archive"),
        3,
        ("argo/wf was deleted before its end was seen (last seen Running 1/3)", "no archive"),
    ),
    "not-found, replaced": (
        Replaced(new_uid="u2"),
        3,
        ("argo/wf was replaced", "uid u2", "the one waited for was last seen Running 1/3"),
    ),
    "denied": (
        AccessDenied(reason="https://argo answered 403: bind a role"),
        4,
        ("403: bind a role",),
    ),
    "usage": (RequestRefused(reason="https://argo answered 400: bad"), 2, ("answered 400",)),
    "unreachable": (
        Unreachable(reason="connection refused", outage=300),
        5,
        (
            "no trustworthy answer about argo/wf (for 5m): connection refused; ",
            "refused; before that it was last seen Running 1/3, and it may still run",
        ),
    ),
    "unreachable, at once": (
        Unreachable(reason="a web page"),
        5,
        ("no trustworthy answer about argo/wf: a web page",),
    ),
    "timed-out": (
        TimedOut(limit=Limit.TIMEOUT, seconds=3600),
        124,
        ("argo/wf was not over after 1h (--timeout), when last seen Running 1/3",),
    ),
    "timed-out, pending": (
        TimedOut(limit=Limit.PENDING, seconds=60, reason="waits for argo/Mutex/m"),
        124,
        ("1m (--pending-timeout)", ": waits for argo/Mutex/m"),
    ),
    "timed-out, stalled": (TimedOut(limit=Limit.STALL, seconds=60), 124, ("--stall-timeout",)),
    "suspended": (
        Suspended(approvals=("ask", "legal")),
        7,
        ("argo/wf waits for an approval: ask and legal", "argo resume -n argo wf"),
    ),
    "incomplete": (
        Abandoned(because="argo/other"),
        6,
        ("argo/wf was not waited for", "argo/other did not pass", "--fail-fast"),
    ),
    "cancelled": (
        Cancelled(signal_name="SIGINT"),
        130,
        ("the wait for argo/wf was cancelled by SIGINT when last seen Running 1/3",),
    ),
    "cancelled, by SIGTERM": (Cancelled(signal_name="SIGTERM"), 143, ("SIGTERM",)),
    "internal, unfinished": (Unfinished(), 70, ("the gate did not finish", "argo/wf")),
    "internal": (Crashed(error="KeyError: x"), 70, ("a bug in argogate", "argo/wf", "KeyError: x")),
}


@pytest.mark.parametrize("words", ENDINGS)
def test_every_ending_has_its_conclusion_exit_code_and_sentence(words: str) -> None:
    ending, exit_code, fragments = ENDINGS[words]
    verdict = judged(observed(RUNNING, ending))
    assert verdict.conclusion == words.split(",", maxsplit=1)[0]
    assert verdict.exit_code == exit_code
    for fragment in fragments:
        assert fragment in verdict.message
    assert judged(observed(RUNNING, ending), exit_zero=True).exit_code == exit_code
    assert verdict.results[0].workflow is RUNNING


def test_every_ending_but_a_finish_is_in_the_table() -> None:
    kinds = {type(ending) for ending, _, _ in ENDINGS.values()}
    assert kinds | {Finished, PartEnded, PartMissing} == set(Ending.__args__)


@pytest.mark.parametrize(
    ("seen", "said"),
    [
        (None, "down"),
        (RUNNING, "down; before that it was last seen Running 1/3, and it may still run"),
        (workflow(phase="Failed"), "down; before that it was last seen Failed"),
    ],
)
@pytest.mark.parametrize("ending", [AccessDenied(reason="down"), Unreachable(reason="down")])
def test_what_is_left_alone_is_said_to_run_on_as_far_as_that_may_be(
    ending: Ending, seen: Workflow | None, said: str
) -> None:
    assert judged(observed(seen, ending)).message.endswith(said)


def test_a_workflow_that_was_never_seen_is_not_said_to_have_a_phase() -> None:
    message = judged(observed(None, Cancelled(signal_name="SIGINT"))).message
    assert message == "the wait for argo/wf was cancelled by SIGINT before it was seen"
    new = workflow(phase="")
    assert "last seen without a phase" in judged(observed(new, Deleted(why_no_result="-"))).message


@pytest.mark.parametrize("phase", [*Phase])
def test_only_succeeded_passes_unless_the_user_allows_more(phase: Phase) -> None:
    seen = workflow(phase=phase)
    assert judged(observed(seen)).exit_code == (0 if phase is Phase.SUCCEEDED else 1)
    allowed = frozenset({Phase.SUCCEEDED, Phase.FAILED})
    verdict = judged(observed(seen), success_phases=allowed)
    assert verdict.exit_code == (0 if phase in allowed else 1)
    assert judged(observed(seen), success_phases=frozenset()).exit_code == 1


def test_the_poll_fixes_the_verdict_whatever_the_tree_shows() -> None:
    poll = workflow(phase="Failed")
    tree = workflow(node("a"), phase="Succeeded")
    assert judged(observed(tree, Finished(poll=poll))).exit_code == 1
    assert judged(observed(poll, Finished(poll=tree))).exit_code == 0
    assert judged(observed(None, Finished(poll=poll))).exit_code == 1


@pytest.mark.parametrize(
    ("root", "exit_code", "fragment"),
    [
        (NodePhase.SUCCEEDED, 0, "ended Succeeded"),
        (NodePhase.FAILED, 1, "terminated before its work was done"),
        (NodePhase.SKIPPED, 1, "terminated before its work was done"),
        (NodePhase.UNKNOWN, 1, "terminated before its work was done"),
        (None, 1, "terminated and nothing shows that its work was done"),
    ],
)
def test_succeeded_after_terminate_is_a_pass_only_if_the_root_succeeded(
    root: NodePhase | None, exit_code: int, fragment: str
) -> None:
    poll = workflow(phase="Succeeded", shutdown="Terminate")
    tree = workflow(node("a"), phase="Succeeded") if root else poll
    nodes = {**tree.nodes}
    if root:
        nodes["wf"] = node("wf", root, id="wf")
    seen = workflow(phase="Succeeded", shutdown="Terminate", nodes=nodes)
    verdict = judged(observed(seen, Finished(poll=poll)))
    assert verdict.exit_code == exit_code
    assert fragment in verdict.message
    unread = judged(observed(None, Finished(poll=poll)))
    assert (unread.exit_code, unread.conclusion) == (1, Conclusion.FAILED)


KILLED = node("a", message="workflow shutdown with strategy:  Stop")


@pytest.mark.parametrize(
    "seen",
    [
        workflow(KILLED, phase="Succeeded", shutdown="Stop"),
        workflow(KILLED, phase="Succeeded"),
        workflow(KILLED, node("b", message="Step exceeded its deadline"), phase="Succeeded"),
    ],
)
@pytest.mark.parametrize("phases", ["Succeeded", "Succeeded Failed"])
def test_work_that_was_cut_short_is_no_pass(seen: Workflow, phases: str) -> None:
    allowed = frozenset(map(Phase, phases.split()))
    verdict = judged(observed(seen), success_phases=allowed)
    assert verdict.exit_code == 1
    assert "cut short: a (workflow shutdown with strategy: Stop)" in verdict.message


def test_a_failure_that_was_cut_short_is_no_pass_either() -> None:
    seen = workflow(node("a", "Failed", message=KILLED.message))
    assert judged(observed(seen), success_phases=frozenset({Phase.FAILED})).exit_code == 1


def test_who_stopped_it_is_said() -> None:
    labels = {"workflows.argoproj.io/action": "Stop", "workflows.argoproj.io/actor": "ann"}
    failed = workflow(node("a", "Failed", message="x"), shutdown="Stop", labels=labels)
    assert "(stopped with strategy Stop by ann): a (x)" in judged(observed(failed)).message
    retried = replace(failed, shutdown="")
    assert "stopped with strategy" not in judged(observed(retried)).message
    named = workflow(phase="Failed", message="Stopped with strategy 'Stop'", shutdown="Stop")
    assert judged(observed(named)).message == "argo/wf ended Failed after 1m 5s: " + named.message
    cut = workflow(KILLED, phase="Succeeded", labels=labels)
    assert "cut short by ann: a" in judged(observed(cut)).message


def test_a_part_that_was_cut_short_is_no_pass_and_another_part_is() -> None:
    poll = workflow(KILLED, node("b"), phase="Running", shutdown="Stop")
    cut = judged(observed(poll, PartEnded(poll=poll, nodes=("wf-a",)), part=("wf-a",)))
    assert (cut.exit_code, cut.message) == (
        1,
        "argo/wf: work was cut short: a (workflow shutdown with strategy: Stop)",
    )
    good = judged(observed(poll, PartEnded(poll=poll, nodes=("wf-b",)), part=("wf-b",)))
    assert good.exit_code == 0


def test_a_part_that_is_missing_is_a_failure_where_the_workflow_was_cut_short() -> None:
    poll = workflow(KILLED, phase="Succeeded")
    ending = PartMissing(poll=poll, patterns=("x",), names=("a",))
    assert judged(observed(poll, ending)).exit_code == 1


@pytest.mark.parametrize("how", ["Stop", "Terminate"])
def test_succeeded_with_a_shutdown_and_no_tree_shows_no_work(how: str) -> None:
    poll = workflow(phase="Succeeded", shutdown=how)
    verdict = judged(observed(None, Finished(poll=poll)))
    assert verdict.exit_code == 1
    assert "nothing shows that its work was done" in verdict.message


@pytest.mark.parametrize("how", ["Stop", "Terminate"])
def test_a_shutdown_that_came_when_all_was_done_is_a_pass_and_is_said(how: str) -> None:
    labels = {"workflows.argoproj.io/action": how, "workflows.argoproj.io/actor": "ann"}
    verdict = judged(observed(workflow(node("a"), phase="Succeeded", shutdown=how, labels=labels)))
    assert verdict.exit_code == 0
    assert f"the shutdown ({how} by ann) came when all of its work was done" in verdict.message


@pytest.mark.parametrize(
    ("observation", "message"),
    [
        (PASSED, "argo/wf ended Succeeded after 1m 5s"),
        (FAILED, "argo/wf ended Failed after 1m 5s: a (exit 3)"),
        (
            observed(workflow(node("a", "Failed"), node("b", "Error"), node("c", "Failed"))),
            "argo/wf ended Failed after 1m 5s: a (phase Failed), and 2 more",
        ),
        (
            observed(workflow(node("a", "Failed", message="exit\n3"), phase="Succeeded")),
            "argo/wf ended Succeeded after 1m 5s, tolerating a (exit 3)",
        ),
        (
            observed(workflow(phase="Failed", message="invalid spec: template 'x' undefined")),
            "argo/wf ended Failed after 1m 5s: invalid spec: template 'x' undefined",
        ),
        (observed(workflow(phase="Error", started_at=None)), "argo/wf ended Error"),
        (
            observed(
                None, Finished(poll=workflow(phase="Succeeded", finished_at=None), settled=False)
            ),
            "argo/wf ended Succeeded (finishedAt never came; outputs may be missing)",
        ),
    ],
)
def test_the_sentence_names_the_workflow_its_end_and_the_first_failure(
    observation: Observation, message: str
) -> None:
    assert judged(observation).message == message


@pytest.mark.parametrize(
    ("phases", "exit_code", "message"),
    [
        (["Succeeded"], 0, "argo/wf: a ended well"),
        (["Succeeded", "Skipped"], 0, "argo/wf: a and b ended well"),
        (["Succeeded", "Omitted"], 1, "argo/wf: b ended Omitted (why)"),
        (["Failed", "Error"], 1, "argo/wf: a ended Failed (why) and b ended Error (why)"),
        (["Running"], 1, "argo/wf: a ended Running (why)"),
        ([""], 1, "argo/wf: a ended without a phase (why)"),
        (["Unknown"], 1, "argo/wf: a ended Unknown (why)"),
        ([], 1, "argo/wf: no node ended"),
    ],
)
def test_a_part_passes_if_each_of_its_nodes_did(
    phases: list[str], exit_code: int, message: str
) -> None:
    nodes = [node(name, each, message="why") for name, each in zip("ab", phases, strict=False)]
    poll = workflow(*nodes, phase="Failed")
    verdict = judged(observed(poll, PartEnded(poll=poll, nodes=tuple(each.id for each in nodes))))
    assert (verdict.exit_code, verdict.message) == (exit_code, message)


def test_a_daemon_that_still_runs_is_a_part_that_passes() -> None:
    poll = workflow(node("db", "Running", daemoned=True), phase="Running")
    assert judged(observed(poll, PartEnded(poll=poll, nodes=("wf-db",)))).exit_code == 0


def test_a_part_that_is_not_there_any_more_does_not_pass() -> None:
    poll = workflow(node("a"), phase="Running")
    verdict = judged(observed(poll, PartEnded(poll=poll, nodes=("wf-a", "wf-b"))))
    assert (verdict.exit_code, verdict.message) == (1, "argo/wf: wf-b ended without a phase")


@pytest.mark.parametrize(
    ("phase", "exit_code", "fragments"),
    [
        ("Failed", 1, ["argo/wf ended Failed before any node matched --node x and y*"]),
        ("Succeeded", 3, ["ended Succeeded without a node that matches --node x", "has: a and b"]),
    ],
)
def test_a_part_that_nothing_matched_is_missing_unless_the_workflow_failed(
    phase: str, exit_code: int, fragments: list[str]
) -> None:
    ending = PartMissing(poll=workflow(phase=phase), patterns=("x", "y*"), names=("a", "b"))
    verdict = judged(observed(None, ending))
    assert verdict.exit_code == exit_code
    for fragment in fragments:
        assert fragment in verdict.message
    none = PartMissing(poll=workflow(phase=phase), patterns=("x",), names=())
    assert judged(observed(None, none)).exit_code == exit_code
    assert judged(observed(None, none)).message.endswith("it has: none")
    unread = judged(observed(None, replace(none, unread=True)))
    assert unread.exit_code == exit_code
    assert unread.message.endswith("as its nodes could not be read, --node x is not known")


def test_failures_are_told_in_every_ending() -> None:
    seen = workflow(node("a", "Failed"), phase="Running")
    result = judged(observed(seen, TimedOut(limit=Limit.TIMEOUT, seconds=1))).results[0]
    assert [leaf.path for leaf in result.failures] == ["a"]
    assert judged(observed(None, AccessDenied(reason="-"))).results[0].failures == ()


def test_what_does_not_exist_passes_only_if_that_is_allowed_and_nothing_was_there() -> None:
    absent = observed(None, NeverAppeared(waited=30))
    verdict = judged(absent, ignore_not_found=True)
    assert (verdict.exit_code, verdict.conclusion) == (0, Conclusion.PASSED)
    assert verdict.message == "argo/wf does not exist, which --ignore-not-found allows"
    other = observed(None, NeverAppeared(waited=30, found="an older run"))
    assert judged(other, ignore_not_found=True).exit_code == 3
    gone = observed(RUNNING, Deleted(why_no_result="-"))
    assert judged(gone, ignore_not_found=True).exit_code == 3


def test_exit_zero_turns_a_failure_into_zero_and_keeps_the_conclusion() -> None:
    verdict = judged(FAILED, exit_zero=True)
    assert verdict.exit_code == 0
    assert verdict.conclusion is Conclusion.FAILED
    assert not verdict.results[0].passed
    assert judged(FAILED, PASSED, exit_zero=True).deciding.exit_code == 1


EVERY_CODE: dict[int, Observation] = {
    70: observed(None, Crashed(error="-")),
    130: observed(None, Cancelled(signal_name="SIGINT")),
    143: observed(None, Cancelled(signal_name="SIGTERM")),
    1: FAILED,
    2: observed(None, RequestRefused(reason="-")),
    4: observed(None, AccessDenied(reason="-")),
    3: observed(None, NeverAppeared(waited=1)),
    5: observed(None, Unreachable(reason="-")),
    124: observed(None, TimedOut(limit=Limit.TIMEOUT, seconds=1)),
    7: observed(None, Suspended(approvals=("a",))),
    6: observed(PASSED.workflow, shortfalls=("artifact x is missing",)),
    0: PASSED,
}


def test_the_most_definite_failure_decides_for_several_workflows() -> None:
    codes = list(EVERY_CODE)
    assert tuple(codes) == DECIDING_ORDER
    for first, second in permutations(codes, 2):
        verdict = judged(EVERY_CODE[first], EVERY_CODE[second])
        assert verdict.exit_code == min(first, second, key=codes.index)
        assert verdict.deciding.exit_code == verdict.exit_code
    for start in range(len(codes)):
        rest = codes[start:]
        assert judged(*(EVERY_CODE[code] for code in reversed(rest))).exit_code == rest[0]


def test_the_message_tells_of_all_and_then_of_the_one_that_decides() -> None:
    assert judged(FAILED).message == judged(FAILED).deciding.message
    assert judged(PASSED, PASSED).message == "all 2 workflows passed"
    verdict = judged(PASSED, FAILED, EVERY_CODE[5], PASSED, PASSED)
    assert verdict.message == f"of 5 workflows 2 did not pass; {verdict.deciding.message}"


@pytest.mark.parametrize(
    ("target", "words"),
    [
        (Target(namespace="argo", name="wf"), "argo/wf did not appear within 9s; check the name"),
        (
            Target(namespace="argo", name="-l a=b", named=False),
            "nothing that -l a=b means appeared in namespace argo within 9s; check the labels",
        ),
    ],
)
def test_labels_are_no_name(target: Target, words: str) -> None:
    missing = observed(None, NeverAppeared(waited=9), target=target)
    assert judged(missing).message.startswith(words)
    found = observed(None, NeverAppeared(waited=9, found="2 are archived"), target=target)
    assert judged(found).message.endswith("; 2 are archived")


@pytest.mark.parametrize("code", [code for code in EVERY_CODE if code not in {0, 1}])
def test_a_failure_that_is_forgiven_forgives_nothing_else(code: int) -> None:
    assert judged(FAILED, EVERY_CODE[code], exit_zero=True).exit_code == code


def test_each_conclusion_has_one_exit_code_of_its_own() -> None:
    assert set(EXIT_CODES) == {*Conclusion}
    assert len(set(EXIT_CODES.values())) == len(Conclusion)
    assert set(EXIT_CODES.values()) | {143} == set(DECIDING_ORDER)


@pytest.mark.parametrize("code", EVERY_CODE)
def test_a_shortfall_makes_a_pass_incomplete_and_is_added_to_any_other_message(code: int) -> None:
    before = judged(EVERY_CODE[code])
    after = add_shortfalls(
        before, ["the report --junit x.xml could not be written: No space left", "b"]
    )
    passed = code == 0
    assert after.exit_code == (6 if passed else code)
    assert after.conclusion == (Conclusion.INCOMPLETE if passed else before.conclusion)
    word = ", but " if passed else "; besides, "
    assert after.message == (
        f"{before.message}{word}the report --junit x.xml could not be written: No space left; b"
    )


def test_a_required_artifact_that_is_missing_makes_a_pass_incomplete() -> None:
    verdict = judged(EVERY_CODE[6])
    assert (verdict.exit_code, verdict.conclusion) == (6, Conclusion.INCOMPLETE)
    assert verdict.message == "argo/wf ended Succeeded after 1m 5s, but artifact x is missing"


def test_a_report_that_is_missing_counts_once() -> None:
    verdict = add_shortfalls(judged(PASSED, PASSED), ["x is missing"])
    assert [result.exit_code for result in verdict.results] == [6, 0]
    assert verdict.exit_code == 6
    kept = add_shortfalls(judged(PASSED, FAILED), ["x is missing"])
    assert [result.exit_code for result in kept.results] == [0, 1]


IDS = st.sampled_from(["wf", "wf-a", "wf-b", "x"])
TEXTS = st.sampled_from(HOSTILE) | st.text(max_size=20)
SECONDS = st.floats(min_value=0, max_value=1e9)
NODES = st.builds(
    node,
    st.sampled_from("abc"),
    st.sampled_from([*NodePhase]),
    st.sampled_from([*NodeType]),
    message=TEXTS,
    boundary_id=IDS,
    children=st.lists(st.sampled_from(["wf", "wf-a", "wf-c"])).map(tuple),
    display_name=TEXTS,
)


def _seen(nodes: Sequence[object], **members: object) -> Workflow:
    return workflow(*nodes, **members)  # type: ignore[arg-type]


WORKFLOWS = st.builds(
    _seen,
    st.lists(NODES, max_size=4),
    phase=st.sampled_from([*Phase]),
    phase_word=TEXTS,
    message=TEXTS,
    shutdown=st.sampled_from(["", "Stop", "Terminate"]),
    finished_at=st.none() | SECONDS.map(moment),
)
ANY_ENDING = st.one_of(
    st.builds(Finished, poll=WORKFLOWS, settled=st.booleans()),
    st.builds(NeverAppeared, waited=SECONDS, found=TEXTS),
    st.builds(Deleted, why_no_result=TEXTS),
    st.builds(Replaced, new_uid=TEXTS),
    st.builds(AccessDenied, reason=TEXTS),
    st.builds(RequestRefused, reason=TEXTS),
    st.builds(Unreachable, reason=TEXTS, outage=SECONDS),
    st.builds(TimedOut, limit=st.sampled_from(Limit), seconds=SECONDS, reason=TEXTS),
    st.builds(Suspended, approvals=st.lists(TEXTS, max_size=8).map(tuple)),
    st.builds(PartEnded, poll=WORKFLOWS, nodes=st.lists(IDS, max_size=3).map(tuple)),
    st.builds(PartMissing, poll=WORKFLOWS, patterns=st.tuples(TEXTS), names=st.tuples(TEXTS)),
    st.builds(Abandoned, because=TEXTS),
    st.builds(Cancelled, signal_name=st.sampled_from(["SIGINT", "SIGTERM"])),
    st.builds(Crashed, error=TEXTS),
    st.builds(Unfinished),
)
OBSERVATIONS = st.builds(
    Observation,
    target=st.builds(Target, namespace=TEXTS, name=TEXTS),
    ending=ANY_ENDING,
    workflow=st.none() | WORKFLOWS,
    shortfalls=st.lists(st.text(max_size=9), max_size=2).map(tuple),
)
RULES = st.builds(
    Rules,
    success_phases=st.frozensets(st.sampled_from(Phase)),
    ignore_not_found=st.booleans(),
    exit_zero=st.booleans(),
)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(OBSERVATIONS, min_size=1, max_size=3), RULES)
def test_judging_is_total_pure_and_never_green_without_a_reason(
    observations: list[Observation], rules: Rules
) -> None:
    before = deepcopy(observations)
    verdict = judge(observations, rules)
    assert judge(observations, rules) == verdict
    assert observations == before
    assert [result.observation for result in verdict.results] == observations
    for result in verdict.results:
        ending = result.observation.ending
        absent = isinstance(ending, NeverAppeared) and rules.ignore_not_found
        if result.exit_code == 0:
            assert result.passed
            assert absent or (
                isinstance(ending, PartEnded)
                if not isinstance(ending, Finished)
                else ending.poll.phase in rules.success_phases
            )
        if result.exit_code == 1:
            assert isinstance(ending, Finished | PartEnded | PartMissing)
    if verdict.exit_code == 0 and not rules.exit_zero:
        assert all(result.passed for result in verdict.results)


@given(OBSERVATIONS, RULES)
def test_a_message_is_one_line_of_bounded_length(observation: Observation, rules: Rules) -> None:
    result = judge([observation], rules).results[0]
    if not observation.shortfalls:
        assert result.message == " ".join(result.message.split())
        assert len(result.message) <= 1000


TERMINATED = "workflow shutdown with strategy: Terminate"
WHY = "Pending: ErrImagePull: no such image"


@pytest.mark.parametrize(
    ("pending", "expected"),
    [
        ({"wf-a": WHY}, f"a ({TERMINATED}; before that {WHY}), and 1 more"),
        ({"wf-b": WHY}, f"a ({TERMINATED}), and 1 more; b: {WHY} before that"),
        ({"wf-a": "it waited for an approval"}, "; before that it waited for an approval)"),
    ],
)
def test_what_a_terminated_run_had_waited_for_is_told(
    pending: dict[str, str], expected: str
) -> None:
    ended = workflow(
        node("a", "Failed", message=TERMINATED),
        node("b", "Failed", message=TERMINATED, finished_at=moment(9)),
        shutdown="Terminate",
    )
    assert expected in judged(observed(ended, pending=pending)).message


@pytest.mark.parametrize("phase", ["Failed", "Succeeded"])
def test_what_a_run_had_waited_for_that_was_terminated_in_the_queue_is_told(phase: str) -> None:
    ended = workflow(phase=phase, shutdown="Terminate", message="Stopped with strategy Terminate")
    lock = "Pending: Waiting for argo/Mutex/m lock (held by argo/b)"
    verdict = judged(observed(ended, pending={"wf": lock}))
    assert verdict.conclusion is Conclusion.FAILED
    assert verdict.message.endswith(f"; before that {lock}")


@pytest.mark.parametrize(
    "ending", [Cancelled(signal_name="SIGTERM"), Deleted(why_no_result="there is no archive")]
)
def test_what_it_waited_for_when_it_was_given_up_is_told(ending: Ending) -> None:
    stuck = workflow(node("a", "Pending", message="Unschedulable: no room"), phase="Running")
    message = judged(observed(stuck, ending)).message
    assert "last seen Running: node a is Pending: Unschedulable: no room" in message
    starting = workflow(node("a", "Pending"), phase="Running")
    for seen in (RUNNING, starting):
        assert ": node" not in judged(observed(seen, ending)).message
