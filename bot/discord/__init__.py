"""Discord: cards as embeds, commands, buttons and forms, and what people say, over discord.py."""
