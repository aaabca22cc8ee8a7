"""What is a signature? Facts about a failure as software tells it, read from the YAML beside."""

from __future__ import annotations

import re
from enum import StrEnum
from functools import cached_property

from pydantic import BaseModel, ConfigDict, Field

from core.evidence.model import Level
from core.text.redacted import Clean

CHANGE = "change"

Pattern = str  # of `re`, whatever the case; compiled when it is looked for first, not when read


class Role(StrEnum):
    """What a line with this signal says about its fault."""

    FOR = "for"
    AGAINST = "against"
    CHANGE = "change"  # something was changed; weighs only when a failure follows


class Signal(BaseModel):
    """One way in which software tells of a fault.

    `needs` are lower-case literals, one of which every line that any of `patterns` matches must
    contain. `unless` voids a line. A line whose level is known to be under `at_least` does not
    count. `weight` is in nats. `peer` is the kind of server that has the fault when a client's
    log quotes it; `aimed` says that the line is about the callee; `by_caller` that a server's own
    log complains of whoever called it. After a `final` line the process is gone, so that silence
    is no recovery; what a `lasting` line says holds until a line says otherwise.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = ""
    fault: str = ""
    role: Role = Role.FOR
    says: Clean
    weight: float = Field(gt=0, le=4)
    at_least: Level = Level.WARNING
    needs: tuple[str, ...]
    patterns: tuple[Pattern, ...]
    unless: tuple[Pattern, ...] = ()
    peer: str | None = None
    aimed: bool = False
    by_caller: bool = False
    final: bool = False
    lasting: bool = False
    change_helps: bool = False
    examples: tuple[str, ...]

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """All patterns as one."""
        return _either(self.patterns)

    @cached_property
    def exception(self) -> re.Pattern[str] | None:
        """All of `unless` as one."""
        return _either(self.unless) if self.unless else None


class Probe(BaseModel):
    """What to look at in order to know. `shows` in words what is then seen, `patterns` in lines.

    `command` only reads; `{service}` in it stands for the service's name.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    do: Clean
    command: str | None = None
    shows: Clean
    patterns: tuple[Pattern, ...]

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """All patterns as one."""
        return _either(self.patterns)


class Signature(BaseModel):
    """One fault with its signals.

    `depth` orders faults from what is seen (1) to what is behind it: a deeper fault explains a
    shallower one. A `symptom` says that a call failed, not why. `confirm` shows the fault where it
    is, `refute` shows that it is not. `mend` is what ends the trouble, and then its cause. `bring`
    is the evidence that would help where there is too little. A statement is `before`, the service,
    `after`; or `TITLE at SERVICE`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    fault: str
    title: Clean
    depth: int
    symptom: bool = False
    before: Clean = Clean.EMPTY
    after: Clean = Clean.EMPTY
    check: Clean
    confirm: Probe | None = None
    refute: Probe | None = None
    mend: Clean = Clean.EMPTY
    bring: Clean
    signals: dict[str, Signal]

    def model_post_init(self, context: object) -> None:
        """Signals know their own name and fault."""
        for name, signal in self.signals.items():
            known = {"name": name, "fault": self.fault}
            self.signals[name] = signal.model_copy(update=known)


class Harmless(BaseModel):
    """Where the words of a failure mean none: see harmless.yaml."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    lines: tuple[Pattern, ...]
    before: tuple[Pattern, ...]

    @cached_property
    def line(self) -> re.Pattern[str]:
        return _either(self.lines)

    @cached_property
    def lead(self) -> re.Pattern[str]:
        return _either(self.before)


def _either(patterns: tuple[Pattern, ...]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{one})" for one in patterns), re.IGNORECASE)
