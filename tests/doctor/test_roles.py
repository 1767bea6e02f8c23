"""What is missing, read out of a refusal, and the Role that grants it."""

from __future__ import annotations

import pytest

from argogate.doctor.roles import Lack, lack_in, role

KUBERNETES = (
    'answered 403: workflows.argoproj.io "nightly" is forbidden: User '
    '"system:serviceaccount:ci:gate" cannot get resource "workflows" in API group "argoproj.io" '
    'in the namespace "prod"; bind a role'
)
CLUSTER = (
    'workflows.argoproj.io is forbidden: User "jane@example.com" cannot list resource "workflows" '
    'in API group "argoproj.io" at the cluster scope'
)
LOG = (
    'pods "p" is forbidden: User "system:serviceaccount:ci:gate" cannot get resource "pods/log" '
    'in API group "" in the namespace "prod"'
)
LISTING = (
    "Permission denied, you are not allowed to list workflows in namespace "
    '"prod". Maybe you want to specify a namespace with query parameter `.namespace=prod`?'
)


@pytest.mark.parametrize(
    ("message", "lines"),
    [
        (
            KUBERNETES,
            [
                "metadata: {name: argogate, namespace: prod}",
                '{apiGroups: ["argoproj.io"], resources: [workflows], verbs: [get, list, watch]}',
                "  - {kind: ServiceAccount, name: gate, namespace: ci}",
            ],
        ),
        (CLUSTER, ["metadata: {name: argogate, namespace: default}", "verbs: [get, list, watch]"]),
        (LOG, ['  - {apiGroups: [""], resources: [pods/log], verbs: [get]}']),
        (LISTING, ["metadata: {name: argogate, namespace: prod}", "resources: [workflows]"]),
        (KUBERNETES.replace("cannot get", "cannot patch"), ["verbs: [get, list, watch, patch]"]),
        (KUBERNETES.replace('"workflows"', '"secrets"'), ["resources: [secrets], verbs: [get]}"]),
    ],
)
def test_the_role_grants_what_is_missing(message: str, lines: list[str]) -> None:
    missing = lack_in(message)
    assert missing
    for line in lines:
        assert line in role(missing)


@pytest.mark.parametrize("message", [CLUSTER, LISTING])
def test_nobody_is_bound_who_is_no_service_account(message: str) -> None:
    missing = lack_in(message)
    assert missing
    assert "RoleBinding" not in role(missing)


@pytest.mark.parametrize(
    "message",
    [
        "",
        "not allowed",
        "forbidden by the proxy",
        'User "x" cannot get resource "a}\n- evil" in API group "argoproj.io"',
        'User "x" cannot get resource "workflows" in API group "a\\nb: c"',
        'not allowed to list workflows in namespace "a: {b}"',
    ],
)
def test_what_names_no_permission_gives_no_role(message: str) -> None:
    assert lack_in(message) is None


def test_a_hostile_user_name_gets_nothing_into_the_yaml() -> None:
    hostile = Lack(
        verb="get",
        resource="workflows",
        group="",
        namespace="ci",
        user="system:serviceaccount:a:b\nc",
    )
    assert "RoleBinding" not in role(hostile)
