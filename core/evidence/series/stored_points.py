"""Reads points as time-series databases take and give them: a line or a JSON row each.

Lines: Graphite's plaintext protocol (`path value time`, with tags or without) and what its render
API gives as `raw` and `csv`, InfluxDB's line protocol, OpenTSDB's `put`. JSON: Graphite's render
API, OpenTSDB's `/api/query` and `/api/put`, Datadog's query API, InfluxDB's `/query`. Sources: the
documentation of these products.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from core.errors import UnreadableEvidence
from core.evidence.series.json_documents import (
    DocumentPart,
    labels,
    listing,
    load,
    mapping,
    number,
    seconds,
)
from core.evidence.series.points import Point, Points, make_reading, scaled, time_of
from core.evidence.series.prometheus import find_lines
from core.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.evidence.series.model import SeriesReading

say = sentences("evidence.series_reading")

_NUMBER = r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]{1,3})?"
_GRAPHITE = re.compile(
    rf"([A-Za-z_][\w:%/@+-]*(?:\.[\w:%/@+-]+)+(?:;[\w.-]+=[^;\s]*)*) +({_NUMBER}|nan|NaN)"
    r" +([0-9]{9,10})(?:\.[0-9]*)?\s*"
)
_GRAPHITE_RAW = re.compile(
    rf"(\S.{{0,2000}}),([0-9]{{9,10}}),([0-9]{{9,10}}),([0-9]{{1,8}})"
    rf"\|((?:{_NUMBER}|None|nan)(?:,(?:{_NUMBER}|None|nan))*+)\s*"
)
# Of paths and functions: a name in the first cell of other tables has neither dots nor brackets.
_GRAPHITE_CSV = re.compile(
    r"(?:\"([^\"]*(?:\"\"[^\"]*)*)\"|([A-Za-z_][^,\s\".(]*[.(][^,\"]*))"
    rf",([0-9]{{4}}-[01][0-9]-[0-3][0-9] [0-9:]{{8}}),({_NUMBER})?\s*"
)
_PUT = re.compile(rf"put ([\w./-]+) ([0-9]{{9,13}}) ({_NUMBER})((?: [\w./-]+=[\w./-]+)+)\s*")
_TEXT = r'"(?:[^"\\]|\\.)*"'
_KEY = r"(?:[^,= \\]|\\.)+"
_FIELD = rf"{_KEY}=(?:{_TEXT}|[^\s,\"]+)"
_INFLUX = re.compile(
    rf"((?:[^, =\\#]|\\.)(?:[^, =\\]|\\.)*)((?:,{_KEY}={_KEY})*) ({_FIELD}(?:,{_FIELD})*)"
    r" ([0-9]{10,19})\s*"
)
# A point of `k6 run --out json`, whichever of its fields comes first.
_K6 = re.compile(
    r'\{(?:"metric":"[^"]{1,200}","type":"Point"|"type":"Point","metric":"[^"]{1,200}")'
    r',"data":\{"time":".{1,8000}'
)
_K6_DECLARES = '{"type":"Metric"'
_K6_TAGS = ("scenario", "group", "method", "name", "status")
_FIELDS = re.compile(rf"({_KEY})=({_TEXT}|[^\s,\"]+)")
_TAGS = re.compile(rf"({_KEY})=({_KEY})")
_FIELD_VALUE = re.compile(rf"({_NUMBER})[iu]?")
_TRUTHS = {"t": 1.0, "true": 1.0, "f": 0.0, "false": 0.0}
_ESCAPED = re.compile(r"\\(.)")
_DOCUMENTS = tuple(
    (re.compile(pattern), re.compile(mark))
    for pattern, mark in (
        (r'"target"\s*:[\s\S]{0,2000}"datapoints"\s*:\s*\[', rb"\[\s*(?:[\d.eE+-]+|null)\s*,"),
        (r'"metric"\s*:[\s\S]{0,2000}"dps"\s*:\s*[{\[]', rb'"\d{9,13}"\s*:|\[\s*\d{9,13}\s*,'),
        (r'"pointlist"\s*:\s*\[', rb"\[\s*\d{12,13}(?:\.\d+)?\s*,"),
        (
            r'^\s*\{\s*"results"\s*:[\s\S]{0,2000}"columns"\s*:\s*\[\s*"time"',
            rb'\[\s*(?:\d|"\d{4}-)',
        ),
        (
            r'^\s*\[\s*\{(?=[^{}]{0,500}"metric"\s*:)(?=[^{}]{0,500}"value"\s*:)'
            r'(?=[^{}]{0,500}"timestamp"\s*:\s*\d{9,13}\b)',
            rb'"metric"\s*:',
        ),
    )
)


def line_share(lines: list[str]) -> float:
    """The share of lines, but remarks, that are points of one of the line formats."""
    rows = [line for line in lines if not line.startswith(("#", _K6_DECLARES))]
    for pattern in (_K6, _GRAPHITE_RAW, _GRAPHITE_CSV, _GRAPHITE, _PUT, _INFLUX):
        if rows and pattern.fullmatch(rows[0]):
            return sum(pattern.fullmatch(line) is not None for line in rows) / len(rows)
    return 0.0


def is_document(start: str) -> bool:
    """Whether a JSON document that begins like this is one of those that are read here."""
    return any(pattern.search(start) for pattern, _ in _DOCUMENTS)


def read_lines(raw: bytes) -> SeriesReading:
    """Read a point a line. Lines that are none are counted; texts are no measurements."""
    points, unread, texts = Points(), 0, 0
    lines = raw.decode("utf-8", errors="replace").split("\n")
    for place, line in enumerate(lines):
        of_line = list(_points_of_line(line))
        unread += not of_line and bool(line.strip()) and not line.startswith(("#", _K6_DECLARES))
        for point in of_line:
            texts += point is None
            if point is not None:
                points.add(point, place)
    problems = (
        say.raw("lines_without_point", n=unread) if unread else None,
        say.raw("texts_without_figures", n=texts) if texts else None,
    )
    return make_reading(points, find_lines(raw), raw, list(filter(None, problems)))


def _points_of_line(line: str) -> Iterator[Point | None]:
    """Each of its points; None for a field that holds text."""
    if _K6.fullmatch(line):
        yield from _point_of_k6(line)
    elif match := _GRAPHITE.fullmatch(line):
        path, *tags = match[1].split(";")
        yield path, dict(_pair(tag) for tag in tags), float(match[3]), float(match[2])
    elif match := _GRAPHITE_RAW.fullmatch(line):
        yield from _points_of_raw(match)
    elif match := _GRAPHITE_CSV.fullmatch(line):
        name = match[2] or match[1].replace('""', '"')
        yield name, {}, seconds(match[3]), number(match[4])
    elif match := _PUT.fullmatch(line):
        tagged = dict(_pair(tag) for tag in match[4].split())
        yield match[1], tagged, scaled(match[2]), float(match[3])
    elif match := _INFLUX.fullmatch(line):
        tagged = {_plain(key): _plain(value) for key, value in _TAGS.findall(match[2])}
        for key, text in _FIELDS.findall(match[3]):
            value = _field_value(text)
            name = f"{_plain(match[1])}_{_plain(key)}"
            yield None if value is None else (name, tagged, scaled(match[4]), value)


def _points_of_raw(match: re.Match[str]) -> Iterator[Point]:
    """Of a target with all its values, a step apart; None where it has none."""
    start, step = int(match[2]), int(match[4])
    for at, text in enumerate(match[5].split(",")):
        yield match[1], {}, float(start + at * step), number(text)


def _point_of_k6(line: str) -> Iterator[Point]:
    """Of `k6 run --out json`; its tags without those that say the same in each line."""
    try:
        row = mapping(load(line.encode()))
    except UnreadableEvidence:
        return
    point = mapping(row.get("data"))
    tags = {name: str(point_tag) for name, point_tag in mapping(point.get("tags")).items()}
    kept = {name: tags[name] for name in _K6_TAGS if tags.get(name)}
    yield str(row.get("metric", "")), kept, seconds(point.get("time")), number(point.get("value"))


def _pair(tag: str) -> tuple[str, str]:
    key, _, value = tag.partition("=")
    return key, value


def _plain(text: str) -> str:
    return _ESCAPED.sub(r"\1", text.removeprefix(","))


def _field_value(text: str) -> float | None:
    if match := _FIELD_VALUE.fullmatch(text):
        return float(match[1])
    return _TRUTHS.get(text.lower())


def read_document(raw: bytes) -> SeriesReading:
    """Read one JSON document. Raises UnreadableEvidence where it is damaged or holds no series."""
    document, points = load(raw), Points()
    for place, point in _points_of_document(document):
        points.add(point, place)
    start = raw[:8_000].decode("utf-8", errors="replace")
    mark = next((mark for pattern, mark in _DOCUMENTS if pattern.search(start)), re.compile(b"$^"))
    return make_reading(points, DocumentPart(raw, 0, len(raw), mark), raw, [])


def _points_of_document(document: object) -> Iterator[tuple[int, Point]]:
    """Each point with the number of its row in the document."""
    place = 0
    for member in _members(document):
        name, named = _name(member), _labels(member)
        for time, value in _rows(member):
            yield place, (name, named, time, value)
            place += 1
        columns = [str(column) for column in listing(member.get("columns"))]
        for row in listing(member.get("values")) if columns else []:
            cells = dict(zip(columns, listing(row), strict=False))
            at = time_of(cells.pop("time", None))
            for column, value in cells.items():
                yield place, (f"{name}_{column}", named, at, number(value))
            place += 1


def _members(document: object) -> list[dict[str, Any]]:
    if isinstance(document, list):
        return [mapping(each) for each in document]
    holder = mapping(document)
    groups = [holder, *map(mapping, listing(holder.get("results")))]
    members = [mapping(each) for group in groups for each in listing(group.get("series"))]
    return members or [holder]


def _name(member: dict[str, Any]) -> str:
    return str(member.get("metric") or member.get("target") or member.get("name") or "")


def _labels(member: dict[str, Any]) -> dict[str, str]:
    """Its tags; Datadog writes them as `service:checkout,env:prod`."""
    named = labels(member.get("tags"))
    named.pop("name", None)  # Graphite repeats the target
    scope = member.get("scope")
    pairs = (each.partition(":") for each in scope.split(",")) if isinstance(scope, str) else ()
    return named | {key: value for key, mark, value in pairs if mark}


def _rows(member: dict[str, Any]) -> Iterator[tuple[float, float]]:
    dps = member.get("dps")
    pairs = list(dps.items()) if isinstance(dps, dict) else listing(dps)
    pairs += listing(member.get("pointlist"))
    pairs += [listing(row)[::-1] for row in listing(member.get("datapoints"))]
    if "timestamp" in member:
        pairs.append((member["timestamp"], member.get("value")))
    for pair in pairs:
        if isinstance(pair, list | tuple) and len(pair) == 2:  # noqa: PLR2004 - a pair
            yield time_of(pair[0]), number(pair[1])
