"""What is not known to be harmless is a secret, wherever it turns up again."""

from __future__ import annotations

import base64

import pytest

from argogate.argo.redaction import Redaction
from argogate.argo.secrecy import HIDDEN

SECRET = "s3cret/with+odd=chars"


@pytest.fixture
def knowing() -> Redaction:
    redaction = Redaction()
    redaction.request_headers({"Authorization": f"Bearer {SECRET}"})
    return redaction


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Accept", True),
        ("user-agent", True),
        ("Authorization", False),
        ("Proxy-Authorization", False),
        ("Cookie", False),
        ("X-Api-Key", False),
        ("X-Anything-That-A-Gateway-Wants", False),
    ],
)
def test_only_harmless_headers_of_a_request_are_shown(name: str, *, shown: bool) -> None:
    redaction = Redaction()
    headers = redaction.request_headers({name: "value-of-it"})
    assert headers == {name: "value-of-it" if shown else HIDDEN}
    assert redaction.everywhere("value-of-it") == ("value-of-it" if shown else HIDDEN)


def test_an_answer_hides_cookies_and_keys_and_the_query_of_a_redirect() -> None:
    redaction = Redaction()
    shown = redaction.response_headers(
        {
            "Set-Cookie": "session=abcdefgh12345678; Path=/",
            "X-Auth-Token": "another-one",
            "Location": "https://me:hunter2@login.example/?state=1&id_token=eyJhbGciOi#part",
            "Date": "today",
        }
    )
    assert shown == {
        "Set-Cookie": HIDDEN,
        "X-Auth-Token": HIDDEN,
        "Location": "https://login.example/?state=1&id_token=%2A%2A%2A",
        "Date": "today",
    }
    assert redaction.everywhere(["abcdefgh12345678"]) == [HIDDEN]


def test_an_address_that_is_none_is_hidden() -> None:
    assert Redaction().url("http://[::1") == HIDDEN


@pytest.mark.parametrize(
    "text",
    [SECRET, f"Bearer {SECRET}", '"s3cret/with+odd=chars"', "s3cret%2Fwith%2Bodd%3Dchars"],
)
def test_a_secret_is_found_however_it_is_written(knowing: Redaction, text: str) -> None:
    found = knowing.everywhere({"any": [f"before {text} after", 1, None]})
    assert "s3cret" not in str(found)
    assert str(found["any"][0]).startswith("before ")
    assert found["any"][0].endswith(" after")
    assert b"s3cret" not in knowing.body(text.encode(), complete=True)


def test_a_secret_with_quotes_is_found_in_json() -> None:
    redaction = Redaction()
    redaction.learn('say "friend"')
    assert redaction.body(b'{"m":"say \\"friend\\" and enter"}', complete=True) == (
        b'{"m":"*** and enter"}'
    )


def test_user_and_password_of_basic_credentials_are_secrets_too() -> None:
    redaction = Redaction()
    pair = base64.b64encode(b"somebody:hunter2-hunter2").decode()
    redaction.learn(f"Basic {pair}")
    assert redaction.everywhere(f"{pair} somebody hunter2-hunter2") == f"{HIDDEN} {HIDDEN} {HIDDEN}"
    redaction.learn("Basic nonsense")
    redaction.learn("Basic /////////w==")


def test_short_values_occur_by_chance() -> None:
    redaction = Redaction()
    redaction.learn("Bearer abc")
    assert redaction.everywhere("abc Bearer") == "abc Bearer"


def test_the_longer_secret_goes_first() -> None:
    redaction = Redaction()
    redaction.learn("password")
    redaction.learn("password-of-mine")
    assert redaction.everywhere("password-of-mine") == HIDDEN


def test_a_body_cut_short_does_not_end_with_the_beginning_of_a_secret(knowing: Redaction) -> None:
    body = b"a log line " + SECRET.encode()[:9]
    assert knowing.body(body, complete=True) == body
    assert knowing.body(body, complete=False) == b"a log line "
    assert knowing.body(b"a log line!", complete=False) == b"a log line!"


@pytest.mark.parametrize("name", ["access_token", "refresh_token", "id_token", "accessToken"])
def test_what_a_token_endpoint_answers_is_left_out(name: str) -> None:
    assert Redaction().body(b'{"%s" : "eyJ"}' % name.encode(), complete=True) == b"***"
