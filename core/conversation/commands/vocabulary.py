"""The table of command verbs; help, completion, buttons and docs are made from it.

`parsing.py` turns a line into one of them, `arguments.py` reads what follows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from core.conversation.commands.arguments import (
    Arguments,
    attention,
    change_to_undo,
    confirmation,
    correction,
    feedback,
    file_or_lines,
    file_or_nothing,
    free_text,
    judgement,
    link_code,
    moments,
    nothing,
    number_or_nothing,
    question,
    search_text,
    title,
)
from core.text.redacted import RedactedText

ASK = "ask"


@dataclass(frozen=True, kw_only=True)
class Verb:
    """One command verb.

    guessed: a misspelt word may be taken for it.
    changes: it changes something, so people with read access only may not use it.
    public: its reply is for everyone, also where one person asked for it alone.
    field: what a person is asked for who presses it as a button; None where nothing is needed.
    or_asks: an argument it cannot read makes the line a question: `why is it slow`.
    is_listed: help shows it; else another verb tells of it, when it is wanted.
    is_offered: as a command of a platform, of which one may have few; else it is typed.
    """

    word: RedactedText
    group: RedactedText
    help: RedactedText
    example: RedactedText
    read: Callable[[str], Arguments]
    guessed: bool = True
    changes: bool = True
    public: bool = False
    field: RedactedText | None = None
    or_asks: bool = False
    is_listed: bool = True
    is_offered: bool = True

    @property
    def name(self) -> str:
        return self.word.text


_LOOK, _TELL, _CASE, _YOU = (
    RedactedText.format("See"),
    RedactedText.format("Tell"),
    RedactedText.format("Begin and end"),
    RedactedText.format("You"),
)

VERBS: dict[str, Verb] = {
    verb.name: verb
    for verb in (
        Verb(
            word=RedactedText.format("status"),
            group=_LOOK,
            help=RedactedText.format("the case on one card"),
            example=RedactedText.format("status #128"),
            read=nothing,
            changes=False,
        ),
        Verb(
            word=RedactedText.format("hypotheses"),
            group=_LOOK,
            help=RedactedText.format("causes, lines for, against"),
            example=RedactedText.format("hypotheses"),
            read=nothing,
            changes=False,
        ),
        Verb(
            word=RedactedText.format("why"),
            group=_LOOK,
            help=RedactedText.format("what speaks for a cause"),
            example=RedactedText.format("why 1"),
            read=number_or_nothing,
            changes=False,
            or_asks=True,
        ),
        Verb(
            word=RedactedText.format("timeline"),
            group=_LOOK,
            help=RedactedText.format("what happened"),
            example=RedactedText.format("timeline last hour"),
            read=moments,
            changes=False,
        ),
        Verb(
            word=RedactedText.format("run"),
            group=_LOOK,
            help=RedactedText.format("the check to do next"),
            example=RedactedText.format("run 1"),
            read=number_or_nothing,
            changes=False,
        ),
        Verb(
            word=RedactedText.format("ask"),
            group=_LOOK,
            help=RedactedText.format("from the evidence"),
            example=RedactedText.format("ask what changed?"),
            read=question,
            field=RedactedText.format("What do you want to know?"),
        ),
        Verb(
            word=RedactedText.format("runbook"),
            group=_LOOK,
            help=RedactedText.format("what to do, by your docs"),
            example=RedactedText.format("runbook"),
            read=nothing,
            changes=False,
        ),
        Verb(
            word=RedactedText.format("related"),
            group=_LOOK,
            help=RedactedText.format("past cases, what fixed them"),
            example=RedactedText.format("related"),
            read=nothing,
            guessed=False,
            changes=False,
            is_listed=False,
            is_offered=False,
        ),
        Verb(
            word=RedactedText.format("search"),
            group=_LOOK,
            help=RedactedText.format("your runbooks"),
            example=RedactedText.format("search replica lag"),
            read=search_text,
            guessed=False,
            changes=False,
            field=RedactedText.format("What are you looking for?"),
        ),
        Verb(
            word=RedactedText.format("report"),
            group=_LOOK,
            help=RedactedText.format("all of it, in Markdown"),
            example=RedactedText.format("report"),
            read=nothing,
            changes=False,
            public=True,
        ),
        Verb(
            word=RedactedText.format("handoff"),
            group=_LOOK,
            help=RedactedText.format("for the next shift"),
            example=RedactedText.format("handoff"),
            read=nothing,
            changes=False,
            public=True,
        ),
        Verb(
            word=RedactedText.format("evidence"),
            group=_TELL,
            help=RedactedText.format("add lines; alone: list"),
            example=RedactedText.format("evidence LINES"),
            read=file_or_lines,
            field=RedactedText.format("Lines of a log, a config, anything"),
        ),
        Verb(
            word=RedactedText.format("result"),
            group=_TELL,
            help=RedactedText.format("of check 1"),
            example=RedactedText.format("result 1 LINES"),
            read=judgement,
            field=RedactedText.format("What did the check print?"),
        ),
        Verb(
            word=RedactedText.format("confirm"),
            group=_TELL,
            help=RedactedText.format("the cause"),
            example=RedactedText.format("confirm 1 it was 2f9c"),
            read=confirmation,
            field=RedactedText.format("What tells you so?"),
        ),
        Verb(
            word=RedactedText.format("reject"),
            group=_TELL,
            help=RedactedText.format("not the cause"),
            example=RedactedText.format("reject 2 disk is empty"),
            read=judgement,
            field=RedactedText.format("Why is it not the cause?"),
        ),
        Verb(
            word=RedactedText.format("fixed"),
            group=_TELL,
            help=RedactedText.format("the fix was done"),
            example=RedactedText.format("fixed 1"),
            read=number_or_nothing,
            guessed=False,
        ),
        Verb(
            word=RedactedText.format("helped"),
            group=_TELL,
            help=RedactedText.format("a suggestion, or not"),
            example=RedactedText.format("helped check 1"),
            read=feedback,
            guessed=False,
            is_listed=False,
            is_offered=False,
        ),
        Verb(
            word=RedactedText.format("undo"),
            group=_TELL,
            help=RedactedText.format("the last of these"),
            example=RedactedText.format("undo"),
            read=change_to_undo,
            guessed=False,
            or_asks=True,
        ),
        Verb(
            word=RedactedText.format("correct"),
            group=_TELL,
            help=RedactedText.format("start over"),
            example=RedactedText.format("correct since 14:05"),
            read=correction,
            field=RedactedText.format("What is wrong?"),
        ),
        Verb(
            word=RedactedText.format("cancel"),
            group=_TELL,
            help=RedactedText.format("stop the search"),
            example=RedactedText.format("cancel"),
            read=file_or_nothing,
            guessed=False,
        ),
        Verb(
            word=RedactedText.format("open"),
            group=_CASE,
            help=RedactedText.format("a new case"),
            example=RedactedText.format("open checkout is slow"),
            read=title,
            guessed=False,
            field=RedactedText.format("What is wrong?"),
        ),
        Verb(
            word=RedactedText.format("resolve"),
            group=_CASE,
            help=RedactedText.format("what fixed it"),
            example=RedactedText.format("resolve pool set to 40"),
            read=free_text,
            field=RedactedText.format("What fixed it?"),
        ),
        Verb(
            word=RedactedText.format("reopen"),
            group=_CASE,
            help=RedactedText.format("it is back"),
            example=RedactedText.format("reopen"),
            read=nothing,
        ),
        Verb(
            word=RedactedText.format("listen"),
            group=_CASE,
            help=RedactedText.format("or listen all"),
            example=RedactedText.format("listen mentions"),
            read=attention,
        ),
        Verb(
            word=RedactedText.format("help"),
            group=_CASE,
            help=RedactedText.format("this list"),
            example=RedactedText.format("help"),
            read=nothing,
            changes=False,
        ),
        Verb(
            word=RedactedText.format("whoami"),
            group=_YOU,
            help=RedactedText.format("here, and your account"),
            example=RedactedText.format("whoami"),
            read=nothing,
            guessed=False,
            is_listed=False,
            changes=False,
        ),
        Verb(
            word=RedactedText.format("link"),
            group=_YOU,
            help=RedactedText.format("to your account"),
            example=RedactedText.format("link BCDF-GHJK"),
            read=link_code,
            guessed=False,
            is_listed=False,
        ),
        Verb(
            word=RedactedText.format("unlink"),
            group=_YOU,
            help=RedactedText.format("from your account"),
            example=RedactedText.format("unlink"),
            read=nothing,
            guessed=False,
            is_listed=False,
            is_offered=False,
        ),
    )
}
