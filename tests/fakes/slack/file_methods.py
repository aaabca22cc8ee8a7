"""files.info, and files going up in three steps.

Slack: docs.slack.dev/messaging/working-with-files, docs.slack.dev/reference/methods/files.NAME.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tests.fakes.slack import events
from tests.fakes.slack.calls import CallArguments, SlackRefused, method
from tests.fakes.slack.model import Channel, Json, Message, StoredFile

if TYPE_CHECKING:
    from tests.fakes.slack.stage import SlackStage

# The message appears some time after the answer: its ts is in files.info, not in the answer.
SHARED_AFTER_S = 0.05


@method("files.info", tier=4, scopes=("files:read",), required=("file",))
def info(stage: SlackStage, given: CallArguments) -> Json:
    file = stage.team.files.get(given.text("file"))
    if file is None or not may_see(stage, file):
        raise SlackRefused("file_not_found")
    if file.deleted:
        raise SlackRefused("file_deleted")
    return {"file": events.full_file_json(stage, file), "comments": []}


@method(
    "files.getUploadURLExternal",
    tier=4,
    scopes=("files:write",),
    required=("filename", "length"),
)
def get_upload_url(stage: SlackStage, given: CallArguments) -> Json:
    length = given.number("length", 0)
    if length < 1:
        raise SlackRefused("missing_argument")
    file = StoredFile(
        stage.team.new_id("F"),
        given.text("filename"),
        stage.app.bot_user,
        b"",
        announced=length,
        complete=False,
    )
    stage.team.files[file.id] = file
    return {"upload_url": f"{stage.url}/upload/v1/{file.id}", "file_id": file.id}


@method("files.completeUploadExternal", tier=4, scopes=("files:write",), required=("files",))
def complete_upload(stage: SlackStage, given: CallArguments) -> Json:
    files = [
        _uploaded(stage, upload) for upload in given.json("files", otherwise="invalid_arguments")
    ]
    targets = given.names("channels") + given.names("channel_id")
    channels = [_target(stage, target) for target in targets]
    for file in files:
        file.complete = True
    for channel in channels:
        stage.office.begin(_share(stage, channel, files, given))
    return {"files": [{"id": file.id, "title": file.title or file.name} for file in files]}


def may_see(stage: SlackStage, file: StoredFile) -> bool:
    """Its own files, and those in channels that it is in."""
    shared = (stage.team.channels[share] for share in file.shares)
    return file.user == stage.app.bot_user or any(stage.is_member(channel) for channel in shared)


def _uploaded(stage: SlackStage, named: Json) -> StoredFile:
    file = stage.team.files.get(named.get("id", ""))
    if file is None or len(file.content) != file.announced:
        raise SlackRefused("file_not_found")
    if file.user != stage.app.bot_user:
        raise SlackRefused("access_denied")
    file.title = named.get("title") or file.name
    return file


def _target(stage: SlackStage, channel_id: str) -> Channel:
    channel = stage.visible_channel(channel_id)
    if not stage.is_member(channel):
        raise SlackRefused("not_in_channel")
    if channel.archived:
        raise SlackRefused("posting_to_channel_denied")
    return channel


async def _share(
    stage: SlackStage, channel: Channel, files: list[StoredFile], given: CallArguments
) -> None:
    await asyncio.sleep(SHARED_AFTER_S)
    stage.add_message(
        Message(
            stage.team.new_ts(),
            channel.id,
            stage.app.bot_user,
            given.text("initial_comment"),
            thread_ts=given.text("thread_ts"),
            by_app=True,
            subtype="file_share",
            files=files,
        )
    )
