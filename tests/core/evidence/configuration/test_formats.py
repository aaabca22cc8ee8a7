from __future__ import annotations

import pytest

from core.evidence.configuration.formats import read_configuration
from core.evidence.configuration.marks import SettingsFormat, format_of
from core.evidence.configuration.objects import objects_of
from core.evidence.configuration.tree import MAX_DEPTH, MAX_LEAVES, Setting, settings_of

DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: orders
spec:
  template:
    spec:
      containers:
        - image: shop/orders:2.1   # the name comes later
          env:
            - {name: POOL, value: "40"}
          name: api
          resources:
            limits: {memory: 256Mi}
        - name: proxy
          image: envoy:1.31
"""


def settings(name: str, text: str) -> dict[str, tuple[str, int]]:
    settings_format = format_of(name, text)
    assert settings_format is not None
    read = read_configuration(text, settings_format)
    assert read is not None
    return {
        setting.path: (setting.value, setting.line)
        for configured in objects_of(read.trees)
        for setting in settings_of(configured.tree)
    }


def test_containers_are_named_by_their_name() -> None:
    read = settings("orders.yaml", DEPLOYMENT)
    containers = "spec.template.spec.containers"
    assert read[f"{containers}[api].resources.limits.memory"] == ("256Mi", 14)
    assert read[f"{containers}[api].env[POOL]"] == ("40", 11)
    assert read[f"{containers}[proxy].image"] == ("envoy:1.31", 16)


@pytest.mark.parametrize(
    ("name", "text", "path", "value", "line"),
    [
        (
            "c.yml",
            "services:\n  web:\n    environment:\n      - POOL=5\n",
            "services.web.environment[POOL]",
            "5",
            4,
        ),
        ("c.json", '{\n// a pool\n\t"db": {"pool": 20,},\n}', "db.pool", "20", 3),
        ("c.json", '{"a": "\\ud83d\\ude00", "url": "http://x//y"}', "url", "http://x//y", 1),
        ("c.toml", '[db]\nhosts = [\n "a",\n]\npool = 20 # of ten\n', "db.pool", "20", 5),
        ("c.toml", '[[server]]\nname = "b"\nport = 1\n', "server[b].port", "1", 3),
        (".env", "export POOL='a b'\nX=1\n", "POOL", "a b", 1),
        ("c.ini", "; note\n[pool]\nsize: 5\nlist =\n  one\n  two\nlast = 1\n", "pool.last", "1", 7),
        ("c.properties", "a.b=1,\\\n  2\nc.d : x\n", "a.b", "1, 2", 1),
        ("c.properties", "a.b=1,\\\n  2\nc.d : x\n", "c.d", "x", 3),
        ("redis.conf", "# r\nmaxmemory 2gb\nappendonly no\n", "maxmemory", "2gb", 2),
        (
            "nginx.conf",
            "http {\n server {\n  server_name a.b;\n  location / {\n"
            "   proxy_read_timeout 5s; # s\n  }\n }\n}\n",
            "http.server[a.b].location[/].proxy_read_timeout",
            "5s",
            5,
        ),
        (
            "m.tf",
            'resource "x" "y" {\n  size = 3\n  tags = { A = "b", C = "d" }\n}\n',
            "resource[x y].tags.C",
            "d",
            3,
        ),
        ("m.tf", 'locals {\n  zones = [\n    "a",\n    "b"\n  ]\n  n = 2\n}\n', "locals.n", "2", 6),
        ("values.yaml.old", "a:\n  b: 1\n", "a.b", "1", 2),
        ("t.yaml", "image: {{ .Values.image }}\nport: 80\n", "port", "80", 2),
        ("l.yaml", "a: &x {b: 1}\nc: *x\n", "c", "*x", 2),
    ],
)
def test_each_format_gives_path_value_and_line(
    name: str, text: str, path: str, value: str, line: int
) -> None:
    assert settings(name, text)[path] == (value, line)


@pytest.mark.parametrize("name", ["pom.xml", "poetry.lock", "Info.plist"])
def test_what_tools_write_has_no_format(name: str) -> None:
    assert format_of(name, "FROM x\nRUN y\n") is None


@pytest.mark.parametrize("name", ["Dockerfile", "Makefile", "app.dockerfile"])
def test_what_has_no_settings_is_compared_by_lines(name: str) -> None:
    assert format_of(name, "FROM x\nRUN y\n") is SettingsFormat.ROWS


def test_what_no_format_reads_is_kept_by_lines() -> None:
    erlang = "{hosts, [a]}.\n{port, 5269}.\n"
    assert {s.value: s.line for s in lines_of(erlang)}["{port, 5269}."] == 2
    broken = "a: 1\nb: {{ if x\nlimit: 40\n---\nc: 2\n"
    read = read_configuration(broken, SettingsFormat.YAML)
    assert read.broken
    held = [setting for tree in read.trees for setting in settings_of(tree)]
    assert ("limit: 40", 3) in {(setting.value, setting.line) for setting in held}


def lines_of(text: str) -> list[Setting]:
    read = read_configuration(text, SettingsFormat.LINES)
    return [setting for tree in read.trees for setting in settings_of(tree)]


@pytest.mark.parametrize(
    ("line", "path", "value"),
    [
        ("-Xmx8g", "Xmx", "8g"),
        ("8-13:-XX:NewSize=1g", "NewSize", "1g"),
        ("-XX:+UseG1GC", "UseG1GC", "on"),
        ("-XX:-UsePerfData", "UsePerfData", "off"),
        ("$RepeatedMsgReduction on", "line[$RepeatedMsgReduction on]", "$RepeatedMsgReduction on"),
    ],
)
def test_options_of_java_and_strange_lines(line: str, path: str, value: str) -> None:
    held = {setting.path: setting.value for setting in lines_of(f"a = 1\nb = 2\n{line}\nc = 3\n")}
    assert held[path] == value


def test_blocks_whose_names_end_in_a_colon() -> None:
    text = "# of hexbay\nport: 4222\ncluster {\n  name: hexbay\n  max_mem: 2GB\n}\n"
    assert format_of("nats.conf", text) is SettingsFormat.BLOCKS
    assert settings("nats.conf", text)["cluster.max_mem"] == ("2GB", 5)
    versioned = "@version: 3.38\noptions { chain(off); flush_lines(0); };\nlog { a(b); };\n"
    assert settings("syslog-ng.conf", versioned)["options.flush_lines"] == ("(0)", 2)


def test_lines_of_a_template_are_no_settings() -> None:
    text = "{{- if .Values.on }}\nreplicas: 3\n{{- end }}\nport: 80\n"
    assert settings("t.yaml", text) == {"replicas": ("3", 2), "port": ("80", 4)}


def test_a_broken_document_costs_only_its_own_end() -> None:
    read = read_configuration("a: 1\nb: [1\n---\nc: 2\n", SettingsFormat.YAML)
    assert read is not None
    assert read.broken == (3,)
    assert [setting.path for tree in read.trees for setting in settings_of(tree)] == [
        "a",
        "b[1]",
        "c",
    ]


def test_bounds_hold_for_what_nests_or_unfolds() -> None:
    deep = read_configuration("{a: " * 500 + "1" + "}" * 500, SettingsFormat.YAML)
    assert deep is not None
    assert deep.is_cut
    bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"{chr(98 + at)}: &{chr(98 + at)} [{', '.join([f'*{chr(97 + at)}'] * 9)}]\n"
        for at in range(9)
    )
    read = read_configuration(bomb, SettingsFormat.YAML)
    assert read is not None
    assert sum(len(settings_of(tree)) for tree in read.trees) == 90
    wide = read_configuration("x = 1\n" * (MAX_LEAVES + 1), SettingsFormat.LINES)
    assert wide is not None
    assert wide.is_cut
    braces = read_configuration("a {\n" * (MAX_DEPTH + 5), SettingsFormat.BLOCKS)
    assert braces is not None
    assert braces.is_cut


@pytest.mark.timeout(30)
@pytest.mark.parametrize("settings_format", list(SettingsFormat))
@pytest.mark.parametrize("piece", ["{", "\n", "a = <<x\n", "{{", "[", ", ", 'a="""', "a = b \t"])
def test_time_is_linear_in_the_text(settings_format: SettingsFormat, piece: str) -> None:
    """Of each of these a pattern, or a parser, once took time by the square."""
    text = piece * (100_000 // len(piece))
    format_of("unknown", text)
    read_configuration(text, settings_format)
