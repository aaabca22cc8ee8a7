"""What is told of a whole case: its timeline and its report."""
