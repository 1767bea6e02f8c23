"""JUnit XML of somebody else → suites of tests. Pure, and bounded in everything.

Its root is `testsuites` or `testsuite`, nested at will; what counts is read from the tests, never
from attributes that count. It comes from whoever can push a branch: there is no DTD, so there are
no entities, and one call of the parser for all of it, so no token is looked at twice.
"""

from __future__ import annotations

import math
from contextlib import suppress
from typing import TYPE_CHECKING
from xml.parsers import expat

from argogate.evidence.characters import mend
from argogate.model.lenient import read_moment
from argogate.values import dataclass, field, replace
from argogate.verdict.evidence import MergedSuite, MergedTest
from argogate.verdict.report import RED, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

LARGEST = 32 << 20
"""Bytes of a file."""
LONGEST = 1e9
"""Seconds of a test or suite."""
DEEPEST = 100
LONGEST_NAME, LONGEST_MESSAGE = 1000, 2000
LONGEST_TEXT, LONGEST_OUTPUT = 16_000, 8_000
"""Characters: a trace is kept from its beginning, output at its end."""
MOST_ATTEMPTS = 20
FURTHER = "further suites"

ROOTS = frozenset({"testsuites", "testsuite"})
VERDICTS = {"failure": Outcome.FAILED, "error": Outcome.ERRORED, "skipped": Outcome.SKIPPED}
"""The first of them that a test has is its outcome; GitLab reads it so."""
ATTEMPTS = frozenset({"flakyFailure", "flakyError", "rerunFailure", "rerunError"})
OUTPUTS = frozenset({"system-out", "system-err"})
NOT_RUN = frozenset({"disabled", "ignored", "notrun", "skipped", "suppressed"})
"""What `status` and `result` of a test say then: GoogleTest has no element for it."""


class Broken(Exception):
    """It cannot be merged; the text says why."""


class Foreign(Exception):
    """It is something else; the text is the name of its root."""


@dataclass(kw_only=True)
class Room:
    """How much may still be kept, of all files together."""

    tests: int = 50_000
    red: int = 10_000
    """How many more, if they are red."""
    text: int = 20_000_000
    """Characters of traces and outputs."""
    suites: int = 5000
    """Those of a file that are more than these become one."""


@dataclass(kw_only=True)
class _Test:
    name: str
    classname: str
    file: str
    seconds: float
    outcome: Outcome = Outcome.PASSED
    message: str = ""
    kind: str = ""
    texts: list[str] = field(default_factory=list)
    outputs: list[str] = field(default_factory=list)
    attempts: list[str] = field(default_factory=list)


@dataclass(kw_only=True)
class _Suite:
    name: str
    seconds: float
    timestamp: datetime | None
    tests: list[MergedTest] = field(default_factory=list)
    left_out: int = 0


def parse(content: bytes, room: Room) -> tuple[MergedSuite, ...]:
    """Return the suites that have tests, in the order of their ends. Raises Broken, Foreign.

    Characters that XML forbids, which many test runners write, do not make it unreadable.
    """
    if not content.strip():
        msg = "it is empty"
        raise Broken(msg)
    before = replace(room)
    try:
        return _Reader(room).read(content)
    except (expat.ExpatError, LookupError, ValueError) as error:
        why = f"it is no XML: {error}"
    vars(room).update(vars(before))
    try:
        return _Reader(room).read(mend(content), "utf-8")
    except (expat.ExpatError, LookupError, ValueError):
        raise Broken(why) from None


class _Reader:
    """Follows the parser through one file."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._path: list[str] = []
        self._open: list[_Suite] = []
        self._found: list[MergedSuite] = []
        self._further = _Suite(name=FURTHER, seconds=0, timestamp=None)
        self._test: _Test | None = None
        self._test_at = 0
        """How deep its element lies."""
        self._kept_at = -1
        """How deep the element lies whose text is kept; below 0 where none is."""
        self._text: list[str] = []
        self._held = 0

    def read(self, content: bytes, encoding: str | None = None) -> tuple[MergedSuite, ...]:
        parser = expat.ParserCreate(encoding)
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = self._refuse
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._hear
        parser.Parse(content, True)  # noqa: FBT003 - expat's signature
        return (*self._found, *_made_of(self._further))

    def _refuse(self, root: str, *_: object) -> None:
        if _local(root) not in ROOTS:
            raise Foreign(root)
        msg = "it has a DOCTYPE, which no test report needs"
        raise Broken(msg)

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        name, depth = _local(tag), len(self._path)
        if not depth and name not in ROOTS:
            raise Foreign(tag)
        if depth >= DEEPEST:
            msg = f"its elements are nested more than {DEEPEST} deep"
            raise Broken(msg)
        self._path.append(name)
        if self._test:
            if depth == self._test_at + 1:
                self._keep(self._test, name, depth, attributes)
        elif name == "testsuite":
            self._open.append(self._suite(attributes))
        elif name == "testcase":
            self._test, self._test_at = _test(attributes), depth
        elif name in {"error", "failure"} and self._open:  # of the suite itself
            self._test, self._test_at = _test({"name": "(suite)"}), depth
            self._keep(self._test, name, depth, attributes)

    def _suite(self, attributes: dict[str, str]) -> _Suite:
        around = self._open[-1].name if self._open else ""
        own = attributes.get("name", "")
        name = own if own.startswith(around) else " / ".join(filter(None, (around, own)))
        return _Suite(
            name=name[:LONGEST_NAME],
            seconds=_seconds(attributes.get("time", "")),
            timestamp=_moment(attributes.get("timestamp", "")),
        )

    def _keep(self, test: _Test, name: str, depth: int, attributes: dict[str, str]) -> None:
        """Take what the start of an element in a test says, and look forward to its text."""
        message = attributes.get("message", "")[:LONGEST_MESSAGE]
        if name in VERDICTS or name in ATTEMPTS or name in OUTPUTS:
            self._kept_at, self._text, self._held = depth, [], 0
        if name in VERDICTS and _goes_before(VERDICTS[name], test.outcome):
            test.outcome = VERDICTS[name]
            test.message, test.kind = message, attributes.get("type", "")[:LONGEST_NAME]
        elif name in ATTEMPTS and len(test.attempts) < MOST_ATTEMPTS:
            test.attempts.append(message)

    def _hear(self, text: str) -> None:
        if self._kept_at < 0:
            return
        self._text.append(text)
        self._held += len(text)
        if self._held > 2 * LONGEST_TEXT:
            whole = "".join(self._text)
            is_output = self._path[self._kept_at] in OUTPUTS
            self._text = [whole[-LONGEST_OUTPUT:] if is_output else whole[:LONGEST_TEXT]]
            self._held = len(self._text[0])

    def _end(self, _: str) -> None:
        name, depth = self._path.pop(), len(self._path)
        test = self._test
        if test and depth == self._kept_at:
            self._kept_at = -1
            _take_text(test, name, "".join(self._text))
        if test and depth == self._test_at:
            self._test = None
            self._add(test)
        elif not test and name == "testsuite":
            self._close(self._open.pop())

    def _add(self, test: _Test) -> None:
        if not self._open:  # a test right below `testsuites`
            suite = _Suite(name="", seconds=0, timestamp=None)
            self._take(suite, test)
            self._close(suite)
        else:
            self._take(self._open[-1], test)

    def _take(self, suite: _Suite, test: _Test) -> None:
        red = test.outcome in RED
        if self._room.tests > 0:
            self._room.tests -= 1
        elif red and self._room.red > 0:
            self._room.red -= 1
        else:
            suite.left_out += 1
            return
        suite.tests.append(self._made(test, red=red))

    def _made(self, test: _Test, *, red: bool) -> MergedTest:
        text = "\n".join(test.texts)[:LONGEST_TEXT] if test.outcome is not Outcome.PASSED else ""
        output = "\n".join(test.outputs)[-LONGEST_OUTPUT:] if red else ""
        first = next((line.strip() for line in text.splitlines() if line.strip()), "")
        if self._room.text < len(text) + len(output):
            text = output = ""
        self._room.text -= len(text) + len(output)
        return MergedTest(
            name=test.name,
            classname=test.classname,
            file=test.file,
            seconds=test.seconds,
            outcome=test.outcome,
            type=test.kind,
            message=test.message.strip() or first[:LONGEST_MESSAGE],
            text=text,
            output=output,
            attempts=tuple(test.attempts),
        )

    def _close(self, suite: _Suite) -> None:
        found = tuple(_made_of(suite))
        if self._room.suites >= len(found):
            self._room.suites -= len(found)
            self._found += found
            return
        self._further.left_out += suite.left_out
        self._further.tests += [
            replace(test, classname=test.classname or suite.name) for test in suite.tests
        ]


def _made_of(suite: _Suite) -> Iterator[MergedSuite]:
    if suite.tests or suite.left_out:
        yield MergedSuite(
            name=suite.name,
            seconds=suite.seconds or min(sum(test.seconds for test in suite.tests), LONGEST),
            timestamp=suite.timestamp,
            tests=tuple(suite.tests),
            left_out=suite.left_out,
        )


def _test(attributes: dict[str, str]) -> _Test:
    said = {attributes.get(name, "").lower() for name in ("status", "result")}
    return _Test(
        name=attributes.get("name", "")[:LONGEST_NAME],
        classname=attributes.get("classname", attributes.get("class", ""))[:LONGEST_NAME],
        file=_place(attributes)[:LONGEST_NAME],
        seconds=_seconds(attributes.get("time", "")),
        outcome=Outcome.SKIPPED if said & NOT_RUN else Outcome.PASSED,
    )


def _place(attributes: dict[str, str]) -> str:
    return ":".join(filter(None, (attributes.get("file", ""), attributes.get("line", ""))))


def _take_text(test: _Test, name: str, text: str) -> None:
    if not text.strip():
        return
    if name in OUTPUTS:
        test.outputs.append(text[-LONGEST_OUTPUT:].strip("\n"))
    elif name in VERDICTS:
        test.texts.append(text[:LONGEST_TEXT].strip("\n"))
    elif test.attempts and not test.attempts[-1]:
        test.attempts[-1] = text.strip()[:LONGEST_MESSAGE]


def _goes_before(new: Outcome, old: Outcome) -> bool:
    order = (*VERDICTS.values(), Outcome.PASSED)
    return order.index(new) < order.index(old)


def _local(tag: str) -> str:
    """Return a name without the prefix of its namespace."""
    return tag.rpartition(":")[2]


def _seconds(text: str) -> float:
    """Return a time, which may be `1,234.5`; 0 for what is none."""
    with suppress(ValueError):
        seconds = float(text.replace(",", ""))
        if math.isfinite(seconds):
            return min(max(seconds, 0), LONGEST)
    return 0


def _moment(text: str) -> datetime | None:
    """Return a timestamp, which is in UTC where it does not say otherwise."""
    with suppress(ValueError, OverflowError):
        return read_moment(text.strip())
    return None
