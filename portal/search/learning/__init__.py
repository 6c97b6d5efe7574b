"""What searches teach: queries that led to something, and words that others meant."""
