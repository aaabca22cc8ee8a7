"""Cases in Slack, through Socket Mode or over HTTP."""
