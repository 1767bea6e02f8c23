"""How readers of JUnit XML see a report, restated from their sources."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import xmlschema

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class GitLabCase:
    """A test case as `lib/gitlab/ci/parsers/test/junit.rb` reads it."""

    suite: str
    classname: str
    name: str
    status: str
    shown: str


def gitlab(document: bytes) -> list[GitLabCase]:
    """Read as GitLab does: the body is all that it shows; equal keys overwrite each other."""
    found = {}
    for suite in _root(document).iter("testsuite"):
        for case in suite.iter("testcase"):
            status, shown = "success", ""
            for tag in ("failure", "error", "skipped"):
                element = case.find(tag)
                if element is not None:
                    status, shown = tag, element.text or ""
                    break
            made = GitLabCase(
                suite.get("name", ""),
                case.get("classname", ""),
                case.get("name", ""),
                status,
                shown,
            )
            found[made.suite, made.classname, made.name] = made
    return list(found.values())


def dorny(document: bytes) -> list[tuple[str, str]]:
    """Read as dorny/test-reporter does: suites right below the root, name and time mandatory."""
    found = []
    for suite in _root(document).findall("testsuite"):
        assert suite.attrib["name"]
        for case in suite.findall("testcase"):
            float(case.attrib["time"])
            red = case.find("failure") is not None or case.find("error") is not None
            skipped = case.find("skipped") is not None
            found.append((case.attrib["name"], "failed" if red else "skipped" if skipped else "ok"))
    return found


def violations(document: bytes, schema: Path) -> list[str]:
    """Return what the schema forbids."""
    return [str(error) for error in _schema(schema).iter_errors(ET.ElementTree(_root(document)))]


@cache
def _schema(path: Path) -> xmlschema.XMLSchema10:
    return xmlschema.XMLSchema10(path)


def _root(document: bytes) -> ET.Element:
    return ET.fromstring(document)
