"""Redaction: replaces secrets and personal data in text by placeholders."""
