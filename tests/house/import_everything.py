"""Import every module of the rooms named on the command line, to see that a base install suffices.

Run by path in an environment without our checkout, so it uses the standard library only. A module
that needs a package of these extras is passed over; any other missing package is an error.
"""

from __future__ import annotations

import importlib
import pkgutil
import sys

EXTRAS = {"arq", "asyncpg", "onnx", "qdrant_client", "redis"}


def may_be_imported(name: str) -> bool:
    """False for a program's entry, and for migrations, which only Alembic can load."""
    return not name.endswith(".__main__") and ".migrations." not in name


def import_room(room: str) -> None:
    """Raises ModuleNotFoundError for a package that the base install lacks."""
    package = importlib.import_module(room)
    for module in pkgutil.walk_packages(package.__path__, f"{room}."):
        if may_be_imported(module.name):
            try:
                importlib.import_module(module.name)
            except ModuleNotFoundError as missing:
                if str(missing.name).partition(".")[0] not in EXTRAS:
                    raise


if __name__ == "__main__":
    for each in sys.argv[1:]:
        import_room(each)
