"""Validation of Block Kit: what Slack refuses is refused, with the place where it is wrong.

Slack: docs.slack.dev/reference/block-kit/blocks, .../block-elements, .../composition-objects; the
figures are also those that the classes of slack_sdk.models.blocks enforce.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.fakes.slack import rich_text
from tests.fakes.slack.calls import SlackRefused
from tests.fakes.slack.faults import ValidationFaults

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.fakes.slack.model import Json

MESSAGE_BLOCKS, VIEW_BLOCKS = 50, 100
# Not documented, observed near 13,200: github.com/slackapi/bolt-js issue 2509.
MESSAGE_TEXT = 13_200
MARKDOWN_TEXT = 12_000
BLOCK_ID, ACTION_ID = 255, 255
BUTTON_TEXT, BUTTON_VALUE, BUTTON_URL = 75, 2000, 3000
SECTION_TEXT, FIELDS, FIELD_TEXT, HEADER_TEXT = 3000, 10, 2000, 150
ACTIONS, CONTEXT, OPTIONS = 25, 10, 100
LABEL, HINT, PLACEHOLDER = 2000, 2000, 150
# Elements that are allowed in an actions block, besides buttons.
CHOOSERS = frozenset(
    f"{kind}_select" for kind in ("static", "users", "conversations", "channels", "external")
) | {"overflow", "datepicker", "timepicker", "datetimepicker", "checkboxes", "radio_buttons"}
INPUTS = CHOOSERS - {"overflow"} | {"plain_text_input", "rich_text_input", "file_input"} | {
    "multi_static_select", "multi_users_select", "number_input", "email_text_input",
}  # fmt: skip


def check_message(blocks: Any) -> list[Json]:
    """The blocks of a message, each with a block_id. Raises SlackRefused."""
    if not isinstance(blocks, list):
        raise SlackRefused("invalid_blocks_format")
    faults = ValidationFaults()
    checked = check(blocks, faults, most=MESSAGE_BLOCKS)
    faults.refuse("invalid_blocks")
    if sum(map(len, texts(blocks))) > MESSAGE_TEXT:
        raise SlackRefused("msg_blocks_too_long")
    return checked


def check(
    blocks: list[Any], faults: ValidationFaults, *, most: int, where: str = "/blocks"
) -> list[Json]:
    """Enter everything that is wrong; give the blocks back, each with a block_id."""
    if len(blocks) > most:
        faults.add(where, f"no more than {most} items allowed")
    named = [block.get("block_id") for block in blocks if isinstance(block, dict)]
    for name in {name for name in named if name and named.count(name) > 1}:
        faults.add(where, f"block_id {name} already exists")
    for number, block in enumerate(blocks):
        _check_block(block, faults, f"{where}/{number}")
    markdown = [block.get("text", "") for block in blocks if _type(block) == "markdown"]
    if sum(map(len, markdown)) > MARKDOWN_TEXT:
        faults.add(where, f"markdown blocks hold {MARKDOWN_TEXT} characters together")
    return [
        {"block_id": f"b{number}", **block}
        for number, block in enumerate(blocks)
        if isinstance(block, dict)
    ]


def texts(tree: Any) -> Iterator[str]:
    """Everything in blocks that is shown."""
    if isinstance(tree, dict):
        if isinstance(tree.get("text"), str):
            yield tree["text"]
        for value in tree.values():
            yield from texts(value)
    elif isinstance(tree, list):
        for value in tree:
            yield from texts(value)


def text_object(
    value: Any,
    faults: ValidationFaults,
    where: str,
    *,
    most: int,
    plain: bool = False,
) -> None:
    """docs.slack.dev/reference/block-kit/composition-objects/text-object."""
    kinds = ("plain_text",) if plain else ("plain_text", "mrkdwn")
    if not isinstance(value, dict) or value.get("type") not in kinds:
        faults.add(where, f"must be a text object of type {' or '.join(kinds)}")
        return
    text = value.get("text")
    if not isinstance(text, str) or not text:
        faults.add(f"{where}/text", "must be more than 0 characters")
    elif len(text) > most:
        faults.add(f"{where}/text", f"must be less than {most + 1} characters")
    if value["type"] == "mrkdwn" and "emoji" in value:
        faults.add(f"{where}/emoji", "is only for plain_text")


def _type(block: Any) -> str:
    return str(block.get("type", "")) if isinstance(block, dict) else ""


def _check_block(block: Any, faults: ValidationFaults, where: str) -> None:
    rule = _BLOCKS.get(_type(block))
    if rule is None:
        faults.add(where, f"unsupported type: {_type(block)}")
        return
    faults.length(block, "block_id", where, most=BLOCK_ID, least=1)
    rule(block, faults, where)


def _section(block: Json, faults: ValidationFaults, where: str) -> None:
    if "text" not in block and not block.get("fields"):
        faults.add(where, "missing required field: text")
    if "text" in block:
        text_object(block["text"], faults, f"{where}/text", most=SECTION_TEXT)
    fields = block.get("fields", [])
    if len(fields) > FIELDS:
        faults.add(f"{where}/fields", f"no more than {FIELDS} items allowed")
    for number, field in enumerate(fields):
        text_object(field, faults, f"{where}/fields/{number}", most=FIELD_TEXT)
    if "accessory" in block:
        kinds = CHOOSERS | {"button", "image"}
        _element(block["accessory"], faults, f"{where}/accessory", kinds=kinds)


def _header(block: Json, faults: ValidationFaults, where: str) -> None:
    text_object(block.get("text"), faults, f"{where}/text", most=HEADER_TEXT, plain=True)


def _context(block: Json, faults: ValidationFaults, where: str) -> None:
    elements = _elements(block, faults, where, most=CONTEXT)
    for number, element in enumerate(elements):
        place = f"{where}/elements/{number}"
        if _type(element) == "image":
            _image(element, faults, place)
        else:
            text_object(element, faults, place, most=SECTION_TEXT)


def _actions(block: Json, faults: ValidationFaults, where: str) -> None:
    elements = _elements(block, faults, where, most=ACTIONS)
    names = [element.get("action_id") for element in elements if isinstance(element, dict)]
    for name in {name for name in names if name and names.count(name) > 1}:
        faults.add(f"{where}/elements", f"action_id {name} already exists")
    for number, element in enumerate(elements):
        _element(element, faults, f"{where}/elements/{number}", kinds=CHOOSERS | {"button"})


def _input(block: Json, faults: ValidationFaults, where: str) -> None:
    text_object(block.get("label"), faults, f"{where}/label", most=LABEL, plain=True)
    if "hint" in block:
        text_object(block["hint"], faults, f"{where}/hint", most=HINT, plain=True)
    _element(block.get("element"), faults, f"{where}/element", kinds=INPUTS)


def _image(block: Json, faults: ValidationFaults, where: str) -> None:
    if not (block.get("image_url") or block.get("slack_file")):
        faults.add(where, "missing required field: image_url")
    faults.length(block, "image_url", where, most=3000)
    if not block.get("alt_text"):
        faults.add(where, "missing required field: alt_text")
    faults.length(block, "alt_text", where, most=2000)


def _markdown(block: Json, faults: ValidationFaults, where: str) -> None:
    if not isinstance(block.get("text"), str) or not block["text"]:
        faults.add(f"{where}/text", "must be more than 0 characters")


def _elements(block: Json, faults: ValidationFaults, where: str, *, most: int) -> list[Any]:
    elements = block.get("elements")
    if not isinstance(elements, list) or not elements:
        faults.add(where, "missing required field: elements")
        return []
    if len(elements) > most:
        faults.add(f"{where}/elements", f"no more than {most} items allowed")
    return elements


def _element(
    element: Any,
    faults: ValidationFaults,
    where: str,
    *,
    kinds: frozenset[str],
) -> None:
    kind = _type(element)
    if kind not in kinds:
        faults.add(where, f"unsupported type: {kind}")
        return
    faults.length(element, "action_id", where, most=ACTION_ID, least=1)
    if kind == "button":
        _button(element, faults, where)
    if kind == "image":
        _image(element, faults, where)
    if "placeholder" in element:
        place = f"{where}/placeholder"
        text_object(element["placeholder"], faults, place, most=PLACEHOLDER, plain=True)
    _options(element, faults, where)


def _button(element: Json, faults: ValidationFaults, where: str) -> None:
    text_object(element.get("text"), faults, f"{where}/text", most=BUTTON_TEXT, plain=True)
    faults.length(element, "value", where, most=BUTTON_VALUE)
    faults.length(element, "url", where, most=BUTTON_URL)
    faults.length(element, "accessibility_label", where, most=75)
    if element.get("style", "primary") not in ("primary", "danger"):
        faults.add(f"{where}/style", "must be primary or danger")
    if "confirm" in element:
        _confirm(element["confirm"], faults, f"{where}/confirm")


def _confirm(confirm: Json, faults: ValidationFaults, where: str) -> None:
    """docs.slack.dev/reference/block-kit/composition-objects/confirmation-dialog-object."""
    for name, most in (("title", 100), ("confirm", 30), ("deny", 30)):
        text_object(confirm.get(name), faults, f"{where}/{name}", most=most, plain=True)
    text_object(confirm.get("text"), faults, f"{where}/text", most=300)


def _options(element: Json, faults: ValidationFaults, where: str) -> None:
    options = element.get("options", [])
    limits = {"overflow": 5, "checkboxes": 10, "radio_buttons": 10}
    most = limits.get(element["type"], OPTIONS)
    if len(options) > most:
        faults.add(f"{where}/options", f"no more than {most} items allowed")
    for number, option in enumerate(options):
        place = f"{where}/options/{number}"
        text_object(option.get("text"), faults, f"{place}/text", most=75)
        faults.length(option, "value", place, most=150, least=1)


def _nothing_more(block: Json, faults: ValidationFaults, where: str) -> None:
    """A divider is a divider."""


_BLOCKS: dict[str, Callable[[Json, ValidationFaults, str], None]] = {
    "section": _section,
    "header": _header,
    "context": _context,
    "actions": _actions,
    "input": _input,
    "image": _image,
    "markdown": _markdown,
    "divider": _nothing_more,
    "rich_text": rich_text.check,
}
