"""Files and pasted text, and what was found in them."""
