"""Buttons, modals, shortcuts and response URLs of the fake, with slack-sdk alone."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from slack_sdk.models.blocks import ActionsBlock, ButtonElement, InputBlock, PlainTextInputElement
from slack_sdk.models.views import View
from slack_sdk.webhook.async_client import AsyncWebhookClient

from tests.fakes.slack import NotPossible
from tests.fakes.slack.listener import AppListener
from tests.fakes.slack.refusals import error_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from slack_sdk.web.async_client import AsyncWebClient

    from tests.fakes.slack import FakeSlack, Message

pytestmark = pytest.mark.integration
MODAL = View(
    type="modal",
    callback_id="fm:reject",
    title="Reject",
    submit="Reject",
    private_metadata="128 1",
    blocks=[
        InputBlock(
            block_id="said",
            label="Why is it not the cause?",
            element=PlainTextInputElement(action_id="text", multiline=True),
        )
    ],
)


@pytest.fixture
async def app(slack: FakeSlack) -> AsyncIterator[AppListener]:
    async with AppListener(slack).listening() as app:
        yield app


@pytest.fixture
async def card(slack: FakeSlack, web: AsyncWebClient) -> Message:
    buttons = [
        ButtonElement(text="Confirm", action_id="fm:confirm", value="128 1"),
        ButtonElement(text="Reject", action_id="fm:reject", value="128 1"),
    ]
    posted = await web.chat_postMessage(
        channel="#incidents", text="Case 128", blocks=[ActionsBlock(elements=buttons)]
    )
    await slack.office.quiet()
    return slack.team.channel("incidents").messages[posted["ts"]]


async def test_a_button_by_its_label_or_its_id(
    slack: FakeSlack, app: AppListener, card: Message
) -> None:
    for name in ("Confirm", "fm:confirm", "fm:c"):
        await slack.press("dana", card, name)
        payload = app.heard[-1].payload
        (action,) = payload["actions"]
        assert (action["action_id"], action["value"]) == ("fm:confirm", "128 1")
        assert payload["container"]["message_ts"] == payload["message"]["ts"] == card.ts
    with pytest.raises(NotPossible, match=r"Confirm.*Reject"):
        await slack.press("dana", card, "Explode")


async def test_a_button_of_an_ephemeral_message_comes_without_the_message(
    slack: FakeSlack, app: AppListener, web: AsyncWebClient
) -> None:
    button = ButtonElement(text="Ask", action_id="fm:ask", value="1")
    dana, room = slack.team.person("dana").id, slack.team.channel("incidents").id
    await web.chat_postEphemeral(
        channel=room, user=dana, text="x", blocks=[ActionsBlock(elements=[button])]
    )
    (send_ephemeral,) = slack.seen_by("dana", "incidents")
    await slack.press("dana", send_ephemeral, "Ask")
    payload = app.heard[-1].payload
    assert payload["container"]["is_ephemeral"] is True
    assert "message" not in payload
    with pytest.raises(NotPossible, match="cannot see"):
        await slack.press("kim", send_ephemeral, "Ask")


async def test_a_modal_is_opened_filled_in_and_sent(
    slack: FakeSlack, app: AppListener, web: AsyncWebClient, card: Message
) -> None:
    await slack.press("dana", card, "Reject")
    await web.views_open(trigger_id=app.heard[-1].payload["trigger_id"], view=MODAL)
    view = slack.modal_of("dana")
    assert view is not None
    with pytest.raises(ValueError, match="required field"):
        await slack.submit(view)
    app.answers["interactive"] = {"response_action": "errors", "errors": {"said": "too short"}}
    done = await slack.submit(view, {"Why is it not the cause?": "no"})
    assert done.errors == {"said": "too short"}
    app.answers.clear()
    await slack.submit(view, {"said": "it was the disk"})
    payload = app.heard[-1].payload
    assert payload["type"] == "view_submission"
    assert payload["view"]["private_metadata"] == "128 1"
    assert payload["view"]["state"]["values"]["said"]["text"]["value"] == "it was the disk"
    assert slack.modal_of("dana") is None


async def test_a_trigger_is_good_once_and_for_a_moment(
    slack: FakeSlack, app: AppListener, web: AsyncWebClient, card: Message
) -> None:
    await slack.press("dana", card, "Reject")
    trigger = app.heard[-1].payload["trigger_id"]
    await web.views_open(trigger_id=trigger, view=MODAL)
    call = web.views_open(trigger_id=trigger, view=MODAL)
    assert await error_of(call) == "exchanged_trigger_id"
    slack.trigger_s = 0.0
    await slack.press("dana", card, "Reject")
    await asyncio.sleep(0.01)
    call = web.views_open(trigger_id=app.heard[-1].payload["trigger_id"], view=MODAL)
    assert await error_of(call) == "expired_trigger_id"
    call = web.views_open(trigger_id="1.2.x", view=MODAL)
    assert await error_of(call) == "invalid_trigger_id"


async def test_a_view_is_updated_by_its_hash(
    slack: FakeSlack, app: AppListener, web: AsyncWebClient, card: Message
) -> None:
    await slack.press("dana", card, "Reject")
    trigger = app.heard[-1].payload["trigger_id"]
    opened = (await web.views_open(trigger_id=trigger, view=MODAL))["view"]
    await web.views_update(view_id=opened["id"], hash=opened["hash"], view=MODAL)
    call = web.views_update(view_id=opened["id"], hash=opened["hash"], view=MODAL)
    assert await error_of(call) == "hash_conflict"
    assert await error_of(web.views_update(view_id="V0", view=MODAL)) == "not_found"


async def test_views_are_pushed_three_deep_from_within_a_modal(
    slack: FakeSlack, app: AppListener, web: AsyncWebClient, card: Message
) -> None:
    button = ActionsBlock(elements=[ButtonElement(text="More", action_id="fm:more", value="1")])
    view = View(type="modal", title="Case 128", blocks=[button])
    await slack.press("dana", card, "Confirm")
    trigger = app.heard[-1].payload["trigger_id"]
    assert await error_of(web.views_push(trigger_id=trigger, view=view)) == "not_found"
    await slack.press("dana", card, "Confirm")
    await web.views_open(trigger_id=app.heard[-1].payload["trigger_id"], view=view)
    for _ in range(2):
        await _push(slack, app, view)
    top = slack.modal_of("dana")
    assert top is not None
    payload = (await slack.press_in(top, "More")).delivery.payload
    assert payload["container"] == {"type": "view", "view_id": top.id}
    assert payload["view"]["previous_view_id"]
    call = web.views_push(trigger_id=payload["trigger_id"], view=view)
    assert await error_of(call) == "push_limit_reached"


async def _push(slack: FakeSlack, app: AppListener, view: View) -> None:
    top = slack.modal_of("dana")
    assert top is not None
    await slack.press_in(top, "More")
    trigger = app.heard[-1].payload["trigger_id"]
    await app.client.web_client.views_push(trigger_id=trigger, view=view)


@pytest.mark.parametrize(
    ("answer", "title"),
    [({}, None), ({"response_action": "clear"}, None), ("update", "Done"), ("push", "Done")],
)
async def test_what_a_modal_becomes_when_it_was_sent(
    slack: FakeSlack, app: AppListener, web: AsyncWebClient, card: Message, answer: Any, title: Any
) -> None:
    await slack.press("dana", card, "Reject")
    await web.views_open(trigger_id=app.heard[-1].payload["trigger_id"], view=MODAL)
    view = slack.modal_of("dana")
    assert view is not None
    if isinstance(answer, str):
        done = {**MODAL.to_dict(), "title": {"type": "plain_text", "text": "Done"}}
        answer = {"response_action": answer, "view": done}
    app.answers["interactive"] = answer
    assert (await slack.submit(view, {"said": "disk"})).problem == ""
    shown = slack.modal_of("dana")
    assert (shown and shown.content["title"]["text"]) == title


async def test_a_modal_that_is_answered_with_nonsense_says_so(
    slack: FakeSlack, app: AppListener, web: AsyncWebClient, card: Message
) -> None:
    await slack.press("dana", card, "Reject")
    await web.views_open(trigger_id=app.heard[-1].payload["trigger_id"], view=MODAL)
    view = slack.modal_of("dana")
    assert view is not None
    app.answers["interactive"] = {"response_action": "update", "view": {"type": "modal"}}
    assert "invalid answer" in (await slack.submit(view, {"said": "disk"})).problem


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"title": {"type": "plain_text", "text": "x" * 25}}, "invalid_arguments"),
        ({"private_metadata": "x" * 3001}, "invalid_arguments"),
        ({"submit": None, "type": "sheet"}, "invalid_arguments"),
        ({"blocks": [{"type": "carousel"}]}, "invalid_arguments"),
        ({"external_id": "x" * 250_001}, "view_too_large"),
    ],
)
async def test_what_is_no_modal(
    slack: FakeSlack,
    app: AppListener,
    web: AsyncWebClient,
    card: Message,
    change: dict[str, Any],
    error: str,
) -> None:
    await slack.press("dana", card, "Reject")
    trigger = app.heard[-1].payload["trigger_id"]
    view = {**MODAL.to_dict(), **change}
    assert await error_of(web.views_open(trigger_id=trigger, view=view)) == error
    await web.views_open(trigger_id=trigger, view=MODAL)


async def test_the_shortcut_on_a_message(slack: FakeSlack, app: AppListener) -> None:
    message = await slack.say("kim", "lobby", "error: pool exhausted")
    await slack.shortcut("dana", message.message, "Add to case")
    payload = app.heard[-1].payload
    assert (payload["type"], payload["callback_id"]) == ("message_action", "add_to_case")
    assert payload["message"]["text"] == "error: pool exhausted"
    with pytest.raises(NotPossible, match="no shortcut"):
        await slack.shortcut("dana", message.message, "Translate")


async def test_a_response_url_is_good_five_times(slack: FakeSlack, app: AppListener) -> None:
    await slack.command("/fm", "status", "dana", "lobby")
    webhook = AsyncWebhookClient(app.heard[-1].payload["response_url"])
    for number in range(5):
        answer = await webhook.send(text=str(number), response_type="ephemeral")
        assert answer.status_code == 200
    again = await webhook.send(text="6")
    assert (again.status_code, "used_url" in again.body) == (404, True)
    assert [message.text for message in slack.seen_by("dana", "lobby")] == ["0", "1", "2", "3", "4"]
    assert slack.seen_by("kim", "lobby") == []


async def test_a_response_url_of_a_message_replaces_and_deletes_it(
    slack: FakeSlack, app: AppListener, card: Message
) -> None:
    await slack.press("dana", card, "Confirm")
    webhook = AsyncWebhookClient(app.heard[-1].payload["response_url"])
    await webhook.send(text="confirmed", replace_original=True)
    assert (card.text, card.blocks) == ("confirmed", [])
    await webhook.send(text="", delete_original=True)
    assert slack.team.channel("incidents").messages == {}
    slack.response_urls.clear()
    assert "expired_url" in (await webhook.send(text="x")).body
