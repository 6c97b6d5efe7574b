"""Articles that are made of what the community has solved."""
