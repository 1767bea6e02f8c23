"""JUnit XML, valid against Jenkins' `junit-10.xsd` and read alike by the readers of every CI.

junit-xml builds the suites; what it leaves out or gets wrong (`time` of 0, decimals, `disabled`,
retries) is set on its tree, and the tree is written here: its own writer breaks on lone
surrogates and takes three times the memory.
"""

from __future__ import annotations

from io import SEEK_END, StringIO
from typing import TYPE_CHECKING, assert_never
from xml.etree.ElementTree import Element, ElementTree, SubElement

from junit_xml import TestCase, TestSuite

from argogate.reports.escape import cut, line, xml_text
from argogate.spell import counted, one_line
from argogate.values import dataclass, replace
from argogate.verdict.report import Case, Outcome, Suite

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from argogate.verdict.report import Attempt, Merged, Report

    AnySuite = Suite | Merged

LARGEST_FILE = 25_000_000
"""Bytes. GitLab reads 30 MB, CircleCI 100 MB, Jenkins loads it all into its controller."""

MARK_UP = 120
"""Bytes of a red case without its texts."""

BODY_LINES = 20
"""Last lines of a log that stand in the body, right below the message."""

LONGEST_TITLE = 300
"""Characters of a message as an attribute."""

LONGEST_FACT = 2000
"""Characters: a link to a node that is cut leads nowhere."""

DECLARATION = '<?xml version="1.0" encoding="utf-8"?>\n'

MOST_ATTEMPTS = 20
LONGEST_ATTEMPT = 1024
"""Characters of an attempt's message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bounds:
    """Bytes of text that one case may have."""

    body: int
    log: int
    other_log: int = 0
    """Of a log that belongs to no red case (`--logs all`)."""


BOUNDS = (
    _Bounds(body=16 * 1024, log=64 * 1024, other_log=16 * 1024),
    _Bounds(body=16 * 1024, log=64 * 1024),
    _Bounds(body=16 * 1024, log=0),
    _Bounds(body=64, log=0),
)
"""The first that keeps the file within its limit is taken."""

LEAST_FIRST = (Outcome.PASSED, Outcome.SKIPPED, Outcome.ERRORED, Outcome.FAILED)
"""What is left out first, where the mere number of cases is too much."""


def render(report: Report, limit: int = LARGEST_FILE) -> bytes:
    """Render as a UTF-8 XML document that is never empty of cases.

    Above `limit` bytes logs, then bodies, and last of all the least important cases are left out;
    how many is said, and of a red suite one red case stays.
    """
    found = tuple(_with_merged(report.suites))
    size = 0
    for bounds in BOUNDS:
        size = sum(_expected(case, bounds) for suite in found for case in suite.cases)
        if size <= limit:  # a document that will not do is not worth the seconds it takes
            document = _document(found, bounds)
            size = len(document)
            if size <= limit:
                return document
    most = sum(len(suite.cases) for suite in found)
    while True:
        most = most * limit * 9 // (size * 10)
        document = _document(tuple(thinned(found, most)), BOUNDS[-1])
        size = len(document)
        if size <= limit or not most:
            return document


def _with_merged(suites: tuple[Suite, ...]) -> Iterator[AnySuite]:
    for suite in suites:
        yield suite
        yield from suite.merged


def thinned(found: tuple[AnySuite, ...], most: int) -> Iterator[AnySuite]:
    """Yield the suites with the `most` important cases, and a case that counts the others."""
    every = [case for suite in found for case in suite.cases]
    every.sort(key=lambda case: LEAST_FIRST.index(case.outcome), reverse=True)
    kept = {id(case) for case in every[:most]}
    for suite in found:
        kept.add(id(next((case for case in suite.cases if case.red), suite.cases[0])))
        cases = tuple(case for case in suite.cases if id(case) in kept)
        lost = [case for case in suite.cases if id(case) not in kept]
        yield replace(suite, cases=(*cases, *_counted(suite, lost)))


def _counted(suite: AnySuite, lost: Sequence[Case]) -> Iterator[Case]:
    if lost:
        red = sum(case.red for case in lost)
        yield Case(
            classname=suite.name,
            name=f"… and {counted(len(lost), 'more case')}",
            outcome=Outcome.SKIPPED,
            type="LeftOut",
            message=f"{red} of them red; the report would have become too large",
        )


def _expected(case: Case, bounds: _Bounds) -> int:
    """Return about how many bytes a case takes, without looking at each of them."""
    size = len(case.classname) + len(case.name)
    if not case.red:
        return size + min(sum(map(len, case.log)), bounds.other_log) // 2 if case.log else size
    title = min(len(case.message), LONGEST_TITLE)
    body = title
    if body < bounds.body:
        body += sum(len(value) for _, value in case.details) + sum(map(len, case.text))
    log = min(sum(map(len, case.log)), bounds.log) if bounds.log else 0
    if log:
        body += min(sum(map(len, case.log[-BODY_LINES:])), bounds.body // 4)
    return size + MARK_UP + title + min(body, bounds.body) + log // 2  # half may be colours


def _document(found: tuple[AnySuite, ...], bounds: _Bounds) -> bytes:
    root = Element("testsuites", name="argogate")
    elements = [_suite(suite, bounds) for suite in found]
    for count in ("tests", "failures", "errors"):
        root.set(count, str(sum(int(element.get(count, "0")) for element in elements)))
    # What is merged ran within the time of its workflow.
    root.set("time", f"{sum(each.seconds for each in found if isinstance(each, Suite)):.3f}")
    root.extend(elements)
    target = StringIO(DECLARATION)
    target.seek(0, SEEK_END)
    ElementTree(root).write(target, encoding="unicode")
    return target.getvalue().encode()


def _suite(suite: AnySuite, bounds: _Bounds) -> Element:
    started = suite.timestamp.isoformat(timespec="seconds")[:19] if suite.timestamp else None
    element = TestSuite(
        suite.name,
        [_case(case, bounds) for case in suite.cases],
        timestamp=started,
        properties={name: line(xml_text(value)) for name, value in suite.properties},
    ).build_xml_doc()
    del element.attrib["disabled"]
    element.set("time", f"{suite.seconds:.3f}")
    for case, case_element in zip(suite.cases, element.iterfind("testcase"), strict=True):
        case_element.set("time", f"{case.seconds:.3f}")
        if case.attempts and case.outcome is not Outcome.SKIPPED:
            _insert_attempts(case_element, case)
    return element


def _case(case: Case, bounds: _Bounds) -> TestCase:
    built = TestCase(case.name, case.classname, stdout=_output(case, bounds) or None)
    if case.outcome is Outcome.PASSED:
        return built
    # Colours alone are no text, and without any the library writes a pass.
    message = one_line(xml_text(case.message[: bounds.body])) or case.type
    match case.outcome:
        case Outcome.SKIPPED:
            built.add_skipped_info(message, message)
        case Outcome.FAILED:
            built.add_failure_info(message, _body(case, message, bounds), case.type)
        case Outcome.ERRORED:
            built.add_error_info(message, _body(case, message, bounds), case.type)
        case _ as unreachable:
            assert_never(unreachable)
    return built


def _body(case: Case, message: str, bounds: _Bounds) -> str:
    """Return the text of a red case: message, last lines of the log, then the facts.

    It is all that GitLab and most other readers show; the whole tail stands in the output.
    """
    if len(message) >= bounds.body:  # nothing else fits, and there may be very many
        return cut(f"{message}\n", bounds.body)
    parts = [message]
    if case.text:
        parts.append(cut(xml_text("\n".join(case.text)), bounds.body // 2))
    whole = xml_text(case.message[: 2 * bounds.body])
    if "\n" in whole.strip() or message.endswith("…"):
        parts.append(cut(whole, bounds.body // 2))
    if case.log and bounds.log:
        parts.append("\n".join(_tail(case.log[-BODY_LINES:], bounds.body // 4)))
    facts = [f"{name}: {one_line(xml_text(value), LONGEST_FACT)}" for name, value in case.details]
    if case.log and not bounds.log:
        facts.append("the log was left out, as the report would have become too large")
    facts += [f"earlier attempt: {_attempt_message(attempt)}" for attempt in _shown(case)]
    parts.append("\n".join(facts))
    return cut("\n\n".join(filter(None, parts)), bounds.body)


def _output(case: Case, bounds: _Bounds) -> str:
    lines = [case.note] if case.note else []
    if case.red:
        lines += [
            f"[[ATTACHMENT|{path}]]"
            for path in case.attachments
            if path.isprintable() and not set(path) & set("[]|")
        ]
    lines += _tail(case.log, bounds.log if case.red else bounds.other_log)
    return "\n".join(lines)


def _tail(log: tuple[str, ...], most: int) -> list[str]:
    """Return the last lines of a log that fit into `most` bytes."""
    if not most:
        return []
    text = xml_text("\n".join(log))
    encoded = text.encode()
    if len(encoded) <= most:
        return [text] if text else []
    return ["(earlier lines cut) …", encoded[-most:].decode(errors="ignore")]


def _insert_attempts(element: Element, case: Case) -> None:
    """Add the failed attempts in Surefire's words, before the output.

    These two names even for attempts in Error: Jenkins reads neither flakyError nor rerunError.
    """
    name = "flakyFailure" if case.outcome is Outcome.PASSED else "rerunFailure"
    place = 0 if case.outcome is Outcome.PASSED else 1
    for offset, attempt in enumerate(_shown(case)):
        message = _attempt_message(attempt)
        child = Element(name, message=message, type=attempt.type)
        SubElement(child, "stackTrace").text = message
        element.insert(place + offset, child)


def _shown(case: Case) -> tuple[Attempt, ...]:
    return case.attempts[-MOST_ATTEMPTS:]


def _attempt_message(attempt: Attempt) -> str:
    return one_line(xml_text(attempt.message[:LONGEST_ATTEMPT]))
