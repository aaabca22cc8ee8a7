"""Source code as evidence: what a file defines, what a diff touches, where stack traces point."""
