"""People in chat: their events become verbs, our cards become messages."""
