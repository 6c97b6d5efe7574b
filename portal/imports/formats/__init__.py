"""The source formats: which files are articles, and what is particular to each."""
