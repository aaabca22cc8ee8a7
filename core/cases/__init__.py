"""Cases: an event log per case, and the read models it folds into."""
