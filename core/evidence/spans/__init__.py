"""Spans of requests, from whatever format they came in: read, joined into traces, told."""
