"""Whom a change is about: by its words, a port, or whose log begins to name what was changed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from core.evidence.model import COMPLAINTS
from core.evidence.signatures import Role
from core.investigation.causes.change_kinds import is_about_names
from core.investigation.causes.change_words import ChangeWords

_PATH = re.compile(
    r"(?<![\w./-])(?:/[\w-][\w.-]*){3,8}"
)  # of a file or a folder, no mere `/etc/hosts`
_FLAG = re.compile(r"(?<![\w/=-])[a-z][a-z0-9]*(?:_[a-z0-9]+)+(?![\w./])")
# Where somebody is told to go, `MEMBERS_URL=http://members:8020`: who is there was not changed.
_DESTINATION = re.compile(r"[\w.-]{1,80}[\"']?\s?[=:]\s?[\"']?[a-z][a-z0-9+]{1,20}://[^\s\"',;]+")
_IDENTIFIER = re.compile(r"(?<![\w.-])[a-z][a-z0-9]*(?:-[a-z0-9]+)+(?![\w.])")


@dataclass(frozen=True)
class ChangeTargets:
    """The services that a change is about, and those that it merely names."""

    words: ChangeWords

    @cached_property
    def targets(self) -> frozenset[str]:
        """Whom it is about: the first that it names, a port, or by whose log begins to name it.

        Of several that it names it is about the one whom failures in its words blame.
        """
        if self.words.change.is_setting:
            return frozenset(filter(None, [self.words.change.seen_by]))
        text, services = self.words.change.text.text, self.words.scene.services
        if self._resolver:  # what is named is who has another address now
            return frozenset({self._resolver})
        if user := self._user_of_flag:
            return frozenset({user})
        if named := self._blamed_in_its_words or self._first_named:
            return named
        if other := services.of_port(text) or self._telling_of_it:
            return frozenset({other})
        return services.keyed_in(text) or frozenset(filter(None, [self.words.change.seen_by]))

    @property
    def _resolver(self) -> str | None:
        """The only name server, where names are what was changed."""
        services = self.words.scene.services
        if not is_about_names(self.words.change.text.text):
            return None
        servers = [name for name in services.known if services.is_resolver(name)]
        return servers[0] if len(servers) == 1 else None

    @cached_property
    def _user_of_flag(self) -> str | None:
        """The only one whose log names the flag that was changed, where it complains of nothing.

        A record of flags may name nobody, or another in passing: `new_preview on (100% of orders)`.
        """
        flags = _FLAG.findall(self.words.change.text.text)
        users = {
            self.words.writer(finding)
            for _, finding in (self.words.lines if flags else ())
            if finding.level not in COMPLAINTS
            and finding.locus.file != self.words.change.locus.file
            and any(flag in finding.text.text for flag in flags)
        }
        return users.pop() if len(users) == 1 else None

    @cached_property
    def _telling_of_it(self) -> str | None:
        """Whose log begins to name what was changed: a job is no service, but works at one.

        What lines named before, such as their host, it is not.
        """
        text = self.words.change.text.text
        earlier = [
            finding.text.text
            for _, finding in self.words.lines
            if finding.first and finding.first < self.words.at
        ]
        names = [
            name
            for name in (*_IDENTIFIER.findall(text), *_PATH.findall(text))
            if not any(name in line for line in earlier)
        ]
        tellers = (
            self.words.writer(finding)
            for finding in self.words.new_lines
            if any(name in finding.text.text for name in names)
        )
        return next(filter(None, tellers), None)

    @property
    def _first_named(self) -> frozenset[str]:
        return frozenset(self.words.scene.services.first_named_in(self._subject))

    @property
    def _blamed_in_its_words(self) -> frozenset[str]:
        """Of several services that it names those whose known faults new failures tell of."""
        named = self.words.scene.services.named_in(self._subject)
        if len(named) <= 1:
            return frozenset()
        speaking = {
            finding.locus
            for finding in self.words.new_failures
            if self.words.shared_word(finding) is not None
        }
        blamed = {
            self.words.scene.services.blamed(sighting)
            for sighting in self.words.scene.seen
            if sighting.locus in speaking and sighting.signal.role is Role.FOR
        }
        return named & blamed

    @cached_property
    def _subject(self) -> str:
        """The change without where it sends somebody, if it names another service besides."""
        text = self.words.change.text.text
        shorter = _DESTINATION.sub("", text)
        return shorter if self.words.scene.services.named_in(shorter) else text

    @cached_property
    def others(self) -> frozenset[str]:
        """The services that the change names besides those that it is about."""
        return (
            frozenset(self.words.scene.services.named_in(self.words.change.text.text))
            - self.targets
        )
