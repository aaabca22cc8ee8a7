"""Everything that must survive, in SQLite or PostgreSQL, by one set of tables.

`open_store` is the way in; `upgrade` brings the tables to this version's form.
"""

from storage.database.claims import SqlJobs
from storage.database.schema import upgrade
from storage.database.seal import ColumnSeal
from storage.database.store import SqlStore, open_store

__all__ = ["ColumnSeal", "SqlJobs", "SqlStore", "open_store", "upgrade"]
