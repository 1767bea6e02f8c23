from __future__ import annotations

import time
from html import unescape
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from argogate.reports.escape import (
    cut,
    followed_line,
    line,
    log_lines,
    logged_line,
    plain,
    terminal_line,
    xml_text,
)
from argogate.reports.markup import markdown_block, markdown_cell, markdown_code, markdown_html
from tests.build import HOSTILE

anything = st.one_of(
    st.text(),
    st.sampled_from([text[:5_000] for text in HOSTILE]),
    st.text(alphabet="`|<>&[]()@#:\n\r\x1b\\ ax~"),
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("as it is", "as it is"),
        ("ü漢🎉\ttab\nline", "ü漢🎉\ttab\nline"),
        ("\x1b[1;31mred\x1b[0m \x9b2Jclear", "red clear"),
        ("\x1b]0;title\x07a\x1b]8;;http://x\x1b\\b\x9d0;t\x9cc", "abc"),
        ("\x1bPdevice\x1b\\a\x1b(Bb\x1bcc", "abc"),
        ("\x1b]never ended", "\ufffd]never ended"),
        ("\x1b\x1b[31m[31mx", "\ufffd[31mx"),
        ("\x00\x07\x7f\x85", "\ufffd" * 4),
        ("\ud800\udfff\ufffe\uffff\ufdd0\U0010ffff", "\ufffd" * 6),
        *((f"{mark}exe", "\ufffdexe") for mark in "\u202a\u202b\u202c\u202d\u202e"),
        *((f"{mark}exe", "\ufffdexe") for mark in "\u2066\u2067\u2068\u2069"),
        ("a\r\nb\rc\r\r\nd\u2028e\u2029f\vg\fh", "a\nb\nc\nd\ne\nf\ng\nh"),
    ],
)
def test_plain_text_has_no_control_characters(text: str, expected: str) -> None:
    assert plain(text) == expected


def test_what_a_keyboard_writes_stays_beside_what_is_no_text() -> None:
    keys = "".join(map(chr, range(0x20, 0x7F)))
    assert plain(f"\x00{keys}\u202e") == f"\ufffd{keys}\ufffd"


@given(anything)
def test_every_text_fits_into_xml(text: str) -> None:
    element = ET.Element("a", b=line(xml_text(text)))
    element.text = xml_text(text)
    parsed = ET.fromstring(ET.tostring(element, encoding="utf-8"))
    assert (parsed.text or "") == xml_text(text)
    assert "[[attachment|" not in xml_text(text).lower()
    assert xml_text(xml_text(text)) == xml_text(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("::error::x", ": :error::x"),
        ("  \n ::error::x", ": :error::x"),
        ("fine ##[error]x", "fine # #[error]x"),
        ("##vso[task] ###[x] ##teamcity[y] ##", "# #vso[task] ## #[x] # #teamcity[y] ##"),
        ("\x1b[31mred\nnext\tline", "red next line"),
    ],
)
def test_a_terminal_line_is_no_command(text: str, expected: str) -> None:
    assert terminal_line(text) == expected


@given(anything)
def test_a_terminal_line_is_one_printable_line(text: str) -> None:
    shown = terminal_line(text)
    assert not shown.startswith("::")
    assert "##[" not in shown
    assert len(shown.splitlines()) <= 1
    assert "\x1b" not in shown


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  two\tcolumns  ", ["  two   columns"]),
        ("10%\r20%\r\rdone\r\n", ["10%", "20%", "done"]),
        ("", [""]),
        ("\r\n", [""]),
        ("\x1b[31mred\x1b[0m \u202egnp.exe\x00", ["red \ufffdgnp.exe\ufffd"]),
        ("x" * 11, ["x" * 10 + "…"]),
    ],
)
def test_a_log_is_lines_of_plain_text_that_keep_their_indentation(
    text: str, expected: list[str]
) -> None:
    assert log_lines(text, 10 if text.startswith("x") else 1000) == expected


def test_a_logged_line_stays_one_line_behind_its_mark() -> None:
    assert logged_line("\ta\r\n::error::b\n") == "  |         a ::error::b"


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("source", ["unit", "::error::x", "##[group]", "a\nb"])
def test_a_followed_line_is_no_command_and_one_line(source: str, text: str) -> None:
    for each in log_lines(text):
        shown = followed_line(source, each)
        assert shown.startswith("[")
        assert "##[" not in shown
        assert "##vso[" not in shown
        assert len(shown.splitlines()) == 1
        assert "\x1b" not in shown


markdown = MarkdownIt("gfm-like", {"linkify": False})


@pytest.mark.parametrize("place", ["{}", "before {} after", "* {}", "# {}", "> {}"])
@given(text=anything)
def test_a_cell_of_markdown_is_text_and_nothing_else(place: str, text: str) -> None:
    assert _tags(place.format(markdown_cell(text))) == _tags(place.format("x")) or not line(text)
    tags = _tags(place.format(markdown_code(text)))
    assert [tag for tag in tags if tag not in _tags(place.format("x"))] == ["code_inline"]


@given(anything)
def test_a_cell_of_a_table_does_not_leave_it(text: str) -> None:
    table = "| a | b |\n| --- | --- |\n| {} | {} |\n"
    code_cell = markdown_code(text, in_table=True)
    tokens = markdown.parse(table.format(markdown_cell(text), code_cell))
    assert [token.type for token in tokens].count("td_open") == 2
    (code,) = [token for token in tokens if token.type == "inline"][3:]
    [child] = code.children or []
    assert child.type == "code_inline"
    assert child.content.strip() == line(text)


@given(anything)
def test_a_title_of_a_fold_is_text_and_nothing_else(text: str) -> None:
    shown = f"<details><summary>{markdown_html(text)}</summary>\n\nafter"
    opened, *_ = markdown.parse(shown)
    assert opened.content.count("<") == 3
    inner = opened.content.strip().removeprefix("<details><summary>")
    told = unescape(inner.removesuffix("</summary>"))
    assert told.replace("\u200b", "") == line(text).replace("\u200b", "")


def test_nobody_is_mentioned_and_no_issue_referred_to() -> None:
    shown = markdown.renderInline(markdown_cell("@everyone #1 owner/repo#2 www.x.y http://x.y"))
    assert shown.replace("\u200b", "|") == "@|everyone #|1 owner/repo#|2 www|.x.y http|://x.y"


def test_prose_stays_readable_as_plain_text() -> None:
    text = "main: Error (exit code 3), 40% of 2 - 1; see C:\\x & y"
    assert markdown_cell(text) == text.replace("\\", "\\\\")


@given(st.lists(anything, max_size=3))
def test_a_block_does_not_end_early(lines: list[str]) -> None:
    tokens = markdown.parse(f"{markdown_block(lines)}\n\nafter")
    assert [token.type for token in tokens] == [
        "fence",
        "paragraph_open",
        "inline",
        "paragraph_close",
    ]
    assert tokens[0].content == plain("\n".join(lines)) + "\n"


def test_a_cut_text_stays_whole_characters_and_says_so() -> None:
    assert cut("漢字", 6) == "漢字"
    assert cut("漢字", 5) == "漢\n… (cut)"


@pytest.mark.parametrize("text", ["\x1b]", "\x1b[0", "\x9d", "\x9b0", "##a", "`", "[[", "\r"])
def test_a_hostile_text_costs_no_time(text: str) -> None:
    whole = text * (200_000 // len(text))
    begun = time.process_time()
    for clean in (xml_text, markdown_cell, terminal_line):
        clean(whole)
    markdown_block([whole])
    assert time.process_time() - begun < 2


def _tags(text: str) -> list[str]:
    found = []
    for token in markdown.parse(text):
        found.append(token.type)
        found += [
            child.type
            for child in token.children or ()
            if child.type not in {"text", "text_special"}
        ]
    return found
