"""One analyzer, one engine interface, ranking and suggestions."""
