"""What people have begun to write, kept for them alone."""
