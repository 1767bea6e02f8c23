"""Listings of directories as every release writes them."""

from __future__ import annotations

import pytest

from argogate.argo.answers import Answer
from argogate.argo.directories import entries_in, is_away, leads_to_index
from argogate.errors import ArgoError, Denied, NotFound, NotUnderstood, Unavailable

HEAD = '<html><body><ul>\n<li><a href="..">..</a></li>\n'
TAIL = "</ul></body></html>"


def answered(body: str, status: int = 200, **headers: str) -> Answer:
    return Answer(
        what="artifact a", url="http://x/y", status=status, headers=headers, body=body.encode()
    )


@pytest.mark.parametrize(
    ("rows", "names"),
    [
        ("", ()),
        (
            '<li><a href="a.txt">a.txt</a></li>\n<li><a href="sub/">sub/</a></li>\n',
            ("a.txt", "sub/"),
        ),
        ('<li><a href="./a.txt">a.txt</a></li>\n', ("a.txt",)),
        (
            '<li><a href="./%c3%bcn%20%281%29%20&amp;%20%3cx%3e">ün (1) &amp; &lt;x&gt;</a></li>\n',
            ("ün (1) & <x>",),
        ),
        ('<li><a href="#ZgotmplZ">a:b &#43; &#34;c&#34;</a></li>\n', ('a:b + "c"',)),
        ('<li><a href="./sub/deep/">sub/deep/</a></li>\n', ("sub/deep/",)),
    ],
)
def test_a_listing_names_files_and_folders(rows: str, names: tuple[str, ...]) -> None:
    assert entries_in(answered(HEAD + rows + TAIL)) == names


@pytest.mark.parametrize("body", ["", "<!doctype html><title>Argo</title>\n", "{}"])
def test_what_is_no_listing_is_not_taken_for_an_empty_one(body: str) -> None:
    with pytest.raises(NotUnderstood, match="instead of a listing"):
        entries_in(answered(body))


@pytest.mark.parametrize(
    ("status", "location", "expected"),
    [
        (307, "/artifact-files/…/site/index.html", True),
        (307, "/artifact-files/…/site/", False),
        (302, "/login/index.html", False),
        (307, "", False),
        (200, "/index.html", False),
    ],
)
def test_an_index_is_told_from_other_redirects(status: int, location: str, expected: bool) -> None:  # noqa: FBT001
    assert leads_to_index(answered("", status, Location=location)) is expected


@pytest.mark.parametrize(
    ("error", "away"),
    [
        (NotFound("x answered 404: not found"), False),
        (Unavailable("x answered 404: Not Found", status=404), False),
        (Unavailable("x answered 500: Internal Server Error", status=500), False),
        (Unavailable("x: the connection was closed without an answer"), False),
        (Denied("x answered 403", status=403, renewable=False), False),
        (Unavailable("x answered 503", status=503), True),
        (Unavailable("x answered 404: an HTML page, not Argo's API", status=404), True),
        (Unavailable("x: connection refused"), True),
        (NotUnderstood("the server answered with a web page"), True),
    ],
)
def test_an_archive_that_is_away_is_told_from_one_that_is_not_there(
    error: ArgoError, *, away: bool
) -> None:
    assert is_away(error) is away
