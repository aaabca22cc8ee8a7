"""The grammar is Alertmanager's; where its own program is there, it is asked for its opinion."""

from __future__ import annotations

import contextlib
import subprocess
from typing import TYPE_CHECKING

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from core.alerts.routing import Matcher, read_matchers
from core.errors import WrongUsage
from tests.servers import program

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

CLASSIC = {
    "severity=critical": [("severity", "=", "critical")],
    'severity=~"critical|high"': [("severity", "=~", "critical|high")],
    "severity=~critical|high": [("severity", "=~", "critical|high")],
    'team!="x"': [("team", "!=", "x")],
    'env!~"dev|test"': [("env", "!~", "dev|test")],
    '{foo="bar"}': [("foo", "=", "bar")],
    '{foo = "bar", dings != "bums", }': [("foo", "=", "bar"), ("dings", "!=", "bums")],
    "foo=bar,dings!=bums": [("foo", "=", "bar"), ("dings", "!=", "bums")],
    'foo="a,b",bar="{c}"': [("foo", "=", "a,b"), ("bar", "=", "{c}")],
    r'quote="She said: \"Hi!\""': [("quote", "=", 'She said: "Hi!"')],
    r'path=~"[0-9]+\.js"': [("path", "=~", r"[0-9]+\.js")],
    r'plain=x,path=~"\d+"': [("plain", "=", "x"), ("path", "=~", r"\d+")],
    r'path="C:\\temp"': [("path", "=", r"C:\temp")],
    r'line="a\nb"': [("line", "=", "a\nb")],
    'team=""': [("team", "=", "")],
}
# Alertmanager reads these since 0.27; the one that Debian has is older.
UTF8 = {
    '"foo"="bar"': [("foo", "=", "bar")],
    '{"a label"=~"x.*",}': [("a label", "=~", "x.*")],
    "{name-with-dashes = bar}": [("name-with-dashes", "=", "bar")],
    "köder=🙂": [("köder", "=", "🙂")],
    r'"foo"="\xf0\x9f\x99\x82"': [("foo", "=", "🙂")],
    r'"foo"="\360\237\231\202"': [("foo", "=", "🙂")],
    r'"foo"="\U0001f642 \u00e4"': [("foo", "=", "🙂 ä")],
}


@pytest.mark.parametrize("line", [*CLASSIC, *UTF8])
def test_a_line_is_read_as_alertmanager_reads_it(line: str) -> None:
    read = [(matcher.label, matcher.operator, matcher.value) for matcher in read_matchers(line)]
    assert read == (CLASSIC | UTF8)[line]


def test_where_the_grammars_disagree_the_classic_one_counts() -> None:
    """Of Alertmanager, matcher/compat/parse.go: FallbackMatchersParser."""
    (matcher,) = read_matchers(r'foo="\t"')
    assert matcher.value == r"\t"


LABELS: list[dict[str, str]] = [
    {},
    {"severity": "critical"},
    {"severity": "high", "team": "x"},
    {"foo": "bar", "dings": "bums", "env": "prod"},
    {"foo": "bar", "env": "development"},
    {"foo": "a,b", "bar": "{c}", "env": "dev"},
    {"quote": 'She said: "Hi!"', "path": "123.js"},
    {"path": "12", "plain": "x"},
    {"path": r"C:\temp", "team": "y"},
]


@pytest.mark.integration
def test_amtool_routes_as_we_do(tmp_path: Path) -> None:
    """Every line is a route of its own, and each set of labels is routed by both."""
    amtool = program("amtool")
    routes = [
        {"receiver": f"r{number}", "continue": True, "matchers": [line]}
        for number, line in enumerate(CLASSIC)
    ]
    names = ["none", *(str(route["receiver"]) for route in routes)]
    config = tmp_path / "alertmanager.yml"
    receivers = [{"name": name} for name in names]
    config.write_text(
        yaml.safe_dump({"route": {"receiver": "none", "routes": routes}, "receivers": receivers})
    )
    for labels in LABELS:
        asked = subprocess.run(
            (amtool, "config", "routes", "test", "--config.file", config, *_pairs(labels)),
            capture_output=True,
            text=True,
            check=True,
        )
        ours = [
            f"r{number}"
            for number, line in enumerate(CLASSIC)
            if all(matcher.fits(labels) for matcher in read_matchers(line))
        ]
        assert asked.stdout.strip() == ",".join(ours or ["none"]), labels


def _pairs(labels: Mapping[str, str]) -> list[str]:
    quoted = (value.replace("\\", "\\\\").replace('"', '\\"') for value in labels.values())
    return [f'{name}="{value}"' for name, value in zip(labels, quoted, strict=True)]


@pytest.mark.parametrize(
    ("line", "advice"),
    [
        ("severity==critical", "Write one =."),
        ("severity='critical'", 'Write double quotes: ".'),
        ("severity=“critical”", 'Write straight quotes: ".'),
        ("severity: critical", 'Write =, and the value in double quotes: severity="critical".'),
        ("title=too many words", 'Write title="too many words".'),
        ("team=", 'Write team="".'),
        ("{severity=critical", "Write both braces, or none."),
        ("severity=critical}", "Write both braces, or none."),
        ("", 'Write one, as in severity="critical".'),
        ("{}", 'Write one, as in severity="critical".'),
        ("severity critical", 'Write label="value", with =, !=, =~ or !~ between.'),
        ('severity="critical', 'Write label="value", with =, !=, =~ or !~ between.'),
        ('a="b",,c="d"', 'Write label="value", with =, !=, =~ or !~ between.'),
        (r'"foo"="\xf0\x9f"', 'Write label="value", with =, !=, =~ or !~ between.'),
        (r'"foo"="\ud83d"', 'Write label="value", with =, !=, =~ or !~ between.'),
        (r'"foo"="\U00110000"', 'Write label="value", with =, !=, =~ or !~ between.'),
        ('severity=~"["', "Write it as in Alertmanager (RE2)."),
    ],
)
def test_what_cannot_be_read_says_what_to_write(line: str, advice: str) -> None:
    with pytest.raises(WrongUsage) as caught:
        read_matchers(line)
    assert caught.value.next_step == advice


@given(st.text(alphabet="ab=!~,{}\"\\ \n'xfu0189“é", max_size=40))
def test_no_line_breaks_the_reader(line: str) -> None:
    with contextlib.suppress(WrongUsage):
        assert read_matchers(line)


@given(
    st.lists(
        st.tuples(
            st.from_regex(r"[a-z_]{1,8}", fullmatch=True),
            st.sampled_from(["=", "!="]),
            st.text(),
        ),
        min_size=1,
        max_size=4,
    )
)
def test_what_a_matcher_says_of_itself_reads_as_the_same(
    wanted: list[tuple[str, str, str]],
) -> None:
    matchers = tuple(Matcher(label=a, operator=b, value=c) for a, b, c in wanted)
    assert read_matchers(", ".join(map(str, matchers))) == matchers
