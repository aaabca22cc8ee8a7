"""Readers of command arguments: each turns the text after a verb into `Arguments` or refuses it.

A refusal says how it is right. Adapters tell from its reader what a verb is to be asked for.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from core.accounts.link_codes import EXAMPLE, is_code
from core.errors import WrongUsage
from core.evidence.events.window import Window
from core.investigation.answering.clauses import Lookup, without_times
from core.investigation.answering.typos import fold

_COURTEOUS_WORDS = frozenset({"please", "pls", "plz", "thanks", "now", "all", "so", "far"})
_UNCLEAR_FILE = re.compile(r"(?i)(delete|again)(?:[\s,]+(?:and\s+)?(?:e?\d{1,6}|all)){0,20}+\s*")

ANYWAY = "anyway"  # after it, what was asked back is meant
IS = "is"  # whose log a file is
ORIGINAL = "file"  # it is wanted as it came
_ORIGINAL = re.compile(
    r"(?i)(?:e(?P<before>\d{1,6})\s+(?:file|original)|(?:file|original)\s+e(?P<after>\d{1,6}))"
)
OWNED = re.compile(
    r"(?i)e(?P<number>\d{1,6})\s+(?:is|is of|is from|belongs to|comes from|of|=)\s+(?:the\s+)?"
    r"(?P<service>[\w][\w.-]{0,62}?)(?:\s+(?:log|service))?[.!\s]*"
)
# `runbook`, `step 3 no`; buttons add which version of the document, or which check.
_FEEDBACK = re.compile(
    r"(?i)(?:(?P<runbook>runbook)|(?P<kind>step|case|check)\s+#?(?P<number>\d{1,9}))"
    r"(?:\s+@(?P<reference>[\w.-]{1,80}))?(?:[\s,:]+(?P<word>yes|no|not|did not|didn't))?[.!\s]*"
)
_SUGGESTIONS = {"step": "step", "case": "fix", "check": "check"}  # as feedback calls them
_INSISTING = r"(?:anyways?|anyhow)\b"
_WHY = r"[\s:,.!-]*(?P<why>.*)"
_INSISTENCE = re.compile(rf"(?is)#?(?P<number>\d{{1,4}})[\s,:]+{_INSISTING}{_WHY}")
_INSISTENCE_AFTER = re.compile(rf"(?is){_INSISTING}[\s,:]+#?(?P<number>\d{{1,4}})\b{_WHY}")
_UNDOABLE = re.compile(
    r"(?i)(?:(?P<verb>resolve|(?:confirm|reject|fixed)(?=\s))(?:\s+#?(?P<number>\d{1,4}))?)?[!.\s]*"
)


@dataclass(frozen=True, kw_only=True)
class Arguments:
    """The parsed text after a verb. `file` is the 7 of `e7`, `act` what to do with that file.

    act is also `anyway` where a person insists, and the verb of the change to be taken back.

    window: the span of time asked for; None for all of it. helped: what is said of a suggestion,
    whose kind is `act`.
    """

    text: str = ""
    number: int | None = None
    file: int | None = None
    act: str = ""
    window: Window | None = None
    helped: bool = True


def nothing(text: str) -> Arguments:
    """Accept any text and read no argument from it: the verb takes none."""
    return Arguments(text=text)


def free_text(text: str) -> Arguments:
    """Accept any text, also none."""
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


def search_text(text: str) -> Arguments:
    """Raises WrongUsage where there is none."""
    if not text:
        step = "For example: search replica lag"
        raise WrongUsage("`search` needs words to look for", next_step=step)
    return Arguments(text=text)


def judgement(text: str) -> Arguments:
    """`1`, `1 it was the deploy`. Raises WrongUsage without a number."""
    match = re.fullmatch(r"#?(\d{1,4})(?:[\s:,.-]+(.*))?", text, flags=re.DOTALL)
    if match is None:
        message = "which hypothesis? Its number is missing"
        raise WrongUsage(message, next_step="Type `hypotheses` for the numbers, then: confirm 1")
    return Arguments(number=int(match[1]), text=(match[2] or "").strip())


def confirmation(text: str) -> Arguments:
    """A judgement that may insist: `2 anyway`, `2 anyway: seen in spring`, `anyway 2`.

    Raises WrongUsage without a number.
    """
    insists = _INSISTENCE.match(text) or _INSISTENCE_AFTER.match(text)
    if insists is None:
        return judgement(text)
    number, why = insists["number"], insists["why"].strip()
    return Arguments(number=int(number), text=why, act=ANYWAY)


def change_to_undo(text: str) -> Arguments:
    """Nothing for the last change, or which it was: `confirm 2`. Raises WrongUsage for all else."""
    match = _UNDOABLE.fullmatch(text)
    if match is None:
        step = "Type `undo` alone for the last change, or: undo confirm 2"
        raise WrongUsage("what follows is no change that `undo` knows", next_step=step)
    number = match["number"]
    verb = (match["verb"] or "").lower()
    return Arguments(act=verb, number=int(number) if number else None)


def number_or_nothing(text: str) -> Arguments:
    """`1`, `#1`, or nothing for what comes first. Raises WrongUsage for anything else."""
    match = re.fullmatch(r"#?(\d{1,4})?", text)
    if match is None:
        message = "what follows is no number"
        raise WrongUsage(message, next_step="For example: run 1. Alone, it is what comes first.")
    return Arguments(number=int(match[1]) if match[1] else None)


def feedback(text: str) -> Arguments:
    """`runbook`, `step 3 no`, `case 112`, `check 1 yes`. Raises WrongUsage for anything else."""
    match = _FEEDBACK.fullmatch(text)
    if match is None:
        message = "what helped? A runbook, a step of it, a past case or a check"
        raise WrongUsage(message, next_step="For example: helped runbook. Or: helped step 3 no")
    kind = "runbook" if match["runbook"] else _SUGGESTIONS[match["kind"].lower()]
    return Arguments(
        act=kind,
        number=int(match["number"]) if match["number"] else None,
        text=match["reference"] or "",
        helped=(match["word"] or "yes").lower() == "yes",
    )


def moments(text: str) -> Arguments:
    """`since 14:05`, `last hour`, or nothing for all of it. Raises WrongUsage for anything else."""
    if not text or {*text.lower().rstrip("!.").split()} <= _COURTEOUS_WORDS:
        return Arguments()
    step = "For example: timeline since 14:05. Alone, it is all of it."
    try:
        rest, lookup = without_times(fold(text).strip("?!. "), mark="")
    except WrongUsage as error:
        raise WrongUsage(str(error), next_step=step) from error
    if {*rest.split()} - _COURTEOUS_WORDS or lookup == Lookup():
        raise WrongUsage("what follows is no time", next_step=step)
    return Arguments(text=text, window=lookup.window)


def correction(text: str) -> Arguments:
    """Raises WrongUsage where there is none."""
    if not text:
        step = "For example: correct since 14:05"
        raise WrongUsage("`correct` needs to know what is wrong", next_step=step)
    return Arguments(text=text)


def link_code(text: str) -> Arguments:
    """`BCDF-GHJK`. Raises WrongUsage for what is no code."""
    if not is_code(text):
        message = "`link` goes with the eight letters that your account gave you"
        step = f"Sign in and ask for a code, then say it to me alone, such as: link {EXAMPLE}"
        raise WrongUsage(message, next_step=step)
    return Arguments(text=text)


def attention(text: str) -> Arguments:
    """`all` or `mentions`; alone it asks which it is. Raises WrongUsage for anything else."""
    word = text.lower().rstrip("s")
    if word not in ("", "all", "mention"):
        message = "`listen` goes with `all` or `mentions`"
        raise WrongUsage(message, next_step="For example: listen mentions")
    return Arguments(text=word)


def file_or_lines(text: str) -> Arguments:
    """`e7`, `delete e7`, `again e7`, `e7 file` are about a file that is there; all else is lines.

    Raises WrongUsage for `delete`, `delete 7` and `delete e7 e8`: whoever says that must not
    believe that it was done, and it is no evidence.
    """
    if owned := OWNED.fullmatch(text):
        return Arguments(file=int(owned["number"]), act=IS, text=owned["service"])
    if wanted := _ORIGINAL.fullmatch(text):
        return Arguments(file=int(wanted["before"] or wanted["after"]), act=ORIGINAL)
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


NUMBERED = (judgement, confirmation)  # the readers of a hypothesis and what is said of it
