from __future__ import annotations

import pytest

from core.evidence.code.constants import read_constants
from core.evidence.code.languages import language_of

PROGRAMS = {
    "settings.py": (
        b'DEBUG = False\nDATABASES = {"default": {"HOST": "db", "OPTIONS": {"max_size": 40}}}\n'
        b"def f():\n    pass\nCACHE = dict(ttl=60)\n",
        {
            "DEBUG": "False",
            "DATABASES.default.HOST": "db",
            "DATABASES.default.OPTIONS.max_size": "40",
            "CACHE": "dict(ttl=60)",
        },
    ),
    "app.config.js": (
        b"module.exports = {\n port: 8080,\n db: { pool: { max: 30_000 } },\n run: () => 1,\n};\n",
        {"port": "8080", "db.pool.max": "30_000"},
    ),
    "config.go": (
        b"package c\nconst (\n\tWait = 5 * time.Second\n)\n"
        b'var Client = ClientConfig{\n\tURL: "http://a",\n\tPool: Pool{Max: 40},\n}\n',
        {"Wait": "5 * time.Second", "Client.URL": "http://a", "Client.Pool.Max": "40"},
    ),
    "config.ts": (b"export const limits = { max: 4 };\n", {"limits.max": "4"}),
    "puma.rb": (
        b'count = ENV.fetch("N") { 16 }\nthreads 5, 16\nworkers 4\npreload_app!\n',
        {"count": 'ENV.fetch("N") { 16 }', "threads": "5, 16", "workers": "4"},
    ),
    "config.php": (
        b'<?php return ["db" => ["pool" => 40], "ttl" => 60];',
        {"db.pool": "40", "ttl": "60"},
    ),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_that_configures_sets_names(name: str) -> None:
    text, settings = PROGRAMS[name]
    language = language_of(name)
    assert language is not None
    read = read_constants(text, language)
    assert {key: getattr(node, "value", None) for key, node in read.entries} == settings


def test_each_setting_knows_its_line() -> None:
    language = language_of("a.py")
    assert language is not None
    read = read_constants(b"A = 1\n\nB = {\n  'c': 2,\n}\n", language)
    assert [(key, node.line) for key, node in read.entries] == [("A", 1), ("B.c", 4)]
