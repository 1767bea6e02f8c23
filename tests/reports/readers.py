"""How readers of JUnit XML see a report, restated from their sources."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from pathlib import Path

XSD = "{http://www.w3.org/2001/XMLSchema}"


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
    """Return what `junit-10.xsd` forbids, by a small reader of just the XSD that it uses."""
    rules = _Schema(ET.parse(schema).getroot())
    root = _root(document)
    return rules.check(root, rules.named("element", root.tag), root.tag)


class _Schema:
    def __init__(self, root: ET.Element) -> None:
        self.root = root

    def named(self, tag: str, name: str) -> ET.Element:
        return next(item for item in self.root.findall(XSD + tag) if item.get("name") == name)

    def check(self, element: ET.Element, declared: ET.Element, path: str) -> list[str]:
        kind = declared.get("type")
        if kind == "xs:string":
            return [f"{path}: {child.tag}" for child in element]
        body = self.named("complexType", kind) if kind else declared.find(f"{XSD}complexType")
        assert body is not None
        allowed = {item.attrib["name"]: item for item in body.findall(f"{XSD}attribute")}
        wrong = [f"{path}: @{name}" for name in element.attrib if name not in allowed]
        for name, rule in allowed.items():
            value = element.get(name)
            if value is None:
                wrong += [f"{path}: no @{name}"] if rule.get("use") == "required" else []
            elif not all(re.fullmatch(one, value) for one in self._patterns(rule.get("type"))):
                wrong.append(f"{path}: @{name}={value}")
        if not body.get("mixed") and (element.text or "").strip():
            wrong.append(f"{path}: text")
        members = self._members(body)
        sequence = body.find(f"{XSD}sequence")
        order = [list(members).index(child.tag) for child in element if child.tag in members]
        if sequence is not None and order != sorted(order):
            wrong.append(f"{path}: order")
        for child in element:
            inner = f"{path}/{child.tag}"
            declared_child = members.get(child.tag)
            wrong += [inner] if declared_child is None else self.check(child, declared_child, inner)
        return wrong

    def _members(self, body: ET.Element) -> dict[str, ET.Element]:
        found = {}
        for item in body.iter():
            if item.tag == f"{XSD}element":
                name = item.get("ref") or item.attrib["name"]
                found[name] = self.named("element", name) if item.get("ref") else item
            elif item.tag == f"{XSD}group" and item.get("ref"):
                found |= self._members(self.named("group", item.attrib["ref"]))
        return found

    def _patterns(self, kind: str | None) -> list[str]:
        if kind is None or kind == "xs:string":
            return []
        rule = self.named("simpleType", kind).find(f"{XSD}restriction")
        assert rule is not None
        own = [item.attrib["value"] for item in rule.findall(f"{XSD}pattern")]
        return own + self._patterns(rule.get("base"))


def _root(document: bytes) -> ET.Element:
    return ET.fromstring(document)
