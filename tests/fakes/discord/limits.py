"""Lengths and counts beyond which Discord answers with 400 and "Invalid Form Body".

Sources: Discord: resources/message (create message, "Embed Limits"), components/reference,
interactions/receiving-and-responding (modal, choices), resources/channel (names, threads).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.fakes.discord.errors import Form, empty_message
from tests.fakes.discord.model import Flag, Message, Wire, walk

if TYPE_CHECKING:
    from tests.fakes.discord.errors import Path

CONTENT, EMBEDS, EMBED_TEXT, FILES = 2_000, 10, 6_000, 10
ROWS, BUTTONS, LABEL, CUSTOM_ID, OPTIONS = 5, 5, 80, 100, 25
V2_PARTS, V2_TEXT = 40, 4_000
FILE_BYTES, REQUEST_BYTES = 20 << 20, 25 << 20  # Discord: reference, "Uploading Files"
EMBED = {"title": 256, "description": 4_096}
V2_ONLY = (9, 10, 11, 12, 13, 14, 17)  # section, text, thumbnail, gallery, file, separator, …
ROW, BUTTON, SELECTS, TEXT_INPUT, LABELLED = 1, 2, (3, 5, 6, 7, 8), 4, 18
LINK = 5  # a button's style: it has a url and no custom_id
ARCHIVE_AFTER = (60, 1440, 4320, 10080)  # minutes


def check_message(body: Wire, *, files: int) -> None:
    """Of the parts that a body names. Raises DiscordRefused (400, 50035)."""
    form = Form()
    form.length(("content",), body.get("content"), CONTENT)
    form.count(("embeds",), body.get("embeds"), EMBEDS)
    if files > FILES:
        form.wrong(("attachments",), "BASE_TYPE_BAD_LENGTH", "Must be 10 or fewer in length.")
    if len(str(body.get("nonce") or "")) > 25:
        form.wrong(("nonce",), "NONCE_TYPE_TOO_LONG", "Nonce too long")
    for index, embed in enumerate(body.get("embeds") or ()):
        _check_embed(form, ("embeds", index), embed)
    if sum(embed_size(embed) for embed in body.get("embeds") or ()) > EMBED_TEXT:
        says = "Embed size exceeds maximum size of 6000"
        form.wrong(("embeds",), "MAX_EMBED_SIZE_EXCEEDED", says)
    components = body.get("components") or []
    if int(body.get("flags") or 0) & Flag.COMPONENTS_V2:
        _check_v2(form, body, components)
    else:
        _check_rows(form, components)
    _check_ids(form, components)
    form.check()


def check_not_empty(message: Message) -> None:
    """Raises DiscordRefused (400, 50006)."""
    if not (message.content.strip() or message.embeds or message.components or message.files):
        raise empty_message()


def embed_size(embed: Wire) -> int:
    """What counts to the 6,000: title, description, names, values, footer, author."""
    texts = [embed.get("title"), embed.get("description")]
    texts += [embed.get("footer", {}).get("text"), embed.get("author", {}).get("name")]
    for item in embed.get("fields", ()):
        texts += [item.get("name"), item.get("value")]
    return sum(len(str(text).strip()) for text in texts if text)


def _check_embed(form: Form, path: Path, embed: Wire) -> None:
    for name, most in EMBED.items():
        form.length((*path, name), embed.get(name), most)
    form.length((*path, "footer", "text"), embed.get("footer", {}).get("text"), 2_048)
    form.length((*path, "author", "name"), embed.get("author", {}).get("name"), 256)
    form.count((*path, "fields"), embed.get("fields"), 25)
    for index, item in enumerate(embed.get("fields", ())):
        form.length((*path, "fields", index, "name"), item.get("name"), 256, 1)
        form.length((*path, "fields", index, "value"), item.get("value"), 1_024, 1)
    if not 0 <= int(embed.get("color") or 0) <= 0xFFFFFF:
        form.wrong((*path, "color"), "NUMBER_TYPE_MAX", "int value should be at most 16777215.")


def _check_rows(form: Form, components: list[Wire]) -> None:
    form.count(("components",), components, ROWS)
    for index, row in enumerate(components):
        path: Path = ("components", index)
        form.one_of((*path, "type"), row.get("type"), (ROW,))
        _check_row(form, path, row)


def _check_row(form: Form, path: Path, row: Wire) -> None:
    parts = row.get("components") or []
    form.count((*path, "components"), parts, BUTTONS, 1)
    if len(parts) > 1 and any(part.get("type") in SELECTS for part in parts):
        form.wrong((*path, "components"), "BASE_TYPE_BAD_LENGTH", "A select has its own row.")
    for place, part in enumerate(parts):
        _check_part(form, (*path, "components", place), part)


def _check_part(form: Form, path: Path, part: Wire) -> None:
    form.one_of((*path, "type"), part.get("type"), (BUTTON, *SELECTS))
    if part.get("type") == BUTTON:
        form.length((*path, "label"), part.get("label"), LABEL)
        form.length((*path, "url"), part.get("url"), 512, int(part.get("style") == LINK))
        if not part.get("label") and not part.get("emoji"):
            form.wrong(path, "BUTTON_COMPONENT_INVALID", "A button needs a label or an emoji")
    elif part.get("type") == SELECTS[0]:
        form.count((*path, "options"), part.get("options"), OPTIONS, 1)
        form.length((*path, "placeholder"), part.get("placeholder"), 150)
        for index, option in enumerate(part.get("options", ())):
            for name in ("label", "value"):
                form.length((*path, "options", index, name), option.get(name), 100, 1)


def _check_v2(form: Form, body: Wire, components: list[Wire]) -> None:
    """`content` and `embeds` cannot be used with the flag; up to 40 parts, 4,000 of text."""
    for name in ("content", "embeds"):
        if body.get(name):
            code = "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2"
            says = "The 'content' and 'embeds' fields cannot be used with this flag"
            form.wrong((name,), code, says)
    parts = walk(components)
    if len(parts) > V2_PARTS:
        form.wrong(("components",), "BASE_TYPE_BAD_LENGTH", f"Must be {V2_PARTS} or fewer.")
    if sum(len(str(part.get("content") or "")) for part in parts) > V2_TEXT:
        code = "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED"
        form.wrong(("components",), code, f"The text exceeds the maximum size of {V2_TEXT}")
    for index, part in enumerate(parts):
        path: Path = ("components", index)
        form.one_of((*path, "type"), part.get("type"), (ROW, BUTTON, *SELECTS, *V2_ONLY))
        if part.get("type") == ROW:
            _check_row(form, path, part)


def _check_ids(form: Form, components: list[Wire]) -> None:
    """`custom_id`: 1 to 100 characters, once in a message; not on a link."""
    seen = set[str]()
    for part in walk(components):
        is_link = part.get("type") == BUTTON and part.get("style") in (LINK, 6)
        if part.get("type") not in (BUTTON, *SELECTS, TEXT_INPUT) or is_link:
            continue
        custom_id = str(part.get("custom_id") or "")
        path: Path = ("components", "custom_id")
        form.length(path, custom_id, CUSTOM_ID, 1)
        if custom_id in seen:
            says = "Component custom id cannot be duplicated"
            form.wrong(path, "COMPONENT_CUSTOM_ID_DUPLICATED", says)
        seen.add(custom_id)


def check_modal(data: Wire) -> None:
    """Raises DiscordRefused (400, 50035)."""
    form, components = Form(), data.get("components") or []
    form.length(("custom_id",), data.get("custom_id"), CUSTOM_ID, 1)
    form.length(("title",), data.get("title"), 45, 1)
    form.count(("components",), components, 5, 1)
    for index, part in enumerate(components):
        form.one_of(("components", index, "type"), part.get("type"), (ROW, LABELLED, 10))
        if part.get("type") == LABELLED:
            form.length(("components", index, "label"), part.get("label"), 45, 1)
            form.length(("components", index, "description"), part.get("description"), 100)
    for part in walk(components):
        if part.get("type") == TEXT_INPUT:
            form.one_of(("components", "style"), part.get("style"), (1, 2))
            form.length(("components", "placeholder"), part.get("placeholder"), 100)
            form.length(("components", "value"), part.get("value"), 4_000)
    _check_ids(form, components)
    form.check()


def check_choices(data: Wire) -> None:
    """Of an autocomplete answer. Raises DiscordRefused (400, 50035)."""
    form, choices = Form(), data.get("choices") or []
    form.count(("data", "choices"), choices, 25)
    for index, choice in enumerate(choices):
        form.length(("data", "choices", index, "name"), choice.get("name"), 100, 1)
        form.length(("data", "choices", index, "value"), choice.get("value"), 100)
    form.check()


def check_channel(body: Wire, *, needs_name: bool) -> None:
    """Name 1 to 100, topic up to 1,024 (4,096 in a forum), the four durations of threads."""
    form = Form()
    if needs_name or "name" in body:
        form.length(("name",), body.get("name"), 100, 1)
    form.length(("topic",), body.get("topic"), 4_096 if body.get("type") == 15 else 1_024)
    if body.get("auto_archive_duration") is not None:
        form.one_of(("auto_archive_duration",), body["auto_archive_duration"], ARCHIVE_AFTER)
    form.check()
