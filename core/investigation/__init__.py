"""Turns the evidence of a case into ranked causes, a decision and its consequences."""
