from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.evidence.detection.json_exports import find_export
from core.evidence.extractor import Head
from core.evidence.model import DataType
from tests.core.evidence.collection import exports


@pytest.mark.parametrize("kind", ["trace", "metric", "log", "code"])
def test_known_systems_are_told_whatever_the_layout(kind: str) -> None:
    for name, text in exports.files()[kind].items():
        assert isinstance(text, str)
        document = json.loads(text)
        for written in (json.dumps(document), json.dumps(document, indent=4), f"\ufeff{text}"):
            export = find_export(Head(written.encode()))
            assert export is not None, name
            assert export.data_type == kind, name
            assert export.reason.startswith("it "), name


def test_records_with_ids_of_spans_are_a_log_and_spans_are_none() -> None:
    line = '{"time":"2026-11-17T02:00:00Z","msg":"up","traceId":"ab","spanId":"cd"}\n'
    export = find_export(Head(line.encode() * 3))
    assert export is not None
    assert (export.data_type, export.flat) == (DataType.LOG, True)


def test_a_document_of_settings_is_one_whatever_it_mentions() -> None:
    for text in (
        '{"tracing": {"traceId": true}, "time": "5s", "message": "hello"}',
        '{"apiVersion": "v1", "items": [{"kind": "Pod", "spec": {"level": 3}}]}',
        '{"spans": 3, "metrics": {"interval": 15}}',
    ):
        export = find_export(Head(text.encode()))
        assert export is not None
        assert export.data_type is DataType.CONFIG, text


@pytest.mark.parametrize(
    "text", ["", "words", "{not: json}", "[section]\nname = 1\n", "{{ chart }}"]
)
def test_what_is_no_json_is_no_export(text: str) -> None:
    assert find_export(Head(text.encode())) is None


@settings(deadline=None, max_examples=60)
@given(st.text(st.sampled_from('[]{}":,1a \n'), max_size=60))
def test_any_text_is_judged(text: str) -> None:
    export = find_export(Head(f"[{text}".encode()))
    assert export is None or 0 < export.confidence <= 1
