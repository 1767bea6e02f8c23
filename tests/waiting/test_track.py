"""Every situation of one wait, as rows: what came at which second, and how it ended."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from argogate.errors import (
    ArgoError,
    CertificateRefused,
    Denied,
    Impossible,
    Malformed,
    NoArchive,
    NotFound,
    NotUnderstood,
    Unavailable,
)
from argogate.model.answers import Glimpse, Poll
from argogate.model.workflow import LABEL_ARCHIVING, Phase, Workflow
from argogate.verdict.endings import (
    AccessDenied,
    Deleted,
    Ending,
    Finished,
    Limit,
    NeverAppeared,
    Replaced,
    RequestRefused,
    TimedOut,
    Unreachable,
)
from argogate.verdict.observation import Target
from argogate.waiting.absence import Action
from argogate.waiting.contact import Contact
from argogate.waiting.identity import Identity
from argogate.waiting.news import Changed, News, Recovered, Remarked, Troubled
from argogate.waiting.patience import Limits
from argogate.waiting.track import Next, Track
from tests.build import BEGAN, workflow

if TYPE_CHECKING:
    from collections.abc import Sequence

GATE_BEGAN = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)
BEFORE, AFTER = GATE_BEGAN - timedelta(hours=1), GATE_BEGAN + timedelta(minutes=1)
TARGET = Target(namespace="argo", name="wf")

RUNNING = workflow(phase="Running", finished_at=None)
PENDING = workflow(phase="Pending", started_at=None, finished_at=None)
SUCCEEDED = workflow(phase="Succeeded", finished_at=AFTER)
FAILED = workflow(phase="Failed", finished_at=AFTER)
OTHER = replace(RUNNING, uid="07he4")
PERSISTED = {LABEL_ARCHIVING: "Persisted"}
OLD_GREEN = replace(SUCCEEDED, uid="01d", finished_at=BEFORE, labels=PERSISTED)
ARCHIVED = replace(SUCCEEDED, labels=PERSISTED)
UNSETTLED = replace(SUCCEEDED, finished_at=None)
NOT_FOUND = NotFound("no such workflow")
ANOTHER = NotFound("no such other workflow", names_another=True)
DOWN_SAID = "connection refused"
DOWN = Unavailable(DOWN_SAID)
HTML = NotUnderstood("a page")
GARBLED = NotUnderstood("empty", passing=True)
RESET = Unavailable("reset; is it TLS?", later="reset")
FORBIDDEN = Denied("403", status=403, renewable=False)
UNAUTHORIZED = Denied("401", status=401, renewable=False)
RENEWABLE = Denied("401", status=401, renewable=True)
ASK_ARCHIVE = Action.ASK_ARCHIVE

Answer = Workflow | ArgoError


def follow(
    rows: Sequence[tuple[float, Answer]],
    *,
    identity: Identity | None = None,
    limits: Limits | None = None,
    news: list[News] | None = None,
) -> tuple[Track, Next]:
    """Feed answers to a track until it ends, wants the archive, or there are no more."""
    heard: list[News] = [] if news is None else news
    track = Track(
        TARGET, identity or Identity(), limits or Limits(timeout=0), began=0, on_news=heard.append
    )
    ending: Next = None
    for second, answer in rows:
        now = float(second)
        if isinstance(answer, ArgoError):
            ending = track.fail(answer, now)
        else:
            server_time = GATE_BEGAN + timedelta(seconds=now)
            ending = track.see(Poll(workflow=answer, server_time=server_time), now)
        ending = ending or track.expired(now)
        if ending:
            break
    return track, ending


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([(0, RUNNING)], None),
        ([(0, PENDING), (2, RUNNING)], None),
        ([(0, workflow(phase="", finished_at=AFTER))], None),
        ([(0, replace(RUNNING, phase=Phase.UNKNOWN, phase_word="Paused"))], None),
        ([(0, RUNNING), (5, SUCCEEDED)], Finished(poll=SUCCEEDED)),
        ([(0, FAILED)], Finished(poll=FAILED)),
        ([(0, RUNNING), (1, UNSETTLED), (30, UNSETTLED)], None),
        ([(0, RUNNING), (1, UNSETTLED), (31, UNSETTLED)], Finished(poll=UNSETTLED, settled=False)),
        ([(0, UNSETTLED), (29, RUNNING), (30, UNSETTLED), (59, UNSETTLED)], None),
        ([(0, UNSETTLED), (2, SUCCEEDED)], Finished(poll=SUCCEEDED)),
    ],
)
def test_only_a_terminal_phase_with_an_end_is_the_end(
    rows: list[tuple[float, Answer]], expected: Ending | None
) -> None:
    assert follow(rows)[1] == expected


@pytest.mark.parametrize(
    ("rows", "identity", "expected"),
    [
        ([(0, NOT_FOUND), (29, NOT_FOUND)], Identity(), None),
        ([(5, NOT_FOUND), (35, NOT_FOUND)], Identity(), NeverAppeared(waited=30)),
        ([(0, NOT_FOUND), (10, RUNNING), (50, RUNNING)], Identity(), None),
        ([(0, DOWN), (40, NOT_FOUND), (69, NOT_FOUND)], Identity(), None),
        ([(0, OLD_GREEN)], Identity(accept_archived=True), Finished(poll=OLD_GREEN)),
        ([(0, OLD_GREEN)], Identity(uid="01d"), Finished(poll=OLD_GREEN)),
        (
            [(0, OLD_GREEN)],
            Identity(created_after=GATE_BEGAN - timedelta(days=1)),
            Finished(poll=OLD_GREEN),
        ),
        ([(60, replace(OLD_GREEN, finished_at=AFTER))], Identity(), "later"),
        ([(0, replace(OLD_GREEN, generate_name="ci-", name="ci-x7k2p"))], Identity(), "unique"),
        ([(0, replace(SUCCEEDED, finished_at=BEFORE))], Identity(), "live"),
    ],
)
def test_a_run_is_taken_when_it_is_surely_the_one(
    rows: list[tuple[float, Answer]], identity: Identity, expected: Ending | str | None
) -> None:
    ending = follow(rows, identity=identity)[1]
    if isinstance(expected, str):
        assert isinstance(ending, Finished)
    else:
        assert ending == expected


@pytest.mark.parametrize(
    ("answer", "identity", "named"),
    [
        (OLD_GREEN, Identity(), ("01d", "archived", "--accept-archived")),
        (replace(OLD_GREEN, finished_at=None), Identity(), ("--accept-archived",)),
        (
            replace(SUCCEEDED, finished_at=BEFORE, deleted_at=BEFORE),
            Identity(),
            ("already marked for deletion", "--uid"),
        ),
        (RUNNING, Identity(created_after=AFTER), ("--created-after",)),
        (replace(RUNNING, created_at=None), Identity(created_after=AFTER), ("unknown",)),
    ],
)
def test_another_run_counts_as_not_there_and_the_message_says_what_would_accept_it(
    answer: Workflow, identity: Identity, named: tuple[str, ...]
) -> None:
    _, ending = follow([(0, answer), (30, answer)], identity=identity)
    assert isinstance(ending, NeverAppeared)
    assert all(word in ending.found for word in named)


def test_an_old_archived_run_found_before_any_clock_was_seen_is_not_taken() -> None:
    track = Track(TARGET, Identity(), Limits(), began=0, on_news=lambda _: None)
    assert track.see(Poll(workflow=OLD_GREEN), 0) is None
    assert track.last is None


@pytest.mark.parametrize(
    ("rows", "archived", "expected"),
    [
        ([(0, RUNNING), (2, NOT_FOUND)], ARCHIVED, Finished(poll=ARCHIVED)),
        ([(0, PENDING), (2, NOT_FOUND)], ARCHIVED, Finished(poll=ARCHIVED)),
        ([(0, RUNNING), (2, OTHER)], ARCHIVED, Finished(poll=ARCHIVED)),
        ([(0, RUNNING), (2, NOT_FOUND)], NotFound("x"), Deleted),
        ([(0, RUNNING), (2, NOT_FOUND)], NoArchive("x"), Deleted),
        *(
            row
            for doubtful in (Impossible("x"), Malformed("x"), FORBIDDEN)
            for row in (
                ([(0, RUNNING), (2, NOT_FOUND)], doubtful, None),
                ([(0, RUNNING), (2, NOT_FOUND), (11, NOT_FOUND)], doubtful, None),
                ([(0, RUNNING), (2, NOT_FOUND), (12, NOT_FOUND)], doubtful, Deleted),
            )
        ),
        ([(0, RUNNING), (2, NOT_FOUND)], DOWN, None),
        ([(0, RUNNING), (2, NOT_FOUND)], replace(ARCHIVED, started_at=BEFORE), Deleted),
        ([(0, RUNNING), (2, NOT_FOUND)], replace(RUNNING, labels=PERSISTED), Deleted),
        ([(0, RUNNING), (2, OLD_GREEN)], NotFound("x"), None),
        ([(0, RUNNING), (2, ANOTHER)], NotFound("x"), None),
        ([(0, RUNNING), (2, ANOTHER), (12, ANOTHER)], NotFound("x"), Deleted),
        ([(0, RUNNING), (2, OLD_GREEN), (12, OLD_GREEN)], NotFound("x"), Deleted),
        ([(0, RUNNING), (2, OLD_GREEN), (4, NOT_FOUND)], NotFound("x"), Deleted),
        ([(0, RUNNING), (2, OLD_GREEN), (9, RUNNING), (13, OLD_GREEN)], NotFound("x"), None),
        ([(0, RUNNING), (2, OTHER)], NotFound("x"), Replaced(new_uid="07he4")),
        ([(0, RUNNING), (2, OTHER), (12, OLD_GREEN)], NotFound("x"), Deleted),
        (
            [(0, RUNNING), (2, NOT_FOUND)],
            replace(ARCHIVED, finished_at=None),
            Finished(poll=replace(ARCHIVED, finished_at=None), settled=False),
        ),
    ],
)
def test_what_is_gone_is_settled_by_the_archive(
    rows: list[tuple[float, Answer]],
    archived: Answer,
    expected: Ending | type[Deleted] | None,
) -> None:
    track, asked = follow(rows[:2])
    assert asked == ASK_ARCHIVE
    for second, answer in [(2.0, None), *rows[2:]]:
        found: Next = ASK_ARCHIVE
        if isinstance(answer, ArgoError):
            found = track.fail(answer, second)
        elif answer:
            found = track.see(Poll(workflow=answer), second)
        if found is ASK_ARCHIVE and isinstance(archived, ArgoError):
            found = track.fail_archived(archived, second)
        elif found is ASK_ARCHIVE and isinstance(archived, Workflow):
            found = track.see_archived(Poll(workflow=archived), second)
    if expected is Deleted:
        assert isinstance(found, Deleted)
    else:
        assert found == expected


def test_an_answer_from_the_archive_about_the_pinned_run_is_its_result() -> None:
    assert follow([(0, RUNNING), (2, ARCHIVED)])[1] == Finished(poll=ARCHIVED)


def test_the_green_of_an_attempt_before_a_retry_is_no_result() -> None:
    earlier = replace(ARCHIVED, started_at=BEFORE)
    assert follow([(0, RUNNING), (2, earlier)])[1] is None
    assert isinstance(follow([(0, RUNNING), (2, earlier), (12, earlier)])[1], Deleted)


def test_an_answer_that_shows_an_attempt_before_a_retry_is_asked_again() -> None:
    earlier = replace(FAILED, started_at=BEFORE)
    assert follow([(0, RUNNING), (2, earlier)])[1] is None
    assert follow([(0, RUNNING), (2, earlier), (4, SUCCEEDED)])[1] == Finished(poll=SUCCEEDED)
    assert isinstance(follow([(0, RUNNING), (2, earlier), (302, earlier)])[1], Unreachable)


def test_an_archive_that_may_not_be_read_is_said() -> None:
    track, _ = follow([(0, RUNNING), (2, NOT_FOUND)])
    assert track.fail_archived(FORBIDDEN, 2) is None
    ending = track.fail_archived(FORBIDDEN, 12)
    assert isinstance(ending, Deleted)
    assert "may not read it" in ending.why_no_result


def test_a_workflow_that_came_back_is_not_asked_for_in_the_archive_any_more() -> None:
    track, _ = follow([(0, RUNNING), (2, NOT_FOUND)])
    assert track.see(Poll(workflow=RUNNING), 4) is None


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (ARCHIVED, Finished(poll=ARCHIVED)),
        (NotFound("x"), None),
        (Impossible("x"), None),
        (DOWN, None),
    ],
)
def test_a_run_named_by_uid_is_looked_for_in_the_archive_when_its_name_is_free(
    answer: Answer, expected: Ending | None
) -> None:
    track, ending = follow([(0, NOT_FOUND)], identity=Identity(uid="b1a0"))
    assert ending == ASK_ARCHIVE
    if isinstance(answer, ArgoError):
        assert track.fail_archived(answer, 0) == expected
    else:
        assert track.see_archived(Poll(workflow=answer), 0) == expected


def test_a_server_that_knows_no_such_name_has_answered() -> None:
    track, _ = follow([(0, NOT_FOUND)], identity=Identity(uid="b1a0"))
    assert track.fail(HTML, 1) is None


def test_a_run_that_goes_on_after_its_end_is_news_once_and_settles_anew() -> None:
    news: list[News] = []
    track, ending = follow([(0, UNSETTLED), (30, UNSETTLED)], news=news)
    assert isinstance(ending, Finished)
    track.reopen(RUNNING)
    told = len(news)
    assert not track.glimpse(Glimpse(workflow=RUNNING))
    assert len(news) == told
    assert track.see(Poll(workflow=UNSETTLED), 31) is None


@pytest.mark.parametrize(
    ("answer", "limit", "expected"),
    [
        (SUCCEEDED, -900, Finished(poll=SUCCEEDED)),
        (SUCCEEDED, 900, None),
        (NOT_FOUND, -900, Finished(poll=ARCHIVED)),
        (NOT_FOUND, 900, None),
    ],
)
def test_a_run_named_by_uid_is_not_meant_where_it_is_too_old(
    answer: Answer, limit: float, expected: Ending | None
) -> None:
    identity = Identity(uid="b1a0", created_after=BEGAN + timedelta(seconds=limit))
    track, ending = follow([(0, answer)], identity=identity)
    if ending is Action.ASK_ARCHIVE:
        ending = track.see_archived(Poll(workflow=ARCHIVED), 0)
    assert ending == expected
    assert (track.last is None) == (expected is None)


@pytest.mark.parametrize(
    ("archive", "known"),
    [
        (NOT_FOUND, True),
        (NoArchive("x"), True),
        (Impossible("larger than max"), False),
        (Malformed("x"), False),
        (FORBIDDEN, False),
    ],
)
def test_a_run_named_by_uid_that_nobody_has_never_appeared(
    archive: ArgoError, *, known: bool
) -> None:
    track, _ = follow([(0, NOT_FOUND)], identity=Identity(uid="b1a0"))
    track.fail_archived(archive, 0)
    ending = track.fail_archived(archive, 30)
    assert isinstance(ending, NeverAppeared)
    assert (ending.found == "") == known


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([(0, DOWN), (59, DOWN)], None),
        ([(0, DOWN), (60, DOWN)], Unreachable(reason="connection refused", outage=60)),
        ([(0, RUNNING), (1, DOWN), (300, DOWN)], None),
        ([(0, RUNNING), (1, DOWN), (301, DOWN)], Unreachable(reason=DOWN.message, outage=300)),
        ([(0, RUNNING), (1, DOWN), (200, RUNNING), (201, DOWN), (500, DOWN)], None),
        ([(0, NOT_FOUND), (1, DOWN), (100, DOWN)], None),
        ([(0, ANOTHER), (59, ANOTHER)], None),
        ([(0, ANOTHER), (60, ANOTHER)], Unreachable(reason=ANOTHER.message, outage=60)),
        ([(0, HTML)], Unreachable(reason="a page")),
        ([(0, RUNNING), (1, HTML), (300, HTML)], None),
        ([(0, CertificateRefused("bad"))], Unreachable(reason="bad")),
        ([(0, RUNNING), (1, CertificateRefused("bad"))], None),
        ([(0, Malformed("bad"))], RequestRefused(reason="bad")),
        ([(0, Impossible("never"))], Unreachable(reason="never")),
        ([(0, RUNNING), (1, Malformed("bad")), (300, Malformed("bad"))], None),
        (
            [(0, RUNNING), (1, Malformed("bad")), (301, Malformed("bad"))],
            Unreachable(reason="bad", outage=300),
        ),
        ([(0, RUNNING), (1, Impossible("never")), (300, Impossible("never"))], None),
        ([(0, GARBLED), (4.9, GARBLED)], None),
        ([(0, GARBLED), (5, GARBLED)], Unreachable(reason="empty", outage=5)),
        ([(0, DOWN), (9, GARBLED), (13, GARBLED)], None),
        ([(0, DOWN), (9, GARBLED), (14, GARBLED)], Unreachable(reason="empty", outage=14)),
        ([(0, DOWN), (57, GARBLED), (60, GARBLED)], Unreachable(reason="empty", outage=60)),
        ([(0, RUNNING), (1, GARBLED), (300, GARBLED)], None),
        ([(0, RUNNING), (1, RESET), (301, RESET)], Unreachable(reason="reset", outage=300)),
        ([(0, RESET), (60, RESET)], Unreachable(reason="reset; is it TLS?", outage=60)),
    ],
)
def test_failures_in_a_row_are_borne_as_long_as_asking_again_may_help(
    rows: list[tuple[float, Answer]], expected: Ending | None
) -> None:
    assert follow(rows)[1] == expected


@pytest.mark.parametrize(
    ("rows", "denied"),
    [
        ([(0, UNAUTHORIZED)], True),
        ([(0, RENEWABLE), (2, RENEWABLE)], False),
        ([(0, RENEWABLE), (2, RENEWABLE), (4, RENEWABLE)], True),
        ([(0, FORBIDDEN), (2, FORBIDDEN)], False),
        ([(0, FORBIDDEN), (2, FORBIDDEN), (4, FORBIDDEN)], True),
        ([(0, FORBIDDEN), (5, FORBIDDEN)], True),
        ([(0, FORBIDDEN), (2, RUNNING), (4, FORBIDDEN), (6, FORBIDDEN), (8, FORBIDDEN)], False),
        ([(0, RUNNING), (1, UNAUTHORIZED), (60, UNAUTHORIZED)], False),
        ([(0, RUNNING), (1, UNAUTHORIZED), (61, UNAUTHORIZED)], True),
        ([(0, RUNNING), (1, FORBIDDEN), (30, RUNNING), (31, FORBIDDEN), (89, FORBIDDEN)], False),
        ([(0, RUNNING), (1, FORBIDDEN), (2, DOWN), (62, FORBIDDEN), (121, FORBIDDEN)], False),
        ([(0, RUNNING), (1, FORBIDDEN), (2, DOWN), (62, FORBIDDEN), (122, FORBIDDEN)], True),
        ([(0, RUNNING), (1, DOWN), (290, FORBIDDEN), (300, FORBIDDEN)], False),
        ([(0, RUNNING), (1, DOWN), (290, FORBIDDEN), (301, FORBIDDEN)], True),
        ([(0, FORBIDDEN), (1, DOWN), (2, FORBIDDEN), (4, FORBIDDEN)], False),
    ],
)
def test_a_refused_credential_is_borne_for_a_moment(
    rows: list[tuple[float, Answer]], *, denied: bool
) -> None:
    assert isinstance(follow(rows)[1], AccessDenied) == denied


@pytest.mark.parametrize(
    ("rows", "due"),
    [
        ([(5, RUNNING)], []),
        ([(5, NOT_FOUND)], [35]),
        ([(5, NOT_FOUND), (6, RUNNING)], []),
        ([(5, RUNNING), (6, UNSETTLED)], [36]),
        ([(5, RUNNING), (6, NOT_FOUND)], []),
        ([(5, RUNNING), (6, OLD_GREEN)], [16]),
        ([(5, DOWN)], [65, 65]),
        ([(5, FORBIDDEN), (7, FORBIDDEN)], [65, 10, 9]),
        ([(5, GARBLED)], [65, 10, 7]),
        ([(5, RUNNING), (6, DOWN), (7, FORBIDDEN)], [306, 67]),
        ([(5, RUNNING), (6, DOWN), (7, RUNNING)], []),
    ],
)
def test_a_look_is_due_when_a_limit_could_end_the_wait(
    rows: list[tuple[float, Answer]], due: list[float]
) -> None:
    assert follow(rows)[0].deadlines() == due


def test_a_timeout_in_an_outage_says_so() -> None:
    _, ending = follow([(0, RUNNING), (50, RESET), (60, RESET)], limits=Limits(timeout=60))
    assert ending == TimedOut(limit=Limit.TIMEOUT, seconds=60, reason="reset")
    rows: list[tuple[float, Answer]] = [(0, RUNNING), (50, RESET), (55, RUNNING), (60, RUNNING)]
    _, ending = follow(rows, limits=Limits(timeout=60))
    assert ending == TimedOut(limit=Limit.TIMEOUT, seconds=60)


def test_refusals_and_outages_in_turns_share_one_budget() -> None:
    turns: list[tuple[float, Answer]] = [
        (second, FORBIDDEN if second % 20 else DOWN) for second in range(10, 311, 10)
    ]
    assert follow([(0, RUNNING), *turns[:-1]])[1] is None
    assert isinstance(follow([(0, RUNNING), *turns])[1], AccessDenied)


def test_only_the_answer_of_the_archive_ends_the_outage_of_the_archive() -> None:
    news: list[News] = []
    track, _ = follow([(0, RUNNING)], news=news)
    for second in range(1, 300, 10):
        assert track.fail(NOT_FOUND, second) is ASK_ARCHIVE
        assert track.fail_archived(DOWN, second) is None
    assert track.fail(NOT_FOUND, 301) is ASK_ARCHIVE
    assert isinstance(track.fail_archived(DOWN, 301), Unreachable)
    assert [type(one) for one in news[1:]] == [Remarked, Troubled]


@pytest.mark.parametrize("glimpsed", [RUNNING, replace(RUNNING, progress="2/3")])
def test_a_glimpse_ends_no_outage_but_leads_to_a_look(glimpsed: Workflow) -> None:
    track, _ = follow([(0, RUNNING), (1, DOWN)])
    assert track.glimpse(Glimpse(workflow=glimpsed))
    assert isinstance(track.fail(DOWN, 301), Unreachable)


def test_what_was_answered_about_one_workflow_is_no_first_contact_for_another() -> None:
    contact = Contact()
    for answer, ending in ((HTML, Unreachable), (RUNNING, type(None)), (HTML, type(None))):
        track = Track(
            TARGET, Identity(), Limits(), began=0, on_news=lambda _: None, contact=contact
        )
        if isinstance(answer, ArgoError):
            assert isinstance(track.fail(answer, 1), ending)
        else:
            assert isinstance(track.see(Poll(workflow=answer), 1), ending)


@pytest.mark.parametrize(
    ("second", "expected"),
    [(59.9, None), (60, TimedOut(limit=Limit.TIMEOUT, seconds=60))],
)
def test_the_timeout_counts_from_the_beginning(second: float, expected: Ending | None) -> None:
    limits = Limits(timeout=60)
    assert follow([(0, RUNNING), (second, RUNNING)], limits=limits)[1] == expected


def test_the_log_hears_of_each_change_once_and_of_an_outage_twice() -> None:
    news: list[News] = []
    further = replace(RUNNING, progress="1/2")
    rows: list[tuple[float, Answer]] = [
        (0, RUNNING),
        (1, RUNNING),
        (2, further),
        (3, DOWN),
        (4, DOWN),
        (9, replace(further, resource_version="8")),
    ]
    follow(rows, news=news)
    assert [type(one) for one in news[1:]] == [Changed, Troubled, Recovered]
    assert isinstance(news[3], Recovered)
    assert news[3].outage == 6


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([(0, UNAUTHORIZED)], []),
        ([(0, HTML)], []),
        ([(0, FORBIDDEN), (2, FORBIDDEN)], [("403", 5)]),
        ([(0, GARBLED), (2, GARBLED)], [("empty", 5)]),
        (
            [(0, RUNNING), (1, FORBIDDEN), (2, DOWN), (3, FORBIDDEN)],
            [("403", 60), (DOWN_SAID, 300)],
        ),
    ],
)
def test_it_says_that_it_asks_again_where_it_does_and_for_how_long(
    rows: list[tuple[float, Answer]], told: list[tuple[str, float]]
) -> None:
    news: list[News] = []
    follow(rows, news=news)
    assert [(one.reason, one.patience) for one in news if isinstance(one, Troubled)] == told


def test_access_that_is_back_is_told_as_a_server_that_is_back() -> None:
    news: list[News] = []
    follow([(0, RUNNING), (1, FORBIDDEN), (4, RUNNING)], news=news)
    assert news[-1] == Recovered(target=TARGET, outage=3)


def test_a_rate_limit_is_told_once_in_a_wait() -> None:
    news: list[News] = []
    limited = Unavailable("429", status=429)
    rows: list[tuple[float, Answer]] = [(0, RUNNING)]
    for second in range(1, 20, 2):
        rows += [(second, limited), (second + 1, RUNNING)]
    follow(rows, news=news)
    assert [type(one) for one in news[1:]] == [Troubled, Recovered]


@pytest.mark.parametrize(
    ("gone", "words"),
    [
        (NOT_FOUND, "it is gone from the cluster; asking the archive about it"),
        (OLD_GREEN, "it is gone from the cluster; asking the archive about it"),
        (OTHER, "and another run (uid 07he4) bears its name; asking the archive about it"),
    ],
)
def test_that_it_is_gone_is_told_once_when_it_is_noticed(gone: Answer, words: str) -> None:
    news: list[News] = []
    track, _ = follow([(0, RUNNING), (2, gone)], news=news)
    track.fail_archived(DOWN, 2)
    track.fail(NOT_FOUND, 4)
    [told] = [one.text for one in news if isinstance(one, Remarked)]
    assert told.endswith(words)


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        (NotFound("x"), "there is a run of that name, uid b1a0, not mine (--uid)"),
        (FORBIDDEN, "not mine (--uid); whether the archive has its result cannot be told"),
        (replace(RUNNING, uid="mine", labels=PERSISTED), "the archive has it only as Running"),
    ],
)
def test_a_uid_that_another_run_of_the_name_hides_is_asked_of_the_archive(
    answer: Answer, found: str
) -> None:
    track, ending = follow([(0, RUNNING)], identity=Identity(uid="mine"))
    assert ending == ASK_ARCHIVE
    ends = []
    for second in (0, 29, 30):
        if isinstance(answer, ArgoError):
            ends.append(track.fail_archived(answer, second))
        else:
            ends.append(track.see_archived(Poll(workflow=answer), second))
    assert ends[:2] == [None, None]
    assert isinstance(ends[2], NeverAppeared)
    assert found in ends[2].found


def test_a_uid_that_another_run_hides_is_found_in_the_archive() -> None:
    mine = replace(ARCHIVED, uid="mine")
    track, _ = follow([(0, RUNNING)], identity=Identity(uid="mine"))
    assert track.see_archived(Poll(workflow=mine), 0) == Finished(poll=mine)


@pytest.mark.parametrize(
    ("finished", "taken"), [(0.5, False), (1, False), (1.5, True), (40, True), (-3600, False)]
)
@pytest.mark.parametrize(
    "first", [NotFound("x"), Unavailable("x"), Denied("x", status=403, renewable=False)]
)
def test_the_begin_of_the_gate_is_reckoned_from_the_date_of_any_answer(
    first: ArgoError, *, finished: float, taken: bool
) -> None:
    found = replace(OLD_GREEN, finished_at=GATE_BEGAN + timedelta(seconds=finished))
    first.server_time = GATE_BEGAN + timedelta(seconds=5)
    track, _ = follow([(5, first)])
    ending = track.see(Poll(workflow=found), 50)
    assert isinstance(ending, Finished) == taken


def test_an_end_that_the_clock_of_the_server_has_not_reached_tells_nothing_until_it_has() -> None:
    """Its clock is ten minutes behind that of the controller, by which an old run ended."""
    found = replace(OLD_GREEN, finished_at=GATE_BEGAN + timedelta(minutes=5))
    track, ending = follow([(0, found), (29, found), (30, found)])
    assert isinstance(ending, NeverAppeared)
    assert "an older run, unless you say --accept-archived" in ending.found
    soon = replace(OLD_GREEN, finished_at=GATE_BEGAN + timedelta(seconds=9))
    track, ending = follow([(2, soon)])
    assert ending is None
    assert isinstance(track.see(Poll(workflow=soon), 8), Finished)


@pytest.mark.parametrize(
    ("created", "taken"), [(-301, False), (-298, True), (-300, False), (3000, True)]
)
def test_an_age_counts_by_the_clock_of_the_server(created: float, *, taken: bool) -> None:
    """`created_after` itself is what a clock that is an hour ahead made of the age."""
    age = timedelta(minutes=5)
    identity = Identity(created_after=GATE_BEGAN + timedelta(hours=1) - age, age=age)
    found = replace(RUNNING, created_at=GATE_BEGAN + timedelta(seconds=created))
    track, _ = follow([(5, found)], identity=identity)
    assert (track.last is not None) == taken


def test_an_age_counts_by_the_clock_here_where_the_server_shows_none() -> None:
    identity = Identity(created_after=GATE_BEGAN, age=timedelta(minutes=5))
    assert identity.oldest(None) == GATE_BEGAN


def test_the_latest_date_counts_as_an_answer_may_have_been_long_on_its_way() -> None:
    contact = Contact()
    contact.open(0)
    for second, date in ((20, 0), (21, 21), (30, 15)):
        contact.hear(GATE_BEGAN + timedelta(seconds=date), second)
    assert contact.began == GATE_BEGAN + timedelta(seconds=1)


def test_a_date_that_no_clock_shows_is_not_reckoned_with() -> None:
    contact = Contact()
    contact.open(0)
    for year in (1, 9999):
        contact.hear(datetime(year, 1, 1, tzinfo=UTC), 5)
    assert contact.began is None


@pytest.mark.parametrize(
    ("seen", "warned"),
    [
        (replace(RUNNING, ttl_seconds=5), True),
        (replace(RUNNING, ttl_seconds=600), False),
        (replace(SUCCEEDED, ttl_seconds=5), False),
    ],
)
def test_a_result_that_may_vanish_before_it_is_read_is_warned_about(
    seen: Workflow, *, warned: bool
) -> None:
    news: list[News] = []
    track, _ = follow([(0, seen)], news=news)
    assert any(isinstance(one, Remarked) for one in news) == warned
    assert bool(track.remarks) == warned
