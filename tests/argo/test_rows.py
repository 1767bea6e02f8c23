"""A list is read row by row, however its bytes are cut, and what is no whole list is an error."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argogate.argo import rows
from argogate.argo.rows import rows_in
from argogate.errors import NotUnderstood, Unavailable

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=9,
)


def chunks_of(body: bytes, size: int) -> list[bytes]:
    return [body[start : start + size] for start in range(0, len(body), size)]


@given(
    items=st.lists(JSON, max_size=9),
    size=st.integers(1, 40),
    escaped=st.booleans(),
    spaces=st.booleans(),
    last=st.booleans(),
)
def test_rows_are_those_of_the_document_however_it_is_cut(
    items: list[object], size: int, *, escaped: bool, spaces: bool, last: bool
) -> None:
    metadata = {"resourceVersion": "7", "continue": str(len(items))}
    document = {"metadata": metadata, "more": 12, "items": items}
    if last:
        document = {"items": items, "metadata": metadata}
    body = json.dumps(document, ensure_ascii=escaped, indent=1 if spaces else None)
    pieces = chunks_of(body.encode("utf-8", "surrogatepass"), size)
    whole = json.loads(body.encode("utf-8", "surrogatepass").decode("utf-8", "replace"))["items"]
    assert list(rows_in(pieces, "list")) == whole


@pytest.mark.parametrize(
    "body", ['{"metadata":{},"items":null}', "{}", ' {"items" : [ ]}\n', '{"metadata":7}']
)
def test_an_empty_list_has_no_rows(body: str) -> None:
    assert list(rows_in([body.encode()], "list")) == []


@pytest.mark.parametrize(
    ("body", "kind", "message"),
    [
        ("", NotUnderstood, "the server gave an empty body for the list"),
        (
            "<!doctype html>",
            NotUnderstood,
            "the server answered with a web page instead of the list",
        ),
        ("[1]", NotUnderstood, "the server answered with something else instead of the list"),
        (
            '{"items" 7}',
            NotUnderstood,
            "the server answered with something else instead of the list",
        ),
        ('{"items":' + '{"a":' * 100_000, NotUnderstood, "something else"),
        ('{"items":[{"a":1},{"b"', Unavailable, "the list broke off"),
        ('{"items":[{"a":1}', Unavailable, "the list broke off"),
        ('{"items":[1,', Unavailable, "the list broke off"),
        ('{"metadata":{"continue":"2"},"items":[1]}', Unavailable, "gave a part of the list"),
        ('{"items":[1],"metadata":{"continue":"eyJ2"}}', Unavailable, "gave a part of the list"),
    ],
)
def test_what_is_no_whole_list_is_an_error(body: str, kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        list(rows_in([body.encode()], "list"))


def test_rows_before_the_break_are_there() -> None:
    found = rows_in([b'{"items":[1,2,', b"3"], "list")
    assert [next(found), next(found)] == [1, 2]
    with pytest.raises(Unavailable):
        next(found)


def test_a_row_without_an_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "LARGEST_ROW", 1000)
    endless = iter([b'{"items":["'] + [b"x" * 100] * 100)
    with pytest.raises(NotUnderstood, match="something else"):
        list(rows_in(endless, "list"))
    assert next(endless), "not all of it was taken in"


def test_a_large_row_in_small_pieces_is_not_read_anew_for_each(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tries = 0

    class Counting(json.JSONDecoder):
        def raw_decode(self, s: str, idx: int = 0) -> tuple[object, int]:
            nonlocal tries
            tries += 1
            return super().raw_decode(s, idx)

    monkeypatch.setattr(rows, "READ", Counting())
    body = json.dumps({"items": ["x" * 100_000]}).encode()
    assert len(list(rows_in(chunks_of(body, 100), "list"))) == 1
    assert tries < 30
