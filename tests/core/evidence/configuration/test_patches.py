from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from core.evidence.code.changes import COMMITTED
from core.evidence.configuration.changes import is_of_settings
from core.evidence.model import DataType, FindingKind, PlainFile
from core.evidence.pipeline import extract
from core.redaction.engine import Redactor

if TYPE_CHECKING:
    from pathlib import Path

    from core.evidence.model import Finding

YAML = """\
diff --git a/cart/values.yaml b/cart/values.yaml
index 1111111..2222222 100644
--- a/cart/values.yaml
+++ b/cart/values.yaml
@@ -10,9 +10,9 @@ cart:
   containers:
     - name: api
-      image: cart:1.4   # old
+      image: cart:1.5
       env:
         - name: POOL
-          value: "40"
+          value: "4"
+      command: run
   # end
@@ -40,2 +40,2 @@
-buildId: 0f1e2d3c4b
+buildId: 9a8b7c6d5e
"""


def changes(folder: Path, name: str, text: str) -> tuple[DataType, list[Finding]]:
    (folder / "f").write_text(text)
    extraction = extract(PlainFile(folder / "f"), name=name, service=None, redactor=Redactor(b"k"))
    patched = [each for each in extraction.findings if each.kind is FindingKind.CHANGE]
    return extraction.data_type, patched


def test_a_diff_tells_each_setting_with_both_values(tmp_path: Path) -> None:
    data_type, patched = changes(tmp_path, "release.diff", YAML)
    assert data_type is DataType.CODE
    assert [(each.text.text, each.locus.line_start, each.first) for each in patched] == [
        (
            "cart.containers[api].image: cart:1.4 → cart:1.5 (before: cart/values.yaml:12)",
            9,
            None,
        ),
        (
            "cart.containers[api].env[POOL].value: 40 → 4 (before: cart/values.yaml:15)",
            13,
            None,
        ),
        (
            "cart.containers[api].command: not set → run (before: cart/values.yaml:16)",
            14,
            None,
        ),
    ]
    assert {each.signals for each in patched} == {("changed_setting",)}


@pytest.mark.parametrize(
    ("name", "hunk", "text"),
    [
        ("n.conf", " server {\n-  resend 30s;\n+  resend 3s;\n }\n", "server.resend: 30s → 3s"),
        ("m.tf", ' resource "d" "x" {\n-  n = "l"\n+  n = "s"\n }\n', "resource d x.n: l → s"),
        ("a.ini", " [pool]\n-size = 40\n+size = 4\n", "pool.size: 40 → 4"),
        ("a.json", ' {\n   "db": {\n-    "pool": 40,\n+    "pool": 4,\n', "db.pool: 40 → 4"),
        (
            "haproxy.cfg",
            " backend b\n-  option httpchk GET /a\n+  option httpchk GET /b\n",
            "option httpchk: GET /a → GET /b",
        ),
        (".env", "-POOL=40\n+POOL=4\n", "POOL: 40 → 4"),
        ("spark.conf", " a.b  c\n-pool.size   8g\n+pool.size   1g\n", "pool.size: 8g → 1g"),
        ("b.json", ' {\n-  "l": {"a": 1, "n": "i"}\n+  "l": {"a": 1, "n": "w"}\n', "l.n: i → w"),
        ("a.caddy", " x {\n-  resend 5s\n+  resend 1s\n }\n", "x.resend: 5s → 1s"),
    ],
)  # fmt: skip
def test_each_format_has_its_path(tmp_path: Path, name: str, hunk: str, text: str) -> None:
    _, [change] = changes(
        tmp_path, "x.patch", f"--- a/{name}\n+++ b/{name}\n@@ -1,3 +1,3 @@\n{hunk}"
    )
    assert (
        change.text.text
        == f"{text} (before: {name}:{'1' if name == '.env' else change_line(hunk)})"
    )


def change_line(hunk: str) -> int:
    return next(at for at, line in enumerate(hunk.split("\n"), 1) if line.startswith("-"))


def test_a_diff_within_a_message_is_read_and_one_of_a_program_is_not(tmp_path: Path) -> None:
    message = (
        "Hi all, this is what we rolled out before it broke.\n\n--- a/app.yaml\n+++ b/app.yaml\n"
        "@@ -1,2 +1,2 @@\n pool:\n-  size: 40\n+  size: 4\n\nCan somebody have a look at it?\n"
    )
    assert [each.text.text for each in changes(tmp_path, "note", message)[1]] == [
        "pool.size: 40 → 4 (before: app.yaml:2)"
    ]
    program = YAML.replace("values.yaml", "main.py")
    data_type, findings = changes(tmp_path, "release.diff", program)
    assert (data_type, list(filter(is_of_settings, findings))) == (DataType.CODE, [])


def test_no_secret_of_a_diff_is_told(tmp_path: Path) -> None:
    text = (
        "--- a/app.properties\n+++ b/app.properties\n@@ -1,1 +1,1 @@\n"
        "-db.password=Tr0ub4dor-and-3\n+db.password=C0rrect-h0rse\n"
    )
    _, patched = changes(tmp_path, "x.diff", text)
    shown = " ".join(f"{each.text.text} {dict(each.data)}" for each in patched)
    assert "Tr0ub" not in shown
    assert "h0rse" not in shown


ANSIBLE = """\
# 2026-11-23 06:49:38 ansible-playbook -i prod settings.yml --limit web-01 --diff   (dana)

TASK [settings : write config] *************************************************
--- before: /etc/storefront/config.json
+++ after: /etc/storefront/config.json (content)
@@ -8,4 +8,4 @@
   "booking": {
     "retries": 2,
-    "timeoutMs": 3000
+    "timeoutMs": 300
   },

changed: [web-01]
"""
KUBECTL = """\
2026-11-23T08:49:38+02:00 kubectl diff -f orders.yaml
diff -u -N /tmp/LIVE-2145/apps.v1.Deployment.shop.orders /tmp/MERGED-88/apps.v1.Deployment.shop.orders
--- /tmp/LIVE-2145/apps.v1.Deployment.shop.orders\t2026-11-23 06:49:39.123 +0000
+++ /tmp/MERGED-88/apps.v1.Deployment.shop.orders\t2026-11-23 06:49:39.133 +0000
@@ -20,4 +20,4 @@
   spec:
-    replicas: 3
+    replicas: 1
"""  # noqa: E501 - as it is written
HELM = """\
# 2026-11-23 06:49:38 helm diff upgrade orders ./chart -f prod.yaml
shop, orders, Deployment (apps) has changed:
  # Source: orders/templates/deployment.yaml
  kind: Deployment
  spec:
-   replicas: 3
+   replicas: 1
    paused: false
shop, orders-extra, ConfigMap (v1) has been added:
+ kind: ConfigMap
"""


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (HELM, "spec.replicas: 3 → 1 (before: shop/Deployment/orders:4)"),
        (ANSIBLE, "booking.timeoutMs: 3000 → 300 (before: /etc/storefront/config.json:10)"),
        (
            ANSIBLE.replace("after: /etc/storefront/config.json (content)", "after: /tmp/x/c.j2"),
            "booking.timeoutMs: 3000 → 300 (before: /etc/storefront/config.json:10)",
        ),
        # Whoever hands over what a terminal compared means what differs.
        (f"$ helm diff upgrade\n{HELM}", "spec.replicas: 3 → 1 (before: shop/Deployment/orders:4)"),
        (KUBECTL, "spec.replicas: 3 → 1 (before: apps.v1.Deployment.shop.orders:21)"),
    ],
)
def test_the_output_of_a_tool_tells_when_its_differences_were_made(
    tmp_path: Path, text: str, shown: str
) -> None:
    _, [change] = changes(tmp_path, "run.txt", text)
    assert change.text.text == shown
    assert change.first == change.last == datetime(2026, 11, 23, 6, 49, 38, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        ANSIBLE.partition("\n")[2],
        ANSIBLE.replace("--diff", "--check --diff"),
        "commit 1111111111111111\nDate:   Mon Nov 23 06:49:38 2026 +0000\n\n" + YAML,
        ANSIBLE.replace("# 2026-11-23 06:49:38", "# the state of 2026-11-23"),
    ],
)
def test_a_rehearsal_a_commit_and_a_day_tell_no_moment(tmp_path: Path, text: str) -> None:
    _, all_changes = changes(tmp_path, "run.txt", text)
    patched = [change for change in all_changes if COMMITTED not in change.signals]
    assert patched
    assert {change.first for change in patched} == {None}


LOG_OF_COMMITS = """commit 2222222222222222222222222222222222222222
Author: Dana Ruiz <dana@acme.test>
Date:   2026-11-23T06:49:38+00:00

    cache: drop persistence

diff --git a/redis.conf b/redis.conf
--- a/redis.conf
+++ b/redis.conf
@@ -1,2 +1,2 @@
-appendonly yes
+appendonly no

commit 1111111111111111111111111111111111111111
Author: Dana Ruiz <dana@acme.test>
Date:   2026-01-02T06:00:00+00:00

    import of the stack

diff --git a/redis.conf b/redis.conf
--- /dev/null
+++ b/redis.conf
@@ -0,0 +1,2 @@
+appendonly yes
+maxmemory 200mb
"""


def test_each_commit_is_told_and_what_began_a_file_is_no_change(tmp_path: Path) -> None:
    _, all_changes = changes(tmp_path, "stack.gitlog.txt", LOG_OF_COMMITS)
    commits = [change for change in all_changes if COMMITTED in change.signals]
    assert ["drop persistence" in change.text.text for change in commits] == [True, False]
    assert commits[0].first == datetime(2026, 11, 23, 6, 49, 38, tzinfo=UTC)
    settings = [change.text.text for change in all_changes if change not in commits]
    assert len(settings) == 1
    assert "appendonly: yes → no" in settings[0]


EDITED = """PLAY [hardening] **** Monday 23 November 2026  01:41:44
TASK [limits of units] ****
ok: [notes]
--- before
+++ after
@@ -1,3 +1,3 @@
 [Service]
-LimitNOFILE=4096
+LimitNOFILE=128
 Restart=on-failure

changed: [rooms]
"""


def test_what_ansible_edits_in_place_is_of_the_host_that_it_names_below(tmp_path: Path) -> None:
    _, (change,) = changes(tmp_path, "hardening.txt", EDITED)
    assert change.text.text == "Service.LimitNOFILE: 4096 → 128 (before: rooms:2)"
    assert change.first == datetime(2026, 11, 23, 1, 41, 44, tzinfo=UTC)
    assert change.locus.line_start == 9


def test_what_was_changed_nowhere_is_no_change(tmp_path: Path) -> None:
    assert changes(tmp_path, "hardening.txt", EDITED.replace("changed: [rooms]", ""))[1] == []


BY_LINES = """--- {name}.old\t2026-11-24 10:00:01 +0000
+++ {name}\t2026-11-24 10:11:01 +0000
@@ -8,3 +8,3 @@
-# as of 10:00
+# as of 10:11
-{old}
+{new}
"""


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        (
            "pg_hba.conf",
            "host shop shop_app 10.20.0.0/16 md5",
            "host shop shop_app 10.9.0.0/16 md5",
        ),
        ("hosts", "10.4.1.7 cache", "10.4.1.9 cache"),
        ("crontab", "0 3 * * * app /opt/close.sh", "*/5 * * * * app /opt/close.sh"),
        (
            "gw.rules",
            "-A INPUT -p tcp --dport 5671 -j ACCEPT",
            "-A INPUT -p tcp --dport 80 -j DROP",
        ),
        ("db.shop.internal", "ledger IN A 10.0.4.3", "ledger IN A 10.0.4.9"),
        ("default.vcl", "unset req.http.Cookie;", "set req.ttl = 0s;"),
        ("requirements.txt", "redis==4.1", "redis==5.0"),
    ],
)
def test_a_file_without_settings_is_told_by_its_lines(
    tmp_path: Path, name: str, old: str, new: str
) -> None:
    diff = BY_LINES.format(name=name, old=old, new=new)
    _, (change,) = changes(tmp_path, "lines.diff", diff)
    assert f"{old} → {new}" in change.text.text
    assert change.locus.line_start == 7
    assert change.first == datetime(2026, 11, 24, 10, 11, 1, tzinfo=UTC)


@pytest.mark.parametrize("name", ["README.md", "poetry.lock", "site.css"])
def test_a_file_that_sets_nothing_is_no_change(tmp_path: Path, name: str) -> None:
    assert (
        changes(tmp_path, "lines.diff", BY_LINES.format(name=name, old="one", new="two"))[1] == []
    )


def test_to_whom_nginx_passes_requests_is_shown(tmp_path: Path) -> None:
    old, new = "    proxy_pass http://api:8080;", "    proxy_pass http://api:8081;"
    _, (change,) = changes(tmp_path, "a.diff", BY_LINES.format(name="nginx.conf", old=old, new=new))
    assert "proxy_pass: http://api:8080 → http://api:8081" in change.text.text


def test_a_changed_line_that_names_no_setting_is_told_whole(tmp_path: Path) -> None:
    diff = (
        "--- a/etc/icecast/relay.xml\n+++ b/etc/icecast/relay.xml\n@@ -1,2 +1,2 @@\n <relay>\n"
        '-  <limit base="rtmpt" clients="100"/>\n+  <limit base="rtmpt" clients="10"/>\n'
    )
    _, (change,) = changes(tmp_path, "change.diff", diff)
    assert '"100"/> → <limit base="rtmpt" clients="10"/>' in change.text.text


@pytest.mark.parametrize(
    ("name", "old", "new", "text"),
    [
        (
            "settings/slots.config.js",
            "  timeoutMs: 4000,",
            "  timeoutMs: 40,",
            "timeoutMs: 4000 → 40",
        ),
        ("settings/puma.rb", "workers 8", "workers 1", "workers: 8 → 1"),
    ],
)
def test_settings_of_programs_in_a_diff(
    tmp_path: Path, name: str, old: str, new: str, text: str
) -> None:
    diff = f"--- {name}\n+++ {name}\n@@ -3 +3 @@\n-{old}\n+{new}\n"
    _, patched = changes(tmp_path, "change.diff", diff)
    assert [text in each.text.text for each in patched if is_of_settings(each)] == [True]
