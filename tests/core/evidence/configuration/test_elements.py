"""XML of application servers and of .NET: elements and attributes, each setting with its line."""

from __future__ import annotations

import pytest

from core.evidence.configuration.formats import ReadConfiguration, read_configuration
from core.evidence.configuration.marks import SettingsFormat, format_of
from core.evidence.configuration.tree import settings_of

pytestmark = pytest.mark.unit

POOL = """\
<?xml version="1.0"?>
<server xmlns="urn:jboss:domain:20.0">
  <!-- agreed with the DBA -->
  <datasource jndi-name="java:/orders" pool-name="orders">
    <pool><max-pool-size>80</max-pool-size></pool>
    <timeout>
      <blocking-timeout-millis>30000</blocking-timeout-millis>
    </timeout>
  </datasource>
  <Connector port="8080" maxThreads="300"/>
  <appSettings><add key="Workers" value="8"/></appSettings>
  <property><name>dfs.replication</name><value>3</value></property>
</server>
"""


def read(text: str) -> ReadConfiguration:
    reading = read_configuration(text, SettingsFormat.ELEMENTS)
    assert reading is not None
    return reading


def settings(text: str) -> dict[str, tuple[str, int]]:
    return {each.path: (each.value, each.line) for each in settings_of(read(text).trees[0])}


def test_texts_and_attributes_are_settings() -> None:
    assert settings(POOL) == {
        "server.datasource[orders].jndi-name": ("java:/orders", 4),
        "server.datasource[orders].pool.max-pool-size": ("80", 5),
        "server.datasource[orders].timeout.blocking-timeout-millis": ("30000", 7),
        "server.Connector.port": ("8080", 10),
        "server.Connector.maxThreads": ("300", 10),
        "server.appSettings.add[Workers]": ("8", 11),
        "server.property[dfs.replication].name": ("dfs.replication", 12),
        "server.property[dfs.replication].value": ("3", 12),
    }


def test_it_is_read_up_to_where_it_is_no_xml_any_more() -> None:
    cut = POOL[: POOL.index("</timeout>")]
    assert "server.datasource[orders].pool.max-pool-size" in settings(cut)
    assert read(cut).broken


def test_entities_are_not_unfolded() -> None:
    bomb = '<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;&b;">]><a><d>&c;</d></a>'
    assert settings(bomb) == {}
    assert read(bomb).is_cut


@pytest.mark.parametrize("name", ["server.xml", "web.config", "standalone.rev-41.xml"])
def test_it_is_known_by_its_first_line_or_its_name(name: str) -> None:
    assert format_of(name, POOL) is SettingsFormat.ELEMENTS


def test_an_attribute_knows_the_line_of_its_own() -> None:
    text = '\n<Server>\n  <Connector\n    port="8080"\n    maxThreads="4"/>\n</Server>\n'
    assert settings(text) == {
        "Server.Connector.port": ("8080", 4),
        "Server.Connector.maxThreads": ("4", 5),
    }
