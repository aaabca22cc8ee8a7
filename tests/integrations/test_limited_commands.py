"""A command with limits ends by itself, whether or not we are still there to end it."""

from __future__ import annotations

import signal
import subprocess
import sys

from integrations.limited_commands import limited

_TAKES_MEMORY = "bytes(2**30)"


def test_a_command_ends_after_its_seconds_of_a_processor() -> None:
    forever = limited(("/bin/sh", "-c", "while :; do :; done"), seconds=1)
    ended = subprocess.run(forever, check=False, timeout=60)
    assert ended.returncode in (-signal.SIGKILL, -signal.SIGXCPU)


def test_a_command_has_no_more_memory_than_it_may_take() -> None:
    command = (sys.executable, "-c", _TAKES_MEMORY)
    assert subprocess.run(limited(command, seconds=20), check=False).returncode == 0
    less = limited(command, seconds=20, memory=2**29)
    ended = subprocess.run(less, check=False, capture_output=True)
    assert b"MemoryError" in ended.stderr


def test_a_command_keeps_its_words_as_they_are() -> None:
    printed = subprocess.check_output(limited(("printf", "%s.", "a b", "$HOME;'"), seconds=20))
    assert printed == b"a b.$HOME;'."
