"""Which words are understood? One table; help, completion and buttons are made from it.

A person's line is a verb and what follows it. A misspelt verb is taken for the nearest right one
(and the reply says so); a line that begins with no verb is a question.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable
from dataclasses import dataclass

from core.clean import Clean
from core.errors import WrongUsage

ASK = "ask"
_CLOSE_ENOUGH = 0.75  # similarity of two words (difflib), 1 is equal


@dataclass(frozen=True, kw_only=True)
class Arguments:
    """What follows a verb, understood. `file` is the 7 of `e7`, `act` what to do with it."""

    text: str = ""
    number: int | None = None
    file: int | None = None
    act: str = ""


def nothing(text: str) -> Arguments:
    """The verb stands alone; what follows it is courtesy."""
    return Arguments(text=text)


def free_text(text: str) -> Arguments:
    """Anything, or nothing."""
    return Arguments(text=text)


def title(text: str) -> Arguments:
    """Raises WrongUsage where there is none."""
    if not text:
        raise WrongUsage("`open` needs a title", next_step="For example: open checkout is slow")
    return Arguments(text=text)


def question(text: str) -> Arguments:
    """Raises WrongUsage where there is none."""
    if not text:
        raise WrongUsage("`ask` needs a question", next_step="For example: ask what changed?")
    return Arguments(text=text)


def judgement(text: str) -> Arguments:
    """`1`, `1 it was the deploy`. Raises WrongUsage without a number."""
    match = re.fullmatch(r"#?(\d{1,4})(?:[\s:,.-]+(.*))?", text, flags=re.DOTALL)
    if match is None:
        message = "which hypothesis? Its number is missing"
        raise WrongUsage(message, next_step="Type `hypotheses` for the numbers, then: confirm 1")
    return Arguments(number=int(match[1]), text=(match[2] or "").strip())


def number_or_nothing(text: str) -> Arguments:
    """`1`, `#1`, or nothing for what comes first. Raises WrongUsage for anything else."""
    match = re.fullmatch(r"#?(\d{1,4})?", text)
    if match is None:
        message = "what follows is no number"
        raise WrongUsage(message, next_step="For example: run 1. Alone, it is what comes first.")
    return Arguments(number=int(match[1]) if match[1] else None)


def correction(text: str) -> Arguments:
    """Raises WrongUsage where there is none."""
    if not text:
        step = "For example: correct since 14:05"
        raise WrongUsage("`correct` needs to know what is wrong", next_step=step)
    return Arguments(text=text)


def attention(text: str) -> Arguments:
    """`all` or `mentions`; alone it asks which it is. Raises WrongUsage for anything else."""
    word = text.lower().rstrip("s")
    if word not in ("", "all", "mention"):
        message = "`listen` goes with `all` or `mentions`"
        raise WrongUsage(message, next_step="For example: listen mentions")
    return Arguments(text=word)


_UNCLEAR_FILE = re.compile(r"(?i)(delete|again)(?:[\s,]+(?:and\s+)?(?:e?\d{1,6}|all)){0,20}+\s*")


def file_or_lines(text: str) -> Arguments:
    """`e7`, `delete e7`, `again e7` are about a file that is there; all else is evidence itself.

    Raises WrongUsage for `delete`, `delete 7` and `delete e7 e8`: whoever says that must not
    believe that it was done, and it is no evidence.
    """
    match = re.fullmatch(r"(?i)(?:(delete|again)\s+)?e(\d{1,6})", text)
    if match is None:
        if unclear := _UNCLEAR_FILE.fullmatch(text):
            act = unclear[1].lower()
            step = f"One at a time: evidence {act} e1. `evidence` lists them."
            raise WrongUsage(f"which file is it that you mean by `{act}`?", next_step=step)
        return Arguments(text=text)
    return Arguments(file=int(match[2]), act=(match[1] or "").lower())


def file_or_nothing(text: str) -> Arguments:
    """`e7` names a file; anything else is courtesy."""
    match = re.match(r"(?i)e(\d{1,6})\b", text)
    return Arguments(text=text, file=int(match[1]) if match else None)


@dataclass(frozen=True, kw_only=True)
class Verb:
    """One word of the language.

    guessed: may a misspelt word be taken for it?
    changes: does it change anything? Whoever may only read may not say it then.
    aloud: is its reply for everyone, also where one person asked for it alone?
    field: what a person is asked for who presses it as a button; None where nothing is needed.
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


@dataclass(frozen=True, kw_only=True)
class Spoken:
    """A line, taken apart: the case it names, its first word, and the rest."""

    verb: str
    argument: str
    case_number: int | None = None


@dataclass(frozen=True, kw_only=True)
class Understood:
    """What is wanted. `said` is the word that was taken for the verb, where it was another."""

    verb: Verb
    arguments: Arguments
    said: str | None = None


def take_apart(line: str) -> Spoken:
    """`#128 confirm 1 …`, `hypotheses #128`, or no number; a number alone asks for its card."""
    words = line.split(maxsplit=1)
    first, rest = (*words, "", "")[:2]
    if number := _case_number(first):
        inner = take_apart(rest) if rest else Spoken(verb="status", argument="")
        return Spoken(verb=inner.verb, argument=inner.argument, case_number=number)
    second, *others = rest.split(maxsplit=1) or [""]
    after = others[0] if others else ""
    if (number := _case_number(second)) and not _means_a_hypothesis(first, after):
        return Spoken(verb=first, argument=after, case_number=number)
    return Spoken(verb=first, argument=rest)


def understand(verb: str, argument: str, *, plain: bool = False) -> Understood:
    """The verb that a line means. Raises WrongUsage where its arguments make no sense.

    plain: the verb was chosen, not typed: it is meant, whatever its argument looks like.
    """
    argument = argument.strip()
    if plain and verb in VERBS:
        return Understood(verb=VERBS[verb], arguments=VERBS[verb].read(argument))
    word = verb.strip().lower().lstrip("/").rstrip("?!.:,")
    line = f"{verb} {argument}".strip()
    if word in VERBS and (word == ASK or not _is_question(line, argument)):
        return Understood(verb=VERBS[word], arguments=VERBS[word].read(argument))
    guess = None if _is_question(line, argument) else _nearest(word, argument)
    if guess is not None:
        return Understood(verb=guess, arguments=guess.read(argument), said=verb)
    return Understood(verb=VERBS[ASK], arguments=VERBS[ASK].read(line))


def _is_question(line: str, argument: str) -> bool:
    """`open connections keep growing?` opens nothing: whoever ends in `?` asks."""
    return bool(argument) and line.endswith("?")


def _nearest(word: str, argument: str) -> Verb | None:
    names = [verb.name for verb in VERBS.values() if verb.guessed]
    found = difflib.get_close_matches(word, names, n=1, cutoff=_CLOSE_ENOUGH)
    verb = VERBS[found[0]] if found else None
    if verb is None or not _fits(verb, argument):
        return None
    return verb


def _fits(verb: Verb, argument: str) -> bool:
    """`reports are slow today` is no misspelt `report`: after it nothing is expected."""
    if verb.read is nothing:
        return not argument
    if verb.read in (judgement, number_or_nothing):
        numbered = argument[:1].isdigit() or argument[:1] == "#"
        return numbered or (verb.read is number_or_nothing and not argument)
    if verb.read is attention:  # `list errors` is no misspelt `listen`
        return argument.lower().rstrip("s") in ("", "all", "mention")
    return True


def _case_number(word: str) -> int | None:
    match = re.fullmatch(r"#(\d{1,9})", word)
    return int(match[1]) if match else None


def _means_a_hypothesis(verb: str, after: str) -> bool:
    """In `confirm #1` the number is the hypothesis; in `confirm #128 1` it is the case."""
    known = VERBS.get(verb.lower())
    return known is not None and known.read is judgement and not after[:1].isdigit()
