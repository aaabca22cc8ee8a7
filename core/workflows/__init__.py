"""One module a flow: what happens when a delivery, a message, a file or a due job arrives."""
