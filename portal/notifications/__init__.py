"""The inbox: what a person is told, in their language."""
