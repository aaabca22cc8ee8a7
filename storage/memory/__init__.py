"""A whole store in memory, with the transactions and constraints of the real ones.

For tests, the simulation and one-off commands; nothing here waits for anything but its turn.
"""

from storage.memory.claims import MemoryJobs
from storage.memory.files import MemoryFiles
from storage.memory.store import MemoryStore

__all__ = ["MemoryFiles", "MemoryJobs", "MemoryStore"]
