from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from core.evidence.configuration.formats import read_configuration
from core.evidence.configuration.marks import SettingsFormat, format_of
from core.evidence.configuration.tree import settings_of
from core.evidence.model import FindingKind, PlainFile
from core.evidence.pipeline import extract
from core.redaction.engine import Redactor

if TYPE_CHECKING:
    from pathlib import Path

PSQL = """\
      name       | setting | unit
-----------------+---------+------
 work_mem        | 64      | kB
 max_connections | 40      |
(2 rows)
"""
MYSQL = """\
mysql> SHOW GLOBAL VARIABLES;
+-----------------+-------+
| Variable_name   | Value |
+-----------------+-------+
| work_mem        | 64    |
| max_connections | 40    |
+-----------------+-------+
"""
CRONTAB = """\
# reviewed
MAILTO=ops
30 2 * * * web /opt/shop/bin/export-all --full
*/5 * * * * root flock -n /run/x /opt/shop/bin/sync
@daily /usr/local/bin/prune
"""


def read(name: str, text: str) -> dict[str, str]:
    settings_format = format_of(name, text)
    assert settings_format
    configuration = read_configuration(text, settings_format)
    assert configuration
    return {each.path: each.value for tree in configuration.trees for each in settings_of(tree)}


@pytest.mark.parametrize(
    "text",
    [
        "name,setting,source\nwork_mem,64,file\nmax_connections,40,file\n",
        '"Variable_name";"Value"\n"work_mem";"64"\n"max_connections";"40"\n',
        PSQL,
        MYSQL,
    ],
)
def test_each_row_of_a_table_sets_something(text: str) -> None:
    assert format_of("export.csv", text) is SettingsFormat.TABLE
    assert read("export.csv", text) == {"work_mem": "64", "max_connections": "40"}


def test_a_table_of_names_and_values_may_be_of_anything_else() -> None:
    assert format_of("x.csv", "name,value,time\ncpu,3,10:00\n") is not SettingsFormat.TABLE


def test_a_crontab_tells_when_each_program_runs() -> None:
    assert format_of("cron/web", CRONTAB) is SettingsFormat.SCHEDULE
    assert read("cron/web", CRONTAB) == {
        "MAILTO": "ops",
        "cron.export-all": "30 2 * * * web /opt/shop/bin/export-all --full",
        "cron.sync": "*/5 * * * * root flock -n /run/x /opt/shop/bin/sync",
        "cron.prune": "@daily /usr/local/bin/prune",
    }


def test_figures_in_lines_are_no_crontab() -> None:
    assert format_of("f", "1 2 3 4 5 six\nseven eight\n") is not SettingsFormat.SCHEDULE


def test_a_line_that_sets_something_is_a_member_of_a_list() -> None:
    hosts = "# ours\n127.0.0.1  localhost\n10.0.3.7 db  # moved\n"
    assert read("etc/hosts", hosts) == {
        "line[127.0.0.1 localhost]": "127.0.0.1 localhost",
        "line[10.0.3.7 db]": "10.0.3.7 db",
    }


def test_what_is_numbered_by_turns_is_a_name_and_its_value() -> None:
    listing = '# CONFIG GET *\n 1) "maxmemory"\n 2) "4gb"\n 3) "save"\n 4) ""\n'
    assert read("cache.txt", listing) == {"maxmemory": "4gb", "save": ""}
    assert format_of("steps.md", '1) "stop"\n3) "start"\n') is not SettingsFormat.PAIRS


def test_a_table_below_a_prompt_is_read_as_settings(tmp_path: Path) -> None:
    path = tmp_path / "settings.txt"
    asked = "shop=# select name, setting, unit from pg_settings;"
    path.write_text(f"-- 2026-11-19 08:03 pg-1\n{asked}\n{PSQL}")
    extraction = extract(
        PlainFile(path), name="settings.txt", service=None, redactor=Redactor(b"key")
    )
    assert FindingKind.SETTINGS in {each.kind for each in extraction.findings}
