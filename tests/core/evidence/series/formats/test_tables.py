from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import UnreadableEvidence
from core.evidence.series.tables import read, split_heading, table_confidence

WRITTEN = datetime(2026, 11, 20, tzinfo=UTC)
START = datetime(2026, 11, 17, 2, 0, tzinfo=UTC)


def table(form: str, *, separator: str = ",", rows: int = 6) -> str:
    """A heading and rows; `form` is strftime's, or a number by which seconds are multiplied."""
    lines = [separator.join(("time", "pool", "queue"))]
    for n in range(rows):
        at = START + timedelta(minutes=n)
        written = at.strftime(form) if "%" in form else f"{int(at.timestamp() * float(form))}"
        lines.append(separator.join((written, str(n), str(10 * n))))
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize(
    "form",
    [
        "%Y-%m-%dT%H:%M:%SZ",
        "%Y-%m-%dT%H:%M:%S.000+00:00",
        "%Y-%m-%d %H:%M:%S",
        "%Y-%m-%d %H:%M",
        "%m/%d/%Y %H:%M",
        "%d.%m.%Y %H:%M:%S",
        "%d/%b/%Y:%H:%M:%S +0000",
        "1",
        "1000",
        "1000000",
        "1000000000",
    ],
)
def test_times_in_any_common_form(form: str) -> None:
    pool, queue = read(table(form).encode(), written=WRITTEN).series
    assert pool.times.tolist() == [START.timestamp() + 60 * n for n in range(6)]
    assert (pool.name, queue.name) == ("pool", "queue")
    assert queue.values.tolist() == [0.0, 10.0, 20.0, 30.0, 40.0, 50.0]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_separators_and_line_ends(separator: str, newline: str) -> None:
    text = "\ufeff" + table("%Y-%m-%dT%H:%M:%SZ", separator=separator).replace("\n", newline)
    raw = text.encode()
    pool, _ = read(raw, written=WRITTEN).series
    assert pool.values.tolist() == [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]
    span = pool.span(2, 3)
    assert raw[span.byte_start : span.byte_end].decode().startswith("2026-11-17T02:02:00Z")
    assert (span.line_start, span.line_end) == (4, 5)


def test_remarks_and_blank_lines_do_not_move_the_places() -> None:
    raw = ("# exported\n" + table("1").replace("\n", "\n\n", 3)).encode()
    pool, _ = read(raw, written=WRITTEN).series
    for at in range(6):
        span = pool.span(at, at)
        line = raw[span.byte_start : span.byte_end].decode()
        assert line.startswith(f"{int(pool.times[at])},{at},")
        assert raw.decode().splitlines()[span.line_start - 1] == line.rstrip("\n")


def test_long_form_has_a_series_for_each_combination() -> None:
    rows = "".join(
        f"{START + timedelta(minutes=n):%Y-%m-%dT%H:%M:%SZ},{name},{host},{n}\n"
        for n in range(10)
        for name in ("cpu", "mem")
        for host in ("a", "b")
    )
    read_series = read(f"time,metric,host,value\n{rows}".encode(), written=WRITTEN).series
    assert sorted((series.name, dict(series.labels)["host"]) for series in read_series) == [
        ("cpu", "a"),
        ("cpu", "b"),
        ("mem", "a"),
        ("mem", "b"),
    ]
    assert all(len(series.times) == 10 for series in read_series)


def test_an_export_of_a_dashboard() -> None:
    """Constructed from Grafana's documentation, "Panel inspect": series joined by time."""
    text = '"Time","{pod=""api-1""}","in_use{service=""db""}"\n' + "".join(
        f"2026-11-17 02:{n:02}:00,{n} %,{n}\n" for n in range(5)
    )
    pod, used = read(text.encode(), written=WRITTEN).series
    assert (pod.name, dict(pod.labels)) == ("", {"pod": "api-1"})
    assert (used.name, used.service) == ("in_use", "db")
    assert pod.values.tolist() == [0.0, 1.0, 2.0, 3.0, 4.0]


def test_decimal_commas_and_a_date_beside_a_clock() -> None:
    text = "date;time;load\n" + "".join(f"2026-11-17;02:0{n}:00;{n},5\n" for n in range(5))
    (load,) = read(text.encode(), written=WRITTEN).series
    assert load.values.tolist() == [0.5, 1.5, 2.5, 3.5, 4.5]
    assert load.times[0] == START.timestamp()


def test_decimal_commas_outnumber_what_separates() -> None:
    text = "time;a;b;c\n" + "".join(f"{1_700_000_000 + n};{n},5;1,5;2,5\n" for n in range(30))
    read_series = read(text.encode(), written=WRITTEN).series
    assert [series.name for series in read_series] == ["a", "b", "c"]
    assert read_series[0].values.tolist()[:2] == [0.5, 1.5]


def test_what_is_missing_and_what_is_no_number() -> None:
    text = "time,a\n1700000000,1\n1700000001,\n1700000002,NaN\n,5\n1700000003,oops\n1700000004,2\n"
    (series,) = read(text.encode(), written=WRITTEN).series
    assert series.values.tolist() == [1.0, 2.0]
    assert series.missing == 3


def test_times_in_disorder_twice_from_1970_and_from_2999() -> None:
    text = "time,a\n32472144000,4\n0,1\n60,2\n60,3\n"
    (series,) = read(text.encode(), written=WRITTEN).series
    assert series.values.tolist() == [1.0, 3.0, 4.0]


def test_ten_thousand_columns_are_bounded() -> None:
    heading = ",".join(["time", *(f"metric_{n}" for n in range(10_000))])
    rows = "".join(f"{1_700_000_000 + n}" + ",1" * 10_000 + "\n" for n in range(4))
    reading = read(f"{heading}\n{rows}".encode(), written=WRITTEN)
    assert len(reading.series) == 2_000
    assert reading.problem == "the first 2,000 of 10,000 series were read"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("one line", "no separator in common"),
        ("name,age\nann,3\nbob,4\n", "without a column of times"),
        ("n,a\n1,5\n2,6\n3,7\n", "without a column of times"),
    ],
)
def test_what_is_no_table_of_measurements_is_a_named_error(text: str, why: str) -> None:
    with pytest.raises(UnreadableEvidence, match=why):
        read(text.encode(), written=WRITTEN)


@pytest.mark.parametrize(
    "text",
    [
        "time,level,message\n1700000000,INFO,started\n1700000001,INFO,ready now\n",
        "trace_id,span_id,start,duration\nab,cd,1700000000,5\nef,ab,1700000001,7\n",
        "id,name,amount\n1,ann,5\n2,bob,6\n",
        "Dear all, it broke at two,\nand nobody noticed, sadly,\n",
    ],
)
def test_tables_of_other_things_do_not_resemble_measurements(text: str) -> None:
    assert table_confidence(text.encode(), written=WRITTEN) < 0.8


@pytest.mark.parametrize(
    ("heading", "parts"),
    [
        ("cpu", ("cpu", {})),
        ('in_use{service="db", pod="a"}', ("in_use", {"service": "db", "pod": "a"})),
        ("{a=1}", ("", {"a": "1"})),
        ("odd{", ("odd{", {})),
    ],
)
def test_headings_with_labels(heading: str, parts: tuple[str, dict[str, str]]) -> None:
    assert split_heading(heading) == parts


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.lists(
            st.sampled_from(["time", "1700000000", "2026-11-17", "3", "", '"', "a,b", "NaN", "é"])
            | st.text(max_size=6),
            min_size=1,
            max_size=4,
        ).map(",".join),
        max_size=8,
    ).map("\n".join)
)
def test_any_text_is_a_table_or_a_named_error(text: str) -> None:
    raw = text.encode("utf-8", errors="replace")
    assert 0.0 <= table_confidence(raw, written=WRITTEN) <= 1.0
    try:
        reading = read(raw, written=WRITTEN)
    except UnreadableEvidence:
        return
    for series in reading.series:
        for at in range(len(series.times)):
            assert 0 <= series.span(at, at).byte_start <= series.span(at, at).byte_end <= len(raw)


def rows(form: str, count: int = 12) -> str:
    times = (START + timedelta(minutes=n) for n in range(count))
    return "".join(f"{at:%Y-%m-%dT%H:%M:%SZ},{form.format(n=n)}\n" for n, at in enumerate(times))


def test_numbers_with_commas_between_thousands() -> None:
    raw = ("time,bytes\n" + rows('"{n},250,000"')).encode()
    (series,) = read(raw, written=WRITTEN).series
    assert list(series.values[:3]) == [250_000.0, 1_250_000.0, 2_250_000.0]
    assert table_confidence(raw, written=WRITTEN) > 0.95


def test_times_and_numbers_need_no_heading() -> None:
    assert table_confidence(rows("{n}").encode(), written=WRITTEN) > 0.95
    assert table_confidence(rows("{n},started").encode(), written=WRITTEN) < 0.95


def test_columns_without_a_name_or_a_word_are_no_labels() -> None:
    raw = (
        ",result,time,_value,_field,host\n"
        + "".join(
            f",,{START + timedelta(minutes=n):%Y-%m-%dT%H:%M:%SZ},{n},used,web-1\n"
            for n in range(9)
        )
    ).encode()
    (series,) = read(raw, written=WRITTEN).series
    assert (series.name, dict(series.labels)) == ("used", {"host": "web-1"})


def test_lines_behind_a_quotation_mark_that_is_never_closed_are_named() -> None:
    rows = table("%Y-%m-%dT%H:%M:%SZ", rows=40) + '"unclosed,,,,\n' * 7
    reading = read(rows.encode(), written=WRITTEN)
    assert {len(member.times) for member in reading.series} == {40}
    assert reading.problem is not None
    assert "7 lines of the table" in reading.problem
    assert "the first is line 42" in reading.problem
    assert read(table("%Y-%m-%dT%H:%M:%SZ").encode(), written=WRITTEN).problem is None


@pytest.mark.parametrize("cell", ["code=200,job=orders", '{code="200", job="orders"}'])
def test_a_cell_may_hold_all_labels(cell: str) -> None:
    quoted = cell.replace('"', '""')
    rows = [f'2026-11-17T02:0{n}:00Z,http_requests,"{quoted}",{n}' for n in range(6)]
    raw = "\n".join(["timestamp,metric,labels,value", *rows]).encode()
    (only,) = read(raw, written=WRITTEN).series
    assert (only.name, dict(only.labels)) == ("http_requests", {"code": "200", "job": "orders"})


@pytest.mark.parametrize("separator", [",", " ", "; ", ", "])
def test_one_cell_may_hold_all_labels_however_they_are_set_apart(separator: str) -> None:
    labels = separator.join(("instance=lb-1:8405", "job=edge", "proxy=be_cart"))
    rows = "".join(
        f"2026-11-17T02:0{n}:00Z\tlb_5xx\t{labels}\t{n}\n"
        f"2026-11-17T02:0{n}:00Z\tlb_2xx\t{labels}\t{9 - n}\n"
        for n in range(6)
    )
    failed, answered = read(f"time\tpanel\tlabels\tvalue\n{rows}".encode(), written=WRITTEN).series
    assert (failed.name, answered.name) == ("lb_5xx", "lb_2xx")
    assert dict(failed.labels) == {"instance": "lb-1:8405", "job": "edge", "proxy": "be_cart"}


def test_the_column_beside_labels_and_values_names_the_series_in_any_language() -> None:
    rows = "".join(f"2026-11-17T02:0{n}:00Z;ring_per_s;uitkomst=fout;{n}\n" for n in range(6))
    [series] = read(f"time;reeks;labels;waarde\n{rows}".encode(), written=WRITTEN).series
    assert (series.name, dict(series.labels)) == ("ring_per_s", {"uitkomst": "fout"})
