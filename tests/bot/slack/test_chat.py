"""Cards in Slack: posted, edited, found, whispered. Real slack-sdk, a fake Slack."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.slack.response_handle import ResponseHandle
from core.conversation.cards.card import Mark, Row
from core.conversation.messages.message import Opening
from core.errors import ChatRefused, ChatUnavailable, NotFound
from core.places import CaseRoom, Destination, Place
from core.text.redacted import redacted
from tests.bot.slack.desk import SlackDesk, a_card, a_desk, until
from tests.fakes.slack import Limits, Message, a_slack, pings, words

pytestmark = pytest.mark.integration

MARKER = "out_1"
INCIDENTS = Destination(platform="slack", workspace="main", channel="#incidents")
A_ROOM = replace(INCIDENTS, room=CaseRoom.CHANNEL)
OPENING = Opening(number=128, title=redacted("Checkout: 5xx über 8 %"), card=a_card())


def messages(desk: SlackDesk, channel: str = "#incidents") -> list[Message]:
    """Without what Slack says itself: who joined, and what the topic is."""
    room = desk.people.team.channel(channel)
    return [
        message for message in room.messages.values() if not message.subtype.startswith("channel_")
    ]


async def test_a_card_is_posted_and_edited(desk: SlackDesk) -> None:
    chat, place = desk.slack.chat, desk.place()
    ref = await chat.post(place, a_card(), marker=MARKER)
    await chat.edit(place, ref, a_card("Quiet #128"))
    (message,) = messages(desk)
    assert message.ts == ref
    assert "Quiet #128" in words(message)


async def test_a_card_is_posted_without_anything_that_slack_would_add(desk: SlackDesk) -> None:
    hostile = "<!channel> <@U0FAULTMVN> http://evil.example *x*"
    await desk.slack.chat.post(desk.place(), a_card(hostile), marker=MARKER)
    (message,) = messages(desk)
    assert pings(message) == []
    assert hostile in words(message)
    sent = message.arguments
    assert (sent["unfurl_links"], sent["unfurl_media"], sent["mrkdwn"]) == (False, False, False)
    assert (sent["parse"], sent["link_names"]) == ("none", False)


async def test_the_channel_hears_what_is_broadcast_from_a_thread(desk: SlackDesk) -> None:
    opened = await desk.slack.chat.open(INCIDENTS, OPENING, marker=MARKER, again=False)
    for nth, is_broadcast in enumerate((False, True)):
        line = replace(a_card(f"line {nth}"), broadcast=is_broadcast)
        await desk.slack.chat.post(opened.place, line, marker=f"out_{nth + 2}")
    _, quiet, loud = messages(desk)
    assert (quiet.broadcast, loud.broadcast) == (False, True)
    assert loud.thread_ts == opened.ref


async def test_a_name_and_a_person_are_places_too(desk: SlackDesk) -> None:
    chat = desk.slack.chat
    by_name = Place(platform="slack", workspace="main", channel="#war-room")
    await chat.post(by_name, a_card(), marker="out_1")
    dana = desk.people.team.person("dana").id
    direct = replace(by_name, channel=f"@{dana}")
    ref = await chat.post(direct, a_card(), marker="out_2")
    await chat.edit(direct, ref, a_card("Quiet"))
    assert len(messages(desk, "#war-room")) == 1
    im = desk.people.team.im_of(desk.people.app.bot_user, dana)
    assert "Quiet" in words(next(iter(im.messages.values())))
    assert len(desk.people.called("conversations.open", "users.conversations")) == 2, "asked once"


async def test_a_file_is_sent_to_a_person_alone(desk: SlackDesk) -> None:
    dana = desk.people.team.person("dana").id
    direct = Place(platform="slack", workspace="main", channel=f"@{dana}")
    await desk.slack.chat.send_file(direct, "api.log", b"\0\xff ERROR")
    im = desk.people.team.im_of(desk.people.app.bot_user, dana)
    await until(lambda: im.messages)
    (message,) = im.messages.values()
    assert [(file.name, file.content) for file in message.files] == [("api.log", b"\0\xff ERROR")]


async def test_a_public_channel_is_entered_where_a_case_opens_in_it(desk: SlackDesk) -> None:
    lobby = replace(INCIDENTS, channel="#lobby")
    await desk.slack.chat.open(lobby, OPENING, marker=MARKER, again=False)
    assert len(messages(desk, "#lobby")) == 1
    await desk.slack.chat.post(desk.place("#lobby"), a_card(), marker="out_2")


async def test_a_public_channel_is_entered_where_a_channel_of_a_case_is_announced(
    desk: SlackDesk,
) -> None:
    lobby = replace(A_ROOM, channel="#lobby")
    await desk.slack.chat.open(lobby, OPENING, marker=MARKER, again=False)
    assert len(messages(desk, "#lobby")) == 1


async def test_no_channel_is_entered_for_a_reply(desk: SlackDesk) -> None:
    with pytest.raises(ChatRefused, match="not_in_channel") as caught:
        await desk.slack.chat.post(desk.place("#lobby"), a_card(), marker=MARKER)
    assert "/invite" in caught.value.next_step
    assert not desk.people.called("conversations.join")


async def test_a_case_whose_opening_was_cut_off_before_we_entered(desk: SlackDesk) -> None:
    lobby = replace(INCIDENTS, channel="#lobby")
    desk.people.trouble("conversations.join", status=503)
    with pytest.raises(ChatUnavailable):
        await desk.slack.chat.open(lobby, OPENING, marker=MARKER, again=False)
    await desk.slack.chat.open(lobby, OPENING, marker=MARKER, again=True)
    assert len(messages(desk, "#lobby")) == 1


async def test_what_slack_refuses_says_what_to_do(desk: SlackDesk) -> None:
    chat = desk.slack.chat
    with pytest.raises(ChatRefused, match="is_archived"):
        await chat.post(desk.place("#old"), a_card(), marker=MARKER)
    nowhere = Place(platform="slack", workspace="main", channel="#nowhere")
    with pytest.raises(ChatRefused, match="#nowhere"):
        await chat.post(nowhere, a_card(), marker=MARKER)
    desk.people.app.scopes.discard("chat:write")
    with pytest.raises(ChatRefused) as caught:
        await chat.post(desk.place(), a_card(), marker=MARKER)
    assert "chat:write" in caught.value.next_step


async def test_a_message_that_is_gone(desk: SlackDesk) -> None:
    ref = await desk.slack.chat.post(desk.place(), a_card(), marker=MARKER)
    desk.people.team.channel("#incidents").messages.clear()
    with pytest.raises(NotFound):
        await desk.slack.chat.edit(desk.place(), ref, a_card())


@pytest.mark.parametrize("threaded", [False, True])
async def test_a_message_that_was_cut_off_is_found(desk: SlackDesk, threaded: bool) -> None:  # noqa: FBT001
    chat = desk.slack.chat
    root = await desk.people.say("dana", "#incidents", "is it down?")
    place = desk.place(thread=root.ts if threaded else "")
    await chat.post(place, a_card(), marker="out_before")
    desk.people.trouble("chat.postMessage", lost=True)
    with pytest.raises(ChatUnavailable):
        await chat.post(place, a_card(), marker=MARKER)
    ref = await chat.find(place, marker=MARKER)
    assert ref == messages(desk)[-1].ts
    assert await chat.find(place, marker="out_other") is None


async def test_a_marker_of_somebody_else_is_none(desk: SlackDesk) -> None:
    message = await desk.people.say("dana", "#incidents", "look")
    message.message.metadata = {
        "event_type": "faultmaven_card",
        "event_payload": {"marker": MARKER},
    }
    assert await desk.slack.chat.find(desk.place(), marker=MARKER) is None


async def test_it_is_found_on_a_later_page(desk: SlackDesk) -> None:
    ref = await desk.slack.chat.post(desk.place(), a_card(), marker=MARKER)
    for nth in range(201):
        await desk.people.say("dana", "#incidents", f"line {nth}")
    assert await desk.slack.chat.find(desk.place(), marker=MARKER) == ref


@pytest.mark.parametrize(
    ("trouble", "wait"),
    [
        ({"status": 502}, None),
        ({"error": "internal_error"}, None),
        ({"error": "ratelimited"}, 1.0),
    ],
)
async def test_a_slack_that_is_away_is_tried_again(
    desk: SlackDesk, trouble: dict[str, object], wait: float | None
) -> None:
    desk.people.trouble("chat.postMessage", **trouble)  # type: ignore[arg-type]
    with pytest.raises(ChatUnavailable) as caught:
        await desk.slack.chat.post(desk.place(), a_card(), marker=MARKER)
    assert caught.value.retry_after_s == wait


async def test_a_token_that_was_revoked_loses_nothing(desk: SlackDesk) -> None:
    desk.people.app.refusal = "token_revoked"
    with pytest.raises(ChatUnavailable, match="token_revoked") as caught:
        await desk.slack.chat.post(desk.place(), a_card(), marker=MARKER)
    assert caught.value.retry_after_s == 300
    assert "xoxb" not in str(caught.value)


async def test_slack_gone_altogether() -> None:
    async with a_slack() as people, a_desk(people) as desk:
        await people.close()
        with pytest.raises(ChatUnavailable):
            await desk.slack.chat.post(desk.place(), a_card(), marker=MARKER)


async def test_retry_after_is_kept() -> None:
    async with a_slack(limits=Limits()) as people, a_desk(people) as desk:
        channel = people.team.channel("#incidents").id
        for _ in range(5):
            await desk.slack.web.client.chat_postMessage(channel=channel, text="of another program")
        with pytest.raises(ChatUnavailable) as caught:
            await desk.slack.chat.post(desk.place(), a_card(), marker=MARKER)
        assert caught.value.retry_after_s is not None
        asked = len(people.called("chat.postMessage"))
        await desk.slack.chat.post(desk.place(), a_card(), marker=MARKER)
        assert len(people.called("chat.postMessage")) == asked + 1, "not before it was time"


# A time to come again says that Slack has nothing of the card


async def test_a_limit_on_the_file_says_nothing_of_its_message(desk: SlackDesk) -> None:
    desk.people.trouble("files.getUploadURLExternal", error="ratelimited")
    with pytest.raises(ChatUnavailable) as caught:
        await desk.slack.chat.post(desk.place(), REPORT, marker=MARKER)
    assert len(messages(desk)) == 1
    assert caught.value.retry_after_s is None, "it is there: it has to be looked for"


@pytest.mark.parametrize(
    "method",
    ["conversations.setPurpose", "conversations.setTopic", "chat.postMessage"],
)
async def test_a_limit_after_a_channel_was_made_says_nothing_of_it(
    desk: SlackDesk, method: str
) -> None:
    desk.people.trouble(method, error="ratelimited")
    with pytest.raises(ChatUnavailable) as caught:
        await desk.slack.chat.open(A_ROOM, OPENING, marker=MARKER, again=False)
    assert caught.value.retry_after_s is None


async def test_a_limit_on_a_channels_making_says_when(desk: SlackDesk) -> None:
    desk.slack.web.budgets.rest("conversations.create", seconds=30)
    with pytest.raises(ChatUnavailable) as caught:
        await desk.slack.chat.open(A_ROOM, OPENING, marker=MARKER, again=False)
    assert caught.value.retry_after_s == pytest.approx(30, abs=5)


@pytest.mark.parametrize("lost", [{"status": 503}, {"lost": True}, {"error": "internal_error"}])
async def test_no_answer_never_says_when(desk: SlackDesk, lost: dict[str, object]) -> None:
    desk.people.trouble("chat.postMessage", **lost)  # type: ignore[arg-type]
    with pytest.raises(ChatUnavailable) as caught:
        await desk.slack.chat.post(desk.place(), a_card(), marker=MARKER)
    assert caught.value.retry_after_s is None


# A case gets its place


async def test_a_case_opens_in_a_thread(desk: SlackDesk) -> None:
    opened = await desk.slack.chat.open(INCIDENTS, OPENING, marker=MARKER, again=False)
    (message,) = messages(desk)
    assert opened.place == desk.place(thread=message.ts)
    assert opened.ref == message.ts


@pytest.mark.parametrize("destination", [INCIDENTS, A_ROOM])
async def test_a_case_whose_opening_was_cut_off_has_one_place(
    desk: SlackDesk, destination: Destination
) -> None:
    desk.people.trouble("chat.postMessage", lost=True)
    with pytest.raises(ChatUnavailable):
        await desk.slack.chat.open(destination, OPENING, marker=MARKER, again=False)
    opened = await desk.slack.chat.open(destination, OPENING, marker=MARKER, again=True)
    room = desk.people.team.channels[opened.place.channel]
    assert [message.ts for message in messages(desk, room.name)] == [opened.ref]
    again = await desk.slack.chat.open(destination, OPENING, marker=MARKER, again=True)
    assert again == opened
    assert len(messages(desk)) == 1


async def test_a_case_gets_a_channel_of_its_own(desk: SlackDesk) -> None:
    team = desk.people.team
    dana = team.person("dana").id
    opening = replace(OPENING, invited=(dana, team.person("gone").id))
    opened = await desk.slack.chat.open(A_ROOM, opening, marker=MARKER, again=False)
    room = team.channel("inc-128-checkout-5xx-uber-8")
    assert opened.place == desk.place(room.id)
    assert dana in room.members
    assert room.topic == "#128 Checkout: 5xx über 8 %"
    assert [message.ts for message in messages(desk, room.name)] == [opened.ref]
    (announcement,) = messages(desk)
    assert {"type": "channel", "channel_id": room.id} in announcement.blocks[0]["elements"][0][
        "elements"
    ]


@pytest.mark.parametrize(
    "method", ["conversations.create", "conversations.setPurpose", "conversations.setTopic"]
)
async def test_a_channel_that_was_cut_off_half_made_is_used(desk: SlackDesk, method: str) -> None:
    before = len(desk.people.team.channels)
    desk.people.trouble(method, lost=True)
    with pytest.raises(ChatUnavailable):
        await desk.slack.chat.open(A_ROOM, OPENING, marker=MARKER, again=False)
    await desk.slack.chat.open(A_ROOM, OPENING, marker=MARKER, again=True)
    assert len(desk.people.team.channels) == before + 1


async def test_a_name_that_is_taken_gets_a_number(desk: SlackDesk) -> None:
    team = desk.people.team
    team.add_channel("inc-128-checkout-5xx-uber-8").archived = True
    other = replace(OPENING, number=128)
    await desk.slack.chat.open(A_ROOM, other, marker="out_earlier", again=False)
    desk.slack.web.budgets._buckets.clear()  # a while later
    opened = await desk.slack.chat.open(A_ROOM, other, marker=MARKER, again=True)
    assert team.channels[opened.place.channel].name == "inc-128-checkout-5xx-uber-8-3"


@pytest.mark.parametrize("title", ["支付服务", "!!!", "x" * 300, "Ünïcödé — & <!channel>"])
async def test_any_title_gives_a_name(desk: SlackDesk, title: str) -> None:
    opening = replace(OPENING, title=redacted(title))
    opened = await desk.slack.chat.open(A_ROOM, opening, marker=MARKER, again=False)
    assert desk.people.team.channels[opened.place.channel].name.startswith("inc-128")


async def test_a_case_that_can_have_no_channel_gets_a_thread(desk: SlackDesk) -> None:
    """Nobody is to miss an alert because of a setting of the workspace."""
    desk.people.team.members_may_create_channels = False
    opened = await desk.slack.chat.open(A_ROOM, OPENING, marker=MARKER, again=False)
    again = await desk.slack.chat.open(A_ROOM, OPENING, marker=MARKER, again=True)
    assert again == opened
    card, why = messages(desk)
    assert opened.place == desk.place(thread=card.ts)
    assert why.thread_ts == card.ts
    assert "restricted_action" in words(why)
    assert "Ask an admin of the workspace" in words(why)


async def test_a_case_that_can_have_no_channel_and_no_thread(desk: SlackDesk) -> None:
    desk.people.team.members_may_create_channels = False
    nowhere = replace(A_ROOM, channel="")
    with pytest.raises(ChatRefused, match="restricted_action"):
        await desk.slack.chat.open(nowhere, OPENING, marker=MARKER, again=False)


async def test_a_topic_holds_nothing_that_is_markup_in_the_message_that_tells_it(
    desk: SlackDesk,
) -> None:
    title = redacted("<!channel> <@U0FAULTMVN> p95 > 3 s")
    opening = replace(OPENING, title=title)
    opened = await desk.slack.chat.open(A_ROOM, opening, marker=MARKER, again=False)
    room = desk.people.team.channels[opened.place.channel]
    assert [pings(message) for message in (*room.messages.values(), *messages(desk))] == [[]] * 4
    assert "p95" in room.topic


async def test_an_announcement_is_true_for_ever(desk: SlackDesk) -> None:
    """It is posted once, and nobody edits it when the case is resolved."""
    await desk.slack.chat.open(A_ROOM, OPENING, marker=MARKER, again=False)
    (announcement,) = messages(desk)
    assert words(announcement).strip().startswith("Case #128 opened: Checkout: 5xx über 8 %")
    assert "Firing" not in words(announcement) + announcement.text


# What Slack does not take


@pytest.mark.parametrize("error", ["msg_blocks_too_long", "invalid_blocks"])
async def test_what_slack_does_not_draw_is_said_in_words(desk: SlackDesk, error: str) -> None:
    chat, people = desk.slack.chat, desk.people
    people.trouble("chat.postMessage", error=error)
    ref = await chat.post(desk.place(), a_card("<!channel> it burns"), marker=MARKER)
    (message,) = messages(desk)
    assert (message.blocks, pings(message)) == ([], [])
    assert "it burns" in message.text
    assert await chat.find(desk.place(), marker=MARKER) == ref
    people.trouble("chat.update", error=error)
    await chat.edit(desk.place(), ref, a_card("Quiet"))
    assert (message.blocks, words(message)) == ([], "🔴 Quiet")
    people.trouble("chat.postEphemeral", error=error)
    await chat.send_ephemeral(desk.place(), a_card("psst"), handle=handle(desk, "dana"))
    assert whispered(desk, "dana") == ["🔴 psst"]


async def test_what_is_refused_in_words_too_is_refused(desk: SlackDesk) -> None:
    desk.people.trouble("chat.postMessage", times=2, error="invalid_blocks")
    with pytest.raises(ChatRefused, match="invalid_blocks"):
        await desk.slack.chat.post(desk.place(), a_card(), marker=MARKER)
    assert messages(desk) == []


@pytest.mark.parametrize(
    "error", ["cannot_reply_to_message", "restricted_action_non_threadable_channel"]
)
async def test_where_there_can_be_no_thread_the_answer_stands_in_the_channel(
    desk: SlackDesk, error: str
) -> None:
    root = await desk.people.mention("dana", "#incidents", "what is missing?")
    desk.people.trouble("chat.postMessage", error=error)
    ref = await desk.slack.chat.post(desk.place(thread=root.ts), a_card(), marker=MARKER)
    assert [(message.ts, message.thread_ts) for message in messages(desk)[1:]] == [(ref, "")]


async def test_a_locked_thread_is_nothing_to_get_around(desk: SlackDesk) -> None:
    root = await desk.people.mention("dana", "#incidents", "what is missing?")
    desk.people.trouble("chat.postMessage", error="restricted_action_thread_locked")
    with pytest.raises(ChatRefused, match="thread_locked"):
        await desk.slack.chat.post(desk.place(thread=root.ts), a_card(), marker=MARKER)


async def test_where_a_thread_was_deleted_the_answer_stands_in_the_channel(desk: SlackDesk) -> None:
    people, chat = desk.people, desk.slack.chat
    root = await people.mention("dana", "#incidents", "what is missing?")
    await people.delete(root.message)
    place = desk.place(thread=root.ts)
    ref = await chat.post(place, a_card("its log"), marker=MARKER)
    (message,) = messages(desk)
    assert (message.ts, message.thread_ts) == (ref, "")
    assert await chat.find(place, marker=MARKER) == ref
    await chat.edit(place, ref, a_card("nothing any more"))
    assert "nothing any more" in words(message)
    reach = handle(desk, "dana", thread=root.ts)
    await chat.send_ephemeral(place, a_card("psst"), handle=reach)
    assert len(whispered(desk, "dana")) == 1


# Long texts

TEXT = "# Report\n" + "a line of it\n" * 400
REPORT = a_card("#128 report", key="report:1", mark=Mark.ANSWER, fold=(Row(text=redacted(TEXT)),))


def files(desk: SlackDesk) -> list[tuple[str, str]]:
    """Thread and content of each file that is shared."""
    return [
        (message.thread_ts, file.content.decode())
        for message in messages(desk)
        for file in message.files
    ]


async def test_a_report_is_a_file_in_the_thread(desk: SlackDesk) -> None:
    ref = await desk.slack.chat.post(desk.place(), REPORT, marker=MARKER)
    await until(lambda: files(desk))
    assert files(desk) == [(ref, TEXT)]
    await desk.slack.chat.edit(desk.place(), ref, REPORT)
    assert files(desk) == [(ref, TEXT)], "the same text is there once"
    newer = replace(REPORT, fold=(Row(text=redacted("# Newer\ntext")),))
    await desk.slack.chat.edit(desk.place(), ref, newer)
    await until(lambda: len(files(desk)) > 1)
    assert [text for _, text in files(desk)] == [TEXT, "# Newer\ntext"]


async def test_a_report_in_a_thread_stays_in_it(desk: SlackDesk) -> None:
    root = await desk.people.say("dana", "#incidents", "report?")
    await desk.slack.chat.post(desk.place(thread=root.ts), REPORT, marker=MARKER)
    await until(lambda: files(desk))
    assert files(desk) == [(root.ts, TEXT)]


async def test_a_report_that_was_cut_off_before_its_file_is_said_again(desk: SlackDesk) -> None:
    desk.people.trouble("files.getUploadURLExternal", status=503)
    with pytest.raises(ChatUnavailable):
        await desk.slack.chat.post(desk.place(), REPORT, marker=MARKER)
    assert await desk.slack.chat.find(desk.place(), marker=MARKER) is None
    ref = await desk.slack.chat.post(desk.place(), REPORT, marker=MARKER)
    await until(lambda: files(desk))
    assert files(desk) == [(ref, TEXT)]
    assert await desk.slack.chat.find(desk.place(), marker=MARKER) == ref


# For one person alone


def handle(desk: SlackDesk, user: str, *, thread: str = "", url: str = "") -> str:
    person = desk.people.team.person(user)
    return ResponseHandle(user=person.id, thread=thread, response_url=url).dump()


def whispered(desk: SlackDesk, user: str, channel: str = "#incidents") -> list[str]:
    return [words(message) for message in desk.people.seen_by(user, channel) if message.only_for]


async def test_one_person_alone_is_shown_as_much_as_everyone_would_be(desk: SlackDesk) -> None:
    card = a_card(fold=(Row(text=redacted("further")),))
    await desk.slack.chat.send_ephemeral(desk.place(), card, handle=handle(desk, "dana"))
    (seen,) = whispered(desk, "dana")
    assert "further" not in seen
    assert "More" in seen
    assert whispered(desk, "kim") == []


async def test_where_the_bot_is_not_the_answer_goes_to_what_was_pressed(desk: SlackDesk) -> None:
    team, people = desk.people.team, desk.people
    dana = team.person("dana")
    url = people.new_response_url(team.channel("#lobby"), dana.id, None)
    reach = handle(desk, "dana", url=url)
    await desk.slack.chat.send_ephemeral(desk.place("#lobby"), a_card(), handle=reach)
    assert len(whispered(desk, "dana", "#lobby")) == 1
    for _ in range(4):
        await desk.slack.chat.send_ephemeral(desk.place("#lobby"), a_card(), handle=reach)
    with pytest.raises(NotFound):
        await desk.slack.chat.send_ephemeral(desk.place("#lobby"), a_card(), handle=reach)


@pytest.mark.parametrize("url", ["", "https://evil.example/respond"])
async def test_nobody_to_whisper_to(desk: SlackDesk, url: str) -> None:
    with pytest.raises(NotFound):
        await desk.slack.chat.send_ephemeral(
            desk.place("#lobby"), a_card(), handle=handle(desk, "dana", url=url)
        )
    with pytest.raises(NotFound):
        await desk.slack.chat.send_ephemeral(desk.place(), a_card(), handle="nonsense")
