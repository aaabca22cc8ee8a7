"""Archives that people drop: which of their members are evidence, and what is in those."""
