from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from core.cases.model import EvidenceKind
from core.evidence.model import FindingKind, PlainFile
from core.evidence.pipeline import extract
from core.investigation.causes.broken_by_change import BROKEN_BY_CHANGE
from core.investigation.causes.evidence_index import EvidenceIndex
from core.investigation.causes.troubles import ServiceHealth
from core.investigation.configuration_changes import ranked_changes, with_configuration_changes
from core.investigation.decision import Situation
from core.investigation.reasoner import decide
from core.investigation.verdict.triggers import trigger
from core.redaction.engine import Redactor
from tests.core.investigation.sample_situations import (
    T0,
    LogLines,
    a_file,
    a_log,
    an_alert,
    together,
)
from tests.core.investigation.sample_situations import a_situation as of_logs

if TYPE_CHECKING:
    from pathlib import Path

    from core.evidence.model import Finding

REDACTOR = Redactor(b"a case")
VALUES = "image: {tag: v1}\npool:\n  size: 40\n  wait: 5s\nowner: dana\n"


def situation_of(folder: Path, *texts: tuple[str, str], alert: str | None = None) -> Situation:
    """Files of (name, text), as a turn sees them."""
    files, findings = [], {}
    for number, (name, text) in enumerate(texts):
        path = folder / str(number)
        path.write_text(text)
        extraction = extract(PlainFile(path), name=name, service=None, redactor=REDACTOR)
        assert extraction.extractor == "configuration"
        file = a_file(name, None, first=None, last=None, lines=extraction.lines)
        files.append(replace(file, id=str(number), number=number + 1))
        findings[str(number)] = extraction.findings
    situation = Situation(
        at=T0,
        files=tuple(files),
        findings=findings,
        occurrences=(an_alert(alert, T0 + timedelta(minutes=11)),) if alert else (),
    )
    return with_configuration_changes(situation)


def compared(folder: Path, *texts: tuple[str, str], alert: str | None = None) -> list[Finding]:
    """The changes among the files, the most telling first."""
    return ranked_changes(situation_of(folder, *texts, alert=alert))


def texts(changes: list[Finding]) -> list[str]:
    return [change.text.text for change in changes]


def replica_set(revision: int, image: str) -> str:
    return (
        "- apiVersion: apps/v1\n  kind: ReplicaSet\n  metadata:\n"
        f"    name: orders-{revision}f6c4\n    namespace: shop\n    annotations:\n"
        f"      deployment.kubernetes.io/revision: '{revision}'\n"
        f"  spec:\n    replicas: {revision}\n    template:\n      spec:\n        containers:\n"
        f"        - name: orders\n          args: [--pool={image}]\n"
    )


def test_the_replica_sets_of_a_deployment_are_its_versions(tmp_path: Path) -> None:
    held = "apiVersion: v1\nitems:\n" + replica_set(26, "4") + replica_set(25, "40")
    changes = texts(compared(tmp_path, ("rs.yaml", held)))
    assert [change.partition(" (before")[0] for change in changes] == [
        "orders spec.template.spec.containers[orders].args[pool]: 40 → 4"
    ]


def test_a_copy_is_older_than_what_lies_beside_it_in_an_old_folder(tmp_path: Path) -> None:
    copy = "baseline/etc/orders.yaml.13233.2026-11-25@15:30:22~"
    (change,) = compared(
        tmp_path, ("baseline/etc/orders.yaml", VALUES.replace("40", "4")), (copy, VALUES)
    )
    assert "pool.size: 40 → 4" in change.text.text


def test_members_of_a_list_whose_names_alone_differ(tmp_path: Path) -> None:
    upstream = "upstream quota {\n  server 10.0.0.7:7001;\n  server 10.0.0.7:7002 backup;\n}\n"
    changes = compared(
        tmp_path,
        ("yesterday/upstreams.conf", upstream),
        ("today/upstreams.conf", upstream.replace("7002", "7020")),
    )
    assert "10.0.0.7:7002 backup → 10.0.0.7:7020 backup" in changes[0].text.text


def test_what_docker_says_of_a_container_that_runs_is_no_setting(tmp_path: Path) -> None:
    host = '"CpuShares": 2, "Pids": 9, "Cpus": 2, "ShmSize": 64, "Init": 1, "Memory": 2147483648'
    inspected = f'[{{"Name": "/web", "State": {{"Pid": 7}}, "HostConfig": {{{host}}}}}]'
    later = inspected.replace('Pid": 7', 'Pid": 8').replace("2147483648", "268435456")
    (change,) = compared(tmp_path, ("inspect-1118.json", inspected), ("inspect-1120.json", later))
    assert "Memory: 2147483648 → 268435456" in change.text.text


def test_a_program_that_configures_is_compared(tmp_path: Path) -> None:
    program = "POOL = {\n    'max_size': 40,\n}\n\n\ndef pool():\n    return POOL\n"
    paths = []
    for name, text in (("old", program), ("new", program.replace("40", "4"))):
        path = tmp_path / name
        path.write_text(text)
        paths.append((f"{name}/shop/settings.py", path))
    files = [
        replace(a_file(name, None, first=None, last=None, lines=7), id=str(number), number=number)
        for number, (name, _) in enumerate(paths)
    ]
    findings = {
        str(number): extract(PlainFile(path), name=name, service=None, redactor=REDACTOR).findings
        for number, (name, path) in enumerate(paths)
    }
    situation = Situation(at=T0, files=tuple(files), findings=findings)
    changes = texts(ranked_changes(with_configuration_changes(situation)))
    assert "POOL.max_size: 40 → 4" in changes[0]


def test_what_a_secret_held_before_is_not_told(tmp_path: Path) -> None:
    applied = '{"data":{"app.conf":"cG9vbD00MA=="}}'
    held = (
        "apiVersion: v1\nkind: Secret\nmetadata:\n  name: orders\n  annotations:\n"
        f"    kubectl.kubernetes.io/last-applied-configuration: '{applied}'\n"
        "data:\n  app.conf: cG9vbD00\n"
    )
    assert compared(tmp_path, ("secret.yaml", held)) == []


def test_two_listings_of_what_redis_is_set_to(tmp_path: Path) -> None:
    listing = '# redis-cli CONFIG GET *\n 1) "maxmemory"\n 2) "4gb"\n 3) "port"\n 4) "6379"\n'
    changes = compared(
        tmp_path, ("cache.mon.txt.old", listing), ("cache.mon.txt", listing.replace("4gb", "40mb"))
    )
    assert "maxmemory: 4gb → 40mb" in changes[0].text.text


def test_numbers_of_hosts_are_no_versions(tmp_path: Path) -> None:
    hosts = ("proxy-10.0.0.5.yaml", VALUES), ("proxy-10.0.0.6.yaml", VALUES.replace("40", "4"))
    assert compared(tmp_path, *hosts) == []


def test_a_setting_of_a_service_that_no_alert_is_about_is_shown_last(tmp_path: Path) -> None:
    versions = (
        ("seating.env.old", "MAPS_KEPT_BY=show\n"),
        ("seating.env", "MAPS_KEPT_BY=visitor\n"),
    )
    mine = ("values-before.yaml", VALUES), ("values-after.yaml", VALUES.replace("40", "4"))
    changes = compared(tmp_path, *versions, *mine, alert="gateway")
    assert "MAPS_KEPT_BY: show → visitor" in texts(changes)[-1]


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("values.yaml.old", "values.yaml"),
        ("values.yaml.bak", "values.yaml"),
        ("values-before.yaml", "values-after.yaml"),
        ("before/values.yaml", "after/values.yaml"),
        ("previous/shop/values.yaml", "shop/values.yaml"),
        ("values.v1.yaml", "values.yaml"),
        ("values.v2.yaml", "values.v10.yaml"),
        ("values.yaml.2026-03-01", "values.yaml"),
        ("values.yaml~", "values.yaml"),
        ("values.yaml.1", "values.yaml"),
        ("values.yaml.orig", "current/values.yaml"),
        ("values-3.9.2.yaml", "values-3.10.0.yaml"),
        ("v1.4/values.yaml", "release-2.0/values.yaml"),
        ("rev-9/shop/values.yaml", "rev-10/shop/values.yaml"),
        ("shop/r3/values.yaml", "shop/r4/values.yaml"),
        ("release_7/values.yaml", "release_8/values.yaml"),
        ("v5/values.yaml", "v6/values.yaml"),
        ("yesterday/values.yaml", "today/values.yaml"),
        ("earlier/values.yaml", "later/values.yaml"),
        ("pre-upgrade/values.yaml", "post-upgrade/values.yaml"),
        ("values-last-week.yaml", "values-this-week.yaml"),
        ("shop/before.yaml", "shop/after.yaml"),
        ("shop/rev-3.yaml", "shop/rev-4.yaml"),
        ("values_v1.prod.yaml", "values_v2.prod.yaml"),
    ],
)
@pytest.mark.parametrize("is_newer_first", [False, True])
def test_versions_find_each_other_whichever_came_first(
    tmp_path: Path, older: str, newer: str, *, is_newer_first: bool
) -> None:
    both = [(older, VALUES), (newer, VALUES.replace("size: 40", "size: 4"))]
    [change] = compared(tmp_path, *(both[::-1] if is_newer_first else both))
    assert change.kind is FindingKind.CHANGE
    assert change.text.text.endswith(f"pool.size: 40 → 4 (before: {older}:3)")
    assert (change.locus.label, change.first) == (f"{newer}:3", None)
    assert change.signals == ("changed_setting",)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("values.yaml", "values.yaml"),
        ("eu/a.yaml", "us/a.yaml"),
        ("a.v3.yaml", "a.yaml"),
        ("a.yaml", "a-3.4.yaml"),
    ],
)
def test_what_has_no_direction_is_given_none(tmp_path: Path, one: str, other: str) -> None:
    manifest = "kind: ConfigMap\nmetadata: {name: pool}\ndata:\n  size: '40'\n"
    changes = compared(tmp_path, (one, manifest), (other, manifest.replace("40", "4")))
    assert [change.signals for change in changes] == [()]
    assert "differs" in changes[0].text.text


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("values-prod.yaml", "values-staging.yaml"),
        ("a/x.yaml", "b/x.yaml"),
        ("s-1.yaml", "s-2.yaml"),
        ("node-1/x.yaml", "node-2/x.yaml"),
        ("shop-new.a.lan.yaml", "shop.a.lan.yaml"),
    ],
)
def test_files_of_different_things_are_not_compared(tmp_path: Path, one: str, other: str) -> None:
    assert compared(tmp_path, (one, VALUES), (other, VALUES.replace("40", "4"))) == []


def test_what_means_the_same_or_was_generated_is_no_change(tmp_path: Path) -> None:
    older = (
        'a: {mem: 1Gi, on: "true", wait: 1000ms}\nlist: [x, y]\nbuilt_at: 2026-03-01T10:00:00Z\n'
        "id: 6f1c2a34-1111-4222-8333-444455556666\nchecksum/config: 8f3a2b1c\n"
    )
    newer = (
        "# a comment\nchecksum/config: 99aa11bb\nid: 7f1c2a34-1111-4222-8333-444455556666\n"
        "built_at: 2026-03-02T10:00:00Z\nlist: [y,   x]\na:\n  wait: 1s\n  on: yes\n  mem: 1024Mi\n"
    )
    assert compared(tmp_path, ("c.yaml.old", older), ("c.yaml", newer)) == []


@pytest.mark.parametrize(
    ("setting", "old", "new"),
    [
        ("mysqld.innodb_flush_log_at_trx_commit", "2", "0"),
        ("consumer.enable.auto.commit", "false", "true"),
        ("postgres.synchronous_commit", "local", "remote_apply"),
        ("upstream.ip_hash", "off", "on"),
        ("rsync.uid", "1000", "0"),
        ("rollout.revision", "stable", "canary"),
        ("update.min_healthy_time", "10s", "0s"),
        ("cassandra.contact-points", "a.internal", "b.internal"),
        ("email.smtp.timeout", "10s", "1ms"),
        ("image.tag", "2.4.0", "2.5.0"),
        ("web.image.tag", "4be01d7", "9c2f3aa"),
        ("imageTag", "2.4.0", "2.5.0"),
        ("annotations.proxy/proxy-read-timeout", "60", "1"),
    ],
)
def test_a_setting_is_not_hidden_by_a_word_of_its_name(
    tmp_path: Path, setting: str, old: str, new: str
) -> None:
    [change] = compared(
        tmp_path,
        ("c.properties.old", f"{setting}={old}\nkept=1\nmode=live\n"),
        ("c.properties", f"{setting}={new}\nkept=1\nmode=live\n"),
    )
    assert f"{setting}: {old} → {new}" in change.text.text


@pytest.mark.parametrize(
    ("setting", "old", "new"),
    [
        ("git.commit", "4be01d7", "9c2f3aa"),
        ("app.commit", "20260511", "20260512"),
        ("meta.build", "811", "812"),
        ("zone.serial", "2026051101", "2026051201"),
        ("release.revision", "41", "42"),
        ("web.hash", "4be01d7f", "9c2f3aab"),
        ("meta.description", "a pool of 3", "a pool of 4"),
        ("meta.support_email", "a@shop.lan", "b@shop.lan"),
        ("owner.name", "dana", "kim"),
        ("annotations.owner", "dana", "kim"),
        ("labels.pool-size", "big", "small"),
        ("tags.level", "a", "b"),
    ],
)
def test_what_tools_and_clerks_write_is_no_change(
    tmp_path: Path, setting: str, old: str, new: str
) -> None:
    versions = (
        ("c.properties.old", f"{setting}={old}\nkept=1\nmode=live\n"),
        ("c.properties", f"{setting}={new}\nkept=1\nmode=live\n"),
    )
    assert compared(tmp_path, *versions) == []


@pytest.mark.parametrize("mark", [".old", "~", ".bak", ".yesterday"])
def test_exports_are_settings_in_an_older_copy_too(tmp_path: Path, mark: str) -> None:
    text = '# of the shop\nexport POOL="40"\nexport MODE="live"\nexport QUEUE="orders"\n'
    [change] = compared(
        tmp_path, (f"shop.env{mark}", text), ("shop.env", text.replace('"40"', '"4"'))
    )
    assert f"POOL: 40 → 4 (before: shop.env{mark}:2)" in change.text.text


def test_the_tag_that_went_is_a_change_of_what_runs(tmp_path: Path) -> None:
    values = "image:\n  repository: shop/cart\n  tag: '2.4.0'\nsize: 3\n"
    versions = ("cart.yaml.old", values), ("cart.yaml", values.replace("  tag: '2.4.0'\n", ""))
    [change] = compared(tmp_path, *versions)
    assert "image.tag: 2.4.0 → not set" in change.text.text


def test_the_order_of_lines_of_a_proxy_is_no_change(tmp_path: Path) -> None:
    older = (
        "defaults\n    mode http\n    timeout server 40s\n    retries 2\n"
        "backend cart\n    server c1 10.9.0.1:80 check weight 5\n    server c2 10.9.0.2:80\n"
    )
    newer = (
        "defaults\n    retries 2\n    timeout server 40ms # short\n    mode http\n"
        "backend cart\n    server c2 10.9.0.2:80\n    server c1 10.9.0.1:80 weight 5 check\n"
    )
    [change] = compared(tmp_path, ("edge.cfg.old", older), ("edge.cfg", newer))
    assert "defaults.timeout server: 40s → 40ms (before: edge.cfg.old:3)" in change.text.text


def test_what_came_and_went_is_told_as_not_set(tmp_path: Path) -> None:
    changes = compared(
        tmp_path, ("c.yaml.old", "a: 1\nlimit: 5\n"), ("c.yaml", "a: 1\nretries: 9\n")
    )
    assert {text.split(" (")[0] for text in texts(changes)} == {
        "retries: not set → 9",
        "limit: 5 → not set",
    }


def test_the_alerts_service_goes_first_then_what_weighs_most(tmp_path: Path) -> None:
    older = (
        "services:\n  cart: {pool: 40}\n"
        "  orders:\n    pool: 40\n    labels: {team: a}\n    region: x\n"
    )
    newer = older.replace("40", "4").replace("team: a", "team: b").replace("region: x", "region: y")
    changes = compared(
        tmp_path, ("compose.yaml.old", older), ("compose.yaml", newer), alert="orders"
    )
    assert [text.split(":")[0] for text in texts(changes)] == [
        "orders services.orders.pool",
        "orders services.orders.region",
        "cart services.cart.pool",
    ]


def test_a_live_object_and_its_manifest_differ_only_where_both_say_something(
    tmp_path: Path,
) -> None:
    manifest = "kind: Deployment\nmetadata: {name: pay}\nspec: {replicas: 3}\n"
    live = (
        "kind: Deployment\nmetadata: {name: pay, namespace: shop, uid: 1a, generation: 4}\n"
        "spec: {replicas: 1, progressDeadlineSeconds: 600}\nstatus: {replicas: 1}\n"
    )
    [change] = compared(tmp_path, ("git/pay.yaml", manifest), ("dump.yaml", live))
    assert change.text.text.startswith("pay spec.replicas")


def test_of_two_dumps_the_cluster_tells_which_is_newer(tmp_path: Path) -> None:
    dump = (
        "kind: Deployment\nmetadata: {{name: pay, uid: 1a, generation: {}}}\n"
        "spec: {{replicas: {}}}\n"
    )
    [change] = compared(tmp_path, ("x.yaml", dump.format(7, 1)), ("y.yaml", dump.format(6, 3)))
    assert change.text.text.startswith("pay spec.replicas: 3 → 1 (before: y.yaml:3)")


def test_no_secret_is_told(tmp_path: Path) -> None:
    dsn = "postgres://app:s3cr3tpw@db/x"  # pragma: allowlist secret
    older = f"database:\n  password: correct-horse-9\n  dsn: {dsn}\n"
    changes = compared(
        tmp_path,
        ("c.yaml.old", older),
        ("c.yaml", older.replace("horse", "zebra").replace("s3cr3tpw", "0therpw99")),
    )
    assert changes
    shown = " ".join([*texts(changes), *(str(dict(change.data)) for change in changes)])
    assert not any(part in shown for part in ("horse", "zebra", "s3cr3t", "0ther"))


def test_a_diff_is_of_the_service_whose_file_it_changes(tmp_path: Path) -> None:
    diff = "--- a/orders/app.yaml\n+++ b/orders/app.yaml\n@@ -1,1 +1,1 @@\n-pool: 40\n+pool: 4\n"
    [change] = compared(tmp_path, ("release.diff", diff), alert="orders")
    assert (change.service, change.first) == ("orders", None)


ANSIBLE = """\
# {at:%Y-%m-%d %H:%M:%S} ansible-playbook -i prod settings.yml --diff   (dana)
--- before: {path}
+++ after: {path}
@@ -8,3 +8,3 @@
   "booking": {{
-    "timeoutMs": 3000
+    "timeoutMs": 300
"""


def told_by_ansible(folder: Path, path: str) -> Situation:
    """A setting that was changed a second before orders failed, whose key names its callee."""
    run = ANSIBLE.format(at=T0 + timedelta(minutes=9, seconds=59), path=path)
    plain = situation_of(folder, ("run.txt", run), alert="orders")
    failed = LogLines(text="ERROR booking gave up: timeoutMs is used up")
    served = LogLines(text="served", at=1, count=900)
    log = of_logs(a_log("orders", served, failed), a_log("booking", served))
    return with_configuration_changes(together(plain, log))


@pytest.mark.parametrize(
    ("path", "owner"),
    [
        ("/etc/orders/config.json", "orders"),
        ("/opt/conf/orders.json", "orders"),
        ("/tmp/LIVE-21/apps.v1.Deployment.shop.orders", "orders"),  # noqa: S108 - of kubectl
        ("/etc/preorders/config.json", "booking"),
        ("/etc/app/config.json", "booking"),
    ],
)
def test_the_owner_of_a_file_was_changed_and_not_whom_its_key_names(
    tmp_path: Path, path: str, owner: str
) -> None:
    [change] = ranked_changes(told_by_ansible(tmp_path, path))
    assert change.service == owner


def test_a_setting_of_known_time_is_what_was_changed_before_it_began(tmp_path: Path) -> None:
    decision = decide(told_by_ansible(tmp_path, "/etc/orders/config.json"))
    assert decision.trigger is not None
    assert "3000 → 300" in decision.trigger.text.text
    assert decision.trigger.why.text.startswith("09:09:59 UTC")
    [hypothesis] = [each for each in decision.hypotheses if each.cause.fault == BROKEN_BY_CHANGE]
    assert hypothesis.cause.service == "orders"


PREFETCH = "consumer: {prefetch_window: 200}\n"


def with_log(folder: Path, text: str) -> Situation:
    """Two versions of a file of orders, and its log with an error from the tenth minute on."""
    settings = situation_of(
        folder,
        ("orders/app.yaml.old", PREFETCH),
        ("orders/app.yaml", PREFETCH.replace("200", "1")),
        alert="orders",
    )
    log = of_logs(a_log("orders", LogLines(text="served", at=1, count=900), LogLines(text=text)))
    return together(settings, log)


def test_new_errors_that_speak_of_a_setting_accuse_its_change(tmp_path: Path) -> None:
    decision = decide(with_log(tmp_path, "ERROR gave up: prefetch_window is used up"))
    [hypothesis] = [each for each in decision.hypotheses if each.cause.fault == BROKEN_BY_CHANGE]
    assert hypothesis.cause.service == "orders"
    changes = [line for line in hypothesis.supporting if line.kind is EvidenceKind.CHANGE]
    assert [line.why.text for line in changes] == [
        "its configuration was changed, no file says when"
    ]
    assert decision.trigger is not None
    assert "200 → 1" in decision.trigger.text.text


def test_what_set_it_off_is_a_change_that_is_dated_where_there_is_one(tmp_path: Path) -> None:
    situation = with_log(tmp_path, "ERROR gave up: prefetch_window is used up")
    [hypothesis] = [
        each for each in decide(situation).hypotheses if each.cause.fault == BROKEN_BY_CHANGE
    ]
    [setting] = [line for line in hypothesis.supporting if line.kind is EvidenceKind.CHANGE]
    assert setting.locus is not None
    dated = replace(
        setting,
        text=REDACTOR.clean("deploy of orders 2.1"),
        weight=setting.weight / 2,
        locus=replace(setting.locus, first=T0 + timedelta(minutes=9)),
    )
    both = replace(hypothesis, supporting=(*hypothesis.supporting, dated))
    line = trigger([both], ServiceHealth(situation), None)
    assert line is not None
    assert line.text.text == "deploy of orders 2.1"


def test_a_setting_weighs_for_the_fault_that_it_is_about(tmp_path: Path) -> None:
    older = "kind: Deployment\nmetadata: {name: orders}\nspec: {memory: 2Gi, colour: red}\n"
    newer = older.replace("2Gi", "1Gi").replace("red", "blue")
    killed = (
        "---\napiVersion: v1\nkind: Pod\nmetadata: {name: orders-0, labels: {app: orders}}\n"
        "status: {containerStatuses: [{name: a, lastState: {terminated: {reason: OOMKilled,"
        " exitCode: 137, finishedAt: '2026-03-02T09:10:00Z'}}}]}\n"
    )
    situation = situation_of(
        tmp_path, ("old/dump.yaml", older), ("dump.yaml", newer + killed), alert="orders"
    )
    scene = EvidenceIndex(situation)
    [candidate] = [each for each in scene.candidates if "memory" in each.cause.fault]
    setting = scene.setting_behind(candidate)
    assert setting is not None
    assert "memory: 2Gi → 1Gi" in setting.text.text
    assert scene.change_before(candidate) is None  # its line stands before: that is no time


COMMIT = """\
commit d7b2fcc0250306b2cf123d2df1eb73e93ba89ae2
Author: Dana <dana@shop.example>
Date:   {}

    fewer connections

diff --git a/values.yaml b/values.yaml
--- a/values.yaml
+++ b/values.yaml
@@ -1,3 +1,3 @@
 pool:
-  size: 40
+  size: 4
   wait: 5s
"""


@pytest.mark.parametrize(
    ("ahead", "is_dated"),
    [(timedelta(minutes=5), True), (timedelta(minutes=-5), True), (timedelta(hours=9), False)],
)
def test_a_commit_shortly_before_the_alert_tells_when(
    tmp_path: Path, ahead: timedelta, *, is_dated: bool
) -> None:
    """One of hours before may have gone into effect at any time since."""
    made = T0 + timedelta(minutes=11) - ahead
    log = ("history.patch", COMMIT.format(made.isoformat(sep=" ", timespec="seconds")))
    (change,) = compared(tmp_path, log, alert="orders")
    assert change.first == (made if is_dated else None)


POOLS = "pool:\n  size: {size}\n  wait: 5s\n  least: 2\nretries: 3\n"


def test_where_names_differ_in_a_number_alike_contents_tell_versions(tmp_path: Path) -> None:
    one, other = POOLS.format(size=40), POOLS.format(size=4)
    changes = compared(tmp_path, ("orders.44.values.yaml", one), ("orders.45.values.yaml", other))
    assert texts(changes) == [
        "pool.size: 40 → 4 (before: orders.44.values.yaml:2)",
    ]
    unlike = "host: a\nport: 1\nuser: b\n"
    assert compared(tmp_path, ("orders.44.yaml", one), ("orders.45.yaml", unlike)) == []


def test_instances_and_addresses_are_no_versions(tmp_path: Path) -> None:
    one, other = POOLS.format(size=40), POOLS.format(size=4)
    for first, second in (
        ("node-1.yaml", "node-2.yaml"),
        ("db-10.0.0.15.yaml", "db-10.0.0.16.yaml"),
    ):
        assert compared(tmp_path, (first, one), (second, other)) == []


def test_folders_most_of_whose_files_are_equal_are_versions(tmp_path: Path) -> None:
    same = [(f"{folder}/{name}.yaml", POOLS.format(size=9)) for folder in "xy" for name in "abc"]
    changed = [("x/d.yaml", POOLS.format(size=40)), ("y/d.yaml", POOLS.format(size=4))]
    (change,) = compared(tmp_path, *same, *changed)
    assert "pool.size differs: " in change.text.text
    assert compared(tmp_path, *changed) == [], "one file is too little"


def test_what_a_plan_changes_is_told(tmp_path: Path) -> None:
    plan = """\
  # aws_db_instance.orders will be updated in-place
  ~ resource "aws_db_instance" "orders" {
      ~ iops = 12000 -> 1000
    }

Plan: 0 to add, 1 to change, 0 to destroy.
"""
    (change,) = ranked_changes(situation_of(tmp_path, ("plan.txt", plan), alert="orders"))
    assert change.text.text.startswith("aws_db_instance.orders.iops: 12000 → 1000")
    assert change.service == "orders"


def test_the_part_of_a_line_that_moved_is_what_weighs(tmp_path: Path) -> None:
    options = "[s]\nJAVA_OPTS=-Xms1g -Xmx{heap}\nsentinel=down-after master {wait}\n"
    changes = compared(
        tmp_path,
        ("a.ini.old", options.format(heap="4g", wait="5000")),
        ("a.ini", options.format(heap="4g", wait="50")),
        ("b.ini.old", options.format(heap="4g", wait="5000")),
        ("b.ini", options.format(heap="3g", wait="5000")),
    )
    assert [change.text.text.split(":")[0] for change in changes] == ["s.sentinel", "s.JAVA_OPTS"]


def test_the_rights_of_a_file_are_the_same_in_octal(tmp_path: Path) -> None:
    assert compared(tmp_path, ("a.old.yaml", "mode: 288\n"), ("a.yaml", "mode: 0440\n")) == []


def test_files_of_a_folder_that_was_kept_as_a_whole(tmp_path: Path) -> None:
    (change,) = compared(
        tmp_path,
        ("etc.prev-20261119/shop/a.yaml", VALUES),
        ("shop/a.yaml", VALUES.replace("40", "4")),
    )
    assert "pool.size: 40 → 4" in change.text.text


def test_what_differs_between_environments_differs_on_purpose(tmp_path: Path) -> None:
    text = "kind: Deployment\nmetadata: {name: chat, namespace: shop}\nspec: {replicas: 5}\n"
    named = [("k8s/chat.yaml", text), ("staging/k8s/chat.yaml", text.replace("5", "1"))]
    assert compared(tmp_path, *named) == []


def test_a_folder_that_is_called_after_a_version_is_nobodys(tmp_path: Path) -> None:
    situation = situation_of(
        tmp_path,
        ("release-4.12.0/app.yaml", VALUES),
        ("release-4.13.0/app.yaml", VALUES.replace("40", "4")),
    )
    owned = tuple(
        replace(file, service=file.name.text.partition("/")[0]) for file in situation.files
    )
    (change,) = ranked_changes(with_configuration_changes(replace(situation, files=owned)))[:1]
    assert change.service is None


def test_where_nothing_fails_the_heaviest_difference_is_named(tmp_path: Path) -> None:
    after = VALUES.replace("40", "4").replace("5s", "6s")
    decision = decide(situation_of(tmp_path, ("a.yaml.old", VALUES), ("a.yaml", after)))
    assert decision.nearby is not None
    assert decision.nearby.text.text.startswith("pool.size: 40 → 4")
    assert decision.nearby.why.text == "first of 2 differences of settings"
    assert decision.nearby.locus is not None
    assert decision.nearby.locus.line_start == 3
