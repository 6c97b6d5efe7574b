"""One act on many articles at once, which can be undone."""
