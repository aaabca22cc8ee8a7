"""What is said to a person beside the case itself: refusals, the picker, help, short notes."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from core.conversation.cards.card import Action, Card, Mark, Row
from core.conversation.cards.case_card import headline
from core.conversation.commands.vocabulary import VERBS, Verb
from core.errors import FaultMavenError, OutOfLimits, Refused, Unavailable, Unreadable
from core.text.redacted import Clean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.cases.model import Case
    from core.conversation.commands.parsing import Understood
    from core.redaction.engine import Redactor

PICKER = "note:which"
PICKED_FROM = 8  # cases a picker lists; the rest is counted


def note(
    key: str, *rows: Clean, case: Case | None = None, actions: tuple[Action, ...] = ()
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


def understood_as(meant: Understood, *, redactor: Redactor) -> Card:
    """Which verb a misspelt one was taken for: `hypotesis → hypotheses? Showing those.`."""
    said = redactor.clean(meant.said or "").line().cut(40)
    shows = meant.verb.group is VERBS["status"].group
    doing = Clean.say("Showing those." if shows else "Doing that.")
    row = Clean.say("{said} → {name}? {doing}", said=said, name=meant.verb.word, doing=doing)
    return note("understood", row)


def refusal(error: FaultMavenError, *, redactor: Redactor, case: Case | None = None) -> Card:
    """What failed, what is safe, what to do next."""
    tag = Clean.say("{tag}: ", tag=case.tag) if case else Clean.EMPTY
    failed = Clean.say("Not done: {tag}{what}.", tag=tag, what=_sentence(str(error), redactor))
    step = Clean.say("Next: {step}", step=redactor.clean(error.next_step).line())
    return _failure("note:refused", failed, _safe(error), step, case=case)


def elsewhere(card: Card) -> Card:
    """To whoever asked in the channel: what they wait for comes in the case's own thread."""
    tag = Clean.tag("#", card.case_number or 0)
    said = Clean.say("{tag} is being looked into; the answer comes in its thread.", tag=tag)
    return Card(
        key="note:elsewhere",
        version=0,
        mark=Mark.ANSWER,
        rows=(Row(text=said),),
        case_number=card.case_number,
    )


def apology(quote: Clean, *, case: Case | None = None) -> Card:
    """A bug of ours, as the person sees it who asked: what is safe, and what to quote."""
    about = Clean.say("{tag}: ", tag=case.tag) if case else Clean.EMPTY
    number = Clean.say("{tag}-{id}", tag=case.tag, id=quote) if case else quote
    said = Clean.say("{about}Sorry, that failed: an error of ours.", about=about)
    safe = Clean.say("What you said is kept, and the case goes on. Its number: {n}", n=number)
    step = Clean.say("Next: say it another way; `faultmaven jobs list` shows the cause.")
    return _failure("note:sorry", said, safe, step, case=case)


def not_shown(platform: str, error: FaultMavenError, *, version: int, redactor: Redactor) -> Card:
    """A notice to whoever looks after us: a platform refuses what we want to show there."""
    where = redactor.clean(platform.capitalize()).line()
    said = Clean.say(
        "A card is missing in {where}: {what}.", where=where, what=_sentence(str(error), redactor)
    )
    safe = Clean.say("The cases are as they were; only what they show there is old.")
    step = Clean.say("Next: {step}", step=redactor.clean(error.next_step).line())
    return _failure(f"notice:{platform}", said, safe, step, version=version)


def not_known(platform: str, error: FaultMavenError, *, version: int, redactor: Redactor) -> Card:
    """A notice to whoever looks after us: a platform will not say who people are."""
    where = redactor.clean(platform).line()
    said = Clean.say(
        "{where} does not say who people are: {what}.",
        where=where,
        what=_sentence(str(error), redactor),
    )
    safe = Clean.say("Whoever is new there can only be told so; cards go on.")
    step = Clean.say("Next: {step}", step=redactor.clean(error.next_step).line())
    return _failure(f"notice:people:{platform}", said, safe, step, version=version)


def picker(cases: Sequence[Case], *, verb: str, argument: Clean) -> Card:
    """Several cases could be meant: one tap, or the number in front of the words, says which."""
    shown = list(cases[:PICKED_FROM])
    rows = [Row(text=Clean.say("Which case? {n} are open.", n=len(cases)), strong=True)]
    rows += [Row(text=headline(case)) for case in shown]
    if len(cases) > len(shown):
        rows.append(Row(text=Clean.say("and {n} more", n=len(cases) - len(shown))))
    example = Clean.say("Put its number in front: `{tag} status`", tag=shown[0].tag)
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


def help_card() -> Card:
    """Every verb by what one wants to do, as its example and one line; fits a phone."""
    rows: list[Row] = []
    for group, members in groupby(VERBS.values(), key=lambda verb: verb.group):
        rows.append(Row(text=group, strong=True))
        rows += [Row(text=usage(verb)) for verb in members]
    rows.append(Row(text=Clean.say("Or just ask: why 1? what next?")))
    return Card(key="note:help", version=0, mark=Mark.ANSWER, rows=tuple(rows))


def usage(verb: Verb) -> Clean:
    """`confirm 1 it was 2f9c — the cause`."""
    return Clean.say("{example} — {help}", example=verb.example, help=verb.help)


def _failure(
    key: str, said: Clean, safe: Clean, step: Clean, *, version: int = 0, case: Case | None = None
) -> Card:
    return Card(
        key=key,
        version=version,
        mark=Mark.REFUSED,
        rows=(Row(text=said, strong=True), Row(text=safe), Row(text=step)),
        case_number=case.number if case else None,
    )


def _sentence(message: str, redactor: Redactor) -> Clean:
    cleaned = redactor.clean(message.rstrip("."))
    return cleaned.line()


def _safe(error: FaultMavenError) -> Clean:
    """What the reader need not worry about."""
    match error:
        case Unavailable():
            return Clean.say("It is safe to try again.")
        case Unreadable() | OutOfLimits():
            return Clean.say("What you sent is kept; the case goes on without it.")
        case Refused():
            return Clean.say("Nothing was changed.")
        case _:
            return Clean.say("The case is as it was.")
