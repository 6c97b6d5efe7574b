"""What people say about a step, on a page of its own."""
