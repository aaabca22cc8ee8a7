"""Whose a file is, by where it lies in a bundle whose layout is known."""

from __future__ import annotations

import pytest

from core.evidence.archives.layouts import service_in_layout, workload

MUST_GATHER = "must-gather.local.4471/quay-io-openshift-release-dev-ocp-v4-0-art-dev-sha256-1f2e"
SOSREPORT = "sosreport-web01-2026-11-17-abcdefg"


@pytest.mark.parametrize(
    ("path", "service"),
    [
        (
            f"{MUST_GATHER}/namespaces/shop/pods/cart-7d9f8b6c5-x2x4z/cart/cart/logs/current.log",
            "cart",
        ),
        (
            f"{MUST_GATHER}/namespaces/shop/pods/cart-7d9f8b6c5-x2x4z/proxy/proxy/logs/previous.log",
            "cart",
        ),
        (
            f"{MUST_GATHER}/namespaces/openshift-etcd/pods/etcd-ip-10-0-1-2.ec2.internal/etcd/etcd"
            "/logs/current.log",
            "etcd",
        ),
        (f"{MUST_GATHER}/namespaces/shop/pods/orders-db-0/postgres/logs/current.log", "orders-db"),
        (f"{MUST_GATHER}/namespaces/shop/core/events.yaml", None),
        (f"{MUST_GATHER}/cluster-scoped-resources/core/nodes/web01.yaml", None),
        ("var/log/pods/shop_cart-7d9f8b6c5-x2x4z_6f1c-11/cart/0.log", "cart"),
        (f"var/log/containers/cart-7d9f8b6c5-x2x4z_shop_cart-{'0f' * 32}.log", "cart"),
        ("cluster-state/shop/cart-7d9f8b6c5-x2x4z/logs.txt", "cart"),
        (f"{SOSREPORT}/var/log/messages", "web01"),
        (f"{SOSREPORT}/sos_commands/kernel/dmesg", "web01"),
        (f"{SOSREPORT}/var/log/billing/app.log", "billing"),
        (
            "sosreport-db-2.example.com-01234567-2026-11-17-xyzabcd/var/log/messages",
            "db-2.example.com",
        ),
        ("sosreport-web01-20261117101530/var/log/messages", "web01"),
        ("logs/cart/app.log", None),
    ],
)
def test_the_place_says_whose_it_is(path: str, service: str | None) -> None:
    assert service_in_layout(path) == service


@pytest.mark.parametrize(
    ("pod", "container", "service"),
    [
        ("cart-7d9f8b6c5-x2x4z", "app", "cart"),
        ("node-exporter-x2x4z", "kube-rbac-proxy", "node-exporter"),
        ("billing-db-1", "postgres", "billing-db"),
        ("checkout-frontend", "web", "checkout-frontend"),  # no part of it was generated
        ("kafka", "kafka", "kafka"),
    ],
)
def test_what_kubernetes_appends_is_no_part_of_a_name(
    pod: str, container: str, service: str
) -> None:
    assert workload(pod, container) == service
