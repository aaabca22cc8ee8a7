from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from core.evidence.detection.log_lines import claim
from core.evidence.extractor import Head
from core.evidence.logs.change_tables import find_change_table
from core.evidence.logs.changes import ChangeFinder, LoggedChange
from core.evidence.logs.templates import mine_templates
from core.evidence.model import DataType, PlainFile
from core.evidence.series.readers import detect_series

if TYPE_CHECKING:
    from pathlib import Path

WRITTEN = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
ROLLOUTS = """utc,service,from,to,by,state
2026-11-23T06:56:24,catalog,2.13.4,2.13.5,j.lund,started
2026-11-23T06:57:02,catalog,2.13.4,2.13.5,j.lund,success
2026-11-23T06:58:00,pricing,4.1.0,4.1.0,j.lund,success
"""
FLAGS = """time,document_version,flag,old,new,actor
2026-11-23T06:43:09Z,119,booking.live_seat_counters,off,on,ikoski
2026-11-23T06:44:10Z,120,search.fuzzy,on,on,ikoski
"""
SETTINGS = """# exported by ops\nwhen;key;value_before;value_after;changed_by
2026-11-23 06:43:09;orders.pool.size;40;4;dana
2026-11-23 06:44:09;orders.pool.wait;3;3;dana
"""
PREVIOUS = (
    "at\tapplication\tPrevious Version\tCurrent Version\n2026-11-23T06:43:09Z\tui\t3.1\t3.2\n"
)
MEASURED = "time,service,before,after\n2026-11-23T06:43:09Z,orders,12.5,80.1\n"
CALLS = "time,service,from,to,latency_ms\n2026-11-23T06:43:09Z,orders,web,orders,12\n"
MAILS = "date,from,to,subject\n2026-11-23T06:43:09Z,a@shop.test,b@shop.test,hello\n"
PAYMENTS = "time,user,from,to,amount\n2026-11-23T06:43:09Z,dana,DE01,DE02,80\n"
HEALTH = "time,service,old_health,new_health\n2026-11-23T06:43:09Z,orders,ok,failing\n"
UNTIMED = "service,from,to,by\norders,2.1.0,2.1.1,dana\n"
DIARY = """when,who,what,where,note
2026-11-23 06:37:36,raf,release,catalog,2.8.5 -> 2.8.6 log wording
2026-11-23 06:38:06,tove,flag,intake,waveform off -> on
2026-11-23 06:39:06,tove,planned,intake,waveform for all
"""
DIARIES = (
    "date;heure;qui;application;version;etat\n20/11/2026;17:05;lea;orders;2.9.0;ok\n",
    "datum;uur;wie;toestel/systeem;wat\n20/11/2026;17:05;lea;orders;7.2.4 -> 7.3.0\n",
    'id,start_local,team,system,summary,state\nC-1,2026-11-20 17:05,dba,orders,"an index",closed\n',
    "fecha,hora,máquina,qué,quién\n20/11/2026,17:05,orders,certificado renovado,Lea\n",
    "time_utc,actor,object,event,detail\n2026-11-20 17:05,sched,orders,vm.moved,hv3 -> hv7\n",
)
LOGINS = "time,user,action,resource\n2026-11-23T06:43:09Z,dana,login,portal\n"
TICKETS = "created,requester,type,service\n2026-11-23T06:43:09Z,dana,question,portal\n"
METER = "time,meter,previous,current\n2026-11-23T06:43:09Z,m1,812,815\n"


def changes(path: Path, text: str) -> list[LoggedChange]:
    path.write_text(text)
    finder = ChangeFinder()
    mine_templates(PlainFile(path), reference=WRITTEN, watch=finder.watch)
    return finder.found()


def test_each_row_that_differs_is_a_change_of_the_service_it_names(tmp_path: Path) -> None:
    rows = changes(tmp_path / "rollouts.csv", ROLLOUTS)
    assert [(row.line, row.service, row.signals) for row in rows] == [
        (2, "catalog", ("version_changed",)),
        (3, "catalog", ("version_changed",)),
    ]
    assert rows[0].at == datetime(2026, 11, 23, 6, 56, 24)  # noqa: DTZ001 - naive UTC


def test_each_row_of_a_diary_is_a_change_of_whom_it_names(tmp_path: Path) -> None:
    rows = changes(tmp_path / "diary.csv", DIARY)
    assert [(row.line, row.service, row.signals) for row in rows] == [
        (2, "catalog", ("deploy", "version_changed")),
        (3, "intake", ("flag_changed",)),
    ]


@pytest.mark.parametrize("text", DIARIES)
def test_a_diary_is_read_in_the_language_of_its_team(tmp_path: Path, text: str) -> None:
    (row,) = changes(tmp_path / "diary.csv", text)
    assert (row.service, row.at) == ("orders", datetime(2026, 11, 20, 17, 5))  # noqa: DTZ001


def test_a_flag_that_stays_is_no_change(tmp_path: Path) -> None:
    rows = changes(tmp_path / "flags.csv", FLAGS)
    assert [(row.line, row.service, row.signals) for row in rows] == [
        (2, None, ("recorded_change",))
    ]


def test_numbers_are_changes_where_a_key_or_a_person_is_told(tmp_path: Path) -> None:
    assert [row.line for row in changes(tmp_path / "settings.csv", SETTINGS)] == [3]


def test_what_was_not_done_is_no_change(tmp_path: Path) -> None:
    planned = ROLLOUTS.replace("started", "planned").replace("success", "Dry-run")
    assert changes(tmp_path / "rollouts.csv", planned) == []


def test_a_new_value_where_there_was_none_is_a_change(tmp_path: Path) -> None:
    heading = "time,flag,old,new,actor\n"
    added = "2026-11-23T06:43:09Z,a.b,,on,dana\n2026-11-23T06:44:09Z,a.c,-,null,dana\n"
    assert [row.line for row in changes(tmp_path / "flags.csv", heading + added)] == [2]


@pytest.mark.parametrize("text", [ROLLOUTS, FLAGS, SETTINGS, PREVIOUS, DIARY])
def test_a_table_of_changes_is_a_log_and_no_measurement(text: str) -> None:
    head = Head(text.encode(), "table.csv")
    detected = claim(head)
    assert detected is not None
    assert detected.data_type is DataType.LOG
    assert detected.confidence > 0.95
    measured = detect_series(head)
    assert measured is None or not measured.confidence


@pytest.mark.parametrize(
    "text",
    [MEASURED, CALLS, MAILS, PAYMENTS, HEALTH, UNTIMED, METER, LOGINS, TICKETS, "", "a,b\n1,2\n"],
)
def test_other_tables_with_such_headings_are_none(text: str) -> None:
    assert find_change_table(text.splitlines()) is None


def test_a_cell_with_a_separator_and_a_broken_row_are_read() -> None:
    table = find_change_table(ROLLOUTS.splitlines())
    assert table is not None
    quoted = table.read('2026-11-23T06:56:24,"cata,log",2.13.4,2.13.5,"j. lund",started')
    assert quoted is not None
    assert quoted.service == "cata,log"
    assert table.read('2026-11-23T06:56:24,"cata') is None
    assert table.read("") is None


AUDITS = (
    "tid,hvem,flagg,miljo,fra,til\n2026-11-23T06:43:09Z,siri,orders.arkiv,prod,false,true\n",
    "Zeit;wer;Schalter;alt;neu\n2026-11-23T06:43:09Z;dana;orders.archiv;aus;an\n",
    "fecha,quién,bandera,antes,después\n2026-11-23T06:43:09Z,dana,orders.archivo,off,on\n",
    "tijd,wie,vlag,van,naar\n2026-11-23T06:43:09Z,dana,orders.archief,uit,aan\n",
)


@pytest.mark.parametrize("text", AUDITS)
def test_values_before_and_after_are_told_in_the_language_of_a_team(
    tmp_path: Path, text: str
) -> None:
    (row,) = changes(tmp_path / "audit.csv", text)
    assert (row.line, row.signals) == (2, ("recorded_change",))


def test_lines_of_json_are_no_table() -> None:
    event = '{"kind":"Event","time":"2026-11-23T06:43:09Z","what":"x","by":"dana","where":"orders"}'
    assert find_change_table([event, event, event]) is None
