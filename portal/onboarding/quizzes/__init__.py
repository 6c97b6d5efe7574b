"""Steps that are done by answering questions."""
