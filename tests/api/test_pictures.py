"""Pictures of a case over the API."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.api.conftest import LOG

if TYPE_CHECKING:
    from tests.api.conftest import Desk

BEGINS = {"svg": (b"<?xml", b"<svg"), "png": (b"\x89PNG",)}


@pytest.mark.parametrize("name", ["timeline", "causes"])
@pytest.mark.parametrize("form", ["svg", "png"])
async def test_a_picture_of_a_case(desk: Desk, name: str, form: str) -> None:
    secret = b"ERROR login failed: password=hunter2-of-dana\n"
    await desk.answered(files=[("db.log", LOG + secret)], query="status")
    path = f"/cases/{desk.case_id}/{name}/picture"
    answer = await desk.api.client.get(path, params={"form": form}, headers=desk.headers)
    assert answer.content.startswith(BEGINS[form])
    assert answer.headers["Content-Type"].startswith("image/")
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert b"hunter2" not in answer.content


async def test_of_no_other_form(desk: Desk) -> None:
    path = f"/cases/{desk.case_id}/causes/picture"
    answer = await desk.api.client.get(path, params={"form": "gif"}, headers=desk.headers)
    assert answer.status_code == 422
