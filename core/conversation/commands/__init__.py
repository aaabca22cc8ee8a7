"""What people ask for: vocabulary, parsing, dispatch and one module a command group."""
