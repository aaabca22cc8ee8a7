from __future__ import annotations

import pytest

from core.evidence.configuration.digests import redacted_value
from core.evidence.configuration.marks import SettingsFormat, format_of
from core.evidence.configuration.sections import read_sections
from core.evidence.configuration.tree import MAX_LEAVES, settings_of
from core.redaction.engine import Redactor

PROXY = """\
# of the shop
global
    stats socket /run/proxy.sock mode 600
    setenv SHOP_PASSWORD fourteen-larks
defaults
    timeout server 40s  # see the wiki
    option httplog
    no option dontlognull
userlist clerks
    user mira insecure-password fourteen-larks
frontend web
    bind :8443 ssl crt /etc/shop.pem
    acl is_cart path_beg /cart
    http-request set-header X-From "the # shop"
backend cart
    option httpchk GET /ready
    stats auth mira:fourteen-larks
    server c1 shop-1:7000 check inter 3s backup
    default-server maxconn 30
listen old :81
backend spare from base
"""


def proxy_settings() -> dict[str, tuple[str, int]]:
    redactor = Redactor(b"a proxy")
    return {
        setting.path: (redacted_value(setting, redactor), setting.line)
        for setting in settings_of(read_sections(PROXY).tree)
    }


@pytest.mark.parametrize(
    ("path", "value", "line"),
    [
        ("global.stats socket", "/run/proxy.sock mode 600", 3),
        ("defaults.timeout server", "40s", 6),
        ("defaults.option httplog", "on", 7),
        ("defaults.option dontlognull", "off", 8),
        ("frontend[web].bind[:8443]", ":8443", 12),
        ("frontend[web].bind[:8443].ssl", "on", 12),
        ("frontend[web].bind[:8443].crt", "/etc/shop.pem", 12),
        ("frontend[web].acl[is_cart path_beg /cart]", "is_cart path_beg /cart", 13),
        ("backend[cart].option httpchk", "GET /ready", 16),
        ("backend[cart].server[c1].address", "shop-1:7000", 18),
        ("backend[cart].server[c1].check", "on", 18),
        ("backend[cart].server[c1].inter", "3s", 18),
        ("backend[cart].server[c1].backup", "on", 18),
        ("backend[cart].default-server.maxconn", "30", 19),
        ("listen[old].bind[:81]", ":81", 20),
        ("backend[spare].from", "base", 21),
    ],
)
def test_each_line_of_a_section_is_a_setting(path: str, value: str, line: int) -> None:
    assert proxy_settings()[path] == (value, line)


def test_a_mark_of_comments_in_quotes_is_part_of_the_value() -> None:
    path = "frontend[web].http-request[set-header X-From the # shop]"
    assert proxy_settings()[path][0] == "set-header X-From the # shop"


def test_passwords_of_a_proxy_are_hidden() -> None:
    shown = proxy_settings()
    hidden = [
        *("global.setenv[SHOP_PASSWORD]", "userlist[clerks].user[mira].insecure-password"),
        "backend[cart].stats auth[mira].password",
    ]
    assert all(shown[path][0].startswith("«secret") for path in hidden)
    assert "larks" not in str(shown)


@pytest.mark.parametrize("name", ["edge.cfg", "proxy.conf.old", "haproxy", "haproxy.cfg~"])
def test_sections_are_known_by_their_lines(name: str) -> None:
    assert format_of(name, PROXY) is SettingsFormat.SECTIONS


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.ini", "[web]\nglobal = 1\ndefaults = 2\n"),
        ("a.cfg", "defaults\npool = 3\nsize = 4\n"),
        ("a.yaml", "global: 1\ndefaults:\n  pool: 3\n"),
    ],
)
def test_words_of_sections_are_settings_elsewhere(name: str, text: str) -> None:
    assert format_of(name, text) is not SettingsFormat.SECTIONS


def test_a_limit_ends_the_reading() -> None:
    assert read_sections("mode http\n" * MAX_LEAVES).is_cut
