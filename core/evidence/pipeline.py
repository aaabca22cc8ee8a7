"""A file goes in; what is it, and what was found in it? Detect, read, redact.

Meant to run in a process of its own (`core.ports.Runner`): it loads polars, and works the CPU.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from core.errors import UnreadableEvidence
from core.evidence.catalogue import Plugin, extractors
from core.evidence.detection.choosing import claims
from core.evidence.events.table import open_table
from core.evidence.extractor import HEAD_BYTES, Exhibit, Head
from core.evidence.model import DataType, Extraction
from core.evidence.original import PlainShelf, Shelf
from core.evidence.reading.lines import Watched, is_encoded, read_head, read_text
from core.redaction.engine import Redactor

if TYPE_CHECKING:
    from core.evidence.extractor import Detected, Extractor
    from core.evidence.original import Original

NO_SHELF = PlainShelf()
_NOT_READ = {
    DataType.EMPTY: "the file is empty",
    DataType.IMAGE: "pictures are not read yet: paste the text that matters",
    DataType.ARCHIVE: "archives are not unpacked yet: send the files in it",
    DataType.BINARY: "no text in it that could be read",
    DataType.PROFILE: "binary profiles are not read yet",
}
_OF_A_SERVICE = frozenset({DataType.LOG, DataType.METRIC, DataType.TRACE})
# Names of files that say what is in them, not whose it is.
_GENERIC = re.compile(
    r"(?i)(?:access|alerts?|app|application|auth|changes?|console|core|current|daemon|data|debug"
    r"|deploys?|deployments?|dmesg|docker|errors?"
    r"|events?|files?|journal|json|kern|kernel|logs?|main|messages?|metrics?|out|output|paste|pasted"
    r"|query|raw|server|service|stderr|stdin|stdout|syslog|test|text|tmp|traces?|untitled|upload"
    r"|values|[0-9]+|.)"
)
_SOFTWARE = re.compile(
    r"(?i)(?:postgres(?:ql)?|pg|mysqld?|mariadb|mongod?|redis|redis-server|nginx|httpd|apache2?|haproxy"
    r"|envoy|gunicorn|uvicorn|supervisord|rabbitmq|kafka|gc|jvm|node|java|python)[-_.0-9]*"
)
_NOISE = re.compile(
    r"(?i)(?:\.(?:log|txt|out|err|json|jsonl|ndjson|csv|gz|zst|bz2|xz|\d+))+$"
    r"|[-_.]?\d{4}[-_.]?\d{2}[-_.]?\d{2}[-_\dtz]*"
    r"|[-_.](?:logs?|metrics?|stdout|stderr|errors?|out)$"
)


def get_ready() -> None:
    """Load what most files need, while the first of them is still on its way."""
    from core.signatures import literals  # noqa: PLC0415 - see above

    extractors()
    literals()


def extract(
    original: Original,
    *,
    name: str,
    service: str | None,
    redactor: Redactor,
    shelf: Shelf = NO_SHELF,
) -> Extraction:
    """All that was found in a file which people call `name`.

    service: whose file it is, where somebody said so. shelf: where what is derived of it goes.
    `problem` says what of the file could not be read, and whose extractor broke on it: the next
    best has read it then. Raises UnreadableEvidence where the content breaks what it seems to be.
    """
    watched = Watched(original)
    claimed = claims(_head(watched, name), extractors())
    for problem in claimed.problems:
        watched.tell(problem)
    case = _Case(watched, redactor.clean(name).text, service, redactor, shelf)
    found = next(filter(None, map(case.as_claimed, claimed.found)))
    problems = filter(None, (found.problem, *watched.problems))
    return replace(found, problem=redactor.clean("; ".join(problems)).text or None)


@dataclass(frozen=True)
class _Case:
    """One file, to be read as what it may be."""

    original: Watched
    name: str
    service: str | None
    redactor: Redactor
    shelf: Shelf

    def as_claimed(self, detected: Detected) -> Extraction | None:
        """None where somebody else's extractor broke on it."""
        chosen = next((one for one in extractors() if one.name == detected.extractor), None)
        if chosen is None:
            return _unread(detected, self.original.size)
        try:
            return self._read_by(chosen, detected)
        except UnreadableEvidence as error:
            if not isinstance(chosen, Plugin):
                raise
            self.original.tell(str(error))
            return None

    def _read_by(self, chosen: Extractor, detected: Detected) -> Extraction:
        service = self.service
        if service is None and detected.data_type in _OF_A_SERVICE:
            service = service_named_by(self.name)
        text, is_rendition = _as_text(self.original, self.shelf)
        exhibit = Exhibit(
            original=text,
            name=self.name,
            service=service,
            detected=detected,
            redactor=self.redactor,
            table=open_table(self.shelf.table, key=self.redactor.derive("identifiers")),
        )
        found = chosen.enrich(chosen.extract(exhibit), exhibit)
        return replace(found, decoded=is_rendition, reason=detected.reason)


def _head(original: Watched, name: str) -> Head:
    """The head of its text; of the file itself where there is none because it is damaged."""
    raw = read_head(original, HEAD_BYTES)
    if raw or not original.problems:
        return Head(raw, name)
    with original.open() as file:
        return Head(file.read(HEAD_BYTES), name)


def _unread(detected: Detected, size: int) -> Extraction:
    return Extraction(
        data_type=detected.data_type,
        extractor=detected.extractor,
        confidence=detected.confidence,
        events=0,
        lines=0,
        size=size,
        problem=_NOT_READ[detected.data_type],
        reason=detected.reason,
    )


def _as_text(original: Watched, shelf: Shelf) -> tuple[Original, bool]:
    """What loci point into: the original, or a rendition of it where there is room for one."""
    if shelf.rendition is None or not is_encoded(original):
        return original, False
    with shelf.rendition.create() as rendition:
        for chunk in read_text(original):
            rendition.write(chunk)
    return replace(original, original=shelf.rendition.original()), True


def service_named_by(name: str) -> str | None:
    """`checkout` for `checkout.log`, `logs/checkout/app.log` or `checkout-2026-11-17.log.gz`.

    The name of a server's software is the last resort: `hub-redis/redis-server.log` is hub-redis.
    """
    stems = [_bare(part) for part in reversed(PurePosixPath(name).parts)]
    named = [stem for stem in stems if stem and not _GENERIC.fullmatch(stem)]
    own = [stem for stem in named if not _SOFTWARE.fullmatch(stem)]
    return next(iter(own or named), None)


def _bare(part: str) -> str:
    while (shorter := _NOISE.sub("", part)) != part:
        part = shorter
    return part
