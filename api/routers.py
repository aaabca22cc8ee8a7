"""The routes for people and programs that sign in; an application with them needs a guard."""

from __future__ import annotations

from api import (
    accounts,
    analytics,
    case_events,
    case_header,
    cases,
    evidence,
    members,
    messages,
    reports,
    sessions,
    turns,
    users,
    welcome,
)

ROUTERS = (
    accounts.router,
    users.router,
    sessions.router,
    welcome.router,
    cases.router,
    turns.router,
    messages.router,
    case_header.router,
    case_events.router,
    evidence.router,
    members.router,
    reports.router,
    analytics.router,
)
