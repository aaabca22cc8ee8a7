"""The rich_text block: sections, lists, quotes and preformatted text, made of small elements.

Slack: docs.slack.dev/reference/block-kit/blocks/rich-text-block.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.fakes.slack.faults import ValidationFaults
    from tests.fakes.slack.model import Json

STYLES = {
    "bold",
    "italic",
    "strike",
    "code",
    "underline",
    "highlight",
    "client_highlight",
    "unlink",
}
# What each small element cannot do without.
REQUIRED = {
    "text": "text",
    "link": "url",
    "emoji": "name",
    "user": "user_id",
    "channel": "channel_id",
    "usergroup": "usergroup_id",
    "broadcast": "range",
    "date": "timestamp",
    "color": "value",
}
_IN_PREFORMATTED = {"text", "link"}


def check(block: Json, faults: ValidationFaults, where: str) -> None:
    elements = block.get("elements")
    if not isinstance(elements, list) or not elements:
        faults.add(where, "missing required field: elements")
        return
    for number, element in enumerate(elements):
        _outer(element, faults, f"{where}/elements/{number}")


def _outer(element: Json, faults: ValidationFaults, where: str) -> None:
    kind = element.get("type")
    allowed = {"rich_text_section", "rich_text_quote", "rich_text_preformatted", "rich_text_list"}
    if kind not in allowed:
        faults.add(where, f"unsupported type: {kind}")
        return
    inner = element.get("elements")
    if not isinstance(inner, list):
        faults.add(where, "missing required field: elements")
        return
    if kind == "rich_text_list":
        _list(element, faults, where)
        return
    kinds = _IN_PREFORMATTED if kind == "rich_text_preformatted" else set(REQUIRED)
    for number, small in enumerate(inner):
        _small(small, faults, f"{where}/elements/{number}", kinds)


def _list(element: Json, faults: ValidationFaults, where: str) -> None:
    if element.get("style") not in ("bullet", "ordered"):
        faults.add(f"{where}/style", "must be bullet or ordered")
    for number, item in enumerate(element["elements"]):
        place = f"{where}/elements/{number}"
        if item.get("type") != "rich_text_section":
            faults.add(place, f"unsupported type: {item.get('type')}")
            continue
        _outer(item, faults, place)


def _small(element: Any, faults: ValidationFaults, where: str, kinds: set[str]) -> None:
    kind = element.get("type") if isinstance(element, dict) else None
    if kind not in kinds:
        faults.add(where, f"unsupported type: {kind}")
        return
    needed = REQUIRED[str(kind)]
    if not element.get(needed):
        faults.add(f"{where}/{needed}", "must be more than 0 characters")
    style = element.get("style", {})
    if not isinstance(style, dict) or set(style) - STYLES:
        faults.add(f"{where}/style", "has properties that are not allowed")
