"""Readers of other products' exports."""
