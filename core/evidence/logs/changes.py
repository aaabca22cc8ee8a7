"""Finds the lines of a log that tell of a change, each with its time: the last of them matters."""

from __future__ import annotations

import re
from collections import defaultdict, deque
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from itertools import chain, islice, pairwise
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from core.evidence.lines import FEW_LINES
from core.evidence.logs.ansible_tasks import changing_task, is_ansible_frame
from core.evidence.logs.change_tables import ChangeTable, find_change_table
from core.evidence.logs.chat_lines import asks_or_plans, is_chatter, is_of_chat
from core.evidence.logs.date_stamps import find_moment
from core.evidence.logs.journal_records import as_syslog
from core.evidence.logs.levels import read_level
from core.evidence.logs.quiet_logs import BEGUN, Silence
from core.evidence.logs.shell_history import commands_in, is_history
from core.evidence.logs.start_lines import STARTED_OTHERWISE, StartLines, StartSort
from core.evidence.logs.statements import with_whole_statements
from core.evidence.logs.terminal import is_only_tried, shown_command, was_done
from core.evidence.logs.terraform_plans import planned_change
from core.evidence.logs.told_times import MAX_ABOVE, lines_above
from core.evidence.logs.told_versions import OTHER_VERSION_TOLD, ToldVersions, Version
from core.evidence.model import Level
from core.evidence.signatures import is_change, match, signals

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import polars as pl

    from core.evidence.lines import Block
    from core.evidence.logs.terminal import ShownCommand

MAX_CHANGES = 60  # of one log, the latest ones
MAX_MINOR = 20  # starts of processes and other things that weigh little
_MAX_LOOKED_AT = 400  # lines of a block that hold a word of a change
_MAX_ORDINARY = 20_000
_MINOR = 1.0  # weight of a signal, in nats, under which a change is minor
_LOOK_AT = 2_000
LISTED = "recorded_change"  # a record of a list of changes that nothing else tells the sort of
_OTHER_VERSION = "version_changed"
_BATCH = "batch_started"
COMMAND = "command_ran"  # by hand
COMMANDS = frozenset({COMMAND, "command_given"})
# What also happens of itself: the same again and again is what the system always does.
_RECURRING = frozenset(
    {
        _BATCH,
        "audited_cell",
        "certificate_renewed",
        "changed_by_somebody",
        "changed_from_to",
        "deed_told",
        "reloaded",
        "setting_written",
        "thing_changed",
        "version_applied",
        "zone_loaded",
    }
)
_ROUTINE = 5  # times
_STEADY = 1.5  # times the shortest pause, which the longest is at most
_AGAIN = timedelta(minutes=10)  # after which it comes again soon
_OFTEN = 20  # such starts, from which on their kind of line is not looked at any more
_MAX_BATCHES = 500  # kinds
_CHANGING = re.compile(r"\b[\w:.-]{0,60}\d[\w:.-]*")  # numbers, times and ids
_MAX_ROWS = 5_000  # of a block of a table of changes, the latest ones
_LISTS_CHANGES = frozenset(
    {"change", "changes", "changelog", "deploy", "deploys", "deployment", "deployments"}
    | {"maintenance", "release", "releases", "rollout", "rollouts"}
)
_OF_A_LIST = frozenset(
    {"book", "calendar", "diary", "events", "history", "journal", "list", "log", "logs", "record"}
    | {"records", "register", "sheet", "tracker"}
)
_OPENED = "ready to accept connections"
_SETUP = frozenset({"administered", "data_changed_by_hand", "ddl_ran"})
_SETUP_TAKES = timedelta(seconds=10)
_RELOADS = re.compile(r"(?i)\breconfiguring\b|\breload|\bSIGHUP\b")
_REFUSES = re.compile(
    r"(?i)\[emerg\]|\b(?:reload(?:ing)? (?:failed|refused|rejected|aborted)|failed to reload"
    r"|(?:not|unable to|could not|couldn't) reload|keeping (?:the )?(?:old|previous|current) config"
    r"|configuration file \S+ (?:test failed|contains errors))"
)
_REFUSED_WITHIN = 3  # lines
_MAKES = re.compile(r"(?i)\b(?:create|grant|insert into|copy|alter (?:role|user|database|table))\b")
_COMMIT = r"^[*|\\/ ]{0,8}[0-9a-f]{7,40}[ |,;\t]"
_FEWEST_COMMITS, _MOSTLY_COMMITS = 2, 0.8
_LINES_OF_A_RUN, _PAUSE_IN_A_RUN, _MOSTLY_IN_A_RUN = 15, timedelta(seconds=10), 0.9
_NOTHING_DONE = re.compile(
    r"(?i)\bno (?:drift|changes?|op)\b|\bnothing to (?:do|change)\b|\b(?:dry[- ]run|would|planned"
    r"|scheduled|upcoming|skipped|cancelled|canceled|aborted|rejected|requested approval)\b"
)
_APART = re.compile(r"[-_.\s]")
_SERVICE = re.compile(
    r"(?i)\b(?:service|svc|app|deployment|component|target)[=:]\s?[\"']?([a-z][\w.-]*)"
)


@dataclass(frozen=True, kw_only=True)
class LoggedChange:
    """One line that tells of a change, or several, and where. `at` is naive UTC."""

    text: str
    level: Level | None
    at: datetime | None
    service: str | None
    signals: tuple[str, ...]
    line: int
    byte_start: int
    byte_end: int
    last_line: int | None = None  # where it is of several


@dataclass
class ChangeFinder:
    """Sees the blocks of a log in order, with what the layout read of them.

    lists_changes: whether the log has nothing else, by its name; then each of its records is one.
    What people tell each other in a chat is a list of that sort. Of a table of values before and
    after, which its heading tells, the rows that differ are, of a shell's history what changes
    anything.
    """

    lists_changes: bool = False
    major: deque[LoggedChange] = field(default_factory=lambda: deque(maxlen=MAX_CHANGES))
    minor: deque[LoggedChange] = field(default_factory=lambda: deque(maxlen=MAX_MINOR))
    _ordinary: set[int] = field(default_factory=set)  # kinds of lines that tell of no change
    _table: ChangeTable | None = None
    _is_history: bool = False
    _batches: dict[str, list[LoggedChange]] = field(default_factory=lambda: defaultdict(list))
    _silence: Silence = field(default_factory=Silence)
    _starts: StartLines = field(default_factory=StartLines)
    _restarts: dict[StartSort, list[LoggedChange]] = field(
        default_factory=lambda: defaultdict(list)
    )
    _versions: ToldVersions = field(default_factory=ToldVersions)
    _first_told: dict[Version, LoggedChange] = field(default_factory=dict)
    _opened: datetime | None = None  # when a server of data was ready last

    def watch(self, block: Block, columns: pl.DataFrame) -> None:
        """Note the changes of a block."""
        if block.number == 1:
            self._look_first(block.lines, columns["time"])
        if self._table is not None:
            self.major.extend(_rows_changed(self._table, block, columns))
            return
        if self._is_history:
            self.major.extend(_commands_ran(block, columns))
            return
        block = with_whole_statements(block)
        self._note_silence(block, columns)
        self._note_starts(block, columns)
        self._note_versions(block, columns)
        candidates = self._candidates(block.lines, columns["key"])
        for row, key in islice(_unlike(candidates, self._ordinary), _MAX_LOOKED_AT):
            if is_ansible_frame(block.lines[row]):
                self.lists_changes = False  # its results do, and other records only say so
                continue
            change = _of_task(_read(block, columns, row), block, columns, row)
            command = shown_command(block.lines, row) if change.signals else None
            self._note_opening(change)
            if self._is_setup(change) or _is_refused(block.lines, row) or not was_done(command):
                continue
            self._note(_dated(change, block, columns, command), key)

    def _note_opening(self, change: LoggedChange) -> None:
        if change.at is not None and _OPENED in change.text:
            self._opened = change.at

    def _is_setup(self, change: LoggedChange) -> bool:
        """Whether it makes what a new server holds, right after its start: nothing was before."""
        if self._opened is None or change.at is None or _SETUP.isdisjoint(change.signals):
            return False
        is_soon = timedelta() <= change.at - self._opened <= _SETUP_TAKES
        return is_soon and _MAKES.search(change.text) is not None

    def _look_first(self, lines: pl.Series, times: pl.Series) -> None:
        """What the log is, by its first block: a table, a history, or a list of another sort."""
        self._table = find_change_table(lines.head(_MAX_LOOKED_AT))
        self._is_history = is_history(lines)
        self.lists_changes = (
            (self.lists_changes and not _is_of_one_run(times))
            or is_of_chat(lines, times)
            or _is_of_repository(lines)
        )

    def _note_silence(self, block: Block, columns: pl.DataFrame) -> None:
        """What began after a silence, and tells of no change otherwise."""
        for row in self._silence.broken_in(block, columns):
            if self.lists_changes or is_ansible_frame(block.lines[row]):
                continue
            change = _read(block, columns, row)
            self.minor.extend([] if change.signals else [replace(change, signals=(BEGUN,))])

    def _note_starts(self, block: Block, columns: pl.DataFrame) -> None:
        """What a service says of itself since it started, and did not before."""
        for row, sort in () if self.lists_changes else self._starts.changed_in(block, columns):
            start = replace(_read(block, columns, row), signals=(STARTED_OTHERWISE,))
            self._restarts[sort].append(start)

    def _note_versions(self, block: Block, columns: pl.DataFrame) -> None:
        for row, version in () if self.lists_changes else self._versions.new_in(block, columns):
            line = replace(_read(block, columns, row), signals=(OTHER_VERSION_TOLD,))
            self._first_told[version] = line

    def _note(self, change: LoggedChange, key: int) -> None:
        """A line that holds a word of a change, and its kind."""
        if self.lists_changes and not change.signals and change.at and is_done(change.text):
            change = replace(change, signals=(LISTED,))
        if not COMMANDS.isdisjoint(change.signals) and is_only_tried(change.text):
            return
        if change.signals and _RECURRING.issuperset(change.signals):
            self._note_batch(change, key)
        elif change.signals:
            weight = max(signals()[name].weight for name in change.signals)
            (self.minor if weight < _MINOR else self.major).append(change)
        elif len(self._ordinary) < _MAX_ORDINARY:
            self._ordinary.add(key)

    def _candidates(self, lines: pl.Series, keys: pl.Series) -> Iterator[tuple[int, int]]:
        """The row and kind of each line that holds a word of a change."""
        if self.lists_changes:
            yield from enumerate(keys.head(_MAX_LOOKED_AT))
            return
        if len(lines) <= FEW_LINES:
            yield from (
                (row, keys[row])
                for row, line in enumerate(map(str.lower, lines))
                if any(word in line for word in _words())
            )
            return
        hits = lines.str.contains_any(_words(), ascii_case_insensitive=True)
        rows = hits.fill_null(value=False).arg_true()
        new_keys = keys.gather(rows)
        is_new = ~new_keys.is_in(list(self._ordinary))
        yield from zip(rows.filter(is_new), new_keys.filter(is_new), strict=True)

    def _note_batch(self, change: LoggedChange, key: int) -> None:
        """A start of a batch and its like: what comes again and again is no change."""
        batch = _CHANGING.sub("#", change.text)
        if batch in self._batches or len(self._batches) < _MAX_BATCHES:
            self._batches[batch].append(change)
            if len(self._batches[batch]) >= _OFTEN:
                self._ordinary.add(key)

    def found(self) -> list[LoggedChange]:
        """All that are kept, in the log's order."""
        few = (starts for starts in self._batches.values() if not _is_routine(starts))
        batches = sorted(chain.from_iterable(few), key=lambda change: change.line)[-MAX_MINOR:]
        versions = [self._first_told[version] for version in self._versions.replaced()]
        known = {change.line for change in chain(self.major, batches)}
        others = [change for change in versions if change.line not in known]
        changes = [*self.major, *batches, *self.minor, *others]
        restarts = (starts for starts in self._restarts.values() if len(starts) <= _ROUTINE)
        return sorted(
            _with_restarts(changes, islice(chain.from_iterable(restarts), MAX_MINOR)),
            key=lambda change: change.line,
        )


def _with_restarts(
    changes: Sequence[LoggedChange], restarts: Iterable[LoggedChange]
) -> Iterator[LoggedChange]:
    """The changes, and starts with other values: each line once, with all that is known of it."""
    otherwise = {start.line: start for start in restarts}
    for change in changes:
        is_start = otherwise.pop(change.line, None) is not None
        more = (STARTED_OTHERWISE,) if is_start else ()
        yield replace(change, signals=(*change.signals, *more))
    yield from otherwise.values()


def _is_refused(lines: pl.Series, row: int) -> bool:
    """Whether a server was told to reload, and says at once that it cannot: all is as it was."""
    if _RELOADS.search(lines[row][:_LOOK_AT]) is None:
        return False
    below = lines[row + 1 : row + 1 + _REFUSED_WITHIN]
    return any(_REFUSES.search(line[:_LOOK_AT]) for line in below)


def _is_routine(starts: Sequence[LoggedChange]) -> bool:
    """Whether the same comes often, or at a steady pace: every few minutes, as cron has it."""
    if len(starts) > _ROUTINE:
        return True
    moments = sorted(start.at for start in starts if start.at)
    pauses = [later - earlier for earlier, later in pairwise(moments)]
    if not pauses or len(moments) < len(starts):
        return False
    is_steady = len(pauses) > 1 and max(pauses) <= _STEADY * min(pauses)
    return is_steady or max(pauses) <= _AGAIN


def _dated(
    change: LoggedChange, block: Block, columns: pl.DataFrame, command: ShownCommand | None
) -> LoggedChange:
    """A change, with the time that its line, or the nearest above, tells where none was read.

    command: that of a terminal which made it; what it printed tells the time before lines above.
    """
    if change.at is not None or not change.signals:
        return change
    row = change.line - block.number
    if moment := find_moment(block.lines[row]):
        return replace(change, at=moment.replace(tzinfo=None))
    if command is not None and command.moment:
        return replace(change, at=command.moment.replace(tzinfo=None))
    times = columns["time"].slice(max(0, row - MAX_ABOVE), min(row, MAX_ABOVE)).drop_nulls()
    if len(times):
        return replace(change, at=times[-1])
    moment = next(filter(None, map(find_moment, lines_above(block.lines, row))), None)
    return replace(change, at=moment.replace(tzinfo=None)) if moment else change


def _of_task(change: LoggedChange, block: Block, columns: pl.DataFrame, row: int) -> LoggedChange:
    """What Ansible or Terraform changed, from its heading on; any other change as it is."""
    task = changing_task(block.lines, row) if change.signals else None
    if task is None:
        return _as_planned(change, block, columns, row)
    heading, first = (_read(block, columns, place) for place in (task.row, task.start))
    signals_of_both = dict.fromkeys((*heading.signals, *change.signals))
    return replace(
        change,
        text=task.text[:_LOOK_AT],
        at=heading.at or change.at,
        service=task.host,
        signals=tuple(signals_of_both),
        line=first.line,
        last_line=change.line,
        byte_start=first.byte_start,
    )


def _as_planned(
    change: LoggedChange, block: Block, columns: pl.DataFrame, row: int
) -> LoggedChange:
    """What Terraform changed, by the plan of the resource; any other change as it is."""
    plan = planned_change(block.lines, row) if change.signals else None
    if plan is None:
        return change
    heading, end = (_read(block, columns, place) for place in (plan.row, plan.end))
    return replace(
        change,
        text=plan.text[:_LOOK_AT],
        line=heading.line,
        last_line=end.line,
        byte_start=heading.byte_start,
        byte_end=end.byte_end,
    )


def _rows_changed(
    table: ChangeTable, block: Block, columns: pl.DataFrame
) -> Iterator[LoggedChange]:
    """The rows of a table whose values differ."""
    for row in range(max(0, len(block.lines) - _MAX_ROWS), len(block.lines)):
        if changed := table.read(block.lines[row][:_LOOK_AT]):
            change = _read(block, columns, row)
            sort = _OTHER_VERSION if changed.is_version else LISTED
            yield replace(
                change,
                at=change.at or changed.at,
                service=changed.service or change.service,
                signals=change.signals or (sort,),
            )


def _commands_ran(block: Block, columns: pl.DataFrame) -> Iterator[LoggedChange]:
    """Of a shell's history the commands that do not only look."""
    ran = signals()[COMMAND]
    for command in commands_in(block.lines):
        looks = ran.exception is not None and ran.exception.search(command.line)
        if ran.pattern.search(command.line) and not looks:
            change = _read(block, columns, command.row)
            yield replace(change, at=command.at, signals=(COMMAND,))


def _unlike(looked: Iterable[tuple[int, int]], ordinary: set[int]) -> Iterator[tuple[int, int]]:
    """Rows whose kind is not known to be ordinary by now: it grows while they are looked at."""
    return ((row, key) for row, key in looked if key not in ordinary)


def _is_of_one_run(times: pl.Series) -> bool:
    """Whether what is named after changes is what a tool printed of one of them, line by line."""
    moments = times.drop_nulls()
    if len(moments) < _LINES_OF_A_RUN:
        return False
    pauses = moments.sort().diff().drop_nulls()
    return bool((pauses < _PAUSE_IN_A_RUN).sum() >= _MOSTLY_IN_A_RUN * len(pauses))


def _is_of_repository(lines: pl.Series) -> bool:
    """Whether each line is a commit, as `git log --oneline` and its like print them."""
    if len(lines) < _FEWEST_COMMITS:
        return False
    commits = lines.str.contains(_COMMIT) & lines.str.contains("^.{0,40}[a-f]")
    return bool(commits.sum() >= _MOSTLY_COMMITS * len(lines))


def lists_changes(name: str) -> bool:
    """Whether a file's name says that it lists what was changed: `deploys.log`, `changes.txt`."""
    words = [word for word in _APART.split(PurePosixPath(name).stem.lower()) if word.isalpha()]
    telling = [word for word in words if word not in _OF_A_LIST]
    return bool(telling) and telling[-1] in _LISTS_CHANGES


def is_done(text: str) -> bool:
    """Whether a record of a list of changes tells of one that was made, not of a plan."""
    return _NOTHING_DONE.search(text) is None and not is_chatter(text)


def is_made(text: str) -> bool:
    """Whether a line with a signal of a change tells of one that was made, not of a plan."""
    return _NOTHING_DONE.search(text) is None and not asks_or_plans(text)


def change_signals(text: str, level: Level | None) -> tuple[str, ...]:
    """The signals of a change that a line carries; none where somebody asks for one or plans it."""
    named = tuple(name for name in match(text, level) if is_change(name))
    return () if named and asks_or_plans(text) else named


@cache
def _words() -> list[str]:
    return sorted(
        {need for name, signal in signals().items() if is_change(name) for need in signal.needs}
    )


def _read(block: Block, columns: pl.DataFrame, row: int) -> LoggedChange:
    text = as_syslog(block.lines[row])[:_LOOK_AT]
    values = columns.row(row, named=True)
    level = read_level(values["level"]) if values["level"] else None
    named = _SERVICE.search(text)
    return LoggedChange(
        text=text,
        level=level,
        at=values["time"],
        service=values["service"] or (named[1] if named else None),
        signals=change_signals(text, level),
        line=block.number + row,
        byte_start=int(block.starts[row]),
        byte_end=int(block.starts[row + 1]),
    )
