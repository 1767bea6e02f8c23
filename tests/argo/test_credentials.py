"""What people paste as a token, and that nobody gets to see it."""

from __future__ import annotations

import base64
import traceback
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argogate.argo.credentials import LARGEST_SECRET, Credential, Token, TokenFile, header_value
from argogate.errors import Unavailable

if TYPE_CHECKING:
    from pathlib import Path

SECRET = "eyJhbGciOi.J9-hunter2"


@pytest.mark.parametrize(
    ("text", "header"),
    [
        (SECRET, f"Bearer {SECRET}"),
        (f"Bearer {SECRET}", f"Bearer {SECRET}"),
        (f"bearer {SECRET}", f"Bearer {SECRET}"),
        (f"BEARER {SECRET}", f"Bearer {SECRET}"),
        (f"Bearer Bearer {SECRET}", f"Bearer {SECRET}"),
        (f"Bearer bearer  {SECRET}", f"Bearer {SECRET}"),
        (f"  Bearer  {SECRET} ", f"Bearer {SECRET}"),
        (f"{SECRET}\n", f"Bearer {SECRET}"),
        (f"{SECRET}\r\n", f"Bearer {SECRET}"),
        (f"Bearer v2:{SECRET}", f"Bearer v2:{SECRET}"),
        (f"Basic {SECRET}==", f"Basic {SECRET}=="),
        (f"basic {SECRET}", f"Basic {SECRET}"),
        (f"Bearer Basic {SECRET}", f"Basic {SECRET}"),
        (f"Bearer\n{SECRET}\n", f"Bearer {SECRET}"),
        ("Bearer-like", "Bearer Bearer-like"),
    ],
)
def test_what_people_paste_becomes_the_header_that_the_server_takes(text: str, header: str) -> None:
    assert header_value(text, "it") == header
    assert Token(text, "it").header() == header


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "it is empty"),
        (" \t\r\n", "it is empty"),
        ("Bearer", "holds no single token"),
        ("Bearer Basic", "holds no single token"),
        (f"{SECRET} {SECRET}", "holds no single token but 2 words"),
        (f"token: {SECRET}", "holds no single token but 2 words"),
        (f"{SECRET}\x00", "odd characters"),
        (f"{SECRET}\x1b[0m", "odd characters"),
        (f"{SECRET}\x7f", "odd characters"),
        (f"{SECRET}ü", "odd characters"),
        (f"\ufeff{SECRET}", "odd characters"),
        (f"X: y\r\nAuthorization: {SECRET}", "holds no single token"),
    ],
)
def test_what_can_be_no_token_is_refused_without_being_shown(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason) as caught:
        Token(text, "it")
    assert "hunter2" not in str(caught.value)
    assert caught.value.__cause__ is None


JWT = "eyJhbGciOiJub25lIn0.eyJpc3MiOiJodW50ZXIyIn0.c2ln"


@pytest.mark.parametrize(
    ("text", "looks"),
    [
        *(
            (text, "a placeholder that nobody has filled in")
            for text in (
                *("$ARGO_TOKEN", "${ARGO_TOKEN}", "$(ARGO_TOKEN)", "%ARGO_TOKEN%", "$t", "$env:T"),
                *(
                    "${{ secrets.ARGO_TOKEN }}",
                    "{{inputs.parameters.token}}",
                    "{{ .Values.token }}",
                ),
                *("<token>", "<your token>", "***", "null", "undefined", "None", "#{TOKEN}#"),
                *("Bearer $ARGO_TOKEN", "Basic ${BASIC}", "prefix-$TOKEN", "${TOKEN:-}"),
                '{"token":"hunter2"}',
            )
        ),
        *((f"{quote}{JWT}{quote}", "quotes around it") for quote in "\"'`"),
        (f'"{JWT}', "quotes around it"),
        (f'Bearer "{JWT}"', "quotes around it"),
        (f'"Bearer {JWT}"', "quotes around it"),
        (base64.b64encode(JWT.encode()).decode(), "a token in base64"),
        (base64.b64encode(f"{JWT}\n".encode()).decode().rstrip("="), "a token in base64"),
        (base64.b64encode(f"Bearer {JWT}".encode()).decode(), "a token in base64"),
        (base64.encodebytes(JWT.encode()).decode(), "a token in base64"),
        ("/builds/team/app.tmp/hunter2", "the path of a file; give it with --token-file"),
        ("/var/run/secrets/hunter2", "the path of a file"),
        ("C:\\agent\\hunter2", "the path of a file"),
        ("Bearer /run/secrets/token", "the path of a file"),
    ],
)
def test_what_was_meant_to_become_a_token_is_told_before_it_is_sent(text: str, looks: str) -> None:
    with pytest.raises(ValueError, match=f"it is no token but looks like .*{looks}") as caught:
        Token(text, "it")
    assert "hunter2" not in str(caught.value)
    assert JWT not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        JWT,
        "/onlyOne",
        "/9j/4AAQSkZJRg+AB/cd=",
        "/a/b==",
        "a/b/c",
        "x",
        "v2:eyJ.e30.x",
        "Basic ZXlK",
        base64.b64encode(b"no token at all").decode(),
        "1|abc~def!x*y",
        "nullable",
    ],
)
def test_what_may_be_a_token_is_sent(text: str) -> None:
    assert header_value(text, "it").endswith(text)


@given(st.text())
def test_a_header_is_always_one_line_of_printable_ascii(text: str) -> None:
    try:
        header = header_value(text, "it")
    except ValueError:
        return
    assert header.isascii()
    assert header.isprintable()
    assert header_value(header, "it") == header


def test_no_credentials_send_nothing() -> None:
    nobody = Credential()
    assert nobody.header() == ""
    assert not nobody.renewable


def test_a_fixed_token_cannot_be_renewed_and_a_file_can(tmp_path: Path) -> None:
    assert not Token(SECRET, "it").renewable
    assert TokenFile(str(tmp_path / "token")).renewable


def test_a_secret_is_not_in_the_repr(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text(SECRET)
    credentials = (Token(SECRET, "it"), TokenFile(str(path)))
    assert "hunter2" not in f"{credentials} {credentials[0]} {credentials[1]}"


def test_a_token_file_is_read_each_time(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text("first\n")
    source = TokenFile(str(path))
    assert source.header() == "Bearer first"
    path.write_text("Bearer second\n")
    assert source.header() == "Bearer second"


def test_a_token_file_of_windows_may_begin_with_a_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_bytes(b"\xef\xbb\xbf" + SECRET.encode() + b"\r\n")
    assert TokenFile(str(path)).header() == f"Bearer {SECRET}"


def test_a_token_file_that_vanishes_and_comes_back_is_an_outage(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text(SECRET)
    source = TokenFile(str(path))
    assert source.header()
    path.unlink()
    with pytest.raises(Unavailable, match="token cannot be used: No such file or directory"):
        source.header()
    path.write_text(SECRET)
    assert source.header() == f"Bearer {SECRET}"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is empty"),
        (b"\n", "is empty"),
        (f"{SECRET} {SECRET}".encode(), "2 words"),
        (SECRET.encode("utf-16"), "odd characters"),
        (b"\xff" + SECRET.encode(), "odd characters"),
        (SECRET.encode() + b"\x00", "odd characters"),
        (b"two words\n" + b"x" * LARGEST_SECRET, "words"),
    ],
)
def test_a_token_file_without_a_token_is_an_outage_that_shows_nothing(
    tmp_path: Path, content: bytes, reason: str
) -> None:
    path = tmp_path / "token"
    path.write_bytes(content)
    with pytest.raises(Unavailable, match=reason) as caught:
        TokenFile(str(path)).header()
    assert str(path) in caught.value.message
    shown = "".join(traceback.format_exception(caught.value))
    assert "hunter2" not in shown + repr((caught.value, caught.value.__cause__))


def test_a_folder_is_no_token_file(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="Is a directory"):
        TokenFile(str(tmp_path)).header()
