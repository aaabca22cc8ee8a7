"""What threads wait for: deadlocks, locks that many want, places where many are."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.evidence.profiles.model import ThreadState
from core.evidence.profiles.shares import is_library

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_FEW = 3  # threads from which on waiting at one place is worth a word
# Where a thread of a pool waits for work.
_AWAITS_WORK = re.compile(
    r"^(?:_worker|get|select|poll|accept|_run_once|run_forever|epoll_wait)\b.*\.py"
    r"|\.getTask$|\bnet\.\(\*\w+\)\.(?:Accept|accept)$"
)


@dataclass(frozen=True, kw_only=True)
class LockQueue:
    """Threads that want one lock, and who holds it, None where the dump does not tell."""

    lock: str
    lock_type: str
    waiting: tuple[ThreadState, ...]
    holder: ThreadState | None


@dataclass(frozen=True, kw_only=True)
class ThreadGroup:
    """Threads of one state at one place. minutes: for how long the longest, 0 where not told."""

    place: str
    state: str
    threads: tuple[ThreadState, ...]

    @property
    def count(self) -> int:
        return sum(thread.count for thread in self.threads)

    @property
    def minutes(self) -> int:
        return max(thread.minutes for thread in self.threads)

    @property
    def lock_type(self) -> str:
        return next((thread.lock_type for thread in self.threads if thread.lock_type), "")


def own_frame(thread: ThreadState) -> str:
    """The innermost frame that is the program's own; else the innermost one; empty without any."""
    own = (frame for frame in reversed(thread.frames) if not is_library(frame))
    return next(own, thread.frames[-1] if thread.frames else "")


def deadlocks(threads: Sequence[ThreadState]) -> Iterator[tuple[ThreadState, ...]]:
    """Circles of threads each of which waits for what the next one holds."""
    holders = {lock: thread for thread in threads for lock in thread.holds}
    finished: set[int] = set()
    for thread in threads:
        chain: list[ThreadState] = []
        here: ThreadState | None = thread
        while here is not None and id(here) not in finished:
            finished.add(id(here))
            chain.append(here)
            holder = holders.get(here.waits_for) if here.waits_for else None
            if holder is not None and (circle := _circle(chain, holder)):
                yield circle
            here = holder


def lock_queues(threads: Sequence[ThreadState]) -> list[LockQueue]:
    """Locks that several threads want, the most wanted first."""
    waiting: defaultdict[str, list[ThreadState]] = defaultdict(list)
    holders = {lock: thread for thread in threads for lock in thread.holds}
    for thread in threads:
        if thread.waits_for:
            waiting[thread.waits_for].append(thread)
    queues = (
        LockQueue(
            lock=lock,
            lock_type=queue[0].lock_type,
            waiting=tuple(queue),
            holder=holders.get(lock),
        )
        for lock, queue in waiting.items()
        if len(queue) >= _FEW
    )
    return sorted(queues, key=lambda queue: -len(queue.waiting))


def thread_groups(threads: Sequence[ThreadState]) -> list[ThreadGroup]:
    """Places where several blocked threads are, or one that waits for a lock since long."""
    groups: defaultdict[tuple[str, str], list[ThreadState]] = defaultdict(list)
    for thread in threads:
        awaits_work = any(map(_AWAITS_WORK.search, thread.frames[-3:]))
        if thread.is_blocked and thread.frames and not thread.waits_for and not awaits_work:
            groups[own_frame(thread), thread.state].append(thread)
    made = (
        ThreadGroup(place=place, state=state, threads=tuple(of))
        for (place, state), of in groups.items()
    )
    telling = [
        group for group in made if group.count >= _FEW or (group.minutes and group.lock_type)
    ]
    return sorted(telling, key=lambda group: (-group.count, group.threads[0].line))


def _circle(chain: Sequence[ThreadState], closing: ThreadState) -> tuple[ThreadState, ...]:
    """The part of a chain that ends where it began; empty where it does not."""
    at = next((place for place, thread in enumerate(chain) if thread is closing), None)
    return tuple(chain[at:]) if at is not None else ()
