"""The routes for people and programs that sign in; an application with them needs a guard."""

from __future__ import annotations

from api import (
    accounts,
    agent,
    analytics,
    authorize,
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
    oauth,
    provider_sign_in,
    queries,
    reports,
    sessions,
    turns,
    users,
    welcome,
)

# Routes are tried in order: first what clients ask most often.
ROUTERS = (
    sessions.router,
    cases.router,
    turns.router,
    messages.router,
    case_header.router,
    case_events.router,
    evidence.router,
    accounts.router,
    provider_sign_in.router,
    authorize.router,
    oauth.router,
    chat_identities.router,
    users.router,
    welcome.router,
    members.router,
    knowledge.router,
    case_memories.router,
    reports.router,
    agent.router,
    queries.router,
    context.router,
    analytics.router,
)
