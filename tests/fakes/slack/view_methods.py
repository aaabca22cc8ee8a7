"""views.open, views.update, views.push.

Slack: docs.slack.dev/reference/methods/views.NAME, docs.slack.dev/surfaces/modals.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.fakes.slack import modals
from tests.fakes.slack.calls import CallArguments, SlackRefused, invalid_arguments, method
from tests.fakes.slack.model import Json, View

if TYPE_CHECKING:
    from tests.fakes.slack.stage import SlackStage

STACK = 3


@method("views.open", tier=4, required=("view",))
def open_view(stage: SlackStage, given: CallArguments) -> Json:
    return _show(stage, given, on_top=False)


@method("views.push", tier=4, required=("view",))
def push(stage: SlackStage, given: CallArguments) -> Json:
    """Only from within a modal, and three deep at most."""
    return _show(stage, given, on_top=True)


@method("views.update", tier=4, required=("view",))
def update(stage: SlackStage, given: CallArguments) -> Json:
    view = stage.team.views.get(given.text("view_id"))
    if view is None or not view.open:
        raise SlackRefused("not_found")
    if given.text("hash") not in ("", view.hash):
        raise SlackRefused("hash_conflict")
    view.content = modals.check(given.json("view", otherwise="invalid_arguments"))
    view.hash = modals.new_hash()
    return {"view": modals.view_json(stage, view)}


def depth(view: View | None) -> int:
    return 1 + depth(view.below) if view else 0


def new_view(stage: SlackStage, user: str, content: Json, *, below: View | None = None) -> View:
    view = View(stage.team.new_id("V"), user, content, modals.new_hash(), below)
    stage.team.views[view.id] = view
    return view


def _show(stage: SlackStage, given: CallArguments, *, on_top: bool) -> Json:
    if not given.text("trigger_id"):
        raise invalid_arguments("missing required field: trigger_id")
    content = modals.check(given.json("view", otherwise="invalid_arguments"))
    trigger = stage.exchange(given.text("trigger_id"))
    if on_top and trigger.view is None:
        raise SlackRefused("not_found")
    below = trigger.view if on_top else None
    if depth(below) >= STACK:
        raise SlackRefused("push_limit_reached")
    view = new_view(stage, trigger.user, content, below=below)
    return {"view": modals.view_json(stage, view)}
