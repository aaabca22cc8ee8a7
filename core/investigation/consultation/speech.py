"""What a model says, made fit for people: clean, and without links, orders and what it was told.

A line of evidence may ask a model for a link that carries secrets away when a chat unfurls it, or
for a command that does harm when somebody copies it at night: both are left out. A reply that
repeats our instructions or the marks of data is not shown at all.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from core.cases.model import Citation
from core.errors import ModelUnavailable
from core.investigation.consultation.exchange import DataMarks
from core.investigation.consultation.opinions import CitedPlaces
from core.investigation.consultation.prompts import SHIPPED, Prompts
from core.redaction.engine import Redactor
from core.text.sentences import sentences

if TYPE_CHECKING:
    from core.text.redacted import RedactedText

say = sentences("investigation.speech")

_MOST = 2_000  # characters of an answer
_LINK = re.compile(
    r"!?\[([^\]\[]{0,500})\]\([^)]{0,2000}\)|<?\b[a-z][a-z0-9+.-]{0,40}://[^\s>)\]]*>?|\bwww\.\S+",
    re.I,
)
_MENTION = re.compile(r"<[@#!][^>\s]*>?|(?<!\S)@(?:here|channel|everyone)\b", re.I)
# What changes something or leaves the host: as code, and as far as plain words cannot mean it.
_CHANGES = re.compile(
    r"`[^`\n]*\b(?:sudo|curl|wget|nc|ssh|scp|rm|dd|mkfs|kill|pkill|chmod|chown|mv|tee|eval|bash|sh"
    r"|delete|drop|truncate|update|insert|alter|apply|patch|scale|drain|restart|shutdown|reboot"
    r"|flushall|exec|rollout|rollback|uninstall|destroy)\b[^`\n]*`?"
    r"|\b(?:sudo|curl|wget)\b[^\n.]*|\brm\s+-\w+[^\n.]*|\|\s*(?:ba|z)?sh\b",
    re.IGNORECASE,
)
_LINES = r"[^\[\]\s,;]+:\d+(?:-\d+)?(?:#\d+)?"
_PLACE = re.compile(rf"\[({_LINES}(?:[,;] ?{_LINES})*)\]")
_BETWEEN = re.compile(r"[,;] ?")
_WORD = re.compile(r"\w+")
_REPEATED = 9  # words of our instructions in a row
_TEMPLATES = ("rules", "decide", "answer")


class TellsTooMuch(ModelUnavailable):
    """A model repeated what it was told in confidence; nobody is shown that."""


@dataclass(frozen=True)
class Speech:
    """The words of a model to people. marks: of the data in its prompt.

    prompts: what it was told in confidence.
    """

    redactor: Redactor
    marks: DataMarks
    places: CitedPlaces = field(repr=False)
    prompts: Prompts = field(default=SHIPPED, repr=False)

    def so_far(self, text: str) -> RedactedText:
        """An answer as far as it is written. Raises TellsTooMuch."""
        name = self.marks.open.text.strip("<>")
        if name in text or _repeats(text, self.prompts):
            message = "the model repeated its instructions"
            raise TellsTooMuch(message)
        plain = _CHANGES.sub(_NO_COMMAND, _LINK.sub(lambda match: match[1] or _NO_LINK, text))
        plain = _MENTION.sub("", plain)
        return self.redactor.clean(plain.strip()).cut(_MOST)

    def finished(self, text: str) -> tuple[RedactedText, tuple[Citation, ...]]:
        """The whole answer, and the lines that it cites; those that are not there are struck.

        Raises TellsTooMuch.
        """
        cited = dict.fromkeys(
            place for group in _PLACE.findall(text) for place in _BETWEEN.split(group)
        )
        return self.so_far(text), tuple(map(self._citation, cited))

    def _citation(self, place: str) -> Citation:
        shown, finding = self.places.shown.get(place), self.places.find(place)
        there = shown or finding
        return Citation(
            text=there.text if there else self.redactor.clean(place).line(),
            locus=there.locus if there else None,
            weight=0.0,
            why=say("model_cites"),
            resolves=there is not None,
        )


_NO_LINK = "(link left out)"
_NO_COMMAND = "(a command that changes something is left out)"


def _repeats(text: str, prompts: Prompts) -> bool:
    return not _runs(text).isdisjoint(_confidential(prompts))


@lru_cache(maxsize=4)
def _confidential(prompts: Prompts) -> frozenset[tuple[str, ...]]:
    return frozenset().union(*(_runs(prompts.instructions(name)) for name in _TEMPLATES))


def _runs(text: str) -> frozenset[tuple[str, ...]]:
    words = [word.casefold() for word in _WORD.findall(text)]
    return frozenset(
        tuple(words[start : start + _REPEATED]) for start in range(len(words) - _REPEATED + 1)
    )
