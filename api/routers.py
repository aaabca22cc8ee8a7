"""The routes for people and programs that sign in; an application with them needs a guard."""

from __future__ import annotations

from api import (
    accounts,
    agent,
    analytics,
    case_events,
    case_header,
    case_memories,
    cases,
    chat_identities,
    context,
    evidence,
    knowledge,
    members,
    messages,
    provider_sign_in,
    queries,
    reports,
    sessions,
    turns,
    users,
    welcome,
)

ROUTERS = (
    accounts.router,
    provider_sign_in.router,
    chat_identities.router,
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
    knowledge.router,
    case_memories.router,
    reports.router,
    agent.router,
    queries.router,
    context.router,
    analytics.router,
)
