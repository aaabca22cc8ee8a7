"""The routes for people and programs that sign in; an application with them needs a guard."""

from __future__ import annotations

from api import accounts, sessions, users, welcome

ROUTERS = (accounts.router, users.router, sessions.router, welcome.router)
