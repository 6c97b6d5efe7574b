"""The keys by which other systems ask: made by admins, kept as hashes, revocable."""
