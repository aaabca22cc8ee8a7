"""What is this file? Its content decides; its name only where content could be either."""
