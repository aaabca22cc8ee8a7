"""What a language model is told of a case, may look up, and may propose."""
