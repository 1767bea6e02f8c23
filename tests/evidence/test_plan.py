from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argogate.evidence.names import LONGEST_SEGMENT, safe_segment
from argogate.evidence.places import Places
from argogate.evidence.plan import Wanted, matches, plan
from argogate.evidence.template import DEFAULT, Template
from argogate.model.parse import parse_workflow
from argogate.model.workflow import ArchiveForm, Artifact, Node, Workflow
from tests.build import HOSTILE, moment, node, workflow
from tests.effort import calls
from tests.evidence.making import wanted
from tests.harness import recorded

TEXTS = st.text(st.characters(codec=None), max_size=300)


def artifact(name: str, key: str = "", form: str = "none") -> Artifact:
    return Artifact(name=name, key=key or f"wf/{name}", form=ArchiveForm(form))


def final(run: str) -> Workflow:
    changes = next(iter(recorded(run).workflows.values()))
    return parse_workflow([change.object for change in changes if change.object][-1])


def places(wanted: tuple[Wanted, ...]) -> list[str]:
    return [str(one.place) for one in wanted]


def named(name: str, *artifacts: Artifact) -> Node:
    made = node(name, artifacts=artifacts, template_name="tpl")
    return replace(made, name=f"wf{name}")


@pytest.mark.parametrize(
    ("run", "expected"),
    [
        (
            "retry-flaky-succeeds",
            [f"retry-flaky-succeeds/flaky.{number}/main-logs.log" for number in range(3)],
        ),
        (
            "nested-steps-dag",
            [
                f"nested-steps-dag/outer.{name}/main-logs.log"
                for name in ("d1.i1", "d1.i2", "d2.i1", "d2.i2")
            ],
        ),
        ("container-set", ["container-set/main/a-logs.log", "container-set/main/b-logs.log"]),
        (
            "junit-artifact",
            [
                f"junit-artifact/test/{file}"
                for file in ("junit.xml", "reports.tgz", "main-logs.log")
            ],
        ),
    ],
)
def test_recorded_artifacts_are_planned_once_and_have_speaking_places(
    run: str, expected: list[str]
) -> None:
    assert places(plan(final(run))) == expected


def test_what_wrappers_repeat_is_taken_from_the_innermost_node() -> None:
    report = artifact("report")
    seen = workflow(
        node("retry", kind="Retry", artifacts=(artifact("copy", report.key),)),
        node("steps", kind="Steps", artifacts=(report,)),
        node("work", artifacts=(report,), started_at=moment(9)),
    )
    assert [(one.node.display_name, one.artifact.name) for one in plan(seen)] == [
        ("work", "report")
    ]


def exporting() -> Workflow:
    """Return a DAG that exports what its task has made under another name, as is usual."""
    return workflow(
        node("outer", kind="DAG", artifacts=(artifact("result", "k"),), boundary_id=""),
        node("task", artifacts=(artifact("report", "k"),), template_name="tpl"),
    )


@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        ("report", "report"),
        ("task/report", "report"),
        ("tpl/*", "report"),
        ("*", "report"),
        ("result", "result"),
        ("outer/result", "result"),
    ],
)
def test_all_names_of_what_was_stored_once_count(pattern: str, name: str) -> None:
    [one] = plan(exporting(), [pattern])
    assert one.artifact.name == name
    for other in ("report", "result", "task/report", "outer/result"):
        assert matches(one, [other])
    assert not matches(one, ["outer/report"])


def test_one_key_in_two_storages_is_two_artifacts() -> None:
    linux, windows = (replace(artifact("report", "k"), store=f"s3 {each}") for each in "ab")
    seen = workflow(node("linux", artifacts=(linux,)), node("windows", artifacts=(windows,)))
    assert places(plan(seen)) == ["wf/linux/report", "wf/windows/report"]
    seen = workflow(node("linux", artifacts=(linux,)), node("windows", artifacts=(linux,)))
    [one] = plan(seen)
    assert matches(one, ["windows/report"])


@pytest.mark.parametrize("pattern", ["a/x", "b/x", "c/x"])
def test_what_is_chosen_does_not_change_where_it_goes(pattern: str) -> None:
    seen = workflow(*(node(name, artifacts=(artifact("x", name),)) for name in "abc"))
    flat = Template("{artifactName}")
    everything = {one.node.id: one.place for one in plan(seen, (), flat)}
    [one] = plan(seen, [pattern], flat)
    assert one.place == everything[one.node.id]


def test_places_are_given_at_a_cost_that_grows_with_their_number() -> None:
    def placed(number: int) -> None:
        made = (artifact("x", f"{each}.tgz") for each in range(number))
        seen = workflow(*(node(str(each), artifacts=(one,)) for each, one in enumerate(made)))
        found = plan(seen, (), Template("{artifactName}"))
        assert len({one.place for one in found} | {one.folder for one in found}) == 2 * number

    assert calls(lambda: placed(800)) < 5 * calls(lambda: placed(200))


@pytest.mark.parametrize(
    ("patterns", "expected"),
    [
        ((), ["report", "log", "report"]),
        (("report",), ["report", "report"]),
        (("l*", "none"), ["log"]),
        (("outer.a/*",), ["report", "log"]),
        (("a/report",), ["report"]),
        (("tpl/*",), ["report", "log"]),
        (("other/report",), ["report"]),
        (("rep?rt", "report"), ["report", "report"]),
        (("REPORT",), []),
        (("[rl]o*",), ["log"]),
        (("",), []),
    ],
)
def test_patterns_name_artifact_node_or_template(
    patterns: tuple[str, ...], expected: list[str]
) -> None:
    a = node("a", template_name="tpl", boundary_id="wf-outer", started_at=moment(1))
    seen = workflow(
        node("outer", kind="Steps"),
        replace(a, artifacts=(artifact("report", "a/1"), artifact("log", "a/2"))),
        node(
            "b",
            template_name="other",
            artifacts=(artifact("report", "b/1"),),
            started_at=moment(2),
        ),
    )
    assert [one.artifact.name for one in plan(seen, patterns)] == expected


def test_what_was_not_produced_is_not_fetched() -> None:
    missing = Artifact(name="x", optional=True)
    assert plan(workflow(node("a", artifacts=(missing,)))) == ()
    seen = final("older/v3.4.18/artifact")
    listed = {item.name for each in seen.nodes.values() for item in each.artifacts}
    assert "optional-missing" in listed
    assert "optional-missing" not in {one.artifact.name for one in plan(seen)}


@pytest.mark.parametrize(
    ("name", "key", "form", "expected"),
    [
        (".a", "wf/report.xml", "none", "wf/a/x.xml"),
        (".a", "wf/x", "tar", "wf/a/x"),
        (".a", "wf/x.y z", "tar", "wf/a/x"),
        (".a", "wf/x.tgz", "tar", "wf/a/x.tgz"),
        (".a", "wf/x.zip", "zip", "wf/a/x.zip"),
        (".a", "wf/x", "zip", "wf/a/x"),
        (".a", "wf/x.tar.gz", "none", "wf/a/x.tar.gz"),
        (".a", "wf/x.TAR.zst", "none", "wf/a/x.TAR.zst"),
        (".a", "wf/.tar.gz", "none", "wf/a/x.gz"),
        (".a", "wf/x.", "none", "wf/a/x"),
        (".a", "wf.d/x", "none", "wf/a/x"),
        ("[0].a", "x", "none", "wf/a/x"),
        ("[0].a[1].b", "x", "none", "wf/a.b/x"),
        ("[0].a.b", "x", "none", "wf/a.b/x"),
        (".a(0)", "x", "none", "wf/a.0/x"),
        ("[0].a(3:x/../y)(1)", "x", "none", "wf/a.3_x_.._y.1/x"),
        ("", "x", "none", "wf/tpl/x"),
        ("[0]", "x", "none", "wf/tpl/x"),
    ],
)
def test_a_place_tells_workflow_node_attempt_and_kind(
    name: str, key: str, form: str, expected: str
) -> None:
    assert places(plan(workflow(named(name, artifact("x", key, form))))) == [expected]


def test_places_are_different_even_for_a_file_system_without_case() -> None:
    seen = workflow(
        named(".a", artifact("x", "1.xml"), artifact("X", "2.xml"), artifact("x-2", "3.xml")),
        named(".A", artifact("x", "4.xml")),
        named(".a b", artifact("y", "5")),
        named(".a_b", artifact("y", "6")),
    )
    found = places(plan(seen))
    assert len(found) == 6
    assert len({place.lower() for place in found}) == 6
    assert set(found) == {
        "wf/A/x.xml",
        "wf/a/x-2.xml",
        "wf/a/X-3.xml",
        "wf/a/x-2-2.xml",
        "wf/a_b/y",
        "wf/a_b/y-2",
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("report.xml", "report.xml"),
        ("a b", "a_b"),
        ("a/b\\c:d", "a_b_c_d"),
        ("../../etc/passwd", "etc_passwd"),
        (".", "unnamed"),
        ("..", "unnamed"),
        ("", "unnamed"),
        (".hidden", "hidden"),
        ("trailing.", "trailing"),
        ("con", "_con"),
        ("NUL.txt", "_NUL.txt"),
        ("com7", "_com7"),
        ("console", "console"),
        ("a\x00b\nc", "a_b_c"),
        ("::set-output name=a::b", "set-output_name=a_b"),
        ("$(rm -rf)`x`", "rm_-rf_x"),
    ],
)
def test_a_segment_is_a_file_name_everywhere(text: str, expected: str) -> None:
    assert safe_segment(text) == expected


def test_letters_lose_their_accents() -> None:
    assert re.fullmatch(r"s\.3_grun-[0-9a-f]{8}", safe_segment("s(3:grün)"))


def test_what_was_cut_or_replaced_stays_different() -> None:
    assert safe_segment("ü") != safe_segment("ä")
    assert safe_segment("x" * 101) != safe_segment("x" * 102)
    assert safe_segment("x" * 100) == "x" * 100


@given(TEXTS | st.sampled_from(HOSTILE))
def test_any_text_becomes_one_safe_segment(text: str) -> None:
    segment = safe_segment(text)
    assert segment.isascii()
    assert segment.isprintable()
    assert 0 < len(segment) <= LONGEST_SEGMENT + 10
    assert not set(segment) & set("/\\:*?\"<>| '`$\n")
    assert segment not in {".", ".."}
    assert not segment.endswith(".")


@given(
    st.lists(st.tuples(TEXTS | st.sampled_from(HOSTILE), TEXTS, TEXTS), min_size=1, max_size=5),
    TEXTS,
)
def test_hostile_names_never_leave_their_folder(
    parts: list[tuple[str, str, str]], workflow_name: str
) -> None:
    nodes = [
        replace(node(str(number)), name=name, artifacts=(artifact(what, f"{number}{key}"),))
        for number, (name, what, key) in enumerate(parts)
    ]
    wanted = plan(replace(workflow(*nodes), name=workflow_name))
    assert len(wanted) == len(parts)
    assert len({str(one.place).lower() for one in wanted}) == len(parts)
    for one in wanted:
        assert not one.place.is_absolute()
        assert len(one.place.parts) == 3
        assert ".." not in one.place.parts


@pytest.mark.parametrize(
    ("template", "expected", "manifest"),
    [
        ("{workflowName}/{nodeName}/{artifactName}", "wf/a.0/x.xml", "wf/manifest.json"),
        (
            "{namespace}/{workflowName}/{nodeId}/{fileName}",
            "argo/wf/wf-a/r.xml",
            "argo/wf/manifest.json",
        ),
        ("{artifactName}", "x.xml", "wf/manifest.json"),
        ("{uid}-{templateName}/all/{artifactName}", "b1a0-tpl/all/x.xml", "wf/manifest.json"),
        ("out/{uid}/{artifactName}", "out/b1a0/x.xml", "out/b1a0/manifest.json"),
        ("./all/{fileName}.bak", "all/r.xml.bak", "all/wf/manifest.json"),
    ],
)
def test_a_template_says_where_artifacts_and_manifest_go(
    template: str, expected: str, manifest: str
) -> None:
    item = replace(named(".a(0)", artifact("x", "wf/r.xml")), id="wf-a")
    seen = workflow(item)
    assert places(plan(seen, (), Template(template))) == [expected]
    assert str(Template(template).manifest(seen)) == manifest


@pytest.mark.parametrize(
    ("template", "why"),
    [
        ("", "relative path"),
        ("/abs/{artifactName}", "relative path"),
        ("../{artifactName}", "relative path"),
        ("a/../../{artifactName}", "relative path"),
        ("{artifactName}/", "ends in a name"),
        ("{pod}/x", "{pod} is no placeholder; there are {namespace}"),
        ("{artifactName!r}", "no placeholder"),
        ("{artifactName:>9}", "no placeholder"),
        ("{artifactName", "expected '}'"),
        ("a:b/{artifactName}", "is no name on every system"),
        ("con/{artifactName}", "is no name on every system"),
    ],
)
def test_a_template_that_makes_no_path_is_refused(template: str, why: str) -> None:
    with pytest.raises(ValueError, match=re.escape(why)):
        Template(template)


def test_workflows_that_share_a_folder_do_not_share_places() -> None:
    taken = Places()
    flat = Template("{artifactName}")
    seen = workflow(named(".a", artifact("x", "1.xml"), artifact("other", "o.xml")))
    assert places(plan(seen, (), flat, taken)) == ["x.xml", "other.xml"]
    again = replace(seen, name="other.xml")
    assert places(plan(again, (), flat, taken)) == ["x-2.xml", "other-2.xml"]


def test_no_artifact_takes_the_place_of_the_manifest() -> None:
    seen = workflow(named(".a", artifact("manifest", "m.json"), artifact("wf", "w")))
    assert places(plan(seen, (), Template("{workflowName}/{artifactName}"))) == [
        "wf/manifest-2.json",
        "wf/wf",
    ]
    assert places(plan(seen, (), Template("{artifactName}"))) == ["manifest.json", "wf-2"]


def test_no_folder_takes_the_place_of_the_manifest_either() -> None:
    seen = workflow(named(".manifest.json", artifact("x"), artifact("y")))
    assert places(plan(seen)) == ["wf/manifest.json-2/x", "wf/manifest.json-2/y"]


def test_what_may_be_unpacked_has_a_folder_of_its_own() -> None:
    seen = workflow(
        named(
            ".a",
            artifact("x", "x.tgz", "tar"),
            artifact("y", "y.TAR.GZ"),
            artifact("z", "z.jar"),
            artifact("X", "X", "zip"),
        ),
    )
    found = {str(one.place): (str(one.folder), one.packed) for one in plan(seen)}
    assert found == {
        "wf/a/x.tgz": ("wf/a/x", True),
        "wf/a/y.TAR.GZ": ("wf/a/y", True),
        "wf/a/z.jar": ("wf/a/z.jar", False),
        "wf/a/X-2": ("wf/a/X-2", True),
    }
    flat = Template("{artifactName}.d/{fileName}")
    seen = workflow(
        named(".a", artifact("x", "x.tgz", "tar")), named(".b", artifact("x", "b/x.zip", "zip"))
    )
    assert [str(one.folder) for one in plan(seen, (), flat)] == ["x.d/x", "x.d/x-2"]


def test_patterns_are_told_of_what_is_planned() -> None:
    [one] = plan(workflow(named(".a", replace(artifact("x"), global_name="report"))))
    assert matches(one, ["rep*"])
    assert matches(one, ["nothing", "tpl/x"])
    assert not matches(one, ["nothing"])
    assert Template() == DEFAULT


def test_what_is_only_listed_has_no_path() -> None:
    one = wanted()
    file = replace(one, artifact=replace(one.artifact, deleted=True)).describe()
    assert (file.name, file.path, file.error, file.node_path) == ("x.txt", "", "", "outer.a")
