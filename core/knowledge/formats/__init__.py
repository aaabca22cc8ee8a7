"""What documents are written in: each format becomes text, and text becomes blocks."""
