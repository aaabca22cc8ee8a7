"""Secrets in what a line quotes, and values below their names behind the prefixes of a log."""

from __future__ import annotations

import csv
import html
import io
import json
import shlex
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.redaction.readings import other_readings
from core.redaction.rules import TextSpan
from tests.core.redaction.cleaned_texts import cleaned, cleaned_among_many, cleaned_in_blocks

SECRET = "pepperfalcon4183"  # noqa: S105 # pragma: allowlist secret
TOKEN = "xoxb-524279152855-277287843833-UDkpFEpextEvZ4duVoyjBYqt"  # noqa: S105 # pragma: allowlist secret
COMMANDS = [
    f"sshpass -p {SECRET} ssh admin@10.0.0.1",
    f"snmpwalk -v2c -c {SECRET} 10.0.0.1",
    f"smbclient //a/b -U backup%{SECRET}",
    f"cypher-shell -u neo4j -p {SECRET}",
    f"curl -u bot:{SECRET} https://x",
    f"redis-cli -a {SECRET} INFO",
    f"sqlplus -s system/{SECRET}@orcl",
    f"mysqldump -h db1 -u backup -p{SECRET} shop",
]
QUOTED = [
    f'{{"user":"joe","password":"{SECRET}"}}',
    f'1732 [0 10.0.0.1:5] "AUTH" "default" "{SECRET}"',
    f'echo "{SECRET}#" | sudo -S ls',
    f'client.connect("sw1", 22, "admin", "{SECRET}!")',
    f"SQL> connect hr/{SECRET}",
]
PREFIXES = [
    "Nov 25 10:00:01 ci1 jenkins[812]: ",
    "<13>Nov 25 10:00:01 ci1 app: ",
    "2026-11-25T10:00:01.123Z stdout F ",
    "2026-11-25T10:00:01+01:00 node-3 kubelet[9]: ",
    "2026-11-25 10:00:01,042 ERROR [vault.sync] ",
    "[2026-11-25 10:00:01] INFO app.boot: ",
    "web-1  | ",
    "2026-11-25 10:00:00,123 INFO sqlalchemy.engine.Engine ",
    "INFO sqlalchemy.engine.Engine ",
    "[pod/api-7c9d/api] ",
    "build\tdeploy\t2026-11-25T10:00:01.1234567Z ",
    "#12 3.412 ",
    "10:00:01  ",
    "2026-11-25T10:00:01.123456Z 01O ",
    "2026-11-25T10:00:01.123456+00:00 app[web.1]: ",
    "2026-11-25 10:00:01,042 INFO deploy - ",
]
BELOW = [
    ("Please use the following password to proceed to installation:", "", SECRET),
    ("Password:", SECRET),
    ("- name: DB_PASSWORD", f"  value: {SECRET}"),
    ("password: |", f"  {SECRET}"),
    ("user,password", f"joe,{SECRET}"),
    (
        "INSERT INTO users (login, password) VALUES (%s, %s)",
        f"[generated in 0.0001s] ('joe', '{SECRET}')",
    ),
]


def each_way(text: str) -> list[str]:
    return [
        cleaned(text),
        cleaned_among_many(text) if "\n" not in text else cleaned_in_blocks(text),
    ]


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    "written",
    [
        lambda words: f"Command '{words}' returned non-zero exit status 5.",
        lambda words: f'"Cmd": {json.dumps(words)},',
        lambda words: json.dumps({"message": f"run {json.dumps(words)}"}),
        lambda words: " ".join(f'a{place}="{word}"' for place, word in enumerate(words)),
        lambda words: f"type=PROCTITLE proctitle={chr(0).join(words).encode().hex().upper()}",
        lambda words: "\n".join(["args:", *(f"  - {word}" for word in words)]),
        lambda words: " \\\n    ".join([words[0], *words[1:]]),
        lambda words: "\n".join(['"Cmd": [', *(f'    "{word}",' for word in words), "]"]),
    ],
    ids=[
        "Python",
        "JSON",
        "JSON in JSON",
        "auditd",
        "its titles",
        "YAML",
        "a script",
        "lines of JSON",
    ],
)
def test_a_command_in_words_is_read_as_it_is_typed(command: str, written: object) -> None:
    assert callable(written)
    for shown in each_way(written(shlex.split(command))):
        assert SECRET not in shown
        assert SECRET.encode().hex().upper() not in shown


@pytest.mark.parametrize("text", QUOTED)
@pytest.mark.parametrize("depth", [1, 2, 3])
def test_what_strings_quote_is_read_as_it_was_written(text: str, depth: int) -> None:
    for _ in range(depth):
        text = json.dumps({"log": f"{text}\n", "stream": "stdout"})
    for shown in each_way(text):
        assert SECRET not in shown
        assert "stdout" in shown


@pytest.mark.parametrize(
    ("line", "hidden"),
    [
        (f"+{TOKEN}", TOKEN),
        ("+4111-1111-1111-1111", "4111-1111-1111-1111"),
        (f"q=use+{TOKEN}+now", TOKEN),
        (f"Command '['rabbitmqctl', 'add_user', 'm', '{SECRET}']' returned", SECRET),
        (rf'"\u0070assword":"{SECRET}"', SECRET),
        (r'{"m":"{\"number\":\"4111111111111111\",\"cvc\":\"587\"}"}', "587"),
        ("http://p/graph?expr=up%7Binstance%3D%2293.184.216.34%3A443%22%7D+%3D%3D+0", "93.184"),
        ("http://p/graph?expr=sms%7Bto%3D%22%2B14155552671%22%7D", "14155552671"),
        ("http://p/x?at=redis%3A%2F%2F%3ARavenquartz7770%40r1%3A6379", "Ravenquartz"),
        (f"https://r/?cmd=mysql+-h+db1+-uroot+-p{SECRET}+shop", SECRET),
        (f"https://r/?cmd=mysql%20-h%20db1%20-uroot%20-p{SECRET}%20shop", SECRET),
        (r'"password":"pepperfalcon\u0034\u0031"', r"\u0031"),  # pragma: allowlist secret
        (r'{"m":"{\"dob\":\"1984-03-12\"}"}', "1984-03-12"),
    ],
)
def test_a_sign_or_an_escape_hides_nothing_from_the_rules(line: str, hidden: str) -> None:
    for shown in each_way(line):
        assert hidden not in shown


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize("lines", BELOW, ids=lambda lines: lines[0])
def test_a_value_below_its_name_is_found_behind_a_logs_prefix(
    prefix: str, lines: tuple[str, ...]
) -> None:
    text = "\n".join(f"{prefix}{line}" for line in lines)
    for shown in each_way(text):
        assert SECRET not in shown
        assert all(line.startswith(prefix.rstrip()) for line in shown.split("\n")[: len(lines)])


@pytest.mark.parametrize("lines", BELOW, ids=lambda lines: lines[0])
def test_a_pods_name_before_both_may_be_hidden_with_it(lines: tuple[str, ...]) -> None:
    text = "\n".join(f"api-7d9c4-x2x api {line}" for line in lines)
    for shown in each_way(text):
        assert SECRET not in shown
        assert shown.startswith(f"api-7d9c4-x2x api {lines[0]}")


@pytest.mark.parametrize("lines", BELOW, ids=lambda lines: lines[0])
def test_so_it_is_in_files_of_docker(lines: tuple[str, ...]) -> None:
    rows = [
        {"log": f"{line}\n", "stream": "stdout", "time": "2026-11-25T10:00:01Z"} for line in lines
    ]
    text = "\n".join(json.dumps(row, separators=(",", ":")) for row in rows)
    for shown in each_way(text):
        assert SECRET not in shown
        assert shown.count('"stream":"stdout"') == len(lines)


def test_ordinary_lines_of_a_log_stay_as_they_are() -> None:
    for text in (
        "\n".join(f"{PREFIXES[0]}request {number} took 12 ms" for number in range(9)),
        "args: ['serve', '--port', '8080', '--workers', '4']",
        r'{"msg":"{\"path\":\"/orders\",\"status\":200}"}',
        'type=EXECVE argc=3 a0="ls" a1="-l" a2="/srv"',
        "docker run -d \\\n  --name web \\\n  nginx:1.25",
        "reflector.go:138] Failed to watch *v1.Secret: unauthorized",
    ):
        assert all(shown.startswith(text) for shown in each_way(text))


LABELS = ["пароль", "密码", "パスワード", "비밀번호", "hasło", "şifre", "contraseña", "lösenord"]
WITH_QUOTES = [
    f'ConvertTo-SecureString "{SECRET}" -AsPlainText -Force',
    f'"AUTH" "app" "{SECRET}"',
    f'Digest username="bob", realm="x", nonce="y", uri="/", response="{SECRET.encode().hex()}"',
    f'send "{SECRET}\\r"',
    f'createUser bob SHA "{SECRET}" AES',
    f'{{"user": "joe", "password": "{SECRET}"}}',
    "CREATE USER 'app'@'%' IDENTIFIED BY " + f"'{SECRET}'",
]


def as_row(text: str, sign: str = ",") -> str:
    row = io.StringIO()
    csv.writer(row, delimiter=sign).writerow(["2026-11-26T04:10:01Z", "error", text, "web-1"])
    return row.getvalue().rstrip("\r\n")


@pytest.mark.parametrize("label", LABELS)
@pytest.mark.parametrize(
    "written",
    [
        lambda text: json.dumps({"level": "error", "msg": text}),
        lambda text: json.dumps({"log": json.dumps({"msg": text}) + "\n", "stream": "stderr"}),
        lambda text: as_row(json.dumps({"msg": text})),
        lambda text: f"sent {text.encode()!r}",
        lambda text: f"GET /note?text={quote(text)} 200",
        lambda text: html.escape(text).encode("ascii", "xmlcharrefreplace").decode(),
    ],
    ids=["JSON", "JSON in JSON", "JSON in CSV", "bytes", "an address", "a page"],
)
def test_a_label_of_any_language_is_read_however_its_letters_are_escaped(
    label: str, written: object
) -> None:
    assert callable(written)
    for shown in each_way(written(f"{label}: {SECRET}")):
        assert SECRET not in shown


def test_a_letter_of_two_numbers_and_a_broken_one_move_no_place() -> None:
    for text in (
        json.dumps({"msg": f"\U0001f511 пароль: {SECRET} \U0001f512", "host": "web-1"}),
        rf'{{"msg": "\ud83d \u043f\u0430\u0440\u043e\u043b\u044c: {SECRET}", "host": "web-1"}}',
    ):
        for shown in each_way(text):
            start, end = text.split(SECRET)
            assert shown.startswith(start)
            assert shown.endswith(end)


@pytest.mark.parametrize("text", WITH_QUOTES)
@pytest.mark.parametrize("sign", [",", ";", "\t"])
def test_a_cell_is_read_as_a_reader_of_tables_does(text: str, sign: str) -> None:
    for shown in each_way(as_row(text, sign)):
        assert SECRET not in shown
        assert SECRET.encode().hex() not in shown
        assert shown.startswith(f"2026-11-26T04:10:01Z{sign}error{sign}")
        assert shown.endswith(f"{sign}web-1")


@pytest.mark.parametrize("text", WITH_QUOTES)
def test_so_it_is_where_a_cell_goes_on_in_the_next_line(text: str) -> None:
    doubled = text.replace('"', '""')
    for row in (f'7,error,"failed:\n{doubled}\nagain",web-1', f'7,"{doubled}\nagain",web-1'):
        for shown in each_way(row):
            assert SECRET not in shown


@pytest.mark.parametrize("text", WITH_QUOTES)
def test_what_a_page_escapes_is_read_as_it_shows_it(text: str) -> None:
    for shown in each_way(f"<pre>{html.escape(text)}</pre>"):
        assert SECRET not in shown
        assert SECRET.encode().hex() not in shown


def test_tables_and_other_languages_without_a_secret_stay_as_they_are() -> None:
    for text in (
        as_row('the host "web-1" said "no route" to "db-2"'),
        json.dumps({"msg": "пароль не принят, попробуйте снова", "user": "мария"}),
        json.dumps({"a": "", "b": "c", "d": ""}),
        'x = "" if name == "" else f(a, "")',
        "<p>&quot;checkout&quot; &amp; &#x27;cart&#x27; were restarted</p>",
    ):
        assert each_way(text) == [text, text]


@given(st.text(alphabet="ab\\\"'n[], u0061=+-%2", max_size=60))
def test_every_character_of_a_reading_stands_where_it_says(line: str) -> None:
    assert_places(line)


@given(
    st.lists(
        st.sampled_from(
            [
                *("\\", '""', '"', "u043f", "u200b", "ud83d", "\\ude00", "xd0", "\\xbf", ",", "a"),
                *("%D0", "%BF", "&quot;", "&#x27;", "&#0;", "\t", " ", "пароль"),
            ]
        ),
        max_size=24,
    ).map("".join)
)
def test_so_it_does_in_tables_and_pages(line: str) -> None:
    assert_places(line)


def assert_places(line: str) -> None:
    for reading in other_readings(line):
        reading.text.encode()
        places = [reading.place(at) for at in range(len(reading.text) + 1)]
        assert all(0 <= place <= len(line) for place in places)
        assert places == sorted(set(places))
        whole = [TextSpan(0, len(reading.text), "secret")] if reading.text else []
        assert all(0 <= span.start < span.end <= len(line) for span in reading.spread(whole))
