"""What is pure of it; what people say reaches `heard_of` in test_listener.py."""

from __future__ import annotations

import json

from bot.discord.payloads import attached_to, attachment, lines_of

FILE = {"id": 5, "filename": "api\u202e.log", "size": 13, "url": "https://cdn.example/api.log?ex=1"}


def test_a_file_knows_where_it_is_when_its_address_expires() -> None:
    file = attachment(FILE, channel_id=11, message_id=99)
    assert (file.id, file.name, file.size) == ("5", "api\ufffd.log", 13)
    assert json.loads(file.source) == {
        "id": "5",
        "url": FILE["url"],
        "channel": "11",
        "message": "99",
    }
    assert "cdn.example" not in repr(file)


def test_a_file_of_unknown_size_counts_as_empty() -> None:
    assert attachment(FILE | {"size": None}, channel_id=11, message_id=99).size == 0


def test_what_other_programs_post_is_in_embeds() -> None:
    embed = {
        "title": "HighErrorRate",
        "description": "checkout answers 8 %",
        "fields": [{"name": "severity", "value": "high"}],
    }
    message = {"content": "Alert!", "embeds": [embed, {"title": None}]}
    assert lines_of(message).splitlines() == [
        "Alert!",
        "HighErrorRate",
        "checkout answers 8 %",
        "severity: high",
    ]


def test_a_message_of_files_alone_says_nothing() -> None:
    assert lines_of({"content": "", "embeds": None}) == ""


def test_what_is_forwarded_is_part_of_the_message() -> None:
    embed = {"title": "HighErrorRate", "description": "checkout answers 8 %"}
    inner = {"content": "Alert!", "embeds": [embed], "attachments": [FILE]}
    message = {"content": "", "attachments": [], "message_snapshots": [{"message": inner}]}
    assert lines_of(message) == "Alert!\nHighErrorRate\ncheckout answers 8 %"
    assert attached_to(message) == [FILE]
    assert attached_to({"attachments": None}) == []
