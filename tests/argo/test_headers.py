"""Headers of the user's, and secrets in files and variables."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING

import pytest

from argogate.argo.credentials import (
    Basic,
    Credential,
    Secret,
    Token,
    TokenFile,
    exposure,
)
from argogate.argo.credentials.command import TokenCommand
from argogate.argo.credentials.headers import WithHeaders, parse_header
from argogate.errors import Unavailable
from tests.argo.wire import PATH, WORKFLOW, Wire, answer, transport_to
from tests.clock import SimulatedClock

if TYPE_CHECKING:
    from pathlib import Path

KEY = "gateway-key-77"
AMPLE = 5.0


def sent_with(credential: Credential) -> str:
    """Return the head of a request that goes out with it."""
    with Wire(answer(WORKFLOW)) as wire:
        transport_to(wire.url, credential=credential).get(PATH, {}, what="x", timeout=AMPLE)
    return wire.heads[0]


@pytest.mark.parametrize(
    ("text", "name", "value", "literal"),
    [
        ("X-Api-Key=abc", "X-Api-Key", "abc", True),
        ("X-Api-Key: abc", "X-Api-Key", "abc", True),
        ("X-Api-Key:abc", "X-Api-Key", "abc", True),
        ("X-Api-Key = abc ", "X-Api-Key", "abc", True),
        ("X-Api-Key=a=b: c", "X-Api-Key", "a=b: c", True),
        ("Cookie: a=b", "Cookie", "a=b", True),
        ("X-Api-Key=$KEY", "X-Api-Key", KEY, False),
        ("X-Api-Key: $KEY", "X-Api-Key", KEY, False),
        ("X-Api-Key=$KEY/x", "X-Api-Key", "$KEY/x", True),
    ],
)
def test_a_header_is_written_in_several_ways(
    text: str, name: str, value: str, *, literal: bool
) -> None:
    header = parse_header(text, {"KEY": f"{KEY}\n"})
    assert (header.name, header.value.read(), header.literal) == (name, value, literal)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "a header is NAME=@FILE"),
        ("X-Api-Key", "a header is NAME=@FILE"),
        ("X-Api-Key=", "a header is NAME=@FILE"),
        ("two words=hunter2", "a header is NAME=@FILE"),
        ("=hunter2", "a header is NAME=@FILE"),
        ("X-Api-Key=$NONE", "the variable NONE is not set"),
        ("X-Api-Key=$BLANK", "the variable BLANK is not set"),
        ("X-Api-Key=hunter2\r\nHost: evil", "characters that no header may have"),
        ("X-Api-Key=hunter2ü", "characters that no header may have"),
        ("X-Api-Key=$ODD", "characters that no header may have"),
    ],
)
def test_what_can_be_no_header_is_refused_without_its_value(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words) as caught:
        parse_header(text, {"BLANK": " ", "ODD": "hunter2\x00"})
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "looks"),
    [
        ("X-Key=${KEY}", "placeholder"),
        ("X-Key=Token $API_KEY", "placeholder"),
        ("X-Key=$UNFILLED", "placeholder"),
        ("X-Key=%KEY%", "placeholder"),
        ("X-Key: {{ inputs.key }}", "placeholder"),
        ("X-Key='hunter2'", "quotes around it"),
        ("Authorization=Bearer $ARGO_TOKEN", "placeholder"),
        ("Authorization: Bearer /builds/ci/hunter2", "path of a file"),
        ("X-Key=ZXlKaGJHY2lPaS5KOS1odW50ZXIyLngK", "base64"),
    ],
)
def test_what_was_meant_to_become_a_value_is_not_sent_as_one(
    tmp_path: Path, text: str, looks: str
) -> None:
    with pytest.raises(ValueError, match=looks) as caught:
        parse_header(text, {"UNFILLED": "$(API_KEY)"})
    assert "hunter2" not in str(caught.value)
    name, value = re.split(r"[=:] ?", text, maxsplit=1)
    file = tmp_path / "value"
    file.write_text(f"{value}\n")
    with pytest.raises(ValueError, match=f"the header {name} from .*value has no value but"):
        parse_header(f"{name}=@{file}", {})


@pytest.mark.parametrize(
    "text",
    ["X-Prefix=/argo/ui", "Accept=*", "X-Debug=none", "Link=<https://h>", 'Cookie=a="b"', "X=$$"],
)
def test_what_only_a_token_may_not_look_like_is_fine_as_a_header(text: str) -> None:
    assert parse_header(text, {}).value.read()


def test_the_key_of_a_gateway_and_the_token_go_together(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("first-key-11\n")
    headers = [parse_header(f"X-Api-Key=@{file}", {}), parse_header("X-Who: ci", {})]
    both = WithHeaders(Token("sesame-open", "the token of X"), headers)
    head = sent_with(both)
    assert "\r\nAuthorization: Bearer sesame-open\r\n" in head
    assert "\r\nX-Api-Key: first-key-11\r\n" in head
    assert "\r\nX-Who: ci\r\n" in head
    file.write_text("second-key-22")
    assert "\r\nX-Api-Key: second-key-22\r\n" in sent_with(both)
    assert both.source == "the token of X and the header X-Api-Key and the header X-Who"
    assert both.renewable
    assert {"sesame-open", "first-key-11", "second-key-22"} <= both.secrets()
    assert "key-" not in f"{both!r}{headers!r}"


def test_a_header_alone_is_a_credential_too() -> None:
    alone = WithHeaders(Credential(), [parse_header("Authorization=Basic b3BlbjpzZXM=", {})])
    assert "\r\nAuthorization: Basic b3BlbjpzZXM=\r\n" in sent_with(alone)
    assert alone.source == "the header Authorization"
    assert not alone.renewable
    assert alone.header() == ""


@pytest.mark.parametrize(
    ("content", "words"),
    [("", "it is empty"), ("two\nlines", "odd characters"), ("ü", "odd characters")],
)
def test_a_file_that_holds_no_value_is_an_outage(tmp_path: Path, content: str, words: str) -> None:
    file = tmp_path / "key"
    file.write_text(content)
    credential = WithHeaders(Credential(), [parse_header(f"X-Api-Key=@{file}", {})])
    with pytest.raises(Unavailable, match=f"the header X-Api-Key from .*key cannot be .*{words}"):
        sent_with(credential)


def test_a_refusal_is_passed_on_to_the_credential_inside() -> None:
    inner = TokenCommand("date +%N", SimulatedClock().now)
    outer = WithHeaders(inner, [])
    first = outer.header()
    assert outer.header() == first
    outer.refused(first)
    assert outer.header() != first


def test_name_and_password_are_sent_as_basic(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("öpen:sesame\n")
    basic = Basic("ci", Secret("the password", path=str(file)))
    encoded = base64.b64encode("ci:öpen:sesame".encode()).decode()
    assert basic.header() == f"Basic {encoded}"
    assert basic.renewable
    assert basic.secrets() == {"öpen:sesame", encoded}
    assert basic.source == "the user ci and the password"
    assert not Basic("ci", Secret("the password of X", "fixed")).renewable


def test_a_password_of_several_words_is_a_secret_as_a_whole() -> None:
    basic = Basic("ci", Secret("the password of X", "correct horse battery"))
    basic.header()
    assert "correct horse battery" in basic.secrets()


@pytest.mark.parametrize("user", ["a:b", "a\nb"])
def test_a_name_that_basic_cannot_carry_is_refused(user: str) -> None:
    with pytest.raises(ValueError, match="no colon and no control characters"):
        Basic(user, Secret("the password", "x"))


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o444])
def test_a_secret_that_others_may_read_is_warned_about(tmp_path: Path, mode: int) -> None:
    file = tmp_path / "token"
    file.touch()
    file.chmod(mode)
    assert exposure(str(file)).endswith(f"may read it: chmod 600 {file}")


@pytest.mark.parametrize("mode", [0o600, 0o400, 0o700, 0o611])
def test_a_secret_of_ones_own_is_no_news(tmp_path: Path, mode: int) -> None:
    file = tmp_path / "token"
    file.touch()
    file.chmod(mode)
    assert exposure(str(file)) == ""


@pytest.mark.parametrize("path", ["/var/run/secrets/x/token", "/run/secrets/token", "/no/such"])
def test_what_the_platform_mounts_is_no_news(path: str) -> None:
    assert exposure(path) == ""


def test_a_file_with_an_impossible_name_is_told_apart() -> None:
    with pytest.raises(Unavailable, match="no file has such a name"):
        TokenFile("a\0b").header()
