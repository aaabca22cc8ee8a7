"""Apache's configuration: directives between tags, each setting with its line."""

from __future__ import annotations

import pytest

from core.evidence.configuration.formats import read_configuration
from core.evidence.configuration.marks import SettingsFormat, format_of
from core.evidence.configuration.tree import settings_of

pytestmark = pytest.mark.unit

SITE = """\
# the shop
<VirtualHost *:80>
    ServerName shop.example
    ServerAlias www.shop.example \\
        *.shop.example
    ProxyPass /api http://orders:8080/ retry=0
    ProxyPass /   http://front:3000/
    <Directory "/srv/www">
        Require all granted
    </Directory>
</VirtualHost>
Timeout 60
"""


def settings(text: str) -> dict[str, tuple[str, int]]:
    read = read_configuration(text, SettingsFormat.TAGS)
    assert read is not None
    return {each.path: (each.value, each.line) for each in settings_of(read.trees[0])}


def test_each_directive_is_a_setting_of_its_block() -> None:
    assert settings(SITE) == {
        "VirtualHost[shop.example].ServerName": ("shop.example", 3),
        "VirtualHost[shop.example].ServerAlias": ("www.shop.example *.shop.example", 4),
        "VirtualHost[shop.example].ProxyPass[/api]": ("http://orders:8080/ retry=0", 6),
        "VirtualHost[shop.example].ProxyPass[/]": ("http://front:3000/", 7),
        "VirtualHost[shop.example].Directory[/srv/www].Require[all]": ("granted", 9),
        "Timeout": ("60", 12),
    }


@pytest.mark.parametrize(
    ("broken", "line"),
    [
        ("<VirtualHost *:80>\nServerName shop.example\nTimeout 60\nKeepAlive On\n", 1),
        ("Timeout 60\nKeepAlive On\nServerName shop.example\n</VirtualHost>\n", 4),
    ],
    ids=["never closed", "never opened"],
)
def test_a_tag_without_its_other_is_named(broken: str, line: int) -> None:
    read = read_configuration(broken, SettingsFormat.TAGS)
    assert read is not None
    assert read.broken == (line,)


def test_it_is_known_by_its_tags() -> None:
    assert format_of("010-shop.conf", SITE) is SettingsFormat.TAGS
    assert format_of("nginx.conf", "server {\n  listen 80;\n}\n") is SettingsFormat.BLOCKS
    assert format_of("app.conf", "timeout = 60\nworkers = 4\n") is SettingsFormat.LINES
