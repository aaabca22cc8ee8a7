"""For whom something is done: the tenant, the principal, and what holds for all they do.

A unit of work is opened for a context. Its repositories see the rows of that tenant and no
others, `unit.now` is the time, and ids, redaction and rules are those of the context.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from core.clock import Clock, Random, new_id
from core.places import CaseRoom, Destination, Place
from core.redaction.engine import Recogniser, Redactor, case_key
from core.redaction.long_texts import LongTexts
from core.redaction.rule_choice import CustomRule

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT_TENANT = "default"
SYSTEM = "system"
HOME = Place(platform="terminal", workspace="local", channel="incidents")


class Routes(Protocol):
    """Where cases open, by the labels that their alerts share."""

    def destinations(self, labels: Mapping[str, str]) -> tuple[Destination, ...]: ...
    def channels(self, platform: str) -> tuple[str, ...]:
        """Every channel of a platform in which a case may open."""


class NoRoutes:
    """No case opens anywhere but in the terminal of the installation."""

    def destinations(self, labels: Mapping[str, str]) -> tuple[Destination, ...]:
        return ()

    def channels(self, platform: str) -> tuple[str, ...]:
        return ()


@dataclass(frozen=True, kw_only=True)
class RootCauseRule:
    """The numbers of the rule by which "root cause" may be said.

    `sure` is a share of the posterior, above 0 and up to 1; `kinds` the independent kinds of
    evidence; `tested` the predictions that were tested and held.
    """

    sure: float = 0.8
    kinds: int = 2
    tested: int = 1


@dataclass(frozen=True, kw_only=True)
class Rules:
    """Settings that change what the product does, with their defaults."""

    resolve_after: timedelta = timedelta(minutes=10)
    reopen_within: timedelta = timedelta(hours=2)
    max_delivery_bytes: int = 5 * 2**20
    max_file_bytes: int = 512 * 2**20
    home: Place = HOME  # the terminal of this installation, which sees every case
    routing: Routes = field(default_factory=NoRoutes)
    keep_originals: timedelta = timedelta(days=90)  # after their case was resolved
    keep_deliveries: timedelta = timedelta(days=30)
    room: CaseRoom = CaseRoom.THREAD  # what a case gets that a person opens in a channel
    admins: frozenset[str] = frozenset()  # `platform:id`
    invited: tuple[str, ...] = ()  # into the channel of each case: `platform:id`
    redaction: tuple[CustomRule, ...] = ()
    root_cause: RootCauseRule = field(default_factory=RootCauseRule)
    registration: bool = False  # people may make themselves an account
    admin_group: str = ""  # of the OpenID provider: whoever is in it there is an admin here
    joins_by_email: bool = False  # an email that the provider verified leads to its account


@dataclass(frozen=True, kw_only=True)
class Context:
    """A tenant, who acts for it, and the clock, chance, rules and redaction that apply.

    principal: who does it: `system`, or a person as the log of a case names them.
    """

    clock: Clock
    random: Random
    secret: bytes = field(repr=False)
    tenant_id: str = DEFAULT_TENANT
    principal: str = SYSTEM
    rules: Rules = field(default_factory=Rules)
    recogniser: Recogniser | None = None  # finds what rules cannot, where one is installed
    long_texts: LongTexts | None = None  # of the process

    @property
    def now(self) -> datetime:
        return self.clock.now()

    def new_id(self, prefix: str) -> str:
        return new_id(prefix, clock=self.clock, random=self.random)

    def redactor(self, case_id: str | None = None) -> Redactor:
        """That of a case, whose placeholders mean the same all over it; else the tenant's own."""
        return Redactor(
            self.key(case_id),
            rules=self.rules.redaction,
            recogniser=self.recogniser,
            long_texts=self.long_texts,
        )

    def clean_name(self, name: str) -> str:
        """The name of a person or a service without the secrets in it; nobody loses a real name."""
        return Redactor(self.secret, rules=self.rules.redaction).clean(name).line().text

    def key(self, case_id: str | None = None) -> bytes:
        """What names the placeholders of a case."""
        return case_key(self.secret, case_id) if case_id else self.secret


@dataclass(frozen=True, kw_only=True)
class InContext:
    """What every unit of work knows of its context."""

    context: Context

    @property
    def now(self) -> datetime:
        return self.context.now

    @property
    def rules(self) -> Rules:
        return self.context.rules

    def new_id(self, prefix: str) -> str:
        return self.context.new_id(prefix)

    def redactor(self, case_id: str | None = None) -> Redactor:
        return self.context.redactor(case_id)


class ContextUnit(Protocol):
    """A unit of work, as far as its context goes; each room adds the repositories it needs."""

    @property
    def context(self) -> Context: ...
    @property
    def now(self) -> datetime: ...
    @property
    def rules(self) -> Rules: ...
    def new_id(self, prefix: str) -> str: ...
    def redactor(self, case_id: str | None = None) -> Redactor: ...
