"""What people and schedulers start is a change; plans, paths and starts of processes are none."""

from __future__ import annotations

import pytest

from core.evidence.signatures import is_change, match


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("Running upgrade 1a2b3c4d5e6f -> 7a8b9c0d1e2f, widen sku", "schema_migrated"),
        ("Running downgrade 7a8b9c -> 1a2b3c, widen sku", "schema_migrated"),
        ("module.db.aws_instance.a[0]: Creation complete after 3s [id=i-1]", "resource_applied"),
        ("configmap/orders-settings configured", "resource_applied"),
        ("stock.recount started on batch-03, job 5120", "batch_started"),
        ("pipeline full-reindex started via api", "batch_started"),
        ("crond[812]: (deploy) CMD (/srv/reports/build.sh)", "batch_started"),
        ("Starting bulk import of products id=88", "batch_started"),
        ("$ helm upgrade cart shop/cart --version 4.1.0 --wait", "command_given"),
        ("$ date -u +%FT%TZ; helm upgrade cart shop/cart --set tag=2", "command_given"),
        ("<dana> !scale orders 12", "chat_command"),
        ("[09:12] dana: /rollback web", "chat_command"),
        ("@opsbot: restart orders-api", "chat_command"),
        ("ops@shop/psql LOG:  statement: Update orders set state=2", "data_changed_by_hand"),
        ("shop=*> delete from orders where id=3;", "data_changed_by_hand"),
        (
            "e-1 needrestart[44]: services using old libs: x.service, restarting",
            "service_restarted",
        ),
    ],
)
def test_what_was_started_or_ordered(line: str, name: str) -> None:
    assert name in match(line)


@pytest.mark.parametrize(
    "line",
    [
        "shall we roll back?",
        "$ helm --version",
        "the newsletter goes out at ten",
        "@opsbot restart orders?",
        "@opsbot deploy help",
        "/deploy api --dry-run=client",
        "cannot open /run/lock: no such file",
        "mount: /run user quota is on",
        "GET /deploy HTTP/1.1",
        "job server started on port 8080",
        "worker process started by supervisor, job 7",
        "CRON[88]: (root) CMD (   cd / && run-parts --report /etc/cron.hourly)",
        "background job failed to start, started by retry",
        "no migrations to apply; would be Running upgrade a -> b",
        "Applying patches",
        "import finished",
        "deployment.apps/orders unchanged",
        "deployment.apps/orders configured (server dry run)",
        "aws_db_instance.orders: Modifying... [id=orders]",
        "proxy for /etc/app not configured",
        "shop@shop/orders-api LOG:  statement: update orders set state=2",
        "shop@shop/orders-api STATEMENT:  update orders set state=$1",
        "needrestart[44]: no services need to be restarted",
    ],
)
def test_what_is_no_change(line: str) -> None:
    changes = {"schema_migrated", "batch_started", "chat_command", "resource_applied"}
    assert (changes | {"data_changed_by_hand", "service_restarted"}).isdisjoint(match(line))


ORDINARY = """\
connection state changed from ESTABLISHED to CLOSED
retry backoff increased from 1s to 2s
leader epoch changed from 4 to 5
memory usage increased from 200MB to 400MB
queue depth reduced from 812 to 4
image scaled from 800 to 200 px
Grant type not supported: password
truncate request body at 4096 bytes
{"verb":"update","objectRef":{"resource":"leases"},"user":{"username":"system:kube-scheduler"}}
{"ts":"2026-03-04T10:15:00Z","actor":"dana","action":"read","path":"services.orders"}
{"eventName":"DescribeDBInstances","userIdentity":{"userName":"reader"}}
{"methodName":"google.cloud.run.v2.Services.GetService","principalEmail":"a"}
{"level":"info","msg":"order created","user":"u81","event":"order.created"}
GET /api/v1/settings HTTP/1.1" 200
"PUT /admin/limits HTTP/1.1" 403 12
moved 12 objects from cold to warm
download speed changed from 10 to 12
please deploy when ready
the certificate is not yet due for renewal
new certificate could not be written
drop packet from 10.0.0.8
dropped 12 messages from 4 to 9
job worker-3 starting failed
no packages upgraded: 0 upgraded, 0 newly installed
template reloaded
invoice/8812 created
$ kubectl get pods
$ systemctl status nginx
$ iptables -L -n
$ redis-cli info
: 1795428602:0;redis-cli -h cache-1 PING
root@db-1:~# psql -c "select 1"
cost is 5 $ service charge
price $ 12 deploy fee
temperature changed from 20 to 21"""


@pytest.mark.parametrize("line", ORDINARY.splitlines())
def test_what_is_said_every_day_is_no_change(line: str) -> None:
    assert not any(is_change(name) for name in match(line))
