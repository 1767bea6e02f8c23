"""Selectors mean here what they mean to Kubernetes, and what is none is refused in one sentence."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from argogate.model.selectors import field_requirements, label_requirements
from argogate.model.workflow import Workflow

LABELS = {"team": "red", "tier": "", "n": "7", "example.com/key": "v"}
RUN = Workflow(
    name="a",
    namespace="ci",
    uid="u",
    phase_word="Failed",
    started_at=datetime(2026, 1, 2, tzinfo=UTC),
)


@pytest.mark.parametrize(
    ("selector", "meets"),
    [
        ("", True),
        ("team=red", True),
        ("team==red", True),
        ("team = red , n", True),
        ("team=blue", False),
        ("team!=red", False),
        ("other!=red", True),
        ("team in (red, blue)", True),
        ("team in (blue)", False),
        ("team notin (blue),n in (7)", True),
        ("other notin (blue)", True),
        ("team", True),
        ("!team", False),
        ("!other", True),
        ("tier=", True),
        ("team=", False),
        ("example.com/key=v", True),
        ("n>6", True),
        ("n>7", False),
        ("n<8", True),
        ("n < 7", False),
        ("team>1", False),
        ("other<1", False),
    ],
)
def test_a_label_selector_is_met_as_kubernetes_means_it(selector: str, meets: bool) -> None:  # noqa: FBT001
    assert all(each.meets(LABELS) for each in label_requirements(selector)) is meets


@pytest.mark.parametrize(
    ("selector", "why"),
    [
        ("a b", "'a b' is no label selector"),
        ("team==a==b", "'a==b' is no value of a label"),
        ("a=1,,b", "'' is no label selector"),
        ("-a=1", "'-a' is no key of a label"),
        ("a=-1", "'-1' is no value of a label"),
        ("a>b", "'b' is no whole number"),
        ("a in (b", "'a in (b' is no label selector"),
        (f"a={'b' * 64}", "is no value of a label"),
    ],
)
def test_what_is_no_label_selector_is_refused(selector: str, why: str) -> None:
    with pytest.raises(ValueError, match="is no label selector") as refusal:
        label_requirements(selector)
    assert why in str(refusal.value)


@pytest.mark.parametrize(
    ("selector", "meets"),
    [
        ("", True),
        ("metadata.name=a,metadata.namespace==ci", True),
        ("metadata.name!=a", False),
        ("metadata.uid=u", True),
        ("status.phase=Failed", True),
        ("status.phase!=Failed", False),
        ("spec.startedAt>2026-01-02T00:00:00Z", True),
        ("spec.startedAt>2026-01-02T00:00:01Z", False),
        ("spec.startedAt<2026-01-02T01:00:00+01:00", True),
        ("spec.startedAt<2026-01-01T00:00:00", False),
    ],
)
def test_a_field_selector_is_met(selector: str, meets: bool) -> None:  # noqa: FBT001
    assert all(each.meets(RUN) for each in field_requirements(selector)) is meets


def test_what_has_not_started_is_later_than_everything() -> None:
    (before,) = field_requirements("spec.startedAt<2026-01-01T00:00:00Z")
    (after,) = field_requirements("spec.startedAt>2026-01-01T00:00:00Z")
    assert before.meets(Workflow())
    assert not after.meets(Workflow())


@pytest.mark.parametrize(
    ("selector", "why"),
    [
        ("metadata.labels=a", "there are metadata.name, metadata.namespace"),
        ("nonsense", "there are metadata.name"),
        ("metadata.name>a", "metadata.name goes with = and !="),
        ("spec.startedAt=2026-01-01T00:00:00Z", "spec.startedAt goes with > and <"),
        ("spec.startedAt>yesterday", "'yesterday' is no time"),
        ("spec.startedAt>0001-01-01T00:00:00+23:59", "is no time"),
    ],
)
def test_what_is_no_field_selector_is_refused(selector: str, why: str) -> None:
    with pytest.raises(ValueError, match="is no field selector") as refusal:
        field_requirements(selector)
    assert why in str(refusal.value)
