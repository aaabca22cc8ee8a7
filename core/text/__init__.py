"""Text that people read: redacted, legible, and quantities in words."""
