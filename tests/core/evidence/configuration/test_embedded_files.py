"""Files that a document holds as values, each setting at its own line."""

from __future__ import annotations

import pytest

from core.evidence.configuration.embedded_files import with_embedded
from core.evidence.configuration.tree import settings_of
from core.evidence.configuration.yaml_documents import read_json, read_yaml

pytestmark = pytest.mark.unit

CONFIG_MAP = """\
kind: ConfigMap
data:
  LEVEL: info
  nginx.conf: |
    events {
      worker_connections 768;
    }
  app.properties: |
    # of the shop
    pool.max=40
"""


def held(text: str) -> dict[str, tuple[str, int]]:
    (tree,) = read_yaml(text).trees
    settings = settings_of(with_embedded(tree, text.split("\n")))
    return {setting.path: (setting.value, setting.line) for setting in settings}


def test_each_setting_of_an_embedded_file_has_its_path_and_line() -> None:
    assert held(CONFIG_MAP) == {
        "kind": ("ConfigMap", 1),
        "data.LEVEL": ("info", 3),
        "data.nginx.conf.events.worker_connections": ("768", 6),
        "data.app.properties.pool.max": ("40", 10),
    }


def test_a_file_in_a_string_of_json_is_on_its_line() -> None:
    text = '{\n  "app.ini": "[db]\\npool = 4\\nwait = 5\\n"\n}'
    (tree,) = read_json(text).trees
    settings = settings_of(with_embedded(tree, text.split("\n")))
    assert [(each.path, each.value, each.line) for each in settings] == [
        ("app.ini.db.pool", "4", 2),
        ("app.ini.db.wait", "5", 2),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "tls.crt: |\n  -----BEGIN CERTIFICATE-----\n  MIIEvQ\n  -----END CERTIFICATE-----\n",
        "description: |\n  first line\n  second line\n",
        "note: one line\n",
    ],
)
def test_what_is_no_file_stays_whole(text: str) -> None:
    assert len(held(text)) == 1
