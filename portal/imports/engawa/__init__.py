"""Reads what `portal kb export` has written, as it may have been edited since, and brings it back."""
