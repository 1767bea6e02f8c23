"""Every kind of answer, recorded or odd, is sorted by its remedy."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from requests.structures import CaseInsensitiveDict

from argogate.argo.answers import Answer
from argogate.argo.documents import workflow_document
from argogate.argo.remedies import LONGEST_PAUSE, error_of, retry_after
from argogate.errors import (
    ArgoError,
    Denied,
    Impossible,
    Malformed,
    NoArchive,
    NotFound,
    NotUnderstood,
    Unavailable,
)

HOST = "https://argo.example"
URL = f"{HOST}/api/v1/workflows/ci/nightly"
RECORDED = Path(__file__).parent.parent / "answers.json"

Kind = tuple[type[ArgoError], str]


def got(status: int, body: bytes | str = b"", content_type: str = "", **headers: str) -> Answer:
    """Return an answer to the request for a workflow."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(
        what="workflow nightly",
        url=URL,
        status=status,
        headers=CaseInsensitiveDict({"Content-Type": content_type, **named}),
        body=body.encode() if isinstance(body, str) else body,
    )


def refusal(status: int, code: int, message: str) -> Answer:
    """Return an answer in the shape of a plain call."""
    body = json.dumps({"code": code, "message": message})
    return got(status, body, "application/json")


KINDS: dict[tuple[int, object], type[ArgoError]] = {
    (301, "text"): NotUnderstood,
    (307, "text"): NotUnderstood,
    (400, 3): Malformed,
    (400, "text"): Unavailable,
    (401, 16): Denied,
    (401, "text"): Denied,
    (403, 7): Denied,
    (403, 403): Denied,
    (403, "text"): Denied,
    (404, 5): NotFound,
    (404, "text"): Unavailable,
    (404, None): Unavailable,
    (409, 6): Unavailable,
    (429, 8): Unavailable,
    (429, "text"): Unavailable,
    (500, 2): Unavailable,
    (500, 13): Unavailable,
    (500, "text"): Unavailable,
    (501, 12): Impossible,
    (501, "text"): Unavailable,
    (503, 14): Unavailable,
}
"""Status and gRPC code of a recorded answer (`text`: no JSON) and what is to be made of it."""

BY_NAME_OR_UID = re.compile(rf"{HOST}/api/v1/(workflows/[^/]+/(?!submit)|archived-workflows/)")
"""Routes whose 404 says that what was asked for is not there."""

PERMANENT = ("message larger than max", "getting archived workflows not supported")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A recorded answer."""

    source: str
    answer: Answer
    code: object
    message: str


@cache
def recorded() -> list[Row]:
    """Return the recorded answers that are no success."""
    rows = []
    for each in json.loads(RECORDED.read_text("utf-8")):
        if each["status"] in {None, 200}:
            continue
        body = each.get("body", "")
        code: object = "text"
        message = " ".join(body.split()) if not body.startswith("<") else ""
        if body.startswith(("{", "data:")):
            document = json.loads(body.removeprefix("data:"))
            inner = document.get("error", document)
            code = inner.get("grpc_code", inner.get("code"))
            message = inner.get("message", "")
        answer = replace(got(each["status"], body, **each["headers"]), url=HOST + each["path"])
        rows.append(
            Row(
                source=f"{each['argo']}/{each['source']}", answer=answer, code=code, message=message
            )
        )
    return rows


@pytest.mark.parametrize("row", recorded(), ids=lambda row: row.source)
def test_a_recorded_answer_is_sorted_by_its_remedy(row: Row) -> None:
    error = error_of(row.answer, source="the token of ARGO_TOKEN")
    expected = KINDS[row.answer.status, row.code]
    if expected is NotFound and not BY_NAME_OR_UID.match(row.answer.url):
        expected = Unavailable
    if row.message in {*PERMANENT, "Not Implemented"} or PERMANENT[0] in row.message:
        expected = Impossible
    assert type(error) is expected
    assert error.message.startswith(f"{row.answer.url} answered {row.answer.status}")
    if expected is not NotUnderstood and expected is not Impossible:
        assert row.message[:250] in error.message
    assert error.message.isprintable()
    with pytest.raises(ArgoError) as taken:  # it is never taken for a workflow
        workflow_document(row.answer)
    assert type(taken.value) is type(error_of(row.answer))


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (
            refusal(401, 16, "Unauthorized"),
            Denied,
            "answered 401 to the token of X: Unauthorized; check that the token is for this",
        ),
        (
            refusal(403, 7, 'workflows "x" is forbidden'),
            Denied,
            'answered 403 to the token of X: workflows "x" is forbidden; bind a role that allows',
        ),
        (got(403, "Forbidden\n", "text/plain"), Denied, "Forbidden; bind a role"),
        (got(401, "Unauthorized\n", "text/plain"), Denied, "Unauthorized; check that the token"),
        (got(401), Denied, "no reason given; that is no Argo Server's answer"),
        (
            got(403, "<html>blocked</html>", "text/html"),
            Denied,
            "an HTML page, not Argo's API; that is no Argo Server's answer: check the address",
        ),
        (
            got(403, '{"kind":"Status","message":"no","code":403}', "application/json"),
            Denied,
            "no; that is no Argo Server's answer",
        ),
        (
            refusal(404, 5, 'workflows.argoproj.io "nightly" not found'),
            NotFound,
            'answered 404: workflows.argoproj.io "nightly" not f',
        ),
        (
            refusal(400, 3, "'x' is not managed by the current Argo Server"),
            Malformed,
            "answered 400 to the request for workflow nightly: 'x' is not managed by",
        ),
        (refusal(501, 12, "Not Implemented"), Impossible, "the request for workflow nightly is"),
        (got(501, "Not Implemented\n", "text/plain"), Impossible, "nightly is not known here"),
        (
            refusal(500, 13, "getting archived workflows not supported"),
            Impossible,
            "answered 500: getting archived workflows not supported",
        ),
        (refusal(500, 13, "offloading not supported"), Unavailable, "offloading not supported"),
        (
            got(302, "", Location="https://login.example/auth?state=abc"),
            NotUnderstood,
            "answered 302, a redirect to https://login.example/auth: that is a login page or an",
        ),
        (got(307), NotUnderstood, "a redirect to nowhere"),
        (
            got(400, "<html>400 The plain HTTP request was sent to HTTPS port</html>", "text/html"),
            NotUnderstood,
            "answered 400 to plain HTTP: it speaks TLS; write https://",
        ),
    ],
)
def test_a_message_names_the_host_what_was_seen_and_what_to_do(
    answer: Answer, kind: type[ArgoError], words: str
) -> None:
    error = error_of(answer, source="the token of X")
    assert type(error) is kind
    assert error.message.startswith(URL)
    assert words in error.message
    assert str(error) == error.message


ARCHIVE = f"{HOST}/api/v1/archived-workflows/68c5c0a0"
NEWEST = f"{HOST}/argo/api/v1/workflows/ci/@latest"


@pytest.mark.parametrize(
    ("url", "message"),
    [
        (URL, 'workflows.argoproj.io "nightly" not found'),
        (f"{URL}/log", 'workflows.argoproj.io "nightly" not found'),
        (URL, "not found"),
        (f"{HOST}/argo/api/v1/workflows/ci/nightly", "not found"),
        (
            f"{HOST}/api/v1/workflows/ci/{'x' * 250}",
            f'workflows "{"x" * 250}" not found {"." * 99}',
        ),
        (f"{HOST}/api/v1/workflows/ci/caf%C3%A9", 'workflows.argoproj.io "café" not found'),
        (NEWEST, "no workflows found"),
        (ARCHIVE, "not found"),
        (ARCHIVE, "whatever the archive says"),
    ],
)
def test_a_404_in_the_words_of_argo_is_genuine(url: str, message: str) -> None:
    assert type(error_of(replace(refusal(404, 5, message), url=url))) is NotFound


@pytest.mark.parametrize(
    ("url", "message", "kind"),
    [
        (ARCHIVE, "getting archived workflows not supported", NoArchive),
        (ARCHIVE, "not supported", NoArchive),
        (ARCHIVE, "grpc: received message larger than max (9 vs. 4)", Impossible),
        (URL, "getting archived workflows not supported", Impossible),
        (URL, "not supported", Unavailable),
    ],
)
def test_only_the_archive_itself_says_that_there_is_none(
    url: str, message: str, kind: type[ArgoError]
) -> None:
    assert type(error_of(replace(refusal(500, 13, message), url=url))) is kind


@pytest.mark.parametrize(
    ("url", "message"),
    [
        (URL, "Not Found"),
        (URL, "Not found"),
        (URL, ""),
        (URL, "no workflows found"),
        (URL, 'applications.argoproj.io "nightly-2" not found'),
        (URL, "workflows.argoproj.io nightly not found"),
        (URL, "404 page not found"),
        (NEWEST, "Not Found"),
        (NEWEST, "not found"),
        (f"{HOST}/api/v1/workflows/ci", "not found"),
        (f"{HOST}/api/v1/workflow-events/ci", 'workflows.argoproj.io "nightly" not found'),
        (f"{HOST}/healthz", "not found"),
    ],
)
def test_a_404_in_the_words_of_some_other_gateway_is_an_outage(url: str, message: str) -> None:
    assert type(error_of(replace(refusal(404, 5, message), url=url))) is Unavailable


def test_a_404_about_another_workflow_is_marked_as_such() -> None:
    error = error_of(refusal(404, 5, 'workflows.argoproj.io "nightly-2" not found'))
    assert isinstance(error, NotFound)
    assert error.names_another


def test_a_server_that_has_lost_its_database_has_to_be_restarted() -> None:
    error = error_of(refusal(500, 13, "session proxy is closed"))
    assert "only a restart of the Argo Server mends" in error.message


@pytest.mark.parametrize(
    ("body", "passing"),
    [("", True), ('{"metadata": {"na', True), ("{}", True), ("[]", True), ("<html>", False)],
)
def test_only_a_page_is_surely_of_another_site(body: str, *, passing: bool) -> None:
    with pytest.raises(NotUnderstood) as caught:
        workflow_document(got(200, body, Date=NOW))
    assert caught.value.passing == passing
    assert caught.value.server_time == datetime(2026, 1, 5, 12, tzinfo=UTC)


def test_an_error_knows_the_clock_of_the_server() -> None:
    for status in (401, 404, 503):
        error = error_of(got(status, Date=NOW))
        assert error.server_time == datetime(2026, 1, 5, 12, tzinfo=UTC)


NOW = "Mon, 05 Jan 2026 12:00:00 GMT"
"""1767614400 seconds since 1970."""


@pytest.mark.parametrize(
    ("claims", "date", "words"),
    [
        ({"exp": 1767614400 - 90}, NOW, "the token expired 1m 30s ago: take a fresh one"),
        ({"exp": 1767614400}, NOW, "the token expired 0s ago"),
        ({"exp": 1767614401}, NOW, "check that the token is for this cluster"),
        ({"exp": 1767614401, "iss": "https://x"}, NOW, "the token was issued by https://x: is it"),
        ({"exp": 1}, "", "check that the token is for this cluster"),
        ({"exp": "1", "iss": 7}, NOW, "check that the token is for this cluster"),
    ],
)
def test_an_expired_token_is_told_from_a_wrong_one_by_the_clock_of_the_server(
    claims: dict[str, object], date: str, words: str
) -> None:
    answer = replace(
        refusal(401, 16, "Unauthorized"), claims=claims, headers=CaseInsensitiveDict(Date=date)
    )
    assert words in str(error_of(answer, source="the token of X"))


def test_where_no_credentials_were_sent_that_is_what_is_missing() -> None:
    error = error_of(refusal(401, 16, "token not valid"))
    assert "answered 401: token not valid; no credentials were sent: set ARGO_TOKEN" in str(error)


OUTAGES = [
    got(404, "default backend - 404", "text/plain"),
    got(404, "<html><h1>404 Not Found</h1><hr>nginx</html>", "text/html"),
    got(404, '{"kind":"Status","message":"not found","code":404}', "application/json"),
    got(404, "{}", "application/json"),
    got(404, '{"code":true}', "application/json"),
    got(404, '{"code":"5"}', "application/json"),
    got(408),
    got(425),
    got(429, "Too Many Requests\n", "text/plain"),
    refusal(429, 8, "/workflow.WorkflowService/GetWorkflow is rejected by grpc_ratelimit"),
    refusal(429, 8, "the server has received too many requests"),
    got(429, '{"error":{"grpc_code":8,"http_code":429,"message":"EOF"}}', "application/json"),
    refusal(500, 13, "runtime error: invalid memory address or nil pointer dereference"),
    refusal(500, 13, "session proxy is closed"),
    got(500, "[1]", "application/json"),
    got(500, "17", "application/json"),
    got(500, '{"error":"boom"}', "application/json"),
    got(500, "[" * 100_000, "application/json"),
    got(501, "", "text/plain"),
    got(502, "<html>Bad Gateway</html>", "text/html"),
    got(503, "upstream protocol not supported", "text/plain"),
    got(505, "HTTP version not supported", "text/plain"),
    refusal(503, 14, "connection error"),
    refusal(504, 4, "context deadline exceeded"),
    got(599, b"\xff\x00\x1b[31m"),
    got(204),
    got(206, "{}"),
]


@pytest.mark.parametrize("answer", OUTAGES, ids=lambda answer: f"{answer.status}{answer.body[:30]}")
def test_what_may_heal_is_asked_again(answer: Answer) -> None:
    error = error_of(answer)
    assert type(error) is Unavailable
    assert error.message.startswith(f"{URL} answered {answer.status}")
    assert len(error.message) < 500


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (got(429, "Too Many Requests\n", "text/plain"), Unavailable),
        (refusal(429, 8, "… is rejected by grpc_ratelimit middleware"), Unavailable),
        (refusal(429, 8, "grpc: trying to send message larger than max (5 vs. 2)"), Impossible),
        (refusal(429, 8, "grpc: received message larger than max (5 vs. 2)"), Impossible),
        (refusal(429, 8, "EOF"), Unavailable),
        (refusal(429, 8, "the server has received too many requests"), Unavailable),
    ],
)
def test_of_the_five_kinds_of_429_only_the_message_too_large_is_final(
    answer: Answer, kind: type[ArgoError]
) -> None:
    assert type(error_of(answer)) is kind


@pytest.mark.parametrize(
    "frame",
    [
        '{"code":5,"message":"not found"}',
        '{"error":{"grpc_code":5,"http_code":404,"message":"not found","http_status":"Not Found"}}',
        'data: {"error":{"grpc_code":5,"http_code":404,"message":"not found"}} \n\n',
    ],
)
def test_an_error_has_the_same_meaning_in_each_of_its_shapes(frame: str) -> None:
    error = error_of(got(404, frame))
    assert type(error) is NotFound
    assert error.message == f"{URL} answered 404: not found"


@pytest.mark.parametrize("status", [401, 403])
def test_a_denial_tells_whether_another_credential_may_come(status: int) -> None:
    error = error_of(refusal(status, 16, "no"), source="the token file /t", renewable=True)
    assert isinstance(error, Denied)
    assert (error.status, error.renewable) == (status, True)
    assert "to the token file /t" in error.message
    fixed = error_of(refusal(status, 16, "no"))
    assert isinstance(fixed, Denied)
    assert not fixed.renewable


DATE = "Tue, 14 Nov 2023 22:13:10 GMT"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("", 0),
        ("0", 0),
        ("7", 7),
        (" 7 ", 7),
        ("86400", LONGEST_PAUSE),
        ("9" * 400, LONGEST_PAUSE),
        ("-7", 0),
        ("1.5", 0),
        ("soon", 0),
        ("Tue, 14 Nov 2023 22:13:20 GMT", 10),
        ("Tue, 14 Nov 2023 22:13:20 UTC", 10),
        ("Tue, 14 Nov 2023 23:13:20 +0100", 10),
        ("Tue, 14 Nov 2023 22:13:10 UTC", 0),
        ("Tue, 14 Nov 2023 22:13:00 UTC", 0),
        ("Tue, 14 Nov 2033 22:13:20 UTC", LONGEST_PAUSE),
        ("Tue, 14 Nov 2023 22:13:20", 0),
        ("Tue, 14 Nov 2023 22:13:20 -0000", 0),
        ("Tue, 14 Nov 99999 22:13:20 GMT", 0),
        ("Tue, 99 Nov 2023 22:13:20 GMT", 0),
        ("Tue, 14 Nov 2023 22:13:20 +99999999999999999999", 0),
        ("Tue, 14 Nov", 0),
        ("²", 0),
    ],
)
def test_retry_after_is_understood_in_every_form(text: str, seconds: float) -> None:
    answer = got(429, "Too Many Requests\n", "text/plain", Retry_After=text, Date=DATE)
    assert retry_after(answer) == seconds
    error = error_of(answer)
    assert isinstance(error, Unavailable)
    assert error.retry_after == seconds


@pytest.mark.parametrize("date", ["", "now"])
def test_retry_after_as_a_date_needs_the_servers_own_clock(date: str) -> None:
    assert retry_after(got(429, Retry_After="Tue, 14 Nov 2033 22:13:20 UTC", Date=date)) == 0
    assert retry_after(got(429, Retry_After="7", Date=date)) == 7


def test_retry_after_is_zero_where_nothing_is_said() -> None:
    assert retry_after(got(429)) == 0


@given(st.text(), st.text())
def test_no_header_stops_the_gate(pause: str, date: str) -> None:
    assert 0 <= retry_after(got(503, Retry_After=pause, Date=date)) <= LONGEST_PAUSE


def test_the_servers_clock_is_the_date_header() -> None:
    expected = datetime(2023, 11, 14, 22, 13, 10, tzinfo=UTC)
    assert got(200, Date=DATE).server_time == expected
    assert got(200, Date="Tue, 14 Nov 2023 23:13:10 +0100").server_time == expected
    assert got(200).server_time is None


def test_a_good_answer_is_its_document() -> None:
    document = {"metadata": {"name": "nightly", "uid": "u1"}, "status": {}}
    assert workflow_document(got(200, json.dumps(document))) == document


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (got(200), "an empty body"),
        (got(200, "<!doctype html><title>Argo</title>", "text/html; charset=utf-8"), "--base-href"),
        (got(200, "\n <html>", "text/plain"), "an HTML page"),
        (got(200, "Log in", "Text/HTML"), "an HTML page"),
        (got(200, "ok", "text/plain"), "something else than was asked for"),
        (got(200, '{"metadata":{"uid":"u1"}'), "something else than was asked for"),
        (got(200, "{}"), "something else than was asked for"),
        (got(200, "null"), "something else than was asked for"),
        (got(200, '["metadata"]'), "something else than was asked for"),
        (got(200, '{"metadata":{},"items":null}'), "something else than was asked for"),
        (got(200, '{"metadata":"u1"}'), "something else than was asked for"),
        (got(200, '{"metadata":{"uid":7}}'), "something else than was asked for"),
        (got(200, '{"version":"v4.1.2"}'), "something else than was asked for"),
        (got(200, '{"a":' * 100_000), "something else than was asked for"),
        (got(200, "[" * 100_000), "something else than was asked for"),
        (got(200, '{"metadata":' + "9" * 5000 + "}"), "something else than was asked for"),
        (got(200, b"\xff\xfe{"), "something else than was asked for"),
    ],
    ids=lambda each: each if isinstance(each, str) else each.body[:25],
)
def test_nonsense_with_status_200_is_not_understood(answer: Answer, words: str) -> None:
    with pytest.raises(NotUnderstood) as caught:
        workflow_document(answer)
    assert caught.value.message.startswith(f"{URL} answered 200 with ")
    assert words in caught.value.message


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(
            st.sampled_from(["code", "message", "error", "grpc_code", "metadata", "uid"]), inner
        )
    ),
)


@given(st.integers(100, 599), JSON.map(json.dumps).map(str.encode) | st.binary())
def test_any_answer_is_a_workflow_or_an_error_in_one_line(status: int, body: bytes) -> None:
    answer = got(status, body)
    message = ""
    try:
        document: dict[str, Any] = workflow_document(answer)
    except ArgoError as error:
        message = error.message
    if message:
        assert message.startswith(URL)
        assert "\n" not in message
    else:
        assert status == 200
        assert document["metadata"]["uid"]
