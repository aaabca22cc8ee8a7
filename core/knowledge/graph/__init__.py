"""The knowledge graph: services, alerts, runbooks, cases, causes, fixes and people, and how."""
