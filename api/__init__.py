"""People's clients: what answers over HTTP to anyone but a chat platform or an alert source."""
