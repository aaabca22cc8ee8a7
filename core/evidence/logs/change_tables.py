"""Tables of changes: when and what, with the values before and after, or who did what where.

The heading tells such a table. Pairs such as from and to also head tables of calls, mails and
payments, so that a column has to say what was changed, or by whom.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING

from core.evidence.logs.told_times import exact_moment

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_SEPARATORS = ("\t", ";", ",", "|")
_MOST_ABOVE = 20  # lines of comments above a heading
_SAMPLE_ROWS = 200
_MAX_LINE = 4_000  # characters
_LEAST_COLUMNS = 4  # when, what, and two values
_LEAST_LIKE_IT = 0.7  # share of rows as wide as the heading
_WORDS = re.compile(r"[A-ZÀ-Þ]?[a-zß-ÿ]+|[A-ZÀ-Þ]+(?![a-zß-ÿ])|[0-9]+")
_PAIRS = (
    ("old", "new"),
    ("from", "to"),
    ("before", "after"),
    ("previous", "current"),
    ("previous", "new"),
    ("prev", "current"),
    ("prev", "new"),
    ("prev", "cur"),
    ("was", "now"),
    ("was", "is"),
    *(("fra", "til"), ("från", "till"), ("von", "auf"), ("von", "nach"), ("von", "zu")),
    *(("alt", "neu"), ("vorher", "nachher"), ("bisher", "neu"), ("van", "naar"), ("oud", "nieuw")),
    *(("de", "a"), ("de", "à"), ("de", "para"), ("avant", "après"), ("ancien", "nouveau")),
    *(("ancienne", "nouvelle"), ("antes", "después"), ("antes", "depois"), ("viejo", "nuevo")),
    *(("da", "a"), ("prima", "dopo"), ("vecchio", "nuovo"), ("før", "etter"), ("gammel", "ny")),
    *(("z", "na"), ("stary", "nowy"), ("stara", "nowa"), ("przed", "po")),
)
_ALSO_OF_TRAFFIC = frozenset({"from", "fra", "från", "von", "van", "de", "da", "z"})
_OF_VALUES = frozenset(
    {"", "value", "val", "version", "ver", "revision", "rev", "image", "tag", "release", "build"}
    | {"setting", "config", "replicas", "sha", "commit", "chart", "package", "variation"}
)
_TIMES = frozenset(
    {"time", "utc", "date", "datetime", "timestamp", "ts", "at", "when", "started", "changed"}
    | {"applied", "deployed", "created", "executed", "start", "begin", "clock"}
    | {"datum", "fecha", "data", "quand", "wann", "wanneer", "cuándo", "quando", "dia", "día"}
    | {"heure", "uhrzeit", "zeit", "uur", "tijd", "hora", "ora", "tid", "klokkeslett"}
)
_OWNERS = frozenset(
    {"service", "svc", "app", "application", "component", "deployment", "workload", "microservice"}
    | {"dienst", "tjeneste", "tjänst", "servicio", "serviço", "servizio", "usługa", "anwendung"}
)
_SUBJECTS = _OWNERS | frozenset(
    {"flag", "feature", "toggle", "setting", "key", "parameter", "param", "option", "property"}
    | {"attribute", "field", "package", "image", "chart", "release", "resource", "config"}
    | {"configuration", "variable", "secret", "module", "plugin", "artifact", "object"}
    | {"flagg", "flagga", "schalter", "merkmal", "funksjon", "bryter", "einstellung", "innstilling"}
    | {"inställning", "instelling", "vlag", "drapeau", "bascule", "réglage", "paramètre", "clé"}
    | {"bandera", "parámetro", "ajuste", "clave", "parâmetro", "chave", "impostazione", "flaga"}
    | {"parametr", "ustawienie", "nøkkel", "nyckel", "schlüssel", "sleutel"}
)
_KNOBS = frozenset(
    {"flag", "feature", "toggle", "setting", "key", "parameter", "param", "option", "property"}
    | {"attribute", "config", "configuration", "variable", "replicas", "version", "revision"}
    | {"build", "image", "tag"}
)
_ACTORS = frozenset(
    {"actor", "by", "author", "who", "operator", "approver", "committer", "deployer", "engineer"}
    | {"owner", "editor", "requester"}
)
# The columns of a diary of changes, which has no values: who did what, and where.
_DOERS = (_ACTORS - {"owner", "requester", "editor"}) | frozenset(
    {"team", "wer", "wie", "door", "qui", "auteur", "quien", "quién", "quem", "chi", "autor"}
    | {"bearbeiter", "vem", "hvem", "kto"}
)
_DEEDS = frozenset(
    {"what", "change", "action", "kind", "type", "summary", "version", "was", "änderung"}
    | {"aktion", "wat", "wijziging", "actie", "quoi", "modification", "changement", "qué", "que"}
    | {"cambio", "acción", "mudança", "alteração", "ação", "cosa", "modifica", "vad", "hva", "co"}
    | {"event"}
)
_PLACES = _OWNERS | frozenset(
    {"where", "target", "system", "host", "subject", "server", "wo", "dienst", "komponente"}
    | {"anwendung", "waar", "systeem", "toepassing", "où", "applicatif", "serveur", "système"}
    | {"dónde", "servicio", "sistema", "aplicación", "onde", "serviço", "aplicação", "dove"}
    | {"servizio", "tjänst", "tjeneste", "machine", "node", "vm", "object", "maschine", "rechner"}
    | {"máquina", "maquina", "equipo", "macchina", "maskin", "nodo", "objet", "objeto", "oggetto"}
)
# What is measured, sent or paid goes from one to another without a change of either.
_OF_TRAFFIC = frozenset(
    {"latency", "duration", "ms", "bytes", "packets", "port", "ports", "protocol", "proto"}
    | {"amount", "currency", "subject", "calls", "requests", "count", "method", "hops", "rtt"}
    | {"distance", "mail", "email", "recipient"}
)
# What a ticket of a change tells in a sentence, and its number.
_SUMMARIES = frozenset({"description", "summary", "title", "subject", "change", "what"})
_TICKET = re.compile(r"(?:CHG|CHANGE|RFC|CR|CM|CRQ)[-_ #]?\d{2,12}")
_NUMBER = re.compile(r"[+-]?\d{1,40}(?:[.,]\d{1,40})?\s?%?")
_VERSION = re.compile(r"v?\d+\.\d+(?:\.\d+)?[\w.+-]{0,40}")
_NOTHING = frozenset({"", "-", "null", "none", "n/a"})
_NOT_DONE = re.compile(
    r"(?i)(?:planned|geplant|gepland|planifié|prévu|previsto|planificado|planejado|scheduled"
    r"|upcoming|skipped|cancell?ed|aborted|rejected|denied|pending|dry[- ]?run|draft|requested"
    r"|proposed|waiting(?: for approval)?|awaiting approval)"
)


# What the state of a ticket is before anything is done.
_NOT_BEGUN = re.compile(
    r"(?i)(?:new|neu|open|assess(?:ment)?|authori[sz]e|(?:awaiting|in|under) (?:approval|review)"
    r"|to ?do|backlog|not started|accepted|approved|rework)"
)
_STATES = frozenset({"state", "status", "stage", "phase", "stav", "estado", "statut"})


@dataclass(frozen=True)
class ChangedRow:
    """A row that tells of a change. `at` is naive UTC, where its cell is in ISO 8601."""

    service: str | None
    is_version: bool
    at: datetime | None


@dataclass(frozen=True)
class ChangeTable:
    """The layout of a table of changes: its separator and the places of its columns.

    values: of those before and after; None in a diary. owner: of the service; None where no column
    names it. state: of how far it is, where it is a table of tickets.
    """

    separator: str
    width: int
    time: int
    values: tuple[int, int] | None
    owner: int | None
    state: int | None = None

    def read(self, line: str) -> ChangedRow | None:
        """What a line says was changed; None for the heading and where nothing was."""
        cells = _cells(line, self.separator)
        if len(cells) < self.width or self.is_heading(cells):
            return None
        values = [cells[at] for at in self.values or ()]
        others = (cell for at, cell in enumerate(cells) if at not in (self.values or ()))
        is_alike = len(values) > 0 and len(set(map(_plain, values))) == 1
        if is_alike or any(map(_NOT_DONE.fullmatch, others)):
            return None
        if self.state is not None and _NOT_BEGUN.fullmatch(cells[self.state]):
            return None
        owner = cells[self.owner] if self.owner is not None else ""
        versions = [value for value in values if _VERSION.fullmatch(value)]
        return ChangedRow(
            service=owner or None,
            is_version=bool(versions) and not any(map(_NUMBER.fullmatch, versions)),
            at=exact_moment(cells[self.time]),
        )

    def is_heading(self, cells: Sequence[str]) -> bool:
        """Whether the cells are names of columns: it may stand again where files were joined."""
        return not any(map(str.isdigit, cells[self.time]))


def find_change_table(lines: Iterable[str]) -> ChangeTable | None:
    """The table of changes that begins in these lines; None where they are anything else."""
    shown = [line[:_MAX_LINE] for line in islice(lines, _MOST_ABOVE + _SAMPLE_ROWS)]
    filled = [line for line in shown if line.strip()]
    start = next((at for at, line in enumerate(filled) if line[:1] not in ("#", "/")), None)
    if start is None or start > _MOST_ABOVE:
        return None
    heading, *rows = filled[start:]
    if heading.lstrip().startswith(("{", "[{")):
        return None  # lines of JSON, whose commas part no cells
    for separator in _SEPARATORS:
        if heading.count(separator) >= _LEAST_COLUMNS - 1:
            names = _cells(heading, separator)
            table = _table(names, separator) or _tickets(names, rows, separator)
            return table if table and _fits(table, heading, rows) else None
    return None


def _table(names: Sequence[str], separator: str) -> ChangeTable | None:
    columns = _columns(names)
    words = {word for name in columns for word in name.split()}
    pair = _pair(columns)
    time = _first(columns, _TIMES)
    if pair is None and time is not None and _is_diary(columns) and not words & _OF_TRAFFIC:
        return ChangeTable(separator, len(names), time, None, _first(columns, _PLACES))
    if pair is None or time is None or not words & (_SUBJECTS | _ACTORS | _DOERS):
        return None
    if pair[2] in _ALSO_OF_TRAFFIC and (words & _OF_TRAFFIC or not words & _SUBJECTS):
        return None
    owner = _first({name: at for name, at in columns.items() if at not in pair[:2]}, _OWNERS)
    return ChangeTable(separator, len(names), time, pair[:2], owner)


def _tickets(names: Sequence[str], rows: Sequence[str], separator: str) -> ChangeTable | None:
    """The table of a system of tickets, if these are of changes, by their numbers."""
    columns = _columns(names)
    time, deed = _first(columns, _TIMES), _first(columns, _SUMMARIES)
    if time is None or deed is None:
        return None
    numbered = sum(any(map(_TICKET.fullmatch, _cells(row, separator))) for row in rows)
    if not rows or numbered < _LEAST_LIKE_IT * len(rows):
        return None
    owner, state = _first(columns, _PLACES | {"ci"}), _first(columns, _STATES)
    return ChangeTable(separator, len(names), time, None, owner, state)


def _columns(names: Sequence[str]) -> dict[str, int]:
    """The place of each column, by the words of its name."""
    return {" ".join(_WORDS.findall(name)).lower(): at for at, name in enumerate(names)}


def _is_diary(columns: Mapping[str, int]) -> bool:
    return all(_first(columns, names) is not None for names in (_DOERS, _DEEDS, _PLACES))


def _pair(columns: Mapping[str, int]) -> tuple[int, int, str] | None:
    """The places of both values, and the word for the older one."""
    for old, new in _PAIRS:
        for name, at in columns.items():
            words = name.split()
            rest = [word for word in words if word != old]
            if len(rest) + 1 != len(words) or len(rest) > 1 or "".join(rest) not in _OF_VALUES:
                continue
            other = " ".join(new if word == old else word for word in words)
            if other in columns:
                return at, columns[other], old
    return None


def _first(columns: Mapping[str, int], words: frozenset[str]) -> int | None:
    """The first column whose name is one of the words; else the first that has one."""
    exact = (at for name, at in columns.items() if name in words)
    near = (at for name, at in columns.items() if words.intersection(name.split()))
    return next(exact, next(near, None))


def _fits(table: ChangeTable, heading: str, rows: Sequence[str]) -> bool:
    """Whether the rows are as wide as the heading, each with a time, and no measurements.

    Two numbers are measurements, unless a column says whose value they are or who set it.
    """
    read = [_cells(row, table.separator) for row in rows]
    alike = [
        cells
        for cells in read
        if len(cells) == table.width and any(map(str.isdigit, cells[table.time]))
    ]
    if not alike or len(alike) < _LEAST_LIKE_IT * len(read):
        return False
    words = set(" ".join(_WORDS.findall(heading)).lower().split())
    if table.values is None:
        return True
    are_numbers = all(_NUMBER.fullmatch(cells[at]) for cells in alike for at in table.values)
    return not are_numbers or bool(words & (_KNOBS | _ACTORS))


def _cells(line: str, separator: str) -> list[str]:
    if '"' not in line:
        cells = line.split(separator)
    else:
        try:
            cells = next(csv.reader([line], delimiter=separator), [])
        except csv.Error:
            cells = line.split(separator)
    return [cell.strip().strip("\"'") for cell in cells]


def _plain(value: str) -> str:
    lowered = value.lower()
    return "" if lowered in _NOTHING else lowered
