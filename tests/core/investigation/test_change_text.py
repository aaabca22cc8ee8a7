"""What the record of a change says of the change, without what it says of itself."""

from __future__ import annotations

import pytest

from core.investigation.change_text import changed_what
from core.redaction.engine import Redactor

REDACTOR = Redactor(b"k" * 32)


@pytest.mark.parametrize(
    ("record", "service", "what"),
    [
        (
            "2026-03-02T18:20:45Z,REL-3453,config,edge,upstream 10.0.0.4:9000 -> 10.0.0.4:9007,lea",
            "edge",
            "config: upstream 10.0.0.4:9000 -> 10.0.0.4:9007",
        ),
        (
            '2026-03-02T15:13:38Z,OPS-8133,deploy,rates,"release: new client, no new calls",mira',
            "rates",
            "deploy: release: new client, no new calls",
        ),
        (
            "| 2026-03-02T15:50:42.615Z | OPS-39 | dns | names | zone push: a -> 10.0.0.9 | mira |",
            "names",
            "dns: zone push: a -> 10.0.0.9",
        ),
        (
            '{"at": "2026-03-02T14:34:56Z", "target": "mail", "text": "export on", "what": "cron"}',
            None,
            "cron: mail export on",
        ),
        (
            "2026-03-02T19:46:35Z OPS-58 config target=cart by=lea: rates moved to port 9909",
            "cart",
            "config: rates moved to port 9909",
        ),
        (
            'ts=2026-03-02T15:50:42Z level=info app=cart msg="flag changed" flag=bulk value=True',
            None,
            "flag changed: flag=bulk value=True",
        ),
        (
            '2026-03-02T15:50:42.6Z stdout F {"timestamp": "2026-03-02T15:50:42Z", "level": "info",'
            ' "event": "flag changed", "logger": "cart", "flag": "bulk", "value": true}',
            None,
            "flag changed: bulk true",
        ),
        ("23.11.2026;07:39:57;gateway;4.11.3 -> 4.12.0;dana", None, "gateway;4.11.3 -> 4.12.0"),
        ("pool size 20 -> 5, max 10", None, "pool size 20 -> 5, max 10"),
        (
            "Mar  4 02:18:19 jobs-1 CRON[3773]: (app) CMD (/opt/close --month 2026-02)",
            None,
            "/opt/close --month 2026-02",
        ),
        (
            "Mar  4 02:18:19 jobs-1 sudo: dana : TTY=pts/0 ; USER=root ; COMMAND=/usr/bin/mv a b",
            None,
            "/usr/bin/mv a b",
        ),
        (
            "2026-03-04 02:18:19.808 UTC [306] ops@shop [local] LOG:  statement: DROP INDEX day;",
            None,
            "DROP INDEX day",
        ),
        (
            "2026-03-04 02:18:19.808 UTC [1206] shop@shop migrate LOG:  statement: DROP INDEX day;",
            None,
            "DROP INDEX day",
        ),
        (
            "20260304 02:18:19,db-1,dana,10.0.0.4,40,1030,QUERY,shop,'DROP INDEX day ON orders',0",
            None,
            "DROP INDEX day ON orders",
        ),
        (
            "2026-03-04 02:18:19 +0000 [ship] cart: 3.3.2 -> 3.4.0",
            None,
            "[ship] cart: 3.3.2 -> 3.4.0",
        ),
        ("[2026-03-04 02:18] kira: pool of cart raised", None, "kira: pool of cart raised"),
        (
            '{"created_at": "2026-03-04T02:18:19.679Z", "event_type": "audit", "payload": {"type":'
            ' "HTTPEvent", "auth": {"description": "dana"}, "request": {"operation": "PUT",'
            ' "endpoint": "/v1/kv/cart/limits/rps"}, "response": {"status": "200"}, "value": "1"}}',
            None,
            "PUT: /v1/kv/cart/limits/rps 1",
        ),
        (
            '{"protoPayload": {"serviceName": "compute.googleapis.com", "methodName":'
            ' "v1.firewalls.patch", "resourceName": "projects/shop/global/firewalls/cart-in"}}',
            None,
            "v1.firewalls.patch: projects/shop/global/firewalls/cart-in",
        ),
        (
            "2026-03-04T02:18:19+0000 jobs-1 sudo[7]: dana : TTY=pts/1 ; COMMAND=/usr/bin/mv a b",
            None,
            "/usr/bin/mv a b",
        ),
        (
            "2026-03-04T02:18:19+0000 jobs-1 ship[7]: cart: 3.3.2 -> 3.4.0",
            None,
            "cart: 3.3.2 -> 3.4.0",
        ),
        (
            '{"at": "2026-03-04T02:18:19Z", "flag": "quick-pay", "before": false, "after": true}',
            None,
            "quick-pay: false → true",
        ),
        ('{"key": "quick-pay", "enabled": true, "updatedBy": "dana"}', None, "quick-pay → on"),
        (
            '{"events": [{"flag": "a", "from": "on", "to": "off"}, {"flag": "b", "from": "1",'
            ' "to": "2"}]}',
            None,
            "b: 1 → 2",
        ),
        (
            '{"verb": "patch", "objectRef": {"resource": "deployments", "name": "cart"},'
            ' "requestObject": {"spec": {"replicas": 4}}}',
            None,
            'deployments/cart: "replicas": 4',
        ),
        ("2026-03-04 02:18 cart 3.4.0 (SHOP-12 round up)", None, "cart 3.4.0 (SHOP-12 round up)"),
    ],
)
def test_a_change_is_told_without_its_record(record: str, service: str | None, what: str) -> None:
    text = REDACTOR.clean(record)
    assert changed_what(text, room=80, besides=service).text == what


def test_a_last_part_that_would_be_cut_to_a_stump_is_left_out() -> None:
    line = (
        'deploy service=orders version=2.14.0 status=started by=bot note="fewer idle connections"'
    )
    text = Redactor(b"a case").clean(line)
    assert changed_what(text, room=38).text == "deploy service=orders version=2.14.0"
    assert changed_what(text, room=60).text.endswith("…")
