from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from core.evidence.configuration.stated_changes import drifts, quoted_diffs, stated_changes
from core.evidence.configuration.yaml_documents import read_json

TIME = datetime(2026, 11, 26, 8, 58, tzinfo=UTC)


def stated(document: object) -> list[tuple[str, str, str | None, str | None]]:
    (tree,) = read_json(json.dumps(document, indent=1)).trees
    return [change[:4] for change in stated_changes(tree)]


PLAN = {
    "resource_changes": [
        {
            "address": "aws_lambda_function.claims",
            "name": "claims",
            "change": {
                "actions": ["update"],
                "before": {"memory_size": 1024, "timeout": 30},
                "after": {"memory_size": 128, "timeout": 30},
            },
        }
    ]
}
SERVICE = [
    {
        "Spec": {"Name": "prod_claims", "Env": ["JAVA_OPTS=-Xmx300m", "A=1"]},
        "PreviousSpec": {"Name": "prod_claims", "Env": ["JAVA_OPTS=-Xmx3g", "A=1"]},
    }
]
HISTORY = {
    "items": [
        {
            "at": "2026-11-26T08:58:00Z",
            "diff": {"changed": {"Configuration.ttl": {"previousValue": 300, "updatedValue": 3}}},
            "item": {"resourceId": "jobs"},
        }
    ]
}
FLAGS = [
    {
        "target": "shop/flags.json",
        "name": "rollout",
        "previousVersion": {"value": 5},
        "currentVersion": {"value": 100},
    },
    {"field": "max", "from": "40", "to": "4"},
]
PATCH = [
    {
        "target": "orders.yaml",
        "patch": [
            {"op": "test", "path": "/spec/containers/0/a~1b", "value": 45},
            {"op": "replace", "path": "/spec/containers/0/a~1b", "value": 1},
            {"op": "replace", "path": "/spec/unknown", "value": 1},
        ],
    }
]


@pytest.mark.parametrize(
    ("document", "changes"),
    [
        (PLAN, [("aws_lambda_function.claims", "memory_size", "1024", "128")]),
        (SERVICE, [("prod_claims", "Env[JAVA_OPTS]", "-Xmx3g", "-Xmx300m")]),
        (HISTORY, [("jobs", "Configuration.ttl", "300", "3")]),
        (FLAGS, [("shop/flags.json", "rollout", "5", "100"), ("", "max", "40", "4")]),
        (PATCH, [("orders.yaml", "spec.containers[0].a/b", "45", "1")]),
    ],
)
def test_values_before_and_after_are_a_change(
    document: object, changes: list[tuple[str, str, str, str]]
) -> None:
    assert stated(document) == changes


def test_when_it_was_done_and_where_it_stands() -> None:
    (tree,) = read_json(json.dumps(HISTORY, indent=1)).trees
    (change,) = stated_changes(tree)
    assert change.at == TIME
    assert "updatedValue" in json.dumps(HISTORY, indent=1).split("\n")[change.row]


@pytest.mark.parametrize(
    "document",
    [
        {"rules": [{"from": [{"a": 1}], "to": [{"a": 2}]}]},  # whom a rule lets pass
        {"redirects": [{"from": "/old", "to": "/new"}]},
        {"unit": {"before": ["a.service"], "after": ["b.service"]}},
        {"patches": [{"op": "replace", "path": "/spec/replicas", "value": 3}]},
        {"previousVersion": 4},
        {"current": 3, "desired": 4},
    ],
)
def test_what_is_set_so_is_no_change(document: object) -> None:
    assert stated(document) == []


def test_what_a_plan_marks_as_sensitive_is_not_told() -> None:
    values = {"before": {"dsn": "a", "size": 9}, "after": {"dsn": "b", "size": 1}}
    change = {"address": "db.orders", "change": {**values, "after_sensitive": {"dsn": True}}}
    assert stated(change) == [("db.orders", "size", "9", "1")]
    output = {"dsn": {"before": "a", "after": "b", "before_sensitive": True}}
    assert stated({"output_changes": output}) == []


def test_the_diffs_that_a_code_host_quotes() -> None:
    hunk = "@@ -1,2 +1,2 @@\n pool:\n-  size: 40\n+  size: 4"
    (tree,) = read_json(
        json.dumps(
            {"merged_at": "2026-11-26T08:58:00Z", "files": [{"filename": "a.yaml", "patch": hunk}]}
        )
    ).trees
    (diff,) = quoted_diffs(tree)
    assert (diff.name, diff.text, diff.at) == ("a.yaml", hunk, TIME)


def test_what_is_not_as_it_was_applied_was_set_by_hand() -> None:
    applied = {"spec": {"replicas": 12, "a": 1}}
    live = {
        "metadata": {
            "annotations": {"kubectl.kubernetes.io/last-applied-configuration": json.dumps(applied)}
        },
        "spec": {"replicas": 2, "a": 1, "filled": "in"},
    }
    (tree,) = read_json(json.dumps(live)).trees
    assert [each[:4] for each in drifts(tree, "Deployment/orders")] == [
        ("Deployment/orders", "spec.replicas", "12", "2")
    ]
    del live["metadata"]
    (bare,) = read_json(json.dumps(live)).trees
    assert list(drifts(bare, "Deployment/orders")) == []
