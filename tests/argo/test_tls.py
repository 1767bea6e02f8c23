"""Whose certificates are believed, and what is said where they are not."""

from __future__ import annotations

import ssl
import warnings
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives import serialization

from argo_replay.server import DemoServer
from argogate.argo.tls import Trust, tls_context
from argogate.errors import ArgoError, CertificateRefused, NotUnderstood, Unavailable
from tests.argo.wire import SHORT, Wire, answer, server_at
from tests.harness import recorded

if TYPE_CHECKING:
    from pathlib import Path

    from tests.argo.conftest import Authority

AMPLE = 5.0
NAME = "hello-succeeds"


def failure_of(url: str, trust: Trust | None = None, timeout: float = AMPLE) -> ArgoError:
    """Return what a poll ends with."""
    with pytest.raises(ArgoError) as caught:
        server_at(url, trust).poll("argo", NAME, timeout=timeout)
    return caught.value


def name_seen(url: str, trust: Trust | None = None) -> str:
    """Return the name in the answer to a poll."""
    return server_at(url, trust).poll("argo", NAME, timeout=AMPLE).workflow.name


def test_a_private_authority_is_believed_if_it_is_named(authority: Authority) -> None:
    with DemoServer([recorded(NAME)], tls=authority.server("127.0.0.1")) as server:
        error = failure_of(server.url)
        assert name_seen(server.url, authority.trust) == NAME
    assert type(error) is CertificateRefused
    assert error.message == (
        f"the certificate of {server.url} is refused: unable to get local issuer certificate; "
        "trust its authority with --ca-cert FILE (or, for a test only, -k)"
    )


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"])
def test_an_authority_may_be_named_by_the_environment(
    authority: Authority, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, authority.file)
    with DemoServer([recorded(NAME)], tls=authority.server("127.0.0.1")) as server:
        assert name_seen(server.url) == NAME


def test_a_bundle_that_is_not_there_is_named(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/no/such/bundle.pem")
    with DemoServer([recorded(NAME)], tls=authority.server("127.0.0.1")) as server:
        error = failure_of(server.url, authority.trust)
    assert "No such file or directory" in error.message


def test_a_certificate_for_another_name_is_refused_and_its_names_are_told(
    authority: Authority,
) -> None:
    context = authority.server("argo.example", "argo.internal")
    with DemoServer([recorded(NAME)], tls=context) as server:
        error = failure_of(server.url, authority.trust)
    assert type(error) is CertificateRefused
    assert "not valid for '127.0.0.1'; use a name that it was issued for (or," in error.message
    assert error.message.endswith("; it was issued for argo.example and argo.internal")
    assert "--ca-cert" not in error.message


@pytest.mark.parametrize(
    ("begin", "end", "words"),
    [
        (2019, 2020, "certificate has expired; it must be renewed"),
        (2090, 2091, "certificate is not yet valid; check the clock of this machine"),
    ],
)
def test_a_certificate_of_another_time_is_refused(
    authority: Authority, begin: int, end: int, words: str
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.maker.issue_cert(
        "127.0.0.1",
        not_before=datetime(begin, 1, 1, tzinfo=UTC),
        not_after=datetime(end, 1, 1, tzinfo=UTC),
    ).configure_cert(context)
    with DemoServer([recorded(NAME)], tls=context) as server:
        error = failure_of(server.url, authority.trust)
    assert type(error) is CertificateRefused
    assert words in error.message


@pytest.mark.parametrize("variable", ["", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"])
def test_any_certificate_is_believed_on_request_and_without_further_words(
    authority: Authority, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    if variable:
        monkeypatch.setenv(variable, authority.file)
    trust = Trust(verify=False)
    with (
        DemoServer([recorded(NAME)], tls=authority.server("argo.example")) as server,
        warnings.catch_warnings(record=True) as said,
    ):
        assert name_seen(server.url, trust) == NAME
    assert said == []


def test_a_client_certificate_is_shown(authority: Authority, tmp_path: Path) -> None:
    context = authority.server("127.0.0.1")
    context.verify_mode = ssl.CERT_REQUIRED
    authority.maker.configure_trust(context)
    with DemoServer([recorded(NAME)], tls=context) as server:
        assert name_seen(server.url, authority.client(tmp_path)) == NAME
        error = failure_of(server.url, authority.trust)
    assert type(error) is Unavailable


def test_certificate_and_key_may_be_in_one_file(authority: Authority, tmp_path: Path) -> None:
    both = tmp_path / "both.pem"
    authority.maker.issue_cert("ci@argo.example").private_key_and_cert_chain_pem.write_to_path(both)
    tls_context(Trust(client_certificate=str(both)))


@pytest.mark.parametrize("content", [None, b"", b"nonsense", b"\x00\xff"])
@pytest.mark.parametrize("verify", [True, False])
def test_a_file_that_holds_no_certificate_is_named(
    authority: Authority, tmp_path: Path, content: bytes | None, *, verify: bool
) -> None:
    path = tmp_path / "odd.pem"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ValueError, match=r"certificate file .*odd\.pem cannot be used"):
        tls_context(Trust(verify=verify, ca_file=authority.file, client_certificate=str(path)))
    if verify:
        with pytest.raises(ValueError, match=r"certificate file .*odd\.pem cannot be used"):
            tls_context(Trust(ca_file=str(path)))


def test_an_encrypted_key_is_refused_instead_of_asking_at_the_terminal(
    authority: Authority, tmp_path: Path
) -> None:
    trust = authority.client(tmp_path)
    key = serialization.load_pem_private_key((tmp_path / "client.key").read_bytes(), None)
    (tmp_path / "client.key").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"hunter2"),
        )
    )
    with pytest.raises(ValueError, match=r"client\.crt cannot be used"):
        tls_context(trust)


def test_https_to_a_plain_server_is_understood() -> None:
    with DemoServer([recorded(NAME)]) as server:
        url = server.url.replace("http:", "https:")
        error = failure_of(url)
    assert type(error) is NotUnderstood
    assert error.message == (
        f"{url} does not speak TLS; if it is plain HTTP, write http:// and say --no-secure"
    )


def test_http_to_a_tls_server_is_an_outage_with_a_hint(authority: Authority) -> None:
    with DemoServer([recorded(NAME)], tls=authority.server("127.0.0.1")) as server:
        error = failure_of(server.url.replace("https:", "http:"))
    assert type(error) is Unavailable
    assert "are http:// and https:// mixed up?" in error.message


def test_http_to_a_tls_server_of_go_says_so() -> None:
    text = b"Client sent an HTTP request to an HTTPS server.\n"
    with Wire(b"HTTP/1.0 400 Bad Request\r\n\r\n" + text) as wire:
        error = failure_of(wire.url)
    assert type(error) is NotUnderstood
    assert error.message.endswith("answered 400 to plain HTTP: it speaks TLS; write https://")


def test_a_handshake_that_is_cut_or_hangs_is_an_outage() -> None:
    with Wire(answer(b"")) as wire:
        wire.talk = lambda connection: connection.close()  # type: ignore[method-assign]
        cut = failure_of(wire.url.replace("http:", "https:"))
    with Wire() as wire:
        hung = failure_of(wire.url.replace("http:", "https:"), timeout=SHORT)
    assert type(cut) is Unavailable
    assert type(hung) is Unavailable
    assert "within 0.2s" in hung.message
