"""Profiles and thread dumps: where a program spends its time and memory, and what it waits for."""
