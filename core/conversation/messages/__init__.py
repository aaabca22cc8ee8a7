"""Messages that come in and go out, and the channels that cases live in."""
