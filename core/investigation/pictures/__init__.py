"""Pictures of a verdict: who calls whom and what is ranked where, and the window that decides."""
