from __future__ import annotations

from typing import TYPE_CHECKING

from core.evidence.model import FindingKind
from core.evidence.profiles.model import ThreadState
from core.evidence.profiles.threads import deadlocks, lock_queues, own_frame, thread_groups
from tests.core.evidence.profiles.recorded import SAMPLES, extracted, read, read_text

if TYPE_CHECKING:
    from pathlib import Path


def thread(name: str, *, waits: str | None = None, holds: str = "", at: str = "f") -> ThreadState:
    return ThreadState(
        name=name,
        state="BLOCKED" if waits else "RUNNABLE",
        frames=("main", at),
        line=1,
        waits_for=waits,
        holds=frozenset(holds),
        is_blocked=waits is not None,
    )


def names(circle: tuple[ThreadState, ...]) -> list[str]:
    return [each.name for each in circle]


def test_a_circle_of_three_is_a_deadlock_and_who_waits_for_it_is_not_in_it() -> None:
    threads = [
        thread("late", waits="a"),
        thread("1", waits="b", holds="a"),
        thread("2", waits="c", holds="b"),
        thread("3", waits="a", holds="c"),
    ]
    (circle,) = deadlocks(threads)
    assert sorted(names(circle)) == ["1", "2", "3"]


def test_a_line_of_waiting_threads_is_no_deadlock() -> None:
    threads = [thread("1", waits="b", holds="a"), thread("2", waits="c", holds="b"), thread("3")]
    assert list(deadlocks(threads)) == []
    assert list(deadlocks([thread("4", waits="a"), thread("5", holds="a")])) == []


def test_two_deadlocks_are_two() -> None:
    threads = [
        thread("1", waits="b", holds="a"),
        thread("2", waits="a", holds="b"),
        thread("3", waits="d", holds="c"),
        thread("4", waits="c", holds="d"),
    ]
    assert [sorted(names(circle)) for circle in deadlocks(threads)] == [["1", "2"], ["3", "4"]]


def test_a_lock_that_few_want_is_no_news() -> None:
    waiting = [thread(str(n), waits="a") for n in range(2)]
    assert lock_queues([*waiting, thread("holder", holds="a")]) == []
    (queue,) = lock_queues([*waiting, thread("3", waits="a"), thread("holder", holds="a")])
    assert queue.holder is not None
    assert (len(queue.waiting), queue.holder.name) == (3, "holder")


def test_the_place_is_in_the_program_not_in_the_language() -> None:
    frames = ("com.acme.Pool.borrow", "java.util.concurrent.locks.LockSupport.park")
    parked = ThreadState(name="x", state="WAITING", frames=frames, line=1)
    assert own_frame(parked) == "com.acme.Pool.borrow"


def test_threads_of_a_pool_that_await_work_are_no_crowd(tmp_path: Path) -> None:
    idle = "".join(
        f'Thread {n} (idle): "pool-{n}"\n    wait (threading.py:327)\n    get (queue.py:171)\n'
        "    _worker (concurrent/futures/thread.py:81)\n    run (threading.py:982)\n"
        for n in range(6)
    )
    reading = read_text(tmp_path / "dump.txt", f"Process 1: python app.py\n\n{idle}")
    assert len(reading.threads) == 6
    assert thread_groups(reading.threads) == []


def test_threads_of_python_that_wait_for_a_lock_are_told(tmp_path: Path) -> None:
    stuck = "".join(
        f'Thread {n} (idle): "w-{n}"\n    acquire (threading.py:133)\n    charge (pay.py:40)\n'
        for n in range(4)
    )
    path = tmp_path / "pay.dump.txt"
    path.write_text(f"Process 1: python app.py\n\n{stuck}")
    (finding,) = extracted(path).findings
    assert finding.kind is FindingKind.THREADS
    assert finding.text.text == "4 of 4 threads wait in `charge (pay.py)`: acquire (threading.py)"


def test_what_faulthandler_writes_is_read(tmp_path: Path) -> None:
    text = (
        "Thread 0x00007f0a (most recent call first):\n"
        '  File "/app/pay.py", line 40 in charge\n  File "/app/main.py", line 9 in <module>\n\n'
        "Current thread 0x00007f0b (most recent call first):\n"
        '  File "/app/main.py", line 12 in serve\n'
    )
    threads = read_text(tmp_path / "fault.txt", text).threads
    assert [each.frames[-1] for each in threads] == [
        "charge (app/pay.py:40)",
        "serve (app/main.py:12)",
    ]


def test_what_waits_to_be_notified_holds_nothing() -> None:
    """HotSpot lists `locked` for a thread in Object.wait(), which has let go of it."""
    finalizer = next(each for each in read("java-threads.txt").threads if each.name == "Finalizer")
    assert (finalizer.holds, finalizer.waits_for) == (frozenset(), None)


def test_what_the_machine_reports_is_enough_where_no_locks_are_listed(tmp_path: Path) -> None:
    lines = (SAMPLES / "java-threads.txt").read_text().splitlines()
    path = tmp_path / "threads.txt"
    path.write_text("\n".join(line for line in lines if "\t- " not in line))
    (finding,) = (each for each in extracted(path).findings if each.signals)
    assert finding.text.text == "Deadlock of 2 threads: reserve-1, book-1"
    assert path.read_text().splitlines()[finding.locus.line_start - 1].startswith("Found one Java")


def test_stacks_that_are_repeated_for_a_deadlock_count_once() -> None:
    named = [each.name for each in read("java-threads.txt").threads]
    assert named.count("reserve-1") == named.count("book-1") == 1
    assert "main" in named


def test_goroutines_tell_for_how_long() -> None:
    threads = read("goroutines.txt").threads
    assert len(threads) == 31
    waiting = [each for each in threads if each.frames[-1] == "main.waitForOrder"]
    assert {(each.minutes, each.state) for each in waiting} == {(2, "chan receive")}
