"""Cards that reply to one person: refusals, failures, the case picker, help, notes."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING

from core.conversation.cards.card import Action, Card, Mark, Row
from core.conversation.cards.case_card import headline
from core.conversation.commands.vocabulary import VERBS, Verb
from core.errors import FaultMavenError, OutOfLimits, Refused, Unavailable, Unreadable
from core.text.redacted import RedactedText

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.cases.model import Case
    from core.conversation.commands.parsing import ParsedCommand
    from core.redaction.engine import Redactor


PICKER = "note:which"
UNDERSTOOD = "note:understood"
_PICKER_CASES = 8  # cases a picker lists; the rest is counted


def note(
    key: str, *rows: RedactedText, case: Case | None = None, actions: tuple[Action, ...] = ()
) -> Card:
    """A short reply to whoever typed: what was done, and what one may do next."""
    return Card(
        key=f"note:{key}",
        version=case.version if case else 0,
        mark=Mark.ANSWER,
        rows=tuple(Row(text=row, strong=not index) for index, row in enumerate(rows)),
        actions=actions,
        case_number=case.number if case else None,
    )


def understood_as(meant: ParsedCommand, *, redactor: Redactor) -> Card:
    """Which verb a misspelt one was taken for: `hypotesis → hypotheses? Showing those.`."""
    typed = redactor.clean(meant.typed or "").line().cut(40)
    shows = meant.verb.group is VERBS["status"].group
    reaction = RedactedText.format("Showing those." if shows else "Doing that.")
    row = RedactedText.format(
        "{said} → {name}? {doing}", said=typed, name=meant.verb.word, doing=reaction
    )
    return note(UNDERSTOOD.removeprefix("note:"), row)


def is_for_one(card: Card) -> bool:
    """Whether it helps nobody but whoever typed: a refusal, a choice of cases, a misspelt word."""
    return card.mark is Mark.REFUSED or card.key in (PICKER, UNDERSTOOD)


def refusal(error: FaultMavenError, *, redactor: Redactor, case: Case | None = None) -> Card:
    """What failed, what is safe, what to do next."""
    tag = RedactedText.format("{tag}: ", tag=case.tag) if case else RedactedText.EMPTY
    failed = RedactedText.format(
        "Not done: {tag}{what}.", tag=tag, what=_clean_sentence(str(error), redactor)
    )
    step = RedactedText.format("Next: {step}", step=redactor.clean(error.next_step).line())
    return _failure_card("note:refused", failed, _reassurance(error), step, case=case)


def elsewhere(card: Card) -> Card:
    """To whoever asked in the channel: what they wait for comes in the case's own thread."""
    tag = RedactedText.tag("#", card.case_number or 0)
    text = RedactedText.format(
        "{tag} is being looked into; the answer comes in its thread.", tag=tag
    )
    return Card(
        key="note:elsewhere",
        version=0,
        mark=Mark.ANSWER,
        rows=(Row(text=text),),
        case_number=card.case_number,
    )


def in_short(case: Case, card: Card) -> Card:
    """What became of a case whose own card everyone sees: the state, and the fix where it is over.

    card: that card.
    """
    if case.state.is_open:
        where = RedactedText.format("Its card is in this channel.")
        return note("opened", card.rows[0].text, where, case=case)
    _, *rows = (row.text for row in card.rows)
    text = RedactedText.format("{tag} is resolved.", tag=case.tag)
    return note("resolved", text, *rows, case=case, actions=card.actions)


def apology(quote: RedactedText, *, case: Case | None = None) -> Card:
    """A bug of ours, as the person sees it who asked: what is safe, and what to quote."""
    prefix = RedactedText.format("{tag}: ", tag=case.tag) if case else RedactedText.EMPTY
    number = RedactedText.format("{tag}-{id}", tag=case.tag, id=quote) if case else quote
    text = RedactedText.format("{about}Sorry, that failed: an error of ours.", about=prefix)
    safe = RedactedText.format(
        "What you said is kept, and the case goes on. Its number: {n}", n=number
    )
    step = RedactedText.format("Next: say it another way; `faultmaven jobs list` shows the cause.")
    return _failure_card("note:sorry", text, safe, step, case=case)


def not_shown(platform: str, error: FaultMavenError, *, version: int, redactor: Redactor) -> Card:
    """A notice to whoever looks after us: a platform refuses what we want to show there."""
    where = redactor.clean(platform.capitalize()).line()
    text = RedactedText.format(
        "A card is missing in {where}: {what}.",
        where=where,
        what=_clean_sentence(str(error), redactor),
    )
    safe = RedactedText.format("The cases are as they were; only what they show there is old.")
    step = RedactedText.format("Next: {step}", step=redactor.clean(error.next_step).line())
    return _failure_card(f"notice:{platform}", text, safe, step, version=version)


def without_files(card: Card, error: FaultMavenError, *, redactor: Redactor) -> Card:
    """The card without what a platform does not take, and why; who reads it can get that elsewhere.

    Of a case, its report above all.
    """
    why = RedactedText.format(
        "The file that belongs here could not be put here: {what}.",
        what=_clean_sentence(str(error), redactor),
    )
    step = RedactedText.format("Next: ask again later.")
    if card.case_number:
        step = RedactedText.format(
            "Next: `faultmaven report {n}` writes it where FaultMaven runs; or ask again later.",
            n=card.case_number,
        )
    fold = tuple(row for row in card.fold if not row.is_document)
    return replace(card, rows=(*card.rows, Row(text=why), Row(text=step)), fold=fold)


def not_known(platform: str, error: FaultMavenError, *, version: int, redactor: Redactor) -> Card:
    """A notice to whoever looks after us: a platform will not say who people are."""
    where = redactor.clean(platform).line()
    text = RedactedText.format(
        "{where} does not say who people are: {what}.",
        where=where,
        what=_clean_sentence(str(error), redactor),
    )
    safe = RedactedText.format("Whoever is new there can only be told so; cards go on.")
    step = RedactedText.format("Next: {step}", step=redactor.clean(error.next_step).line())
    return _failure_card(f"notice:people:{platform}", text, safe, step, version=version)


def picker(cases: Sequence[Case], *, verb: str, argument: RedactedText) -> Card:
    """Several cases could be meant: one tap, or the number in front of the words, says which."""
    shown = list(cases[:_PICKER_CASES])
    rows = [Row(text=RedactedText.format("Which case? {n} are open.", n=len(cases)), strong=True)]
    rows += [Row(text=headline(case)) for case in shown]
    if len(cases) > len(shown):
        rows.append(Row(text=RedactedText.format("and {n} more", n=len(cases) - len(shown))))
    example = RedactedText.format("Put its number in front: `{tag} status`", tag=shown[0].tag)
    rows.append(Row(text=example))
    return Card(
        key=PICKER,
        version=0,
        mark=Mark.ANSWER,
        rows=tuple(rows),
        actions=tuple(
            Action(verb=verb, argument=f"#{case.number} {argument.text}".strip(), label=case.tag)
            for case in shown
        ),
    )


def unread_time(case: Case) -> Card:
    """A time that is not understood is not passed over: how it is written."""
    text = RedactedText.format("{tag} that time is not understood.", tag=case.tag)
    step = RedactedText.format(
        "Next: `errors since 14:05`, `errors last 10 min`, `logs around 14:05`; times are UTC"
    )
    return note("time", text, step, case=case)


def help_card() -> Card:
    """Every verb by what one wants to do, as its example and one line; fits a phone."""
    rows: list[Row] = []
    listed = [verb for verb in VERBS.values() if verb.is_listed]
    for group, members in groupby(listed, key=lambda verb: verb.group):
        rows.append(Row(text=group, strong=True))
        rows += [Row(text=usage(verb)) for verb in members]
    rows.append(Row(text=RedactedText.format("Or just ask: why 1? And: whoami")))
    return Card(key="note:help", version=0, mark=Mark.ANSWER, rows=tuple(rows))


def usage(verb: Verb) -> RedactedText:
    """`confirm 1 it was 2f9c — the cause`."""
    return RedactedText.format("{example} — {help}", example=verb.example, help=verb.help)


def _failure_card(
    key: str,
    failed: RedactedText,
    safe: RedactedText,
    step: RedactedText,
    *,
    version: int = 0,
    case: Case | None = None,
) -> Card:
    return Card(
        key=key,
        version=version,
        mark=Mark.REFUSED,
        rows=(Row(text=failed, strong=True), Row(text=safe), Row(text=step)),
        case_number=case.number if case else None,
    )


def _clean_sentence(message: str, redactor: Redactor) -> RedactedText:
    cleaned = redactor.clean(message.rstrip("."))
    return cleaned.line()


def _reassurance(error: FaultMavenError) -> RedactedText:
    """What the reader need not worry about."""
    match error:
        case Unavailable():
            return RedactedText.format("It is safe to try again.")
        case Unreadable() | OutOfLimits():
            return RedactedText.format("What you sent is kept; the case goes on without it.")
        case Refused():
            return RedactedText.format("Nothing was changed.")
        case _:
            return RedactedText.format("The case is as it was.")
