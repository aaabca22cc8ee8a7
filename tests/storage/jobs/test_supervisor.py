from __future__ import annotations

import asyncio
from itertools import pairwise

import pytest

from storage.jobs.supervisor import LONGEST_PAUSE_S, STEADY_S, end, keep_running
from tests.storage.jobs.virtual_time import on_virtual_time


class Patient:
    """Lives for as long as it is told, and notes when each life began."""

    def __init__(self, *lives_s: float, error: type[Exception] = ConnectionError) -> None:
        self.births: list[float] = []
        self._lives_s = list(lives_s)
        self._error = error

    async def __call__(self) -> None:
        self.births.append(asyncio.get_running_loop().time())
        if self._lives_s:
            await asyncio.sleep(self._lives_s.pop(0))
            raise self._error
        await asyncio.sleep(3600)


async def watched(patient: Patient, seconds: float) -> list[float]:
    watch = asyncio.create_task(keep_running(patient, name="it", dies_of=(ConnectionError,)))
    await asyncio.sleep(seconds)
    await end(watch)
    return patient.births


def test_what_dies_again_and_again_is_started_ever_more_slowly() -> None:
    births = on_virtual_time(watched(Patient(*[0] * 8), 60))
    pauses = [later - earlier for earlier, later in pairwise(births)]
    assert pauses == sorted(pauses)
    assert (pauses[0], pauses[-1]) == (0.5, LONGEST_PAUSE_S)


def test_what_was_steady_is_back_at_once() -> None:
    births = on_virtual_time(watched(Patient(0, 0, 0, STEADY_S + 1), 90))
    assert births[-1] - births[-2] == pytest.approx(STEADY_S + 1.25)


def test_an_error_that_nobody_foresaw_is_not_hidden() -> None:
    watch = keep_running(Patient(0, error=KeyError), name="it", dies_of=(ConnectionError,))
    with pytest.raises(KeyError):
        on_virtual_time(watch)


def test_end_insists() -> None:
    async def deaf() -> None:
        for _ in range(3):
            try:
                await asyncio.sleep(3600)
            except asyncio.CancelledError:
                continue

    async def story() -> bool:
        task = asyncio.create_task(deaf())
        await asyncio.sleep(1)
        await end(task)
        return task.done()

    assert on_virtual_time(story())
