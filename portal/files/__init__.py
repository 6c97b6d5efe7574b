"""Uploaded and imported files in storage."""
