"""Answers people's questions from evidence; begin with `questions.py`."""
