"""Columns of Grafana's data frames, as its panel inspector and `/api/ds/query` give them.

`schema.fields` describe as many lists of `data.values`; the inspector's "DataFrame JSON" has the
values in the fields. Source: grafana-plugin-sdk-go, `data/frame_json.go`. A long frame has texts
beside its numbers, which are then those of the series that they name.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from core.evidence.series.json_documents import labels, listing, mapping
from core.evidence.series.json_rows import read_rows
from core.evidence.series.json_values import all_measured, time_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Column = tuple[str, str, dict[str, str], list[Any], list[Any]]  # name, unit, labels, times, values
_DISPLAYED = ("displayName", "displayNameFromDS")
_EXPRESSION = re.compile(r"Expr: (.{1,300}?)(?:\n|$)")
_UNNAMED = frozenset({"value", "Value", ""})


def frame_columns(item: Mapping[str, Any], asked: Mapping[str, str]) -> list[Column] | None:
    """The columns of numbers of a frame; None for what is no frame, or one without times.

    asked: the queries by the letter that frames call them by.
    """
    schema = mapping(item.get("schema")) or item
    fields = [mapping(field) for field in listing(schema.get("fields"))]
    columns = listing(mapping(item.get("data")).get("values")) if "schema" in item else None
    if columns is None:
        columns = [listing(field.get("values")) for field in fields]
    if not fields or len(fields) != len(columns) or not all("type" in field for field in fields):
        return None
    stamps = next(
        (values for field, values in zip(fields, columns, strict=True) if _is_time(field, values)),
        None,
    )
    if stamps is None:
        return None
    if any(field["type"] == "string" for field in fields):
        return list(_of_long(fields, columns))
    return [
        (*_described(field, schema, asked), stamps, values)
        for field, values in zip(fields, columns, strict=True)
        if field["type"] == "number" and len(values) == len(stamps) and all_measured(values)
    ]


def _is_time(field: Mapping[str, Any], values: object) -> bool:
    times = listing(values)
    return field.get("type") == "time" and all(time_in(time) is not None for time in times)


def _described(
    field: Mapping[str, Any], schema: Mapping[str, Any], asked: Mapping[str, str]
) -> tuple[str, str, dict[str, str]]:
    """Name, unit and labels of a field; one called `Value` is named after what was asked."""
    named = labels(field.get("labels"))
    shown = mapping(field.get("config"))
    name = named.pop("__name__", "") or str(field.get("name") or "")
    if name in _UNNAMED:
        displayed = (shown[key] for key in _DISPLAYED if shown.get(key) and not named)
        query = _query(schema) or asked.get(str(schema.get("refId")), "")
        name = query or str(next(displayed, "") or schema.get("name") or "")
    unit = shown.get("unit")
    return name, unit if isinstance(unit, str) and unit != "short" else "", named


def _query(schema: Mapping[str, Any]) -> str:
    """The query of a frame, as the plugins of Prometheus and Loki note it: `Expr: up`, `Step: 15s`.

    Each stands on a line of its own.
    """
    noted = _EXPRESSION.match(str(mapping(schema.get("meta")).get("executedQueryString") or ""))
    return noted[1].strip() if noted else ""


def _of_long(fields: list[dict[str, Any]], columns: list[Any]) -> Iterator[Column]:
    names = [str(field.get("name") or at) for at, field in enumerate(fields)]
    time = next(name for name, field in zip(names, fields, strict=True) if field["type"] == "time")
    renamed = ["time" if name == time else name for name in names]
    lists = [listing(column) for column in columns]
    rows = [dict(zip(renamed, cells, strict=True)) for cells in zip(*lists, strict=False)]
    read = read_rows(rows)
    for column in read.columns if read else ():
        stamps = [read.stamps[at] for at in column.at] if read else []
        yield column.quantity, "", dict(column.labels), stamps, list(column.values)
