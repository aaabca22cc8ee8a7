from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import UnreadableEvidence
from core.evidence.model import DataType, FindingKind, PlainFile
from core.evidence.pipeline import extract, service_from_name
from core.redaction.engine import Redactor

if TYPE_CHECKING:
    from pathlib import Path

    from core.evidence.model import Extraction

LOG = "".join(f"2026-11-17T02:{n:02}:07Z INFO api: request {n} served\n" for n in range(30))


def found_in(
    path: Path, raw: bytes, *, name: str = "file", service: str | None = None
) -> Extraction:
    path.write_bytes(raw)
    return extract(PlainFile(path), name=name, service=service, redactor=Redactor(b"key"))


def test_a_log_is_read_as_one_packed_or_not(tmp_path: Path) -> None:
    plain = found_in(tmp_path / "a", LOG.encode(), name="checkout.log")
    packed = found_in(tmp_path / "b", gzip.compress(LOG.encode()), name="checkout.log")
    assert (plain.data_type, plain.extractor, plain.service) == (DataType.LOG, "log", "checkout")
    assert packed == plain


def test_whose_file_it_is_may_be_said(tmp_path: Path) -> None:
    extraction = found_in(tmp_path / "a", LOG.encode(), name="checkout.log", service="pay")
    assert extraction.service == "pay"
    assert {finding.service for finding in extraction.findings} == {"pay"}


@pytest.mark.parametrize(
    ("raw", "problem"),
    [(b"", "empty"), (b"8BPS\0\1\0\0", "pictures"), (b"PK\x03\x04zip", "archives")],
)
def test_what_is_not_read_says_why(tmp_path: Path, raw: bytes, problem: str) -> None:
    extraction = found_in(tmp_path / "a", raw)
    assert extraction.findings == ()
    assert problem in (extraction.problem or "")


def test_what_was_not_read_is_told(tmp_path: Path) -> None:
    cut = found_in(tmp_path / "a", gzip.compress(LOG.encode())[:-30], name="checkout.log.gz")
    assert cut.data_type is DataType.LOG
    assert "ends too early" in (cut.problem or "")
    with pytest.raises(UnreadableEvidence, match="nothing in it is surely right"):
        found_in(tmp_path / "b", b"\x1f\x8b\x08" + b"nonsense", name="checkout.log.gz")
    assert found_in(tmp_path / "c", LOG.encode()).problem is None


def test_it_says_why_it_is_what_it_is(tmp_path: Path) -> None:
    assert found_in(tmp_path / "a", LOG.encode()).reason == "its lines tell the time"
    assert found_in(tmp_path / "b", b"").reason == "it has nothing in it"


def test_a_broken_document_is_unreadable(tmp_path: Path) -> None:
    with pytest.raises(UnreadableEvidence, match="cut off"):
        found_in(tmp_path / "a", b'{"data":{"resultType":"matrix","result":[{"metric":')
    with pytest.raises(UnreadableEvidence, match="topology"):
        found_in(tmp_path / "a", b'{"calls": [["only one"]]}')


def test_names_of_files_are_redacted_too(tmp_path: Path) -> None:
    extraction = found_in(tmp_path / "a", LOG.encode(), name="log of dana@example.com.log")
    assert "dana@" not in extraction.findings[0].locus.file


@pytest.mark.parametrize(
    ("name", "service"),
    [
        ("checkout.log", "checkout"),
        ("checkout-api.log.gz", "checkout-api"),
        ("checkout.log.zst", "checkout"),
        ("checkout-2026-11-17.log", "checkout"),
        ("logs/checkout/app.log", "checkout"),
        ("db_errors.txt", "db"),
        ("db1_slow.log", "db1"),
        ("portal_access.log", "portal"),
        ("02_panels (export).csv", None),
        ("processlist.txt", None),
        ("hub-redis/redis-server.log", "hub-redis"),
        ("postgresql.log", "postgresql"),
        ("deploys/deploys.log", None),
        ("app.log", None),
        ("ops/ansible.log", "ops"),
        ("edge-2/varnishncsa.log", "edge-2"),
        ("recall/cron.log", "recall"),
        ("syslog", None),
        ("access.log.1", None),
        ("pasted.txt", None),
        ("2026-11-17.log", None),
        ("checkout (1).log", "checkout"),
        ("checkout copy.log", "checkout"),
        ("mosquitto.log-today.txt", "mosquitto"),
        ("checkout last 10 min.log", "checkout"),
        ("Pasted text 2026-11-26.txt", None),
        ("message (1).txt", None),
        ("shop-cache1__home_ops_.bash_history", "shop-cache1"),
        ("app-2__var_log_syslog", "app-2"),
        ("app-2__var_log_checkout.log", "checkout"),
        ("history.log (app-2)", "app-2"),
        ("ops-2/dana_bash_history", "ops-2"),
    ],
)
def test_services_named_by_files(name: str, service: str | None) -> None:
    assert service_from_name(name) == service


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=80
)
@given(
    raw=st.one_of(
        st.binary(max_size=2000),
        st.text(max_size=600).map(str.encode),
        st.lists(
            st.sampled_from(
                [
                    "2026-11-17T02:41:07Z ERROR pool: no connection",
                    '{"time":"2026-11-17T02:41:07Z","level":"error","msg":"x"}',
                    "\tat a.B.c(B.java:1)",
                    "Traceback (most recent call last):",
                    "\ud800".encode("utf-8", "replace").decode(),
                    "goroutine 1 [running]:",
                    "password=hunter2",
                    '{"calls":[',
                    "",
                ]
            ),
            max_size=40,
        ).map(lambda lines: "\n".join(lines).encode()),
    ),
    name=st.sampled_from(["a.log", "b.json", "c", "d.csv", "e.gz"]),
)
def test_nothing_but_a_known_error_comes_out(tmp_path: Path, raw: bytes, name: str) -> None:
    try:
        extraction = found_in(tmp_path / "a", raw, name=name)
    except UnreadableEvidence:
        return
    assert len(extraction.findings) <= 400
    for finding in extraction.findings:
        assert "hunter2" not in finding.text.text
        assert 1 <= finding.locus.line_start <= finding.locus.line_end <= max(1, extraction.lines)


def test_findings_survive_a_process_boundary(tmp_path: Path) -> None:
    from pydantic import TypeAdapter  # noqa: PLC0415

    from core.evidence.model import Extraction  # noqa: PLC0415

    extraction = found_in(
        tmp_path / "a", LOG.encode() + b"2026-11-17T03:00:00Z ERROR api: broken\n"
    )
    adapter = TypeAdapter(Extraction)
    assert adapter.validate_json(adapter.dump_json(extraction)) == extraction
    assert (
        json.loads(adapter.dump_json(extraction))["findings"][0]["kind"] == FindingKind.FIRST_ERROR
    )


def test_a_table_with_damaged_rows_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    rows = [f"2026-11-20T10:{n // 60:02}:{n % 60:02}Z,{n},x" for n in range(500)]
    table = "\n".join(["time,a,b", *rows, *['"unclosed,,,,,,,'] * 100]) + "\n"
    extraction = found_in(tmp_path / "a", table.encode(), name="table.csv")
    assert (extraction.extractor, extraction.events) == ("metric", 500)
    assert "100 lines of the table" in (extraction.problem or "")


def test_names_and_values_beside_the_text_are_redacted(tmp_path: Path) -> None:
    token = "ghp_" + "aB3dE5gH7jK9" * 3
    rows = [
        {"ts": f"2026-11-17T02:00:{second:02}Z", "level": "error", "service": token, "msg": "late"}
        for second in range(30)
    ]
    raw = "".join(f"{json.dumps(row)}\n" for row in rows).encode()
    for service in (None, token):
        extraction = found_in(tmp_path / "app.log", raw, name="app.log", service=service)
        assert extraction.findings
        assert token not in repr(extraction)


def test_of_an_audit_of_flags_the_events_are_told_and_not_their_values_alone(
    tmp_path: Path,
) -> None:
    path = tmp_path / "audit.json"
    event = '{"at": "2026-11-25T22:32:19Z", "flag": "per-stop-eta", "from": "off", "to": "on"}'
    path.write_text(f'{{"project": "skiphaul", "events": [\n{event}\n]}}\n')
    extraction = extract(
        PlainFile(path), name="audit.json", service=None, redactor=Redactor(b"key")
    )
    changes = [each for each in extraction.findings if each.kind is FindingKind.CHANGE]
    assert [each.text.text[:6] for each in changes] == ['{"at":']


def test_of_a_merge_request_the_settings_are_told_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "mr.json"
    hunk = "@@ -1,2 +1,2 @@\n pool:\n-  size: 40\n+  size: 4"
    rest = {f"field_{number}": number for number in range(20)}
    document = {
        "title": "Release of orders",
        "merged_at": "2026-11-25T22:32:19Z",
        **rest,
        "diffs": [{"new_path": "orders.yaml", "diff": hunk}],
    }
    path.write_text(json.dumps(document, indent=1))
    extraction = extract(PlainFile(path), name="mr.json", service=None, redactor=Redactor(b"key"))
    texts = [each.text.text for each in extraction.findings if each.kind is FindingKind.CHANGE]
    assert any(text.startswith("pool.size: 40 → 4") for text in texts)
