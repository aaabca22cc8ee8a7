"""Which words are known? One table; help, completion, buttons and docs are made from it.

How a person's line becomes one of them is `understanding.py`, what may follow is `arguments.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from core.conversation.commands.arguments import (
    Arguments,
    attention,
    correction,
    file_or_lines,
    file_or_nothing,
    free_text,
    judgement,
    moments,
    nothing,
    number_or_nothing,
    question,
    title,
)
from core.text.redacted import Clean

ASK = "ask"


@dataclass(frozen=True, kw_only=True)
class Verb:
    """One word of the language.

    guessed: may a misspelt word be taken for it?
    changes: does it change anything? Whoever may only read may not say it then.
    aloud: is its reply for everyone, also where one person asked for it alone?
    field: what a person is asked for who presses it as a button; None where nothing is needed.
    or_asks: is what it cannot read a question that begins with this word: `why is it slow`?
    """

    word: Clean
    group: Clean
    help: Clean
    example: Clean
    read: Callable[[str], Arguments]
    guessed: bool = True
    changes: bool = True
    aloud: bool = False
    field: Clean | None = None
    or_asks: bool = False

    @property
    def name(self) -> str:
        return self.word.text


_LOOK, _TELL, _CASE = Clean.say("See"), Clean.say("Tell"), Clean.say("Begin and end")

VERBS: dict[str, Verb] = {
    verb.name: verb
    for verb in (
        Verb(
            word=Clean.say("status"),
            group=_LOOK,
            help=Clean.say("the case on one card"),
            example=Clean.say("status #128"),
            read=nothing,
            changes=False,
        ),
        Verb(
            word=Clean.say("hypotheses"),
            group=_LOOK,
            help=Clean.say("causes, lines for, against"),
            example=Clean.say("hypotheses"),
            read=nothing,
            changes=False,
        ),
        Verb(
            word=Clean.say("why"),
            group=_LOOK,
            help=Clean.say("what speaks for a cause"),
            example=Clean.say("why 1"),
            read=number_or_nothing,
            changes=False,
            or_asks=True,
        ),
        Verb(
            word=Clean.say("timeline"),
            group=_LOOK,
            help=Clean.say("what happened"),
            example=Clean.say("timeline last hour"),
            read=moments,
            changes=False,
        ),
        Verb(
            word=Clean.say("run"),
            group=_LOOK,
            help=Clean.say("the check to do next"),
            example=Clean.say("run 1"),
            read=number_or_nothing,
            changes=False,
        ),
        Verb(
            word=Clean.say("ask"),
            group=_LOOK,
            help=Clean.say("from the evidence"),
            example=Clean.say("ask what changed?"),
            read=question,
            field=Clean.say("What do you want to know?"),
        ),
        Verb(
            word=Clean.say("report"),
            group=_LOOK,
            help=Clean.say("all of it, in Markdown"),
            example=Clean.say("report"),
            read=nothing,
            changes=False,
            aloud=True,
        ),
        Verb(
            word=Clean.say("handoff"),
            group=_LOOK,
            help=Clean.say("for the next shift"),
            example=Clean.say("handoff"),
            read=nothing,
            changes=False,
            aloud=True,
        ),
        Verb(
            word=Clean.say("evidence"),
            group=_TELL,
            help=Clean.say("add lines; alone: list"),
            example=Clean.say("evidence LINES"),
            read=file_or_lines,
            field=Clean.say("Lines of a log, a config, anything"),
        ),
        Verb(
            word=Clean.say("result"),
            group=_TELL,
            help=Clean.say("of check 1"),
            example=Clean.say("result 1 LINES"),
            read=judgement,
            field=Clean.say("What did the check print?"),
        ),
        Verb(
            word=Clean.say("confirm"),
            group=_TELL,
            help=Clean.say("the cause"),
            example=Clean.say("confirm 1 it was 2f9c"),
            read=judgement,
            field=Clean.say("What tells you so?"),
        ),
        Verb(
            word=Clean.say("reject"),
            group=_TELL,
            help=Clean.say("not the cause"),
            example=Clean.say("reject 2 disk is empty"),
            read=judgement,
            field=Clean.say("Why is it not the cause?"),
        ),
        Verb(
            word=Clean.say("fixed"),
            group=_TELL,
            help=Clean.say("the fix was done"),
            example=Clean.say("fixed 1"),
            read=number_or_nothing,
            guessed=False,
        ),
        Verb(
            word=Clean.say("correct"),
            group=_TELL,
            help=Clean.say("start over"),
            example=Clean.say("correct since 14:05"),
            read=correction,
            field=Clean.say("What is wrong?"),
        ),
        Verb(
            word=Clean.say("cancel"),
            group=_TELL,
            help=Clean.say("stop the search"),
            example=Clean.say("cancel"),
            read=file_or_nothing,
            guessed=False,
        ),
        Verb(
            word=Clean.say("open"),
            group=_CASE,
            help=Clean.say("a new case"),
            example=Clean.say("open checkout is slow"),
            read=title,
            guessed=False,
            field=Clean.say("What is wrong?"),
        ),
        Verb(
            word=Clean.say("resolve"),
            group=_CASE,
            help=Clean.say("what fixed it"),
            example=Clean.say("resolve pool set to 40"),
            read=free_text,
            field=Clean.say("What fixed it?"),
        ),
        Verb(
            word=Clean.say("reopen"),
            group=_CASE,
            help=Clean.say("it is back"),
            example=Clean.say("reopen"),
            read=nothing,
        ),
        Verb(
            word=Clean.say("listen"),
            group=_CASE,
            help=Clean.say("or listen all"),
            example=Clean.say("listen mentions"),
            read=attention,
        ),
        Verb(
            word=Clean.say("help"),
            group=_CASE,
            help=Clean.say("this list"),
            example=Clean.say("help"),
            read=nothing,
            changes=False,
        ),
    )
}
