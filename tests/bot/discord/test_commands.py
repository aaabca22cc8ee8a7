from __future__ import annotations

import re
from copy import deepcopy
from typing import Any

from bot.discord.commands import are_registered, documents, focused, order_of
from core.conversation.commands.vocabulary import VERBS

NAME = re.compile(r"[-_a-z0-9]{1,32}")


def subcommands() -> dict[str, dict[str, Any]]:
    return {option["name"]: option for option in documents()[0]["options"]}


def test_every_verb_is_a_subcommand_of_both_commands() -> None:
    fm, faultmaven = documents()[1], documents()[0]
    assert [fm["name"], faultmaven["name"]] == ["fm", "faultmaven"]
    assert fm["options"] == faultmaven["options"]
    assert list(subcommands()) == [name for name, verb in VERBS.items() if verb.is_offered]


def test_discords_limits_are_kept() -> None:
    """application-commands: names, descriptions, 25 options, 8,000 characters a command."""
    for command in documents():
        assert len(command["name"]) <= 32
        assert len(command.get("options", [])) <= 25
        assert characters(command) <= 8_000
        for sub in command.get("options", []):
            required = [option["required"] for option in sub["options"]]
            assert required == sorted(required, reverse=True)
            for element in (sub, *sub["options"]):
                assert NAME.fullmatch(element["name"])
                assert 1 <= len(element["description"]) <= 100


def characters(described: dict[str, Any]) -> int:
    """Names, descriptions and values, of options and choices too."""
    own = sum(len(str(described.get(part, ""))) for part in ("name", "description", "value"))
    nested = [*described.get("options", []), *described.get("choices", [])]
    return own + sum(map(characters, nested))


def test_options_follow_what_a_verb_needs() -> None:
    needs = {
        name: {option["name"]: option["required"] for option in sub["options"]}
        for name, sub in subcommands().items()
    }
    assert needs["confirm"] == {"number": True, "text": False, "case": False}
    assert needs["ask"] == {"text": True, "case": False}
    assert needs["evidence"] == {"text": False, "case": False}
    assert needs["open"] == {"text": True}
    assert needs["status"] == {"case": False}
    assert needs["help"] == {}
    assert needs["listen"] == {"text": False}


def given(verb: str, **options: object) -> dict[str, Any]:
    values = [{"name": name, "type": 3, "value": value} for name, value in options.items()]
    return {"name": "fm", "options": [{"name": verb, "type": 1, "options": values}]}


def test_a_command_is_its_verb_and_what_goes_with_it() -> None:
    typed = given("confirm", number=1, text="it was 2f9c")
    assert order_of(typed) == ("confirm", "1 it was 2f9c", None)
    assert order_of(given("status", case=128)) == ("status", "", 128)
    assert order_of({"name": "fm"}) == ("help", "", None)


def test_the_option_that_is_typed_is_found() -> None:
    data = given("confirm", number="")
    assert focused(data) is None
    data["options"][0]["options"][0]["focused"] = True
    assert (focused(data) or {})["name"] == "number"


def test_what_discord_has_is_compared_with_what_it_should_have() -> None:
    """Discord adds ids and defaults, leaves out what is false, and lists in its own order."""
    known = deepcopy(documents())[::-1]
    for nth, command in enumerate(known):
        command |= {"id": str(nth), "version": "1", "nsfw": False, "dm_permission": True}
        for sub in command.get("options", []):
            for option in sub["options"]:
                if not option["required"]:
                    del option["required"]
    assert are_registered(known)
    known[1]["options"].pop()
    assert not are_registered(known)
    assert not are_registered([])
