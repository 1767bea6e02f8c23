"""What people write as the server's address."""

from __future__ import annotations

import pytest

from argogate.argo.address import Address, parse_address

READ = [
    ("argo.example:2746", "https://argo.example:2746"),
    ("  argo.example:2746\n", "https://argo.example:2746"),
    ("argo", "https://argo"),
    ("argo:", "https://argo"),
    ("http://argo.example:2746/", "http://argo.example:2746"),
    ("HTTPS://Argo.Example", "https://argo.example"),
    ("https://ci.example/argo/", "https://ci.example/argo"),
    ("ci.example/argo//", "https://ci.example/argo"),
    ("https://ci.example/a%20b/ü", "https://ci.example/a%20b/%C3%BC"),
    ("[::1]:2746", "https://[::1]:2746"),
    ("http://[fe80::1%25eth0]", "http://[fe80::1%25eth0]"),
    ("127.0.0.1:2746", "https://127.0.0.1:2746"),
    ("https://ci.example/workflows/", "https://ci.example/workflows"),
    ("https://ci.example/workflows/argo", "https://ci.example/workflows/argo"),
]


@pytest.mark.parametrize(("text", "url"), READ)
def test_an_address_is_read_as_argo_writes_it_or_as_a_url(text: str, url: str) -> None:
    assert parse_address(text) == Address(url=url)


@pytest.mark.parametrize(("text", "url"), READ)
def test_a_url_is_an_address_again(text: str, url: str) -> None:
    assert parse_address(parse_address(text).url).url == url


@pytest.mark.parametrize(
    ("text", "secure", "url"),
    [
        ("argo:2746", False, "http://argo:2746"),
        ("https://argo:2746", False, "https://argo:2746"),
        ("http://argo:2746", True, "http://argo:2746"),
    ],
)
def test_only_a_bare_host_takes_its_scheme_from_argo_secure(
    text: str, url: str, *, secure: bool
) -> None:
    assert parse_address(text, secure=secure).url == url


@pytest.mark.parametrize("base_href", ["/argo/", "argo", "/argo"])
def test_the_base_href_follows_the_path(base_href: str) -> None:
    assert parse_address("h:1", base_href=base_href).url == "https://h:1/argo"
    assert parse_address("https://h/ci", base_href=base_href).url == "https://h/ci/argo"


@pytest.mark.parametrize("text", ["/", ""])
def test_no_base_href_leaves_the_address_alone(text: str) -> None:
    assert parse_address("h:1", base_href=text).url == "https://h:1"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "names no host"),
        ("   ", "names no host"),
        (":2746", "names no host"),
        ("https://", "names no host"),
        ("https:///argo", "names no host"),
        ("argo example", "names no host"),
        ("argo\texample", "names no host"),
        ("ar\ngo", "names no host"),
        ("ar\x00go", "names no host"),
        ("argo:0", "names no host"),
        ("ftp://argo", "begins with ftp://"),
        ("unix:///run/argo.sock", "begins with unix://"),
        ("argo:65536", "its port is no number up to 65535"),
        ("argo:port", "its port is no number up to 65535"),
        ("argo:-1", "its port is no number up to 65535"),
        ("::1", r"is of IPv6; write it in brackets, as \[::1\]:2746"),
        ("::1:2746", "write it in brackets"),
        ("http://fe80::1/argo", "write it in brackets"),
        ("https://argo/workflows/ci/nightly-7f", "a page of the UI; write https://argo$"),
        ("argo:2746/workflows/ci/n?tab=workflow&x=1", "a page of the UI; write https://argo:2746$"),
        ("https://ci/argo/workflows/ci/n/", "a page of the UI; write https://ci/argo$"),
        ("https://argo/archived-workflows/ci/uid-1", "a page of the UI; write https://argo$"),
        ("https://argo/cron-workflows/ci/n", "a page of the UI"),
        ("https://argo/workflow-templates/ci/n", "a page of the UI"),
        ("https://argo/cluster-workflow-templates/n", "a page of the UI"),
        ("https://[::1", "cannot be read"),
        ("https://argo/?x=1", "holds a query"),
        ("https://argo/#/workflows", "holds a query"),
        ("https://me:hunter2@argo", "holds a user name"),
    ],
)
def test_a_wrong_address_is_refused_with_a_reason(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parse_address(text)


@pytest.mark.parametrize(
    "text",
    [
        "https://me:hunter2@argo",
        "me:hunter2@argo:2746",
        "me:hunter2@argo:99999",
        "me:hun/hunter2@argo",
        "ftp://me:hunter2@argo",
        "me:hunter2 @argo",
        "https://[me:hunter2@argo",
        "https://argo?token=hunter2",
        "https://argo/#hunter2",
    ],
)
def test_a_refusal_does_not_show_a_secret(text: str) -> None:
    with pytest.raises(ValueError, match="server address") as caught:
        parse_address(text)
    assert "hunter2" not in repr((caught.value, caught.value.__cause__))


@pytest.mark.parametrize(
    ("url", "host", "encrypted", "loopback"),
    [
        ("https://argo.example:2746", "argo.example", True, False),
        ("http://localhost:2746", "localhost", False, True),
        ("http://127.9.9.9", "127.9.9.9", False, True),
        ("http://[::1]:2746", "::1", False, True),
        ("http://10.0.0.1", "10.0.0.1", False, False),
        ("http://localhost.example", "localhost.example", False, False),
        ("http://127.0.0.1.example", "127.0.0.1.example", False, False),
    ],
)
def test_it_is_known_who_could_listen(
    url: str, host: str, *, encrypted: bool, loopback: bool
) -> None:
    address = Address(url=url)
    assert (address.host, address.encrypted, address.loopback) == (host, encrypted, loopback)


def test_an_address_without_host_is_nobody() -> None:
    assert not Address(url="").loopback


@pytest.mark.parametrize("ui_url", ["https://ui.example/argo", "https://ui.example/argo/"])
def test_the_page_of_a_workflow_is_at_the_server_or_where_the_user_says(ui_url: str) -> None:
    address = Address(url="https://argo:2746")
    assert address.page_of("ci", "a b") == "https://argo:2746/workflows/ci/a%20b"
    assert address.page_of("ci/x", "n", ui_url) == "https://ui.example/argo/workflows/ci%2Fx/n"
