"""What a language model makes of a case, as far as its citations resolve."""

from __future__ import annotations

from dataclasses import dataclass, replace

from core.cases.model import Citation
from core.text.redacted import RedactedText


@dataclass(frozen=True, kw_only=True)
class OpinedCause:
    """A cause as a model sees it, with lines for and against it.

    fault: a known failure's name, or a few words of its own in that form. probability: from 0 to 1.
    check: how a person confirms it. remedy: what ends the trouble. trigger: what set it off.
    """

    service: str | None
    fault: str
    statement: RedactedText
    probability: float
    check: RedactedText = RedactedText.EMPTY
    remedy: RedactedText = RedactedText.EMPTY
    supporting: tuple[Citation, ...] = ()
    contradicting: tuple[Citation, ...] = ()
    trigger: Citation | None = None


@dataclass(frozen=True, kw_only=True)
class Opinion:
    """All that a model says of a case at once.

    model: who says so. weighed: a digest of the evidence that it was about. is_harmless: whether it
    finds that nobody suffers; is_open: that the evidence does not tell the root cause. may_settle:
    whether its word may stand for a witness; that of a small model may not. missing: what would
    tell more, or why nobody suffers. cited, struck: how many of its citations resolve, and how many
    do not.
    """

    model: str
    weighed: str
    is_harmless: bool = False
    is_open: bool = False
    may_settle: bool = False
    causes: tuple[OpinedCause, ...] = ()
    missing: tuple[RedactedText, ...] = ()
    cited: int = 0
    struck: int = 0

    def without_file(self, name: str) -> Opinion:
        """The opinion without what it cites of the file of this name."""
        causes = (
            replace(
                cause,
                supporting=_not_from(cause.supporting, name),
                contradicting=_not_from(cause.contradicting, name),
                trigger=next(iter(_not_from(_trigger_of(cause), name)), None),
            )
            for cause in self.causes
        )
        return replace(self, causes=tuple(causes))

    @property
    def lines(self) -> tuple[Citation, ...]:
        """All that it cites."""
        return tuple(
            line
            for cause in self.causes
            for line in (*cause.supporting, *cause.contradicting, *_trigger_of(cause))
        )


def _trigger_of(cause: OpinedCause) -> tuple[Citation, ...]:
    return (cause.trigger,) if cause.trigger else ()


def _not_from(lines: tuple[Citation, ...], name: str) -> tuple[Citation, ...]:
    return tuple(line for line in lines if not line.is_from(name))
