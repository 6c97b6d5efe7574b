"""What readers say about articles, and what staff answer."""
