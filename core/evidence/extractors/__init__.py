"""One file per extractor."""
