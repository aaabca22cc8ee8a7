"""Who calls whom by settings, by lines that a signature knows, and under which name."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from core.evidence.model import DataType, Finding, FindingKind, Level, Locus
from core.investigation.told_calls import configured_calls, with_calls_told
from core.text.redacted import redacted
from tests.core.investigation.sample_situations import LogLines, a_file, a_log, a_situation

if TYPE_CHECKING:
    from core.evidence.model import EvidenceFile
    from core.investigation.decision import Situation

pytestmark = pytest.mark.unit

ADDRESSES = {"stock-1": "stock", "10.0.0.7:5432": "shop-db"}
KNOWN = {"orders": "orders", "shopdb": "shop-db"}


def settings(
    name: str, service: str | None, values: dict[str, str]
) -> tuple[EvidenceFile, tuple[Finding, ...]]:
    file = replace(a_file(name, service, first=None, last=None, lines=9), data_type=DataType.CONFIG)
    finding = Finding(
        kind=FindingKind.SETTINGS,
        level=Level.INFO,
        text=redacted("settings"),
        locus=Locus(file=name, line_start=1, line_end=9),
        count=len(values),
        data={key: f"{n} 0 9 {value}" for n, (key, value) in enumerate(values.items(), 1)},
    )
    return file, (finding,)


def calls(situation: Situation) -> set[tuple[str, str]]:
    return set(configured_calls(replace(situation, addresses=ADDRESSES), KNOWN))


@pytest.mark.parametrize(
    ("key", "value", "callee"),
    [
        ("STOCK_URL", "http://stock-1:7003", "stock"),
        ("db.host", "shop-db", "shop-db"),
        ("dsn", "postgres://web:s3cret@10.0.0.7:5432/shop", "shop-db"),  # pragma: allowlist secret
        ("upstreams", "orders:8080, orders:8081", "orders"),
    ],
)
def test_a_setting_names_who_is_called(key: str, value: str, callee: str) -> None:
    assert calls(a_situation(settings("web.env", "web", {key: value}))) == {("web", callee)}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("LISTEN", "0.0.0.0:8080"),
        ("name", "orders"),  # a word alone, and nothing says that it is a host
        ("cache", "http://localhost:9000"),
        ("docs", "https://wiki.firm.example/orders"),
        ("groups[a].rules[Slow].labels.server", "orders"),  # rules watch, and call nobody
    ],
)
def test_other_settings_name_nobody(key: str, value: str) -> None:
    assert calls(a_situation(settings("web.env", "web", {key: value}))) == set()


def test_a_partner_is_called_where_a_log_speaks_of_it() -> None:
    url = {"registry": "http://api.registry.example"}
    log = a_log("permits", LogLines(text="no answer from api.registry.example"))
    assert calls(a_situation(settings("permits.json", "permits", url), log)) == {
        ("permits", "api.registry.example")
    }


def test_a_file_in_the_folder_of_a_host_is_of_the_service_there() -> None:
    file = settings("stock-1/config.json", None, {"db.host": "shop-db"})
    assert calls(a_situation(file)) == {("stock", "shop-db")}


def test_lines_of_known_failures_tell_of_calls_under_the_name_of_who_is_there() -> None:
    line = LogLines(text="upstream error upstream=stock-1 status=500: connection refused")
    situation = replace(a_situation(a_log("web", line)), addresses=ADDRESSES)
    assert [each.kind for each in situation.findings["file_web_web.log"]] == [FindingKind.SIGNAL]
    assert with_calls_told(situation).calls_told == (("web", "stock"),)


def test_who_waits_for_the_work_of_another_depends_on_it_whatever_the_topology_says() -> None:
    """Through a queue, of which a topology tells nothing."""
    waits = LogLines(text="label not ready within 4s", count=9)
    other = LogLines(text="database not ready", count=9)
    queued = (("booking", "queue"), ("label-worker", "queue"), ("booking", "shop-db"))
    known = a_situation(a_log("booking", waits, other), a_log("label-worker"), calls=queued)
    calls = with_calls_told(replace(known, addresses={"label": "label-worker"})).calls_told
    assert calls == (("booking", "label-worker"),)


@pytest.mark.parametrize(
    ("text", "callee"),
    [
        ("stock refused reservation", "stock"),
        ("stock request failed: 504", "stock"),
        ("stock rejected by us", None),
        ("stock denied for this account", None),
    ],
)
def test_who_refuses_what_a_service_wants_is_called_by_it(text: str, callee: str | None) -> None:
    failing = LogLines(text=text, level=Level.ERROR, count=9)
    known = a_situation(a_log("web", failing), a_log("stock"))
    assert with_calls_told(known).calls_told == ((("web", callee),) if callee else ())
