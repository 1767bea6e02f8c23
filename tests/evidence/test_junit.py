"""JUnit files of others: read as they are meant, bounded, and never obeyed."""

from __future__ import annotations

import codecs
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from argogate.evidence import junit
from argogate.evidence.junit import Broken, Foreign, Room, parse
from argogate.verdict.report import Outcome
from tests.build import HOSTILE

if TYPE_CHECKING:
    from argogate.verdict.evidence import MergedSuite, MergedTest

FAILED, ERRORED, SKIPPED = Outcome.FAILED, Outcome.ERRORED, Outcome.SKIPPED


def a_test(body: str = "", **attributes: str) -> str:
    given = "".join(f' {name}="{value}"' for name, value in ({"name": "t"} | attributes).items())
    return f"<testcase{given}>{body}</testcase>"


def read(text: str, room: Room | None = None) -> tuple[MergedSuite, ...]:
    return parse(text.encode(), room or Room())


def only(body: str, **attributes: str) -> MergedTest:
    """Return the test of a file that has one."""
    [suite] = read(f"<testsuite>{a_test(body, **attributes)}</testsuite>")
    [found] = suite.tests
    return found


def test_suites_are_flattened_and_named_by_those_around_them() -> None:
    found = read(
        '<testsuites name="all"><testsuite name="a" time="2.5" timestamp="2026-01-31T12:00:00">'
        f'{a_test(time="1")}<testsuite name="b">{a_test()}{a_test()}</testsuite>'
        f'<testsuite name="a.c">{a_test(time="0.5")}</testsuite><testsuite name="empty"/>'
        f"</testsuite>{a_test(name='bare')}</testsuites>"
    )
    assert [(suite.name, len(suite.tests), suite.seconds) for suite in found] == [
        ("a / b", 2, 0),
        ("a.c", 1, 0.5),
        ("a", 1, 2.5),
        ("", 1, 0),
    ]
    assert found[2].timestamp == datetime(2026, 1, 31, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("body", "outcome", "message", "text"),
    [
        ("", Outcome.PASSED, "", ""),
        ('<failure message="m" type="T">trace</failure>', FAILED, "m", "trace"),
        ("<failure>\n  first\nsecond</failure>", FAILED, "first", "  first\nsecond"),
        ("<failure/>", FAILED, "", ""),
        ('<error message=" m "/>', ERRORED, "m", ""),
        ('<skipped message="later"/>', SKIPPED, "later", ""),
        ("<skipped>later</skipped>", SKIPPED, "later", "later"),
        ('<skipped message="s"/><failure message="f"/>', FAILED, "f", ""),
        ('<failure message="f">a</failure><error message="e">b</error>', FAILED, "f", "a\nb"),
        ('<error message="e"/><failure message="f"/>', FAILED, "f", ""),
        ("<failure>a<b>c</b>d</failure>", FAILED, "acd", "acd"),
        ("<properties><failure/></properties>", Outcome.PASSED, "", ""),
        ("<testcase><failure/></testcase>", Outcome.PASSED, "", ""),
        ("<failure><![CDATA[<a> & ]]></failure>", FAILED, "<a> &", "<a> & "),
    ],
)
def test_what_a_test_says(body: str, outcome: Outcome, message: str, text: str) -> None:
    found = only(body)
    assert (found.outcome, found.message, found.text) == (outcome, message, text)


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ({"time": "1,234.5"}, {"seconds": 1234.5}),
        ({"time": "-3"}, {"seconds": 0}),
        ({"time": "nan"}, {"seconds": 0}),
        ({"time": "inf"}, {"seconds": 0}),
        ({"time": "soon"}, {"seconds": 0}),
        ({"time": "1e300"}, {"seconds": 1e9}),
        ({"status": "notrun"}, {"outcome": SKIPPED}),
        ({"status": "run", "result": "Suppressed"}, {"outcome": SKIPPED}),
        ({"class": "C"}, {"classname": "C"}),
        ({"classname": "C", "file": "a.py", "line": "7"}, {"classname": "C", "file": "a.py:7"}),
        ({"name": "n" * 5000}, {"name": "n" * 1000}),
    ],
)
def test_what_attributes_say(attributes: dict[str, str], expected: dict[str, Any]) -> None:
    found = only("", **attributes)
    assert {name: getattr(found, name) for name in expected} == expected


def test_a_test_that_passed_later_keeps_why_it_failed_before() -> None:
    found = only(
        '<flakyFailure message="one"><stackTrace>x</stackTrace></flakyFailure>'
        "<rerunError> two </rerunError>" + "<flakyError/>" * 30
    )
    assert found.outcome is Outcome.PASSED
    assert found.attempts[:3] == ("one", "two", "")
    assert len(found.attempts) == junit.MOST_ATTEMPTS


def test_what_a_red_test_printed_is_kept_and_of_a_green_one_not() -> None:
    printed = "<system-out>o</system-out><system-err>e</system-err><system-out> </system-out>"
    assert only(f"<failure/>{printed}").output == "o\ne"
    assert only(printed).output == ""


@pytest.mark.parametrize("kind", ["error", "failure"])
def test_a_suite_that_failed_itself_is_red(kind: str) -> None:
    [suite] = read(f'<testsuite name="s"><{kind} message="m">x</{kind}>{a_test()}</testsuite>')
    assert [(each.name, each.message, each.text) for each in suite.tests] == [
        ("(suite)", "m", "x"),
        ("t", "", ""),
    ]
    assert suite.tests[0].outcome is junit.VERDICTS[kind]


def test_a_failure_that_belongs_to_nothing_is_none() -> None:
    assert read("<testsuites><failure/></testsuites>") == ()


@pytest.mark.parametrize(
    ("stamp", "hour"),
    [("2026-01-31T12:00:00+02:00", 10), ("2026-01-31 12:00:00Z", 12), ("today", None), ("", None)],
)
def test_a_timestamp_without_a_zone_is_in_utc(stamp: str, hour: int | None) -> None:
    [suite] = read(f'<testsuite timestamp="{stamp}">{a_test()}</testsuite>')
    assert (suite.timestamp and suite.timestamp.hour) == hour


def test_a_time_before_all_time_is_none() -> None:
    [suite] = read(f'<testsuite timestamp="0001-01-01T00:00:00+23:00">{a_test()}</testsuite>')
    assert suite.timestamp is None


@pytest.mark.parametrize(
    ("encoding", "name"),
    [
        ("utf-8", "ü漢🎉"),
        ("utf-16", "ü漢🎉"),
        ("iso-8859-1", "ü"),
        ("windows-1252", "ü€"),
        ("shift_jis", "漢字"),
        ("gb18030", "漢字"),
        ("us-ascii", "&#252;"),
    ],
)
@pytest.mark.parametrize("control", ["", "\x1b[0m"], ids=["clean", "colours"])
def test_every_encoding_is_read(encoding: str, name: str, control: str) -> None:
    text = f'<?xml version="1.0" encoding="{encoding}"?><testsuite>{a_test(control, name=name)}'
    [suite] = parse(f"{text}</testsuite>".encode(encoding), Room())
    assert suite.tests[0].name == name.replace("&#252;", "ü")


def test_a_mark_of_the_byte_order_is_no_text() -> None:
    text = f"<testsuite>{a_test(chr(27))}</testsuite>".encode()
    assert parse(codecs.BOM_UTF8 + text, Room())


@pytest.mark.parametrize("odd", ["\x00", "\x1b[31m", "&#27;", "&#x0;", "&#1114112;", "\ufffe"])
def test_characters_that_xml_forbids_do_not_make_it_unreadable(odd: str) -> None:
    found = only(f"<failure>a{odd}b &#65;</failure>")
    assert (found.text[0], found.text[-3:]) == ("a", "b A")
    assert "\ufffd" in found.text


def test_bytes_of_another_encoding_do_not_make_it_unreadable() -> None:
    [suite] = parse(b'<testsuite><testcase name="\xfc"/></testsuite>', Room())
    assert suite.tests[0].name == "\ufffd"


def test_a_namespace_is_no_part_of_a_name() -> None:
    assert read(f'<j:testsuite xmlns:j="u">{a_test()}</j:testsuite>')


BOMB = "".join(f'<!ENTITY e{at + 1} "{f"&e{at};" * 10}">' for at in range(9))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "it is empty"),
        (" \n", "it is empty"),
        ("no xml", "no XML: syntax error: line 1, column 0"),
        ("<testsuite>", "no XML: no element found"),
        ("<testsuite><testcase", "no XML: unclosed token"),
        ("<testsuite></testsuites>", "no XML: mismatched tag"),
        ("<testsuite/>tail", "no XML: junk after document element"),
        ("<testsuite>&nbsp;</testsuite>", "no XML: undefined entity"),
        (f'<!DOCTYPE testsuites [<!ENTITY e0 "x">{BOMB}]><testsuites>&e9;</testsuites>', "DOCTYPE"),
        ('<!DOCTYPE testsuite [<!ENTITY x SYSTEM "file:///etc/passwd">]><testsuite/>', "DOCTYPE"),
        ('<!DOCTYPE testsuite SYSTEM "http://127.0.0.1:9/x.dtd"><testsuite/>', "DOCTYPE"),
        ("<testsuite>" * 101, "more than 100 deep"),
        ("<testsuite><testcase>" + "<a>" * 200, "more than 100 deep"),
        ("<testsuite>\x1b<testsuite>" + "<a>" * 200, "more than 100 deep"),
        ("\x1f\x8b\x08garbage", "no XML"),
    ],
)
def test_what_is_broken_says_why(text: str, why: str) -> None:
    with pytest.raises(Broken, match=why):
        read(text)


@pytest.mark.parametrize(
    ("text", "root"),
    [
        ("<coverage/>", "coverage"),
        ("<!DOCTYPE html><html/>", "html"),
        ("<coverage><broken>", "coverage"),
        ("\x1b<a/>", None),
    ],
)
def test_what_is_something_else_is_told_by_its_root(text: str, root: str | None) -> None:
    with pytest.raises(Foreign if root else Broken) as caught:
        read(text)
    assert root is None or str(caught.value) == root


def test_long_texts_are_cut_where_they_say_least() -> None:
    trace, printed = "begin" + "t" * 50_000 + "end", "begin" + "o" * 50_000 + "end"
    found = only(
        f'<failure message="{"m" * 9000}">{trace}</failure><system-out>{printed}</system-out>'
    )
    assert (len(found.message), len(found.text)) == (junit.LONGEST_MESSAGE, junit.LONGEST_TEXT)
    assert found.text.startswith("begin")
    assert len(found.output) == junit.LONGEST_OUTPUT
    assert found.output.endswith("end")


def test_a_text_of_many_pieces_is_held_in_bounded_memory() -> None:
    pieces = "<![CDATA[x]]>y&amp;" * 60_000
    found = only(f"<failure>{pieces}</failure><system-out>{pieces}</system-out>")
    assert (len(found.text), len(found.output)) == (junit.LONGEST_TEXT, junit.LONGEST_OUTPUT)


def test_of_too_many_tests_the_red_ones_stay_and_the_others_are_counted() -> None:
    room = Room(tests=2, red=1)
    bad = a_test("<failure/>", name="bad")
    [suite] = read(f"<testsuite>{a_test() * 5}{bad * 3}</testsuite>", room)
    assert [each.name for each in suite.tests] == ["t", "t", "bad"]
    assert suite.left_out == 5
    [other] = read(f"<testsuite>{a_test()}</testsuite>", room)
    assert (other.tests, other.left_out) == ((), 1)


def test_too_much_text_is_left_out_and_the_messages_stay() -> None:
    room = Room(text=10)
    body = a_test("<failure>12345678</failure>")
    [suite] = read(f"<testsuite>{body * 2}</testsuite>", room)
    assert [each.text for each in suite.tests] == ["12345678", ""]
    assert [each.message for each in suite.tests] == ["12345678"] * 2


def test_of_too_many_suites_the_further_ones_of_a_file_become_one() -> None:
    room = Room(suites=1, tests=4)
    suite = f'<testsuite name="s">{a_test(time="2")}</testsuite><testsuite/>'
    first, rest = read(f"<testsuites>{suite * 5}</testsuites>", room)
    assert (first.name, len(first.tests), first.left_out) == ("s", 1, 0)
    assert (rest.name, len(rest.tests), rest.left_out) == (junit.FURTHER, 3, 1)
    assert ({each.classname for each in rest.tests}, rest.seconds) == ({"s"}, 6)


def test_what_is_read_twice_counts_once() -> None:
    room = Room(tests=1, suites=1)
    [suite] = read(f"<testsuite>{a_test()}<testcase>\x00</testcase></testsuite>", room)
    assert (len(suite.tests), suite.left_out) == (1, 1)


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_is_read_or_refused(text: str) -> None:
    document = f"<testsuite>{a_test(f'<failure>{text}</failure>')}</testsuite>"
    try:
        [suite] = parse(document.encode("utf-8", "surrogatepass"), Room())
    except Broken:
        return
    assert suite.tests[0].outcome is FAILED
