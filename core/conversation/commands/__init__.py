"""Commands: vocabulary, parsing and one module for each command group."""
