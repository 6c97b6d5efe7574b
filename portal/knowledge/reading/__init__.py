"""What readers see of the knowledge base, and what machines are told of it."""
