"""Files that go up to the fake, and who may see them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from aiohttp import ClientSession

from tests.fakes.slack.refusals import error_of

if TYPE_CHECKING:
    from slack_sdk.web.async_client import AsyncWebClient

    from tests.fakes.slack import FakeSlack

pytestmark = pytest.mark.integration


async def test_an_upload_has_to_have_the_length_that_was_announced(web: AsyncWebClient) -> None:
    begun = await web.files_getUploadURLExternal(filename="a.md", length=5)
    async with ClientSession() as session, session.post(begun["upload_url"], data=b"abc") as sent:
        assert sent.status == 400
    call = web.files_completeUploadExternal(files=[{"id": begun["file_id"], "title": "a"}])
    assert await error_of(call) == "file_not_found"


async def test_a_file_is_seen_only_where_the_bot_is(slack: FakeSlack, web: AsyncWebClient) -> None:
    message = await slack.upload("dana", "lobby", "web.log", b"x")
    (file,) = message.message.files
    assert await error_of(web.files_info(file=file.id)) == "file_not_found"
    await slack.invite_bot("lobby")
    await web.files_info(file=file.id)
    file.deleted = True
    assert await error_of(web.files_info(file=file.id)) == "file_deleted"
