"""Blocks of settings, and what is built like them and is none."""

import pytest

from core.evidence.detection.sample import Sample
from core.evidence.detection.setting_blocks import score_blocks

_LOGSTASH = (
    "input {\n  beats { port => 5044 }\n}\nfilter {\n  if [status] >= 500 {\n"
    '    mutate { add_tag => [ "error" ] }\n  }\n}\n'
)
_NAMED = (
    "options {\n    recursion no;\n    allow-transfer { none; };\n};\n"
    'zone "a.b" {\n    type master;\n};\n'
)
_CADDY = "a.example.com {\n\treverse_proxy api:8080\n\tlog {\n\t\toutput file /a.log\n\t}\n}\n"
_VRRP = (
    "vrrp_instance VI_1 {\n    state MASTER\n    virtual_router_id 51\n"
    "    virtual_ipaddress {\n        10.0.0.9\n    }\n}\n"
)
_HCL = 'resource "aws_lb" "a" {\n  name = "b"\n}\n'
_APACHE = "<VirtualHost *:80>\n  ServerName a\n  DocumentRoot /srv\n</VirtualHost>\n"


@pytest.mark.parametrize("text", [_LOGSTASH, _NAMED, _CADDY, _VRRP, _HCL, _APACHE])
def test_blocks_of_settings(text: str) -> None:
    assert score_blocks(Sample(text.splitlines())).score >= 0.85


@pytest.mark.parametrize(
    "text",
    [
        "struct node {\n    int v;\n    struct node *next;\n};\n",
        "fn f(x: Op) -> i32 {\n    match x {\n        Op::A => 1,\n        _ => 0,\n    }\n}\n",
        "const r = {\n  a: x => x + 1,\n  b: y => {\n    return y;\n  }\n}\n",
        "func f() {\n\tg()\n}\n",
        "type A struct {\n\tX int\n\tY string\n}\n",
    ],
)
def test_programs_have_other_blocks(text: str) -> None:
    assert score_blocks(Sample(text.splitlines())).score < 0.8
