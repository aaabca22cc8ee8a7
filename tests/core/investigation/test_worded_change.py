"""A change is named by what it changed, and undone by name and value where it tells them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.investigation.worded_change import ChangeSort, WordedChange
from core.redaction.engine import Redactor

REDACTOR = Redactor(b"k" * 32)
ROOM = 60


@pytest.mark.parametrize(
    ("record", "undoing"),
    [
        ("02:18 dana cart 3.3.2 -> 3.4.0 (round up)", "roll cart back from 3.4.0 to 3.3.2"),
        ("upgrade shop-cart:all 3.3.2 3.4.0", "roll shop-cart back from 3.4.0 to 3.3.2"),
        ("Upgrade: cart:amd64 (3.3.2-1, 3.4.0-1)", "roll cart back from 3.4.0-1 to 3.3.2-1"),
        ("install cart 3.4.0 (was 3.3.2)", "roll cart back from 3.4.0 to 3.3.2"),
        (
            "rollout deploy/cart image=registry.example/shop/cart:3.4.0 was=3.3.2",
            "roll cart back from 3.4.0 to 3.3.2",
        ),
        (
            "image cart:3.3.2 -> cart:3.4.0 (revision 8)",
            "roll cart back from 3.4.0 to 3.3.2",
        ),
        ("release cart 3.4.0", "roll cart back to what ran before 3.4.0"),
        (
            "9  deployed  cart-0.8.1  3.4.0  Upgrade complete",
            "roll cart back to what ran before 3.4.0",
        ),
        ("helm upgrade --set image.tag=3.4.0", "roll back to what ran before 3.4.0"),
        ("RELEASE: 3.3.2 → 3.4.0 (before: old/RELEASE:1)", "roll back from 3.4.0 to 3.3.2"),
        ("flag `quick-pay`: off -> on for everybody", "switch quick-pay back to off"),
        ("Quick pay (beta): false → true", "switch Quick pay (beta) back to false"),
        ("quick-pay[eu]: off → on", "switch quick-pay[eu] back to off"),
        ("enable_x%: false → true", "switch enable_x% back to false"),
        ('flag "quick pay": off -> on', "switch quick pay back to off"),
        ("quick-pay → on", "switch quick-pay off again"),
        ("cart: POOL_MAX=40 -> 4 in .env", "set POOL_MAX back from 4 to 40"),
        ('job.cart: "POOL_MAX" = "40" -> "4"', "set POOL_MAX back from 4 to 40"),
        ("cart runs with WORKERS=1 (was 4), restarted", "set WORKERS back from 1 to 4"),
        ("scale cart-janitor replicas 1 -> 0", "set cart-janitor replicas back from 0 to 1"),
        ("privileges changed ['A', 'B'] to ['B']", "set privileges back from ['B'] to ['A', 'B']"),
        (
            "zone.hosts: 10.0.0.7 cart.shop → not set (before: a:4)",
            "put 10.0.0.7 cart.shop back into zone.hosts",
        ),
        (
            "cart.limits.files: not set → 256 (before: compose.yml:2)",
            "take cart.limits.files out again",
        ),
        (
            "The change 851d1955 (cart: no cache) touched compose.yml: a -> b",
            "revert 851d1955: cart: no cache",
        ),
        (
            "The change 851d1955 (cheaper) touched a.yaml: args: --heap=256 -> args: --heap=64",
            "revert 851d1955: --heap=256 → 64 (cheaper)",
        ),
        (
            "Sync operation to cdddac13e9 succeeded application=argocd/cart",
            "roll cart back to what ran before cdddac13e9",
        ),
        (
            "Running upgrade a71c09e2d5b4 -> d03f5b8e6c17, tidy it",
            "roll the migration back: Running upgrade a71c09e2d5b4 -> d03f5b8e6c17, tidy it",
        ),
        (
            "Mar  4 02:18:19 ops-1 CRON[7]: (ops) CMD (/opt/close >> /var/log/close.log 2>&1)",
            "stop that run: /opt/close",
        ),
        ("DROP INDEX carts_day", "take back: DROP INDEX carts_day"),
        ("$ psql -c 'drop index carts_day'", "take back: psql -c 'drop index carts_day'"),
        ("shop=# drop index carts_day;", "take back: drop index carts_day"),
        (
            "2026-03-04 10:15:00 dana@db-1 MariaDB [(none)]> SET GLOBAL read_only = ON;",
            "take back: SET GLOBAL read_only = ON",
        ),
        (
            '{"at": "2026-03-04T10:15:00Z", "bot": "ship", "event": "deploy_started", "id": 7,'
            ' "service": "cart", "from": "3.4.4", "to": "3.4.5", "by": "dana"}',
            "roll cart back from 3.4.5 to 3.4.4",
        ),
        (
            '{"at": "2026-03-04T10:15:03Z", "bot": "ship", "event": "deploy_finished",'
            ' "service": "cart", "version": "3.4.5", "health": "ok"}',
            "roll cart back to what ran before 3.4.5",
        ),
        (
            "[execution 12] [NORMAL] $ redis-cli config set maxmemory 5mb",
            "take back: redis-cli config set maxmemory 5mb",
        ),
        (
            "(/Stage[main]/Profile::Db/File[/etc/db.conf]/content) +max_sessions=8",
            "take back, in Puppet too, which sets it again: File[/etc/db.conf]: +max_sessions=8",
        ),
        (
            "rsync -rt cold/2026-11/ /srv/media/ -> 52 files, exit 0",
            "take back: rsync -rt cold/2026-11/ /srv/media/ -> 52 files, exit 0",
        ),
        ("##[group]Run zones-deploy", "take back: zones-deploy"),
        ("config `a9d30f1` -> prod by dana", "take back: config `a9d30f1` -> prod by dana"),
    ],
)
def test_a_change_is_undone_by_what_its_record_tells(record: str, undoing: str) -> None:
    words = WordedChange.of(REDACTOR.clean(record)).undoing(ROOM)
    assert words is not None
    assert words.text == undoing


@pytest.mark.parametrize(
    "record",
    [
        "rotated database password of role cart, version 7",
        "Started cart.service - the cart of the shop.",
        "LOG: database system is ready to accept connections",
        "Warning BackOff pod/cart-7 back-off restarting failed container",
    ],
)
def test_nobody_is_told_to_take_back_what_cannot_be(record: str) -> None:
    assert WordedChange.of(REDACTOR.clean(record)).undoing(ROOM) is None


def test_an_address_is_no_version() -> None:
    change = WordedChange.of(REDACTOR.clean('dns.cart: addresses = [ "10.0.0.7" -> "10.0.0.8" ]'))
    assert change.sort is ChangeSort.SETTING


def test_values_too_long_for_a_sentence_are_quoted_with_the_change() -> None:
    change = WordedChange.of(REDACTOR.clean(f"run.sh: {'a' * 80} → {'b' * 80} (before: run.sh:4)"))
    words = change.undoing(ROOM)
    assert words is not None
    assert words.text.startswith("take back: run.sh: aaa")


def test_the_change_is_shown_from_where_it_begins() -> None:
    change = WordedChange.of(REDACTOR.clean("prod | dana | cart 3.3.2 -> 3.4.0 (round up)"))
    assert change.summary(ROOM).text == "cart 3.3.2 -> 3.4.0 (round up)"


@given(st.text(max_size=300))
def test_anything_can_be_worded(text: str) -> None:
    change = WordedChange.of(REDACTOR.clean(text))
    assert len(change.summary(ROOM).text) <= ROOM
    change.undoing(ROOM)
