from __future__ import annotations

import re

from core.evidence.logs.fields import find_fields, read_words
from core.evidence.logs.levels import read_level
from core.evidence.model import Level

JSON = (
    '{"@timestamp":"2026-11-17T02:41:07Z","log.level":"WARN",'
    '"message":"a \\"b\\" c","service.name":"api"}'
)
LOGFMT = 'time=2026-11-17T02:41:07Z lvl=warn msg="a \\"b\\" c" app=api'


def test_fields_of_json_lines() -> None:
    patterns = find_fields([JSON] * 5)
    assert patterns is not None
    values = [
        match[1]
        for pattern in (patterns.time, patterns.level, patterns.service, patterns.message)
        if (match := re.search(pattern, JSON))
    ]
    assert values == ["2026-11-17T02:41:07Z", "WARN", "api", r"a \"b\" c"]


def test_fields_of_logfmt() -> None:
    patterns = find_fields([LOGFMT] * 5)
    assert patterns is not None
    match = re.search(patterns.level, LOGFMT)
    assert match is not None
    assert match[1] == "warn"


def test_nested_fields_are_found() -> None:
    line = '{"t":{"$date":"2026-11-17T02:41:07Z"},"s":"E","msg":"down"}'
    patterns = find_fields([line] * 5)
    assert patterns is not None
    assert re.search(patterns.time, line)


def test_a_rare_error_field_is_found() -> None:
    lines = ['{"level":"info","msg":"fine"}'] * 50 + ['{"level":"error","msg":"x","err":"refused"}']
    patterns = find_fields(lines)
    assert patterns is not None
    assert re.search(patterns.error, lines[-1])


def test_other_lines_have_no_fields() -> None:
    assert find_fields(["plain words", "more words"]) is None
    assert find_fields(['{"a":1}', '{"b":2}']) is None
    assert find_fields(["{ broken json", "{"]) is None


def test_words_of_a_line() -> None:
    assert read_words(JSON) == 'a "b" c'
    assert read_words(LOGFMT) == 'a "b" c'
    assert read_words("plain words") == ""


DRAWN = "4f1c9d02ab77"  # pragma: allowlist secret


def test_a_container_is_a_service_where_it_has_a_name() -> None:
    named = '{"ts":"2026-11-17T02:41:07Z","container":"orders","msg":"out"}'
    drawn = f'{{"ts":"2026-11-17T02:41:07Z","container":"{DRAWN}","msg":"out","app":"shop"}}'
    for line, service in ((named, "orders"), (drawn, "shop")):
        patterns = find_fields([line] * 5)
        assert patterns is not None
        match = re.search(patterns.service, line)
        assert match is not None
        assert match[1] == service


def test_levels_without_a_name_are_as_serious_as_the_one_below() -> None:
    for number, level in ((5, Level.DEBUG), (15, Level.DEBUG), (25, Level.INFO), (60, Level.FATAL)):
        assert read_level(f"Level {number}") is level
    assert read_level("Level of lamps") is None


def test_an_interface_of_a_cloud_is_no_service_of_ours() -> None:
    audited = '{"serviceName":"compute.googleapis.com","message":"v1.firewalls.patch"}'
    patterns = find_fields([audited] * 4)
    assert patterns is not None
    assert not patterns.service
