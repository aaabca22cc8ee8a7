"""The slash commands that Discord offers, and the reading of one that was given.

`/faultmaven` and `/fm` have a subcommand for every verb of the vocabulary, made from its table;
the menu of a message has `Add to case`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from core.conversation.commands.arguments import NUMBERED, attention, nothing, number_or_nothing
from core.conversation.commands.vocabulary import VERBS, Verb
from core.errors import WrongUsage

if TYPE_CHECKING:
    from collections.abc import Iterator

NAMES = ("faultmaven", "fm")
ADD_TO_CASE = "Add to case"
CASE, NUMBER, TEXT = "case", "number", "text"

_CHAT_INPUT, _MESSAGE = 1, 3
_SUBCOMMAND, _STRING, _INTEGER = 1, 3, 4
_VERBS_WITHOUT_CASE = ("open", "help", "listen")  # verbs that are about no case that is there
_MAX_NUMBER = 10**9 - 1
_MAX_TEXT = 6_000


def documents() -> list[dict[str, Any]]:
    """All commands, as Discord's API takes them (application-commands, "Application Command")."""
    return [
        *(_command(name) for name in NAMES),
        {"type": _MESSAGE, "name": ADD_TO_CASE},
    ]


def is_registered(wanted: Any, known: Any) -> bool:
    """Whether Discord has what is wanted; it adds ids, versions and defaults of its own."""
    match wanted:
        case dict():
            return isinstance(known, dict) and all(
                is_registered(value, known.get(name)) for name, value in wanted.items()
            )
        case list():
            return (
                isinstance(known, list)
                and len(wanted) == len(known)
                and all(is_registered(a, b) for a, b in zip(wanted, known, strict=True))
            )
        case False:
            return not known
        case _:
            return bool(wanted == known)


def are_registered(known: list[dict[str, Any]]) -> bool:
    """Whether Discord has all our commands, in whatever order it lists them."""
    ours = sorted(documents(), key=_kind_and_name)
    return is_registered(ours, sorted(known, key=_kind_and_name))


def order_of(data: dict[str, Any]) -> tuple[str, str, int | None]:
    """The chosen verb, its argument, and the number of the case that the command names."""
    verb, options = chosen(data)
    parts = [options.get(NUMBER), options.get(TEXT)]
    case_number = options.get(CASE)
    argument = " ".join(str(part) for part in parts if part not in (None, ""))
    return verb, argument, _case_number(case_number) if case_number is not None else None


def _case_number(value: object) -> int:
    """Raises WrongUsage where no case can have it."""
    if isinstance(value, int) and 0 < value <= _MAX_NUMBER:
        return value
    message = "no case has such a number"
    raise WrongUsage(message, next_step="Type `status` for the cases that are open.")


def chosen(data: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The chosen subcommand, and its options by name."""
    for option in data.get("options") or []:
        if option.get("type") == _SUBCOMMAND:
            options = {entry["name"]: entry.get("value") for entry in option.get("options") or []}
            return str(option["name"]), options
    return "help", {}


def focused(data: dict[str, Any]) -> dict[str, Any] | None:
    """The option that the person is typing into; None where there is none."""
    for option in data.get("options") or []:
        for entry in option.get("options") or []:
            if entry.get("focused"):
                focused_option: dict[str, Any] = entry
                return focused_option
    return None


def _command(name: str) -> dict[str, Any]:
    return {
        "type": _CHAT_INPUT,
        "name": name,
        "description": "Investigate incidents in the open",
        "options": [_subcommand(verb) for verb in VERBS.values() if verb.is_offered],
    }


def _subcommand(verb: Verb) -> dict[str, Any]:
    # Discord wants required options first.
    options = sorted(_options(verb), key=lambda item: not item["required"])
    return {
        "type": _SUBCOMMAND,
        "name": verb.name,
        "description": f"{verb.help.text} · {verb.example.text}"[:100],
        "options": options,
    }


def _options(verb: Verb) -> Iterator[dict[str, Any]]:
    if verb.read in NUMBERED:
        yield _number(NUMBER, "the hypothesis", required=True)
    if verb.read is number_or_nothing:
        yield _number(NUMBER, "which one; alone it is what comes first", required=False)
    if verb.read is attention:
        yield _text(verb) | {
            "choices": [{"name": choice, "value": choice} for choice in _ATTENTION]
        }
    elif verb.read not in (nothing, number_or_nothing):
        yield _text(verb)
    if verb.name not in _VERBS_WITHOUT_CASE:
        yield _number(CASE, "which case, where it is not this channel's", required=False)


def _number(name: str, description: str, *, required: bool) -> dict[str, Any]:
    return {
        "type": _INTEGER,
        "name": name,
        "description": description,
        "required": required,
        "autocomplete": True,
        "min_value": 1,
        "max_value": _MAX_NUMBER,
    }


def _text(verb: Verb) -> dict[str, Any]:
    return {
        "type": _STRING,
        "name": TEXT,
        "description": (verb.field or verb.help).text[:100],
        "required": verb.read not in NUMBERED and not _stands_alone(verb),
        "max_length": _MAX_TEXT,
    }


def _stands_alone(verb: Verb) -> bool:
    try:
        verb.read("")
    except WrongUsage:
        return False
    return True


def _kind_and_name(command: dict[str, Any]) -> tuple[int, str]:
    return command.get("type", _CHAT_INPUT), command["name"]


_ATTENTION = ("all", "mentions")
