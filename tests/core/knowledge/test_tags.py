"""Tags by rules: what they tell, what they leave alone, and how many there may be."""

from __future__ import annotations

import tomllib

from core.knowledge.documents import MOST_TAGS, with_rules_tags, without_tag
from core.knowledge.tags import MOST_BY_RULES, TAG, TECHNOLOGIES, KnownNames, tags_by_rules
from tests.contracts.samples import a_document

KNOWN = KnownNames(services=frozenset({"checkout", "db"}), alerts=frozenset({"PoolFull"}))
TEXT = "Look at checkout: `psql -c 'select 1'`, then kubectl get pods. Also said of PoolFull."


def test_service_alert_and_technology_are_found_by_their_names() -> None:
    assert tags_by_rules("PostgresReplicaLagging", TEXT, KNOWN) == (
        "alert:postgresreplicalagging",
        "alert:poolfull",
        "service:checkout",
        "tech:kubernetes",
        "tech:postgres",
    )


def test_words_of_english_are_no_tags() -> None:
    assert tags_by_rules("Go to the node", "The vault of the consul is a container.", KNOWN) == (
        "tech:consul",
    )


def test_what_stands_in_front_goes_first() -> None:
    text = "---\ntitle: x\ntags: [on-call, 'db']\nservices:\n  - search\n  - edge\n---\nWords.\n"
    assert tags_by_rules("x", text, KNOWN) == (
        "on-call",
        "db",
        "service:search",
        "service:edge",
    )


def test_there_are_so_many_and_no_more() -> None:
    many = KnownNames(services=frozenset(f"service-{n}" for n in range(40)))
    text = " ".join(many.services) + "\n"
    front = "---\ntags: " + " ".join(f"t{n}" for n in range(30)) + "\n---\n"
    assert len(tags_by_rules("x", front + text, many)) == MOST_BY_RULES
    full = a_document(tags=tuple(f"t{n}" for n in range(MOST_TAGS)))
    assert with_rules_tags(full, ("more",)) == full


def test_what_a_person_took_off_stays_off() -> None:
    document = without_tag(a_document(tags=("tech:redis", "db")), "tech:redis")
    assert with_rules_tags(document, ("tech:redis", "tech:kafka")).tags == ("db", "tech:kafka")
    assert without_tag(document, "nothing") == document


def test_every_technology_is_a_tag_and_has_its_own_words() -> None:
    table = tomllib.loads(TECHNOLOGIES.read_text(encoding="utf-8"))
    words = [word for own in table.values() for word in own]
    assert len(set(words)) == len(words)
    assert all(TAG.fullmatch(f"tech:{name}") for name in table)
    assert words == [word.lower() for word in words]
