from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import polars as pl
import pytest

from core.evidence.logs.layout import learn_layout
from core.evidence.logs.templates import mine_templates
from core.evidence.model import PlainFile

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

REFERENCE = datetime(2026, 11, 20, tzinfo=UTC)
TIME = "2026-11-17T02:{minute:02}:07Z"
SAID = {
    "seats": ("row {n} taken", "lock wait timeout exceeded", "hall {n} closed", "sold out"),
    "tickets": ("printed {n}", "calling seats failed: refused", "refund {n}", "queue at {n}"),
    "mail-out": ("smtp 451 try again", "batch {n} sent", "template t{n} rendered", "[req-{n}] ok"),
}
LEVELS = ("INFO", "WARN", "ERROR")


def written(
    form: str, messages_of: Mapping[str, Sequence[str]], *, rounds: int = 6
) -> list[tuple[str, str]]:
    """Lines of that form, each with the name that stands in it."""
    return [
        (
            form.format(
                minute=n, level=LEVELS[n % 3], name=name, n=n, message=message.format(n=n * 7)
            ),
            name,
        )
        for n in range(rounds)
        for name, messages in messages_of.items()
        for message in messages
    ]


def services(lines: list[str], *, owner: str | None = None) -> list[str | None]:
    layout = learn_layout(lines, owner=owner)
    return layout.read(pl.Series(lines), reference=REFERENCE)["service"].to_list()


@pytest.mark.parametrize(
    "form",
    [
        TIME + " {level} {name} {message}",
        TIME + " {level} {name} [req-{n}] {message}",
        TIME + " {level} {name}: {message}",
        TIME + " {level} {name}[4{n}]: {message}",
        TIME + " {level:<5} [{name}] {message}",
        TIME + " [{level}] ({name}) {message}",
        TIME + " {level} [worker-{n}] {name} - {message}",
        TIME + " {level} svc={name} {message}",
        TIME + " | {level:<5} | {name} | {message}",
        TIME + " [{name}] {level} {message}",
        "{level} [{name}] {message}",
        "2026-11-17T02:{minute:02}:08.5Z stdout F " + TIME + " {level} {name}: {message}",
    ],
)
def test_the_word_in_the_same_place_of_all_lines_is_the_service(form: str) -> None:
    rows = written(form, SAID)
    assert services([line for line, _ in rows]) == [name for _, name in rows]


def test_one_service_that_every_line_names_is_read_too() -> None:
    rows = written(TIME + " {level} {name} {message}", {"seats": SAID["seats"]})
    assert set(services([line for line, _ in rows])) == {"seats"}


@pytest.mark.parametrize(
    ("form", "parts"),
    [
        (" {level} [main] {name} - {message}", {"c.shop.Cart": SAID["seats"]}),
        (" {level} {name}: {message}", {"CartService": SAID["seats"], "Pool": SAID["tickets"]}),
        (
            " {level} [{name}] {message}",
            {"http-nio-8080-exec-3": SAID["seats"], "pool-2": SAID["tickets"]},
        ),
        (" {level} {name} {message}", {"web-1": SAID["seats"], "web-2": SAID["tickets"]}),
        (" {level} {name}: {message}", {"werkzeug": SAID["seats"], "shop": SAID["tickets"]}),
        (
            " {level} {name} {message}",
            {"request": ("done in {n}", "failed"), "connection": ("reset", "closed")},
        ),
        (
            " {level} {name} {message}",
            {"payment": ("declined", "accepted"), "invoice": ("rendered", "{n} created")},
        ),
        (
            " LOG:  {name}: {message}",
            {"duration": ("{n}.3 ms", "0.{n} ms"), "parameters": ("$1 = {n}",)},
        ),
        (" {level} {message}", {"": ("starting worker {n}", "failed to open {n}", "received {n}")}),
    ],
)
def test_classes_threads_machines_and_first_words_are_no_services(
    form: str, parts: Mapping[str, Sequence[str]]
) -> None:
    lines = [line for line, _ in written(TIME + form, parts, rounds=20)]
    assert set(services(lines)) == {None}


def test_a_few_lines_prove_nothing() -> None:
    lines = [line for line, _ in written(TIME + " {level} {name} {message}", SAID, rounds=1)]
    assert set(services(lines)) == {None}


def test_parts_of_a_program_do_not_outweigh_whose_file_it_is() -> None:
    parts = {"halls": ("{n} open", "full"), "prices": ("read {n}", "stale")}
    lines = [line for line, _ in written(TIME + " {level} [{name}] {message}", parts)]
    assert set(services(lines, owner="tickets")) == {None}
    assert set(services(lines, owner="halls")) == {"halls", "prices"}


def test_services_that_lines_speak_of_outweigh_the_name_of_the_file() -> None:
    rows = written(TIME + " {level} [{name}] {message}", SAID)
    assert services([line for line, _ in rows], owner="evening") == [name for _, name in rows]


def test_kinds_of_lines_carry_the_service_and_not_its_neighbours(tmp_path: Path) -> None:
    rows = written(TIME + " {level} {name}: {message}", SAID, rounds=40)
    log = tmp_path / "evening.log"
    log.write_text("".join(f"{line}\n" for line, _ in rows))
    mined = mine_templates(PlainFile(log), reference=REFERENCE)
    named = {(kind.service, "lock wait" in kind.example) for kind in mined.templates}
    assert {service for service, _ in named} == set(SAID)
    assert {service for service, is_lock in named if is_lock} == {"seats"}


@pytest.mark.parametrize("line", ["[" * 4_000, "a-" * 4_000, "a: " * 4_000, "(a) " * 4_000])
def test_hostile_lines_cost_little(line: str) -> None:
    lines = [f"2026-11-17T02:{n % 60:02}:07Z ERROR {line}" for n in range(600)]
    start = time.process_time()
    learn_layout(lines)
    assert time.process_time() - start < 2


def test_programs_of_one_host_are_services_whatever_its_folder_is_called() -> None:
    lines = [
        f"Nov 17 02:0{n % 10}:07 job-01 {program}[{70 + n % 2}]: INFO done {n}"
        for n in range(60)
        for program in ("reminders", "calendar-sync")
    ]
    layout = learn_layout(lines, owner="job-01")
    read = layout.read(pl.Series(lines), reference=REFERENCE)
    assert set(read["service"]) == {"reminders", "calendar-sync"}


def test_programs_of_every_machine_are_no_services() -> None:
    lines = [
        f"Nov 17 02:0{n % 10}:07 job-01 {program}[{70 + n % 2}]: done {n}"
        for n in range(60)
        for program in ("sshd", "systemd", "reminders")
    ]
    read = learn_layout(lines).read(pl.Series(lines), reference=REFERENCE)
    assert set(read["service"]) == {None}
