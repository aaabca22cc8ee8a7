"""Work to be done, once, in order, whatever dies."""
