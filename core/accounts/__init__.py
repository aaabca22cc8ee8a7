"""Accounts of people and programs: who may sign in, and what they hold that proves it."""
