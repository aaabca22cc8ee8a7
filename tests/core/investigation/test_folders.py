"""Folders of services, of people and of kinds of things."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from core.evidence.model import DataType, Finding, FindingKind, Level, Locus
from core.investigation.folders import Folders
from core.investigation.service_names import one_name_each
from tests.core.investigation.sample_situations import (
    REDACTOR,
    LogLines,
    a_file,
    a_log,
    a_situation,
)

if TYPE_CHECKING:
    from core.evidence.model import EvidenceFile


def a_log_file(path: str) -> EvidenceFile:
    file = a_file(path, path.partition("/")[0], first=None, last=None, lines=10)
    return replace(file, data_type=DataType.LOG)


def measured(service: str) -> Finding:
    return Finding(
        kind=FindingKind.METRIC,
        level=Level.INFO,
        text=REDACTOR.clean("requests"),
        locus=Locus(file="metrics/export.json", line_start=1, line_end=1),
        service=service,
    )


def shared(*paths: str, self_named: str = "") -> set[str]:
    """self_named: what the first log calls itself."""
    files = [a_log_file(path) for path in paths]
    return set(Folders(files, {files[0].id: self_named} if self_named else {}).shared)


@pytest.mark.parametrize(
    "paths",
    [
        ("orders/orders.log", "orders/access.log", "orders/gc.log"),
        ("checkout/worker.log", "checkout/web.log", "checkout/scheduler.log"),
        ("cart-api/cart.log", "cart-api/cart-api.2.log"),
        ("pg/postgresql.log", "pg/pgbouncer-access.log"),
        ("app/server.log", "app/stdout.log"),
    ],
)
def test_a_service_has_several_logs_in_a_folder_of_its_own(paths: tuple[str, ...]) -> None:
    assert shared(*paths) == set()


def test_a_folder_with_logs_of_several_services_is_nobodys() -> None:
    assert shared("lena/portal.log", "lena/directory.log") == {"lena"}


def test_whoever_keeps_one_folder_so_keeps_all_of_them_so() -> None:
    assert shared("lena/portal.log", "lena/directory.log", "bi/export.log", "bo/clinic.log") == {
        "lena",
        "bo",
    }


@pytest.mark.parametrize(
    "folder", ["from-mira", "by_jonas", "monitoring", "dba", "deploys", "sre", "terraform", "flags"]
)
def test_some_are_called_after_who_sent_it_or_what_is_in_it(folder: str) -> None:
    assert shared(f"{folder}/probe.log") == {folder}


def test_a_log_that_calls_itself_otherwise_tells_that_its_folder_is_nobodys() -> None:
    assert shared("mira/paste-1.log", self_named="orders") == {"mira"}
    assert shared("orders/paste-1.log", self_named="orders") == set()


def test_a_log_in_such_a_folder_is_called_after_itself() -> None:
    logs = [
        (replace(a_log_file(path), id=path, name=REDACTOR.clean(path)), a_log("bo", line)[1])
        for path in ("bo/clinic-db.log", "bo/portal_access.log", "bo/probe.log")
        for line in [LogLines(text="request failed")]
    ]
    named = one_name_each(a_situation(*logs))
    assert [file.service for file in named.files] == ["clinic-db", "portal", None]


def test_whom_topology_names_is_a_service_whatever_lies_in_its_folder() -> None:
    paths = ("lena/portal.log", "lena/directory.log")
    logs = [(replace(a_log_file(path), id=path), ()) for path in paths]
    named = one_name_each(a_situation(*logs, calls=[("edge", "lena")]))
    assert {file.service for file in named.files} == {"lena"}


def test_a_log_called_after_a_stated_service_shows_whose_folder_it_is_not() -> None:
    files = [a_log_file("web/shop.log"), a_log_file("web/nginx-access.log")]
    assert Folders(files, {}, frozenset({"shop"})).shared == {"web"}
    assert Folders(files, {}, frozenset({"billing"})).shared == set()


def test_below_a_folder_of_many_a_folder_is_the_services() -> None:
    paths = ("logs/edge/error.log", "logs/tally/access.log")
    logs = [(replace(a_log_file(path), id=path, name=REDACTOR.clean(path)), ()) for path in paths]
    assert [file.service for file in one_name_each(a_situation(*logs)).files] == ["edge", "tally"]


def test_a_service_that_measurements_name_has_a_folder_whatever_it_is_called() -> None:
    log = replace(a_log_file("archive/archive.log"), id="log", name=REDACTOR.clean("archive/a.log"))
    export = replace(a_log_file("metrics/export.json"), id="export", data_type=DataType.METRIC)
    named = one_name_each(a_situation((log, ()), (export, (measured("archive"),))))
    assert next(file.service for file in named.files) == "archive"
    alone = one_name_each(a_situation((log, ()), (export, ())))
    assert next(file.service for file in alone.files) != "archive"


def test_a_folder_that_holds_a_folder_for_each_service_is_nobodys() -> None:
    paths = [f"fleet/{name}/current.log" for name in ("orders", "stock", "postgres")]
    assert shared(*paths) == {"fleet"}


@pytest.mark.parametrize(
    "paths",
    [
        ("orders/2026-11-23/a.log", "orders/2026-11-24/a.log", "orders/2026-11-25/a.log"),
        ("orders/var/a.log", "orders/etc/b.log", "orders/tmp/c.log"),
        ("orders/orders-1/a.log", "orders/orders-2/a.log", "orders/orders-3/a.log"),
        ("orders/main/a.log", "orders/proxy/b.log"),
    ],
)
def test_a_service_may_have_folders_in_its_own(paths: tuple[str, ...]) -> None:
    assert shared(*paths) == set()
