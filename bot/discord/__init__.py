"""Discord: cards as embeds, commands, buttons and forms, and people's messages, over discord.py."""
