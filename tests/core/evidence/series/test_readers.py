from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING

import pytest

from core.errors import UnreadableEvidence
from core.evidence.model import PlainFile
from core.evidence.series.model import MAX_BYTES
from core.evidence.series.readers import read_series

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

TABLE = b"time,a\n" + b"".join(b"%d,%d\n" % (1_700_000_000 + n, n) for n in range(50))


def test_a_packed_file_reads_like_a_plain_one(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(TABLE)
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(TABLE))
    plain, packed = (read_series(PlainFile(tmp_path / name)) for name in ("a.csv", "a.csv.gz"))
    assert plain.series[0].values.tolist() == packed.series[0].values.tolist()
    assert (plain.points, plain.lines) == (packed.points, packed.lines) == (50, 51)


def test_what_is_no_format_is_a_named_error(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("a word of a person")
    with pytest.raises(UnreadableEvidence, match="no format of measurements"):
        read_series(PlainFile(tmp_path / "a"))


def test_more_than_a_document_may_be(tmp_path: Path) -> None:
    body = b'{"data":{"resultType":"matrix","result":[' + b" " * (MAX_BYTES + 1)
    (tmp_path / "a.json.gz").write_bytes(gzip.compress(body, 1))
    with pytest.raises(UnreadableEvidence, match="more than 64 MiB in one document"):
        read_series(PlainFile(tmp_path / "a.json.gz"))


def test_a_heading_of_very_many_columns_leaves_room_for_rows(tmp_path: Path) -> None:
    names = ",".join(f"column_{n}" for n in range(8_000))
    lines = [f"{1_700_000_000 + at}," + ",".join(["7"] * 8_000) for at in range(6)]
    (tmp_path / "wide.csv").write_text("\n".join([f"time,{names}", *lines, ""]))
    reading = read_series(PlainFile(tmp_path / "wide.csv"))
    assert reading.series[0].name == "column_0"
    assert reading.problem == "the first 2,000 of 8,000 series were read"


def test_several_answers_in_a_list_are_read_each_under_its_query(tmp_path: Path) -> None:
    named = {"metric": {"__name__": "up", "job": "shop"}, "values": [[1, "1"], [2, "0"]]}
    summed = {"metric": {"code": "200"}, "values": [[1, "3"], [2, "4"]]}
    path = tmp_path / "range.json"
    path.write_text(
        json.dumps([answer("up", named), answer("sum by (code) (rate(x[5m]))", summed)])
    )
    reading = read_series(PlainFile(path))
    assert [(each.name, each.labels) for each in reading.series] == [
        ("up", {"job": "shop"}),
        ("sum by (code) (rate(x[5m]))", {"code": "200"}),
    ]
    assert reading.points == 4
    summed_again = reading.series[1].span(0, 0)
    assert path.read_bytes()[summed_again.byte_start : summed_again.byte_end].startswith(
        b'[1, "3"]'
    )


def answer(query: str, *results: Mapping[str, object]) -> dict[str, object]:
    data = {"resultType": "matrix", "result": list(results)}
    return {"query": query, "status": "success", "data": data}


@pytest.mark.parametrize(
    ("padding", "problem"),
    [("", None), ("x" * 2_000, "no measurement in it stands in a form that is known")],
)
def test_a_long_document_without_a_point_is_said_to_be_unread(
    padding: str, problem: str | None, tmp_path: Path
) -> None:
    path = tmp_path / "range.json"
    path.write_text(json.dumps({"data": {"resultType": "matrix", "result": []}, "note": padding}))
    assert read_series(PlainFile(path)).problem == problem


@pytest.mark.parametrize("depth", [0, 1])
def test_answers_below_titles_are_read(tmp_path: Path, depth: int) -> None:
    summed = {"metric": {"code": "200"}, "values": [[1, "3"], [2, "4"]]}
    query = "sum by (code) (rate(x[5m]))"
    untitled = {key: value for key, value in answer("", summed).items() if key != "query"}
    document: dict[str, object] = {"requests": answer(query, summed), "errors": untitled}
    for _ in range(depth):
        document = {"gateway": document}
    path = tmp_path / "export.json"
    path.write_text(json.dumps(document))
    assert [each.name for each in read_series(PlainFile(path)).series] == [query, "errors"]
