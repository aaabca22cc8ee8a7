"""Evidence: files and pasted text, their extraction, and the findings in them."""
