"""What is recorded about a person: shown to them, taken away by them, and not taken down at all."""
